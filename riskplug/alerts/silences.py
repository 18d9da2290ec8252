"""Silences: what people decided not to hear of for a while, of alerts that are there and of those still to come.

A silence holds back news; evaluation, counts and history go on. It is never changed: somebody makes it, and its date or
somebody ends it. Gaps in the data, held rules and failed rules are told in spite of every silence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

import numpy as np
import pandas as pd

from riskplug.alerts.handling import Ending
from riskplug.alerts.labels import Labels, Mask, Matchers, words_of
from riskplug.alerts.volume import GUARD

SilenceState = Literal["current", "ending", "ended"]
LOUD_GRAINS = ("table", "rule")
"""Grains whose alerts are about the data and the rules themselves."""


@dataclass(frozen=True, slots=True)
class Silence:
    """One silence. ``until``: the first business date on which it does not hold any more.

    ``lets_critical``: critical alerts are told all the same, whenever they became so. ``set_on``, ``ended_on``:
    business dates; ``at``, ``ended_at``: the clock's time. ``ended_by`` is empty while nobody has taken it back.
    """

    number: int
    matchers: Matchers
    until: date
    author: str
    reason: str
    lets_critical: bool
    set_on: date
    at: datetime | None = None
    ended_on: date | None = None
    ended_by: str = ""
    ended_reason: str = ""
    ended_at: datetime | None = None

    @property
    def name(self) -> str:
        return f"silence {self.number}"

    @property
    def words(self) -> str:
        """What it is about, as it was given."""
        return words_of(self.matchers)

    def holds_on(self, on: date) -> bool:
        """Whether it is in force on a business date."""
        return not self.ended_by and on < self.until

    def state(self, on: date, within_days: int) -> SilenceState:
        """How it stands on a business date; ending: by its date, within so many days."""
        if not self.holds_on(on):
            return "ended"
        return "ending" if self.until <= on + timedelta(days=within_days) else "current"


def can_be_quiet(rows: pd.DataFrame) -> Mask:
    """Alerts that were told, or would have been, and are not about the data itself or the rules."""
    told = rows["opened_on"].notna().to_numpy()
    mask: Mask = told & (rows["rule"] != GUARD).to_numpy() & ~rows["grain"].isin(LOUD_GRAINS).to_numpy()
    return mask


def held_by(silence: Silence, labels: Labels) -> Mask:
    """Which alerts a silence is about, whatever its date."""
    found = labels.matches(silence.matchers)
    return found & ~labels.matches([("severity", ("critical",))]) if silence.lets_critical else found


def silenced(labels: Labels, silences: Sequence[Silence], count: int, on: date) -> np.ndarray:
    """Per alert the place in ``silences`` of the first that holds it, -1 where none does."""
    first = np.full(count, -1, dtype=np.int64)
    for place, silence in enumerate(silences):
        if silence.holds_on(on):
            first[(first < 0) & held_by(silence, labels)] = place
    return first


def silences_ending(
    silences: Sequence[Silence], alerts: pd.DataFrame, on: date, within_days: int
) -> tuple[Ending, ...]:
    """The silences whose date comes within some days, the first to end first. ``alerts``: the ledger as of tonight."""
    soon = [silence for silence in silences if silence.state(on, within_days) == "ending"]
    kept = {one.name: frozenset(alerts.loc[alerts["suppressed_by"] == one.name, "alert_key"]) for one in soon}
    return tuple(
        Ending("", "silence", one.until, one.author, one.reason, "", "", "", f"{one.name}, {one.words}", kept[one.name])
        for one in sorted(soon, key=lambda one: (one.until, one.number))
    )
