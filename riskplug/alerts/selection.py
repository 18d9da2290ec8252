"""Which alerts are meant: by key, by the beginning of a key, or by what is known of them."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date

import pandas as pd

from riskplug.alerts.handling import HANDLINGS
from riskplug.alerts.labels import Labels
from riskplug.alerts.ledger import CONDITIONS, LIVE, SUPPRESSIONS
from riskplug.catalogue import SEVERITIES
from riskplug.errors import Problem, UsageError, suggestion

SHORTEST = 4
SHOWN_KEY = 10
_MOST_NAMED = 8
_CHOICES = {
    "severity": SEVERITIES,
    "condition": CONDITIONS,
    "handling": HANDLINGS,
    "suppression": ("none", *SUPPRESSIONS),
}
_PATTERNS = ("rule", "site", "part_no", "material", "measure", "owner", "supplier")


@dataclass(frozen=True, slots=True)
class Selection:
    """What an alert must be. Several words for one thing mean any of them, different things must all hold.

    ``rule`` to ``assignee`` may be patterns (``M-*``), capitals do not matter. ``since``: first seen on that date or
    later. ``text``: somewhere in message, reason or subject. Without ``everything``, ``keys`` or ``condition`` only
    alerts that live are meant.
    """

    keys: tuple[str, ...] = ()
    rule: tuple[str, ...] = ()
    severity: tuple[str, ...] = ()
    condition: tuple[str, ...] = ()
    handling: tuple[str, ...] = ()
    suppression: tuple[str, ...] = ()
    site: tuple[str, ...] = ()
    part_no: tuple[str, ...] = ()
    material: tuple[str, ...] = ()
    measure: tuple[str, ...] = ()
    owner: tuple[str, ...] = ()
    supplier: tuple[str, ...] = ()
    assignee: tuple[str, ...] = ()
    since: date | None = None
    text: str = ""
    everything: bool = False

    @property
    def filters(self) -> bool:
        """Whether anything but keys is asked for."""
        return any(getattr(self, field.name) for field in fields(self) if field.name not in ("keys", "everything"))


def selected(alerts: pd.DataFrame, selection: Selection) -> pd.DataFrame:
    """The rows of ``viewed`` that are meant, in their order; UsageError for keys and words that do not exist."""
    _check_choices(selection)
    rows = alerts
    if selection.keys:
        rows = rows[rows["key"].isin(keys_of(alerts, selection.keys))]
    elif not selection.everything and not selection.condition:
        rows = rows[rows["condition"].isin(LIVE)]
    for name in _CHOICES:
        wanted = ["" if word == "none" and name == "suppression" else word for word in getattr(selection, name)]
        rows = rows[rows[name].isin(wanted)] if wanted else rows
    rows = rows[
        Labels(rows).matches([(name, getattr(selection, name)) for name in _PATTERNS if getattr(selection, name)])
    ]
    if selection.assignee:
        takers = Labels(rows.assign(owner=rows["assignee"]))
        rows = rows[takers.matches([("owner", selection.assignee)])]
    if selection.since:
        rows = rows[rows["first_seen"] >= pd.Timestamp(selection.since)]
    if selection.text:
        said = rows["message"] + "\n" + rows["reason"] + "\n" + rows["identity"]
        rows = rows[said.str.contains(selection.text, case=False, regex=False)]
    return rows


def _check_choices(selection: Selection) -> None:
    problems = [
        Problem(f"no {name} {word!r}", f"--{name}", suggestion(word, known) or f"use one of {', '.join(known)}")
        for name, known in _CHOICES.items()
        for word in getattr(selection, name)
        if word not in known
    ]
    if problems:
        raise UsageError.of(problems)


def keys_of(alerts: pd.DataFrame, given: Iterable[str]) -> list[str]:
    """The one alert that each word begins; UsageError for words that begin none, or several."""
    keys, problems = [], []
    for word in given:
        found = alerts[alerts["key"].str.startswith(word.lower())] if len(word) >= SHORTEST else alerts.iloc[:0]
        if len(found) == 1:
            keys.append(str(found["key"].iloc[0]))
        else:
            problems.append(_unclear(word, found))
    if problems:
        raise UsageError.of(problems)
    return list(dict.fromkeys(keys))


def _unclear(word: str, found: pd.DataFrame) -> Problem:
    if len(word) < SHORTEST:
        return Problem(f"{word!r} is too short for a key", "alert key", f"give at least {SHORTEST} characters of it")
    if found.empty:
        fix = "see `riskplug alerts list`, with `--all` for those that are closed"
        return Problem(f"no alert has a key that begins with {word!r}", "alert key", fix)
    named = [
        f"{key[: max(SHOWN_KEY, len(word) + 2)]} ({text})"
        for key, text in zip(found["key"], found["message"], strict=True)
    ]
    more = f"; and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    return Problem(
        f"{len(found)} alerts have a key that begins with {word!r}: {'; '.join(named[:_MOST_NAMED])}{more}",
        "alert key",
        "give more of the key",
    )
