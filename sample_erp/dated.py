"""Dated quantities: a year of weekly demand, half a year of past consumption, and the zero stocks of made parts."""

from datetime import timedelta
from random import Random

from sample_erp.company import BUSINESS_DATE, WEEKS, Demand, Issue, Site, Stock, week
from sample_erp.requirements import weekly_need

SOLD_WEEKS = 8
PAST_WEEKS = 26


def add_demand(site: Site) -> None:
    """The same quantity every Monday of the coming 52 weeks: sales orders for eight weeks, forecast after that."""
    site.demand += [
        Demand(part_no, week(number), quantity, *_kind(site.name, part_no, number))
        for part_no, quantity in site.weekly.items()
        for number in range(1, WEEKS + 1)
    ]


def _kind(site: str, part_no: str, number: int) -> tuple[str, str]:
    if number <= SOLD_WEEKS:
        return "sales_order", f"{site[:2]}-{part_no}-{number:02d}"
    return "forecast", f"FC-{week(number):%G%V}"


def add_consumption(site: Site, rng: Random) -> None:
    """Issues on 26 past Wednesdays of what is stocked and needed, around the weekly need; some returns to stock."""
    need, units = weekly_need(site.lines, site.weekly), {part.part_no: part.unit for part in site.parts}
    counted = [stock.part_no for stock in site.stock if need.get(stock.part_no, 0) >= 10]
    for part_no in sorted(set(counted)):
        for back in range(PAST_WEEKS, 0, -1):
            on, chance = BUSINESS_DATE - timedelta(days=7 * back - 2), rng.random()
            site.issues.append(Issue(part_no, on, float(round(need[part_no] * (0.75 + 0.5 * chance))), units[part_no]))
            if chance > 0.98:
                site.issues.append(Issue(part_no, on + timedelta(days=1), -2.0, units[part_no]))


def add_zero_stock(site: Site) -> None:
    """A row of zero for every made part without stock: only what the export leaves out is unknown."""
    stocked, place = {stock.part_no for stock in site.stock}, site.stock[0].location
    site.stock += [
        Stock(part.part_no, unit=part.unit, location=place)
        for part in site.parts
        if part.procurement == "make" and part.part_no not in stocked
    ]
