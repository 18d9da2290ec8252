"""Days as whole numbers after the business date, and the working days of each site."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.errors import UsageError
from riskplug.plan.nodes import Ints
from riskplug.workspace import Site, Workspace

# Longer lead times are typing errors; the bound keeps date arithmetic inside its range.
LONGEST_DAYS = 36_500


def day_numbers(dates: pd.Series, on: date) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """(days after the business date, known); the number of an unknown date is 0."""
    values = dates.to_numpy().astype("datetime64[D]")
    known = ~np.isnat(values)
    days = (np.where(known, values, np.datetime64(on, "D")) - np.datetime64(on, "D")).astype(np.int64)
    return days, known


def dates_of(days: Ints, known: npt.NDArray[np.bool_], on: date) -> npt.NDArray[np.datetime64]:
    """The dates of day numbers, NaT where unknown."""
    dates = np.datetime64(on, "D") + np.asarray(days, dtype=np.int64).astype("timedelta64[D]")
    return np.where(known, dates, np.datetime64("NaT", "D")).astype("datetime64[s]")


@dataclass(frozen=True)
class WorkCalendars:
    """Working days per site over the horizon.

    ``before[s, d]``: working days of site s from the business date up to, not including, day d. ``workdays[s, k]``:
    day number of its k-th working day.
    """

    on: date
    before: Ints
    workdays: Ints
    calendars: tuple[np.busdaycalendar, ...]

    @classmethod
    def of(cls, workspace: Workspace, sites: Sequence[object], on: date, horizon: int) -> "WorkCalendars":
        years = range(on.year - 1, on.year + horizon // 365 + 6)
        found = tuple(calendar_of(workspace.sites.get(str(site)), str(site), years) for site in sites)
        days = np.datetime64(on, "D") + np.arange(horizon + 1)
        open_ = np.array([np.is_busday(days, busdaycal=one) for one in found], dtype=bool).reshape(len(found), -1)
        before = np.zeros((len(found), horizon + 2), dtype=np.int32)
        before[:, 1:] = np.cumsum(open_, axis=1)
        workdays = np.zeros((len(found), horizon + 1), dtype=np.int32)
        for s, row in enumerate(open_):
            at = np.flatnonzero(row)
            workdays[s, : len(at)] = at
        return cls(on, before, workdays, found)

    def earlier(self, site: Ints, day: Ints, work_days: Ints) -> Ints:
        """The n-th working day before a day; today where that has passed, the day itself where n is 0."""
        at = self.before[site, day] - work_days
        moved: Ints = np.where(at < 0, 0, self.workdays[site, np.maximum(at, 0)])
        return np.where(work_days == 0, day, moved)

    def tabulated(self, site: Ints, work_days: Ints) -> tuple[Ints, Ints]:
        """``earlier`` for every day of the horizon: (row of the table per pair, table of its few rows x days)."""
        # from no day of the horizon can more working days be counted back than it has days
        most = self.workdays.shape[1]
        pairs, row = np.unique(site * np.int64(most + 1) + np.minimum(work_days, most), return_inverse=True)
        sites, back = np.divmod(pairs, most + 1)
        return row, self.earlier(sites[:, None], np.arange(most), back[:, None])

    def between(self, site: Ints, day: Ints) -> Ints:
        """Working days after the business date and before a day."""
        return np.asarray(np.maximum(self.before[site, day] - self.before[site, 1], 0))

    def later(self, site: Ints, day: Ints, work_days: Ints) -> Ints:
        """The n-th working day after a day; the day itself where n is 0. Not bound to the horizon."""
        return self._offset(site, day, work_days, work_days > 0)

    def before_work(self, site: Ints, day: Ints, work_days: Ints) -> Ints:
        """The last day after which n working days end on a day at the latest: that before the first of them.

        The day itself where n is 0. Not bound to the horizon, nor to today.
        """
        first = self._offset(site, day, np.minimum(1 - work_days, 0), work_days > 0)
        return np.where(work_days > 0, first - 1, day)

    def at_work(self, site: Ints, day: Ints) -> Ints:
        """The day, or the last working day before it."""
        return self._offset(site, day, np.zeros(len(day), dtype=np.int64), np.ones(len(day), dtype=bool))

    def _offset(self, site: Ints, day: Ints, by: Ints, rows: np.ndarray) -> Ints:
        start, found = np.datetime64(self.on, "D"), np.array(day, dtype=np.int64)
        for s, calendar in enumerate(self.calendars):
            at = np.flatnonzero((site == s) & rows)
            moved = np.busday_offset(start + found[at], by[at], roll="backward", busdaycal=calendar)
            found[at] = (moved - start).astype(np.int64)
        return found


def calendar_of(site: Site | None, name: str, years: range) -> np.busdaycalendar:
    """The site's calendar, else its country's; Monday to Friday where only a country is given and none is known.

    A year for which the package has no holidays has weekends alone: most end with 2100, some that go by the moon
    before. UsageError for a calendar that the package does not have.
    """
    import holidays

    code = (site.calendar or site.country) if site else None
    if code is None:
        return np.busdaycalendar()
    country, _, region = code.partition("-")
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Requested Holidays are available only")
            known = holidays.country_holidays(country, subdiv=region or None, years=years)
    except NotImplementedError as error:
        if site and site.calendar:
            raise UsageError(
                f"no calendar {code!r} in the holidays package",
                f"[sites.{name}] calendar",
                "use a country code such as DE, or country-region such as DE-BY",
            ) from error
        return np.busdaycalendar()
    mask = [day not in known.weekend for day in range(7)]
    return np.busdaycalendar(weekmask=mask, holidays=[np.datetime64(day, "D") for day in known])
