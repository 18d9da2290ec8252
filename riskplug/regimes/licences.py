"""Where the licence of an order line stands, how long it has been in process, and when it can be expected."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from riskplug.catalogue import LICENCE_PROGRESS
from riskplug.errors import UsageError
from riskplug.regimes.measures import Measure
from riskplug.workspace import Policy

# Kinds under which an authority decides on an application; nothing frees goods from the others.
LICENSED = frozenset(("licence", "extraterritorial_licence", "presumptive_denial", "enhanced_review"))
# States in which no application is under way: one made today is what can be expected soonest.
TO_APPLY = ("needed", "refused", "expired", "expires_before_due", "unknown")
LICENCE = (
    "licence_state",
    "licence_applied_on",
    "licence_days_in_process",
    "licence_overdue",
    "licence_expected_on",
)


def licence_facts(line: pd.DataFrame, rows: pd.DataFrame, policy: Policy, on: date) -> pd.DataFrame:
    """LICENCE columns of order lines under a measure, aligned by position.

    ``line``: licence_status, licence_valid_to, licence_applied_on, due_date, confirmed_date; ``rows``: measure_kind,
    licence_days. The state is missing where the measure licenses nothing. The authority's clock of
    ``licence_working_days`` starts when it accepts an application; the day of application is an earlier proxy, so a
    line may be called overdue a few days too soon.
    """
    state = licence_states(line, on).where(rows["measure_kind"].astype("str").isin(LICENSED))
    applied = line["licence_applied_on"].where((state == "applied").fillna(False))
    taken = _working_days(applied, policy, on)
    from_day = applied.mask(state.isin(TO_APPLY), pd.Timestamp(on))
    days = pd.to_timedelta(np.ceil(rows["licence_days"]), unit="D")
    overdue = (taken > policy.licence_working_days).astype("boolean").mask((state == "applied") & taken.isna())
    return pd.DataFrame(
        {
            "licence_state": state.astype(pd.CategoricalDtype(pd.Index(LICENCE_PROGRESS, dtype="str"))),
            "licence_applied_on": line["licence_applied_on"],
            "licence_days_in_process": taken,
            "licence_overdue": overdue.mask(state.isna()),
            "licence_expected_on": (from_day + days).astype("datetime64[s]"),
        }
    )


def licence_terms(judged: pd.DataFrame, measures: Sequence[Measure], policy: Policy, on: date) -> pd.DataFrame:
    """When the licence of a stopped order line is there if it is granted: earliest and latest day number, by po_index.

    From its licence days after the application, today where none is under way, to the policy's ``licence_stress_days``
    after it. A line that several measures stop waits for the last of them. Without a row, because no application can
    be relied on: lines under a ban or a presumption of denial, refused ones, and applications under way for longer than
    the latest day.
    """
    denied = _denied(measures)
    rows = judged[judged["stopped"].fillna(False).astype(bool)]
    state = rows["licence_state"].astype("str")
    asked = rows["licence_applied_on"].where((state == "applied").fillna(False)).fillna(pd.Timestamp(on))
    applied = (asked - pd.Timestamp(on)).dt.days.to_numpy(dtype=float)
    days = np.ceil(rows["licence_days"].to_numpy(dtype=float))
    latest = applied + np.fmax(days, np.ceil(policy.licence_stress_days))
    closed = state.isna() | (state == "refused") | rows["measure"].astype("str").isin(denied)
    open_ = ~closed.fillna(True).to_numpy(dtype=bool) & ~np.isnan(days) & (latest >= 1)
    found = pd.DataFrame(
        {
            "earliest": np.where(open_, np.maximum(applied + days, 1.0), np.inf),
            "latest": np.where(open_, latest, np.inf),
        },
        index=rows["po_index"].to_numpy(),
    )
    last: pd.DataFrame = found.groupby(level=0).max()
    kept: pd.DataFrame = last[np.isfinite(last["earliest"])]
    return kept


def _denied(measures: Sequence[Measure]) -> frozenset[str]:
    """Measures and items under which an application is presumed to be refused."""
    names = [(one.id, one.kind) for one in measures]
    names += [(item.id, item.kind or one.kind) for one in measures for item in one.items]
    return frozenset(name for name, kind in names if kind == "presumptive_denial")


def licence_states(line: pd.DataFrame, on: date) -> pd.Series:
    """What the order says of its licence, with its last day against today and the day it is needed."""
    status, valid_to, day = line["licence_status"].astype("str"), line["licence_valid_to"], pd.Timestamp(on)
    needed_on = line["confirmed_date"].fillna(line["due_date"]).fillna(day)
    granted = (status == "granted").fillna(False)
    found = status.fillna("unknown").mask((status == "not_needed").fillna(False), "not_needed_says_order")
    return found.mask(granted & (valid_to < needed_on), "expires_before_due").mask(
        granted & (valid_to < day), "expired"
    )


def _working_days(applied: pd.Series, policy: Policy, on: date) -> pd.Series:
    """Working days of the authority after the application, today included; missing for a date that is not known or lies
    ahead."""
    today = np.datetime64(on, "D")
    begun = applied.to_numpy().astype("datetime64[D]")
    known = ~np.isnat(begun) & (begun <= today)
    found = np.full(len(begun), np.nan)
    if known.any():
        first = begun[known].min().astype(object).year
        calendar = authority_calendar(policy.licence_calendar, range(first, on.year + 1))
        found[known] = np.busday_count(begun[known] + 1, today + 1, busdaycal=calendar)
    return pd.Series(found, index=applied.index)


def authority_calendar(code: str, years: Sequence[int] | range) -> np.busdaycalendar:
    """Working days of a country, weekend days that are worked instead of a holiday included.

    Raises UsageError for a country that the holidays package does not know. A year whose official calendar it does not
    hold yet has its statutory holidays only.
    """
    import holidays

    country, _, region = code.partition("-")
    try:
        known = holidays.country_holidays(country, subdiv=region or None, years=years)
    except NotImplementedError as error:
        fix = "use a country code such as CN"
        raise UsageError(f"no calendar {code!r} in the holidays package", "[policy] licence_calendar", fix) from error
    days = np.arange(f"{years[0]}-01-01", f"{years[-1] + 1}-01-01", dtype="datetime64[D]")
    closed = [day for day in days.tolist() if not known.is_working_day(day)]
    return np.busdaycalendar(weekmask="1111111", holidays=np.array(closed, dtype="datetime64[D]"))
