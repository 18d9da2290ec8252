"""When an order placed on a day is available, and the last day on which an order is in time; one part at a time."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from riskplug.plan.calendar import WorkCalendars
from riskplug.plan.lead_times import Terms
from riskplug.plan.nodes import NodeIndex


@dataclass(frozen=True)
class Replenishment:
    """The terms of one part. Purchasing and receiving in work days; delivery in calendar days, of made parts work days.

    ``licence_days``: calendar days until an export licence can be expected, 0 where none is needed; they come before
    delivery, as goods leave only with the licence. ``delivery``: None where nobody knows it; nothing can be said then.
    """

    purchasing: int
    delivery: int | None
    receiving: int
    made: bool
    licence_days: int
    calendar: np.busdaycalendar

    @classmethod
    def of(
        cls, terms: Terms, index: NodeIndex, node: int, calendars: WorkCalendars, licence_days: float | None
    ) -> "Replenishment":
        delivery = terms.delivery[node]
        return cls(
            int(terms.purchasing[node]),
            None if np.isnan(delivery) else int(np.ceil(delivery)),
            int(terms.receiving[node]),
            bool(terms.made[node]),
            int(np.ceil(licence_days or 0.0)),
            calendars.calendars[index.site[node]],
        )

    def arrival(self, ordered: date) -> tuple[date, date] | None:
        """(delivered, available) of an order placed on a day; None where the delivery time is unknown.

        Worked (SAP's replenishment lead time): ordered Friday 1 August 2025, purchasing 1 work day, delivery 10 days,
        goods receipt 2 work days: delivered Thursday 14, available Monday 18 August.
        """
        if self.delivery is None:
            return None
        ready = self._after(np.datetime64(ordered, "D"), self.purchasing) + np.timedelta64(self.licence_days, "D")
        delivered = self._after(ready, self.delivery) if self.made else ready + np.timedelta64(self.delivery, "D")
        return _date(delivered), _date(self._after(delivered, self.receiving))

    def without_licence(self) -> "Replenishment":
        """The same from an origin that needs no licence."""
        return replace(self, licence_days=0)

    def last_order(self, needed: date) -> date | None:
        """The last day on which an order is in time for a need, the inverse of arrival(); None as there.

        Where purchasing takes time it is a working day: an order of Sunday is worked on no sooner than one of Friday.
        """
        if self.delivery is None:
            return None
        delivered = self._before(np.datetime64(needed, "D"), self.receiving)
        ready = self._before(delivered, self.delivery) if self.made else delivered - np.timedelta64(self.delivery, "D")
        ordered = self._before(ready - np.timedelta64(self.licence_days, "D"), self.purchasing)
        return _date(
            np.busday_offset(ordered, 0, roll="backward", busdaycal=self.calendar) if self.purchasing else ordered
        )

    def _after(self, day: np.datetime64, work_days: int) -> np.datetime64:
        return np.busday_offset(day, work_days, roll="backward", busdaycal=self.calendar) if work_days else day

    def _before(self, day: np.datetime64, work_days: int) -> np.datetime64:
        """The last day after which so many working days end on a day at the latest: that before the first of them."""
        if not work_days:
            return day
        first = np.busday_offset(day, 1 - work_days, roll="backward", busdaycal=self.calendar)
        return first - np.timedelta64(1, "D")


def _date(day: np.datetime64) -> date:
    found: date = day.astype("datetime64[D]").item()
    return found
