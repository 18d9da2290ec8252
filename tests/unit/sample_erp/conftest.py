"""A plain day-by-day netting of the sample, record by record: slow, obvious, and none of riskplug's code."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta

import pytest
from replayed import Sample, read_sample

from sample_erp.company import BUSINESS_DATE, WEEKS, Line, Order, Site
from sample_erp.requirements import in_production, per_unit

HORIZON = BUSINESS_DATE + timedelta(days=365)
SLIP, FIRST_NEED = timedelta(days=7), timedelta(days=7)


class Walk:
    """Requirements and balances of one site; ``stopped`` names the order lines that bring nothing."""

    def __init__(self, site: Site, stopped: frozenset[tuple[str, str]] = frozenset(), receipts: bool = True) -> None:
        self.site = site
        self.parts = {part.part_no: part for part in site.parts}
        self.below: dict[str, list[Line]] = defaultdict(list)
        for line in site.lines:
            starts_later = bool(line.valid_from and BUSINESS_DATE < line.valid_from <= HORIZON)
            if in_production(replace(line, valid_from=None) if starts_later else line):
                self.below[line.parent].append(line)
        self.supply: dict[str, dict[date, float]] = defaultdict(lambda: defaultdict(float))
        if receipts:
            self._receive(stopped)
        self.need: dict[str, dict[date, float]] = defaultdict(lambda: defaultdict(float))
        self._explode()

    def _receive(self, stopped: frozenset[tuple[str, str]]) -> None:
        for order in self.site.orders:
            if not (order.completed or order.deleted or (order.order_no, order.line) in stopped):
                self.supply[order.part_no][self._arrives(order)] += order.ordered - order.received

    def _arrives(self, order: Order) -> date:
        due = order.confirmed or order.due
        if due is None:
            return BUSINESS_DATE + timedelta(days=self.parts[order.part_no].lead_time_days or 0)
        return due if due >= BUSINESS_DATE else BUSINESS_DATE + SLIP

    def on_hand(self, part_no: str) -> float:
        return (
            0
            if self.parts[part_no].phantom
            else sum(stock.unrestricted for stock in self.site.stock if stock.part_no == part_no)
        )

    def _explode(self) -> None:
        for part_no, weekly in self.site.weekly.items():
            for number in range(1, WEEKS + 1):
                self.need[part_no][BUSINESS_DATE + number * FIRST_NEED] += weekly
        for part_no in self._top_down():
            balance = self.on_hand(part_no)
            for day in self._days(part_no):
                balance += self.supply[part_no][day]
                short = max(0.0, self.need[part_no][day] - balance)
                balance = max(0.0, balance - self.need[part_no][day])
                for line in self.below[part_no]:
                    in_force = not line.valid_from or day >= line.valid_from
                    if short and in_force and line.component in self.parts:
                        self.need[line.component][day] += short * per_unit(line)

    def _top_down(self) -> list[str]:
        level: dict[str, int] = {}

        def sink(part_no: str, depth: int) -> None:
            level[part_no] = max(level.get(part_no, 0), depth)
            for line in self.below[part_no]:
                sink(line.component, depth + 1)

        for part_no in self.site.weekly:
            sink(part_no, 0)
        return sorted((part for part in level if part in self.parts), key=lambda part: level[part])

    def _days(self, part_no: str) -> list[date]:
        return sorted({*self.need[part_no], *self.supply[part_no]})

    def runway(self, part_no: str) -> tuple[str, float | None]:
        """State and days, for a part whose stock is known."""
        balance = self.on_hand(part_no)
        if balance < 0:
            return "already_short", None
        if not any(self.need[part_no].values()):
            return "no_demand", None
        for day in self._days(part_no):
            balance += self.supply[part_no][day]
            need = self.need[part_no][day]
            if balance - need < -1e-9 and day <= HORIZON:
                return "runs_out", (day - BUSINESS_DATE).days - 1 + balance / need
            balance -= need
        return "covered_to_horizon", None


@pytest.fixture
def slow_walk() -> type[Walk]:
    return Walk


@pytest.fixture(scope="session")
def sample() -> Sample:
    """The sample's exports, ready to be asked about any day."""
    return read_sample()
