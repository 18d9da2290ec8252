"""Alerts that go on and that nobody has taken up: brought up again after some business days."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from riskplug.alerts.escalation import Mask, business_days
from riskplug.alerts.ledger import OPEN
from riskplug.alerts.policy import Policy
from riskplug.catalogue import SEVERITIES


def reminded(rows: pd.DataFrame, policy: Policy, on: date) -> Mask:
    """Which alerts are due to be told again although nothing has happened to them.

    Open, found tonight, neither acknowledged, accepted nor kept quiet, and last heard of at least as many business days
    ago as the policy says for their rule and severity: tonight counts, the day on which it was told does not. As what
    counts is when people heard of it last, a scan that is run again, or late, reminds once.
    """
    codes, rules = pd.factorize(rows["rule"])
    every = np.array([[policy.pace(str(rule)).reminder_days(name) for name in SEVERITIES] for rule in rules])
    places = pd.Categorical(rows["severity"], categories=list(SEVERITIES)).codes
    days = every[codes, places] if len(codes) else np.zeros(0)
    open_ = (rows["kind"] == "ongoing") & (rows["condition"] == OPEN) & rows["said_on"].notna() & rows["matched"]
    open_ &= (rows["suppression_now"] == "") & (rows["flapping"] == "")
    waits: Mask = (open_ & ~rows["handling"].isin(["acknowledged", "accepted_risk"])).to_numpy() & (days > 0)
    some = np.flatnonzero(waits)
    day = timedelta(1)
    after = rows["said_on"].iloc[some] + day  # a weekend between is none, also when the scan runs on it
    waits[some] = business_days(after, rows["site"].iloc[some], policy.calendars, on + day) >= days[some]
    return waits


def reminder_words(rows: pd.DataFrame, due: Mask) -> pd.Series:
    """Since when nobody has answered, for those that are due."""
    said = [f"told on {day:%Y-%m-%d}, nobody has answered" for day in rows.loc[due, "said_on"]]
    return pd.Series(said, index=rows.index[due], dtype="str").reindex(rows.index, fill_value="")
