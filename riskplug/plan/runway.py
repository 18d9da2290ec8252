"""From the walk to runways: days and a state, per node and policy."""

from dataclasses import dataclass

import numpy as np

from riskplug.catalogue import RUNWAY_STATES
from riskplug.plan.calendar import WorkCalendars
from riskplug.plan.netting import Walked
from riskplug.plan.nodes import Flags, Floats, Ints

CODE = {state: np.int8(code) for code, state in enumerate(RUNWAY_STATES)}


@dataclass(frozen=True)
class Doubts:
    """What the walk could not know, per place.

    ``requirement``: its own requirement is unknown, or it is on a cycle. ``incomplete``: requirement from above is
    missing, so that only a shortage is certain. ``stock``: its stock is unknown. ``phantom``: nothing is kept there.
    ``floor``: the safety stock that it should not fall below is unknown, so that only a shortage today is certain.
    """

    requirement: Flags
    incomplete: Flags
    stock: Flags
    phantom: Flags
    floor: Flags


@dataclass(frozen=True)
class Runways:
    """``state``: codes into RUNWAY_STATES. ``calendar``, ``work``: days, 0 when already short, NaN unless it runs out.

    ``first``: first uncovered day, -1 where there is none or it is unknown. ``kind``: the day kind of ``days``.
    """

    state: Ints
    calendar: Floats
    work: Floats
    first: Ints
    kind: str

    @property
    def days(self) -> Floats:
        """Days of the kind that the policy asks for."""
        return self.work if self.kind == "work" else self.calendar

    def by_node(self, place: Ints) -> "Runways":
        """The runways in another order; ``place``: of each node."""
        return Runways(self.state[place], self.calendar[place], self.work[place], self.first[place], self.kind)


def runways(walked: Walked, doubts: Doubts, site: Ints, calendars: WorkCalendars, day_kind: str) -> Runways:
    """The runway of every place.

    Days are whole days after the business date and before the first uncovered day, plus the share of that day's
    requirement that is covered (SAP's days' supply). A balance of exactly the floor is covered. Already short beats
    no demand; a missing stock or safety stock does not matter where nothing is required.
    """
    short, unneeded = walked.first >= 0, walked.required == 0
    state = np.select(
        [
            doubts.requirement,
            doubts.phantom & ~doubts.incomplete,
            doubts.stock & unneeded & ~doubts.incomplete,
            doubts.stock | doubts.phantom,
            walked.first == 0,
            doubts.floor & ~(unneeded & ~doubts.incomplete),
            short,
            doubts.incomplete,
            unneeded,
        ],
        [
            CODE[name]
            for name in (
                "unknown",
                "no_demand",
                "no_demand",
                "unknown",
                "already_short",
                "unknown",
                "runs_out",
                "unknown",
                "no_demand",
            )
        ],
        CODE["covered_to_horizon"],
    )
    ends = (state == CODE["runs_out"]) | (state == CODE["already_short"])
    calendar, work = np.full(len(state), np.nan), np.full(len(state), np.nan)
    calendar[ends], work[ends] = _days_to(walked, ends, site, calendars)
    return Runways(state, calendar, work, np.where(ends, walked.first, -1), day_kind)


def _days_to(walked: Walked, ends: Flags, site: Ints, calendars: WorkCalendars) -> tuple[Floats, Floats]:
    """Whole calendar and working days covered before the first uncovered one, and the covered fraction of that; both 0
    on the business date.
    """
    first, left, need = walked.first[ends], walked.left[ends], walked.need[ends]
    covered = np.clip(np.divide(left, need, out=np.zeros(len(first)), where=need > 0), 0.0, 1.0)
    covered[first == 0] = 0.0
    return np.maximum(first - 1, 0) + covered, calendars.between(site[ends], first) + covered
