"""When supply is expected whose date has passed or is missing."""

from datetime import date

import numpy as np
import pandas as pd

from riskplug.plan.calendar import day_numbers
from riskplug.plan.nodes import Flags, Floats, Ints
from riskplug.workspace import Policy


def expected(dates: pd.Series, lead_time_days: Floats, policy: Policy, on: date) -> tuple[Ints, Flags]:
    """(day number, credited) by the policies for overdue and undated supply.

    Overdue: ``slip:N`` days after the business date, on it (``keep``), or not credited (``ignore``). Undated: after
    ``lead_time_days``, never before; not credited where that is unknown or the policy says ``ignore``.
    """
    day, dated = day_numbers(dates, on)
    rule, _, slip = policy.overdue_receipts.partition(":")
    overdue = dated & (day < 0)
    day = np.where(overdue, int(slip or 0), day)
    by_lead_time = ~dated & ~np.isnan(lead_time_days) & (policy.undated_receipts == "lead_time")
    day = np.where(by_lead_time, np.ceil(np.nan_to_num(lead_time_days)), day).astype(np.int64)
    return day, (dated & ~(overdue & (rule == "ignore"))) | by_lead_time
