"""Alerts that nobody takes up, or that get worse faster than the calendar: who else is told."""

from collections.abc import Mapping
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.alerts.handling import ACK
from riskplug.alerts.ledger import CLEARING, OPEN, UNKNOWN
from riskplug.alerts.policy import Rung, ladder_of

Mask = npt.NDArray[np.bool_]
WEEKDAYS = np.busdaycalendar()


def escalated(
    rows: pd.DataFrame, handled: pd.DataFrame, calendars: Mapping[str, np.busdaycalendar], on: date
) -> pd.DataFrame:
    """Rows with ``escalated`` as of tonight, ``rung`` (what happened, in words, or empty) and ``to`` (who is told).

    Each alert follows the steps that were kept with it when it opened, each of them once per episode. What is snoozed,
    waived or held back waits; an acknowledgement stops the count of business days, not the watch on the runway.
    """
    alive = rows["condition"].isin([OPEN, CLEARING, UNKNOWN]) & rows["opened_on"].notna()
    waits = np.flatnonzero(alive & (rows["ladder"] != "") & (rows["suppression_now"] == ""))
    acknowledged = rows["alert_key"].isin(handled.loc[handled["kind"] == ACK, "alert_key"]).to_numpy()
    taken, said = rows["escalated"].to_numpy(copy=True), [""] * len(rows)
    told: list[tuple[str, ...]] = [()] * len(rows)
    for text, places in rows.iloc[waits].groupby("ladder").indices.items():
        at = waits[places]
        for number, rung in enumerate(ladder_of(str(text))):
            reached = _reached(rows.iloc[at], rung, acknowledged[at], calendars, on) & ((taken[at] >> number) & 1 == 0)
            for row in at[reached].tolist():  # what goes to people is little
                taken[row] |= 1 << number
                told[row] = tuple(dict.fromkeys((*told[row], *rung.to)))
                said[row] = "; ".join(filter(None, (said[row], _words(rung))))
    return rows.assign(
        escalated=taken, rung=pd.array(said, dtype="str"), to=pd.Series(told, rows.index, dtype="object")
    )


def _words(rung: Rung) -> str:
    if rung.after_business_days is not None:
        return f"not acknowledged for {rung.after_business_days} business days"
    return f"the runway fell {rung.faster_than_calendar_days:g} days more than the calendar since it opened"


def _reached(
    rows: pd.DataFrame, rung: Rung, acknowledged: Mask, calendars: Mapping[str, np.busdaycalendar], on: date
) -> Mask:
    severe = np.ones(len(rows), dtype=bool) if not rung.severity else rows["severity"].isin(rung.severity).to_numpy()
    if rung.after_business_days is not None:
        return severe & ~acknowledged & (_waiting(rows, calendars, on) >= rung.after_business_days)
    assert rung.faster_than_calendar_days is not None
    runway = rows["days"].to_numpy(dtype=bool) & (rows["worse"].to_numpy() < 0)
    passed = (pd.Timestamp(on) - rows["opened_on"]).dt.days
    lost = (rows["metric_opened"] - rows["metric"] - passed).to_numpy()
    faster: Mask = severe & runway & (lost >= rung.faster_than_calendar_days)
    return faster


def _waiting(rows: pd.DataFrame, calendars: Mapping[str, np.busdaycalendar], on: date) -> npt.NDArray[np.int64]:
    """Working days since it waits."""
    return business_days(rows["waiting_since"].fillna(rows["opened_on"]), rows["site"], calendars, on)


def business_days(
    since: pd.Series, sites: pd.Series, calendars: Mapping[str, np.busdaycalendar], on: date
) -> npt.NDArray[np.int64]:
    """Working days from each date to tonight, at the site of each alert; the first day counts, tonight does not."""
    start = since.to_numpy().astype("datetime64[D]")
    days = np.zeros(len(start), dtype=np.int64)
    for site, places in sites.reset_index(drop=True).groupby(sites.to_numpy()).indices.items():
        calendar = calendars.get(str(site), calendars.get("", WEEKDAYS))
        days[places] = np.busday_count(start[places], np.datetime64(on, "D"), busdaycal=calendar)
    return days
