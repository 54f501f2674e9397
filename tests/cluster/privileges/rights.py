"""Rights: those that roles grant, and those that an audit log shows to be used."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests.cluster.client import Manifest

UNUSED = Path(__file__).with_name("unused.yaml")
FORBIDDEN = "forbid"


class Right(NamedTuple):
    """A verb on a resource."""

    verb: str
    resource: str
    """With group and subresource, where it has them: `jobs.batch`, `baselines.modelmonitor.dev/status`."""

    def __str__(self) -> str:
        return f"{self.verb} {self.resource}"


def granted(roles: Iterable[Manifest]) -> set[Right]:
    """Return what roles grant."""
    return {
        Right(verb, _named(group, *resource.split("/")))
        for role in roles
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def requests(events: Iterable[Mapping[str, Any]], user: str) -> list[Mapping[str, Any]]:
    """Return the requests of a user that were about resources; discovery is everybody's."""
    own = (each for each in events if each["user"]["username"] == user)
    return [each for each in own if "resource" in each.get("objectRef", {})]


def used(found: Iterable[Mapping[str, Any]]) -> set[Right]:
    """Return the rights that requests needed and had."""
    return {right_of(each) for each in found if not is_forbidden(each)}


def right_of(event: Mapping[str, Any]) -> Right:
    """Return the right that a request needs."""
    about = event["objectRef"]
    named = _named(about.get("apiGroup", ""), about["resource"], about.get("subresource", ""))
    return Right(event["verb"], named)


def is_forbidden(event: Mapping[str, Any]) -> bool:
    """Return whether no role allows a request; what admission refuses is another matter."""
    return bool(event["annotations"]["authorization.k8s.io/decision"] == FORBIDDEN)


class Reasons(NamedTuple):
    """Why rights are granted that a run need not be seen to use."""

    never: frozenset[Right]
    """Rights that no request shows."""

    by_chance: frozenset[Right]
    """Rights that are used when two things happen at once."""


def reasons() -> Reasons:
    """Return the rights of the list; each entry must say why."""
    entries = yaml.safe_load(UNUSED.read_text())
    assert all(each["reason"] for each in entries)

    def rights(*, by_chance: bool) -> frozenset[Right]:
        chosen = (each for each in entries if each.get("byChance", False) == by_chance)
        return frozenset(Right(*text.split()) for each in chosen for text in each["rights"])

    return Reasons(rights(by_chance=False), rights(by_chance=True))


def _named(group: str, resource: str, subresource: str = "") -> str:
    full = f"{resource}.{group}" if group else resource
    return f"{full}/{subresource}" if subresource else full
