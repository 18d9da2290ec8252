"""How fast alerts open, change and close, and who hears of those that nobody takes up."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np

from riskplug.alerts.labels import Inhibit
from riskplug.model import Severity

REOPEN_DAYS = 14


@dataclass(frozen=True, slots=True)
class Pace:
    """The pace of one rule's alerts.

    Opens after ``for_scans`` business dates with a finding, resolves after ``resolve_after_scans`` complete ones
    without. ``step``: how far the metric must move to be news, missing: never; ``worse``: -1 where a falling metric is
    worse, 1 a rising one, 0 not known. ``days``: the metric is days; those left fall by one a day without any news.
    ``max_share_pct`` and ``max_jump`` (0: no limit) hold the alerts of a night with ``min_findings`` or more.
    ``repeat_every``: business days by severity until an alert that nobody has taken up is told again; none: never.
    """

    for_scans: int = 1
    resolve_after_scans: int = 1
    reopen_days: int = REOPEN_DAYS
    step: float | None = None
    worse: int = 0
    days: bool = False
    max_share_pct: float = 0
    max_jump: float = 0
    min_findings: int = 100
    repeat_every: tuple[tuple[Severity, int], ...] = ()

    def reminder_days(self, severity: str) -> int:
        """Business days between two reminders, 0 where there are none."""
        return next((days for name, days in self.repeat_every if name == severity), 0)


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of escalation: who is told as well when one of the two has happened. No severity means every one."""

    severity: tuple[Severity, ...] = ()
    after_business_days: int | None = None
    faster_than_calendar_days: float | None = None
    to: tuple[str, ...] = ()


@dataclass(frozen=True)
class Policy:
    """What a workspace decided about alerts.

    ``calendars``: working days by site, ``""`` for alerts without one; Monday to Friday where there is none.
    ``weekly_on``: the day of the week, 0 is Monday, on which alerts that go on and off are listed.
    """

    rules: Mapping[str, Pace] = field(default_factory=dict)
    default: Pace = field(default_factory=Pace)
    ladder: tuple[Rung, ...] = ()
    calendars: Mapping[str, np.busdaycalendar] = field(default_factory=dict)
    flap_scans: int = 14
    flap_changes: int = 4
    weekly_on: int = 0
    ending_within_days: int = 7
    inhibit: tuple[Inhibit, ...] = ()

    def pace(self, rule: str) -> Pace:
        return self.rules.get(rule, self.default)


def ladder_text(ladder: Sequence[Rung]) -> str:
    """The steps as they are kept with an alert; empty without any."""
    return json.dumps([asdict(rung) for rung in ladder], separators=(",", ":")) if ladder else ""


def ladder_of(text: str) -> tuple[Rung, ...]:
    """The steps kept with an alert."""
    if not text:
        return ()
    return tuple(
        Rung(tuple(rung["severity"]), rung["after_business_days"], rung["faster_than_calendar_days"], tuple(rung["to"]))
        for rung in json.loads(text)
    )
