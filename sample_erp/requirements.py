"""Weekly need of every part from the weekly demand, as planners would reckon it: gross, no stock.

Only used to size the stock and past consumption of ordinary parts; the story's figures are written by hand.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sample_erp.company import BUSINESS_DATE, Line


def in_production(line: Line) -> bool:
    """Whether a line takes material on the business date, for each unit made."""
    started = line.valid_from is None or line.valid_from <= BUSINESS_DATE
    open_still = line.valid_to is None or line.valid_to >= BUSINESS_DATE
    counts = line.active and not line.deleted and not line.fixed and line.quantity > 0
    return started and open_still and counts and line.usage == "production" and line.alternative == "1"


def per_unit(line: Line) -> float:
    """Component quantity per unit of the parent: base quantity, scrap and the share of an alternate included."""
    share = 1.0 if line.alt_share_pct is None else line.alt_share_pct / 100
    return line.quantity / line.base_quantity * (1 + (line.scrap_pct or 0) / 100) * share


def weekly_need(lines: Sequence[Line], weekly: Mapping[str, float]) -> dict[str, float]:
    """Need per week of every part reached from the demand; the lines reached must hold no cycle."""
    below: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if in_production(line):
            below[line.parent].append(line)
    need: dict[str, float] = defaultdict(float)

    def pass_down(part_no: str, quantity: float) -> None:
        need[part_no] += quantity
        for line in below[part_no]:
            pass_down(line.component, quantity * per_unit(line))

    for part_no, quantity in weekly.items():
        pass_down(part_no, quantity)
    return dict(need)
