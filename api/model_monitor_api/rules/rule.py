"""What a rule is, and the shapes that recur."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic.alias_generators import to_camel

from model_monitor_api.meta import ApiModel


@dataclass(frozen=True)
class Rule:
    """One rule of one model, checked wherever that model stands, and those derived from it.

    Attributes
    ----------
    expression
        CEL over `self`: the object as the API server stores it, with defaults filled in. Empty where CEL
        can't see a field, since it holds values of several types; then only the operator and `validate`
        check it.
    message
        What must hold, as the API server and `validate` say it.
    holds
        The same as the expression, of an instance of the model; of the new and the old one where it is about
        a change.
    field
        Name of the field to point at; empty for the whole object.
    transition
        Whether it is about a change, from `oldSelf` to `self`.
    """

    model: type[ApiModel]
    expression: str
    message: str
    holds: Callable[..., bool]
    field: str = ""
    transition: bool = False


def exactly_one(model: type[ApiModel], *fields: str) -> Rule:
    """Return the rule that one of some optional fields is given, and no other."""
    given = ", ".join(f"has(self.{to_camel(field)})" for field in fields)
    return Rule(
        model,
        f"[{given}].exists_one(x, x)",
        f"must have exactly one of {_listed(fields)}",
        lambda one: _given(one, fields) == 1,
    )


def at_least_one(model: type[ApiModel], *fields: str) -> Rule:
    """Return the rule that one of some optional fields is given, or more."""
    given = " || ".join(f"has(self.{to_camel(field)})" for field in fields)
    return Rule(
        model, given, f"must have at least one of {_listed(fields)}", lambda one: _given(one, fields) >= 1
    )


def not_both(model: type[ApiModel], first: str, second: str, *, visible: bool = True) -> Rule:
    """Return the rule that two optional fields exclude each other; `visible` says whether CEL sees both."""
    return Rule(
        model,
        f"!has(self.{to_camel(first)}) || !has(self.{to_camel(second)})" if visible else "",
        f"must have only one of {_listed((first, second))}",
        lambda one: _given(one, (first, second)) < 2,
    )


def needs(model: type[ApiModel], field: str, other: str) -> Rule:
    """Return the rule that an optional field needs another."""
    return Rule(
        model,
        f"!has(self.{to_camel(field)}) || has(self.{to_camel(other)})",
        f"must have `{to_camel(other)}` with `{to_camel(field)}`",
        lambda one: getattr(one, field) is None or getattr(one, other) is not None,
    )


def ordered(model: type[ApiModel], low: str, high: str, *, strictly: bool = False) -> Rule:
    """Return the rule that one field is not above another, or strictly below it, where both are given."""
    names = {"low": _alias(model, low), "high": _alias(model, high)}
    sign, words = ("<", "less than") if strictly else ("<=", "at most")
    optional = [
        f"!has(self.{_alias(model, name)}) || "
        for name in (low, high)
        if model.model_fields[name].default is None
    ]

    def holds(one: Any) -> bool:
        below, above = getattr(one, low), getattr(one, high)
        return below is None or above is None or (below < above if strictly else below <= above)

    return Rule(
        model,
        "".join(optional) + f"self.{names['low']} {sign} self.{names['high']}",
        f"`{names['low']}` must be {words} `{names['high']}`",
        holds,
    )


def before(model: type[ApiModel], start: str, end: str) -> Rule:
    """Return the rule that one moment is before another, where both are given."""
    rule = ordered(model, start, end, strictly=True)
    message = f"`{_alias(model, start)}` must be before `{_alias(model, end)}`"
    return Rule(model, rule.expression, message, rule.holds)


def _alias(model: type[ApiModel], name: str) -> str:
    return model.model_fields[name].alias or name


def _given(one: ApiModel, fields: tuple[str, ...]) -> int:
    return sum(getattr(one, field) is not None for field in fields)


def _listed(fields: tuple[str, ...]) -> str:
    names = [f"`{to_camel(field)}`" for field in fields]
    return ", ".join(names[:-1]) + f" and {names[-1]}"
