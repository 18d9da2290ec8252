"""Who is told what: a tree of routes, walked for each change."""

from collections.abc import Iterable, Iterator, Sequence

from riskplug.model import Change
from riskplug.workspace import Match, Route


def routed(changes: Iterable[Change], routes: Sequence[Route]) -> dict[str, tuple[Change, ...]]:
    """The changes of each receiver that any route names, in the given order; each change once per receiver.

    An escalated alert goes to those it names as well.
    """
    told: dict[str, list[Change]] = {name: [] for name in _named(routes)}
    for change in changes:
        for name in dict.fromkeys([*receivers_of(change, routes), *change.to]):
            told.setdefault(name, []).append(change)
    return {name: tuple(found) for name, found in told.items()}


def receivers_of(change: Change, routes: Sequence[Route]) -> Iterator[str]:
    """Receivers of the routes that take a change. Where a route inside another takes it, that one decides who is told;
    after a route with ``continue = false`` no later one of its level is asked."""
    for route in routes:
        if not takes(route.match, change):
            continue
        inner = list(receivers_of(change, route.routes))
        yield from inner or route.receivers
        if not route.goes_on:
            return


def takes(match: Match, change: Change) -> bool:
    """Whether a route takes a change. A critical alert that improved or ended still reaches who was told of it."""
    severities = {change.severity, change.previous_severity or change.severity}
    wanted = (
        (match.severity, severities),
        (match.rule, {change.rule}),
        (match.site, {change.identity.get("site", "")}),
        (match.owner, {change.owner}),
        (match.material, {change.identity.get("material", "")}),
    )
    return all(not allowed or not values.isdisjoint(allowed) for allowed, values in wanted)


def _named(routes: Iterable[Route]) -> Iterator[str]:
    for route in routes:
        yield from route.receivers
        yield from _named(route.routes)
