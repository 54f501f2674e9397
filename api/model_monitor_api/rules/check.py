"""Check objects by the rules."""

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final

from model_monitor_api.introspection import fields_of
from model_monitor_api.meta import ApiModel
from model_monitor_api.objects import Kind, subject_of
from model_monitor_api.problems import Problem, field_path
from model_monitor_api.rules.baseline import BASELINE_RULES
from model_monitor_api.rules.capture import CAPTURE_RULES, DATA_RULES
from model_monitor_api.rules.rule import Rule
from model_monitor_api.rules.schedule import EXECUTION_RULES, NAME_RULES, SCHEDULE_RULES

RULES: Final = (
    *NAME_RULES,
    *CAPTURE_RULES,
    *DATA_RULES,
    *BASELINE_RULES,
    *SCHEDULE_RULES,
    *EXECUTION_RULES,
)
"""All rules, in the order in which they are told."""

Path = tuple[str | int, ...]

_CONTAINERS: Final = (ApiModel, list)


@cache
def rules_of(model: type[ApiModel]) -> tuple[Rule, ...]:
    """Return the rules of a model: its own and those of the models that it is derived from."""
    return tuple(rule for rule in RULES if issubclass(model, rule.model))


def check_rules(thing: Kind) -> tuple[Problem, ...]:
    """Return the rules that an object breaks."""
    return _broken(_Same(thing))


class _Same:
    """An object that is the same as itself alone; none ever changes."""

    def __init__(self, thing: Kind) -> None:
        self.thing = thing

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.thing is other.thing

    def __hash__(self) -> int:
        return id(self.thing)


@lru_cache(maxsize=256)
def _broken(same: _Same) -> tuple[Problem, ...]:
    """Return the rules that an object breaks; what many others refer to is not gone through for each."""
    thing = same.thing
    return tuple(
        Problem(subject_of(thing), rule.message, field_path(path))
        for path, part in _parts(thing, ())
        for rule in rules_of(type(part))
        if not rule.transition and not rule.holds(part)
    )


def check_change(new: Kind, old: Kind) -> tuple[Problem, ...]:
    """Return the rules that a change of an object's spec breaks."""
    return tuple(
        Problem(subject_of(new), rule.message, "spec")
        for rule in rules_of(type(new.spec))
        if rule.transition and not rule.holds(new.spec, old.spec)
    )


def _parts(part: object, path: Path) -> Iterator[tuple[Path, ApiModel]]:
    """Yield an object and all objects within it, with their paths."""
    if isinstance(part, ApiModel):
        yield path, part
        for alias, (name, _) in zip(fields_of(type(part)), type(part).model_fields.items(), strict=True):
            value = getattr(part, name)
            if isinstance(value, _CONTAINERS) and (path or alias != "status"):
                yield from _parts(value, (*path, alias))
    elif isinstance(part, list):
        for index, item in enumerate(part):
            yield from _parts(item, (*path, index))
