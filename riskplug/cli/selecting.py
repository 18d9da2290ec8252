"""Options that name alerts, the same for every command that takes them."""

import inspect
import sys
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskplug.cli.options import parse_date
from riskplug.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from riskplug.alerts.selection import Selection
    from riskplug.desk import Desk

Words = list[str] | None
_MANY = {
    "rule": "Rule, or a pattern of it.",
    "severity": "critical, warning, info.",
    "condition": "pending, open, clearing, unknown, resolved, closed.",
    "handling": "none, acknowledged, assigned, accepted_risk.",
    "suppression": "none, held, waived, snoozed, silenced, inhibited, flapping.",
    "site": "Site.",
    "part": "Part number, or a pattern of it.",
    "material": "Material symbol.",
    "measure": "Measure, or a pattern of its id.",
    "owner": "Owner.",
    "supplier": "Supplier, where the alert is about one.",
    "assignee": "Who took it.",
}
_SINCE = "First seen on this date or later, YYYY-MM-DD."
_TEXT = "Somewhere in message, reason or subject."


def with_selection(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose first parameter is a Selection, with keys and filters on its command line instead."""

    @wraps(command)
    def wrapped(**given: Any) -> None:
        own = {name: value for name, value in given.items() if name not in _OPTIONS}
        command(_selection(given), **own)

    _, *others = inspect.signature(command).parameters.values()
    parameters = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in (*_OPTIONS.values(), *others)]
    wrapped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return wrapped


def _parameters() -> dict[str, inspect.Parameter]:
    """One per option; a filter that is given twice means either."""
    keys = Annotated[Words, typer.Argument(help="Keys, or beginnings of them.", show_default=False)]
    many = {name: Annotated[Words, typer.Option(f"--{name}", help=text)] for name, text in _MANY.items()}
    one = {"since": _SINCE, "text": _TEXT}
    texts = {name: Annotated[str | None, typer.Option(f"--{name}", help=text)] for name, text in one.items()}
    every = Annotated[bool, typer.Option("--all", help="Also what is resolved or closed.")]
    kinds: dict[str, Any] = {"keys": keys, **many, **texts, "everything": every}
    kind = inspect.Parameter.KEYWORD_ONLY
    return {
        name: inspect.Parameter(name, kind, annotation=annotation, default=False if name == "everything" else None)
        for name, annotation in kinds.items()
    }


_OPTIONS = _parameters()


def _selection(given: dict[str, Any]) -> "Selection":
    from riskplug.alerts.selection import Selection

    many = {("part_no" if name == "part" else name): tuple(given[name] or ()) for name in _MANY}
    keys, since, text = tuple(given["keys"] or ()), parse_date(given["since"]), given["text"] or ""
    return Selection(keys, **many, since=since, text=text, everything=given["everything"])


def chosen(desk: "Desk", selection: "Selection", verb: str, yes: bool) -> "pd.DataFrame":
    """The alerts to act upon. Those that were not named one by one are counted and confirmed."""
    if not selection.keys and not selection.filters:
        raise UsageError("which alerts?", f"alerts {verb}", "give a key of `riskplug alerts list`, or a filter")
    rows = desk.alerts(selection)
    if rows.empty:
        raise UsageError("no alert is meant", f"alerts {verb}", "try the same filters with `riskplug alerts list`")
    if len(rows) > 1 and not selection.keys and not yes:
        _confirm(f"{verb} {len(rows)} alerts", verb)
    return rows


def _confirm(what: str, verb: str) -> None:
    if not sys.stdin.isatty():
        raise UsageError(f"not done without a yes: {what}", f"alerts {verb}", "add --yes")
    if not typer.confirm(f"{what}?", err=True):
        raise typer.Exit(2)
