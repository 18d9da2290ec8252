"""Who is told what."""

from collections.abc import Iterable, Sequence

from riskplug.model import Change
from riskplug.workspace import Match, Route


def routed(changes: Iterable[Change], routes: Sequence[Route]) -> dict[str, tuple[Change, ...]]:
    """The changes of each receiver that any route or an escalation names, in the given order, each change once."""
    told: dict[str, list[Change]] = {name: [] for route in routes for name in route.receivers}
    for change in changes:
        taken = [route for route in routes if takes(route.match, change)]
        for name in dict.fromkeys([*(name for route in taken for name in route.receivers), *change.to]):
            told.setdefault(name, []).append(change)
    return {name: tuple(found) for name, found in told.items()}


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
