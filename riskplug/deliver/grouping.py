"""The news of a night in as many groups as a thread may have replies."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from riskplug.model import Change

_NOBODY = {"owner": "nobody named", "material": "no material named", "site": "no site named"}


@dataclass(frozen=True, slots=True)
class Group:
    """Changes that belong together; ``value`` is empty for what has none, and for ``rest`` of many small groups."""

    dimension: str
    value: str
    changes: tuple[Change, ...]
    rest: int = 0


DIMENSIONS: Mapping[str, Callable[[Change], str]] = {
    "owner": lambda change: change.owner,
    "material": lambda change: change.identity.get("material", ""),
    "rule": lambda change: change.rule,
    "site": lambda change: change.identity.get("site", ""),
}


def grouped(changes: Sequence[Change], most: int) -> tuple[Group, ...]:
    """At most ``most`` groups of changes that come worst first, the group with the worst change first.

    The first dimension wins that has a value for most changes and two or more groups that fit; else the one with the
    fewest groups, the smallest of which become one. Who is named reads on, so owners come before materials.
    """
    if not changes or most < 1:
        return ()
    splits = {name: _split(changes, value) for name, value in DIMENSIONS.items()}
    useful = {name: split for name, split in splits.items() if len(split.get("", ())) * 2 < len(changes)}
    fitting = [name for name, split in useful.items() if 1 < len(split) <= most]
    many = sorted((name for name in useful if len(useful[name]) > most), key=lambda name: len(useful[name]))
    chosen = [*fitting, *many, *useful, "rule"][0]
    return _within(chosen, splits[chosen], most)


def group_name(group: Group, value: str) -> str:
    """What the group is called, given its value as the receiver may read it."""
    if group.rest:
        return f"other ({group.rest})"
    return value or _NOBODY.get(group.dimension, "other")


def _split(changes: Sequence[Change], value: Callable[[Change], str]) -> dict[str, list[Change]]:
    groups: dict[str, list[Change]] = {}
    for change in changes:
        groups.setdefault(value(change), []).append(change)
    return groups


def _within(dimension: str, split: Mapping[str, Sequence[Change]], most: int) -> tuple[Group, ...]:
    """Groups keep the order in which their worst change comes; the smaller ones give way."""
    if len(split) <= most:
        return tuple(Group(dimension, value, tuple(found)) for value, found in split.items())
    order = {value: place for place, value in enumerate(split)}
    large = sorted(split, key=lambda value: (-len(split[value]), order[value]))[: most - 1]
    kept = tuple(Group(dimension, value, tuple(split[value])) for value in split if value in large)
    rest = tuple(change for value, found in split.items() if value not in large for change in found)
    return (*kept, Group(dimension, "", rest, len(split) - len(large)))
