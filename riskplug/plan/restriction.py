"""The stock that protects through a restriction of unknown length.

A restriction begins and ends with a fixed chance per period (a Markov chain of two states); stock is made up to the
base stock in every free period (Snyder and Shen, Fundamentals of Supply Chain Theory, chapter 9). Nobody publishes
these two chances: they are the planner's own, and everything here is as good as they are.
"""

from dataclasses import dataclass
from math import ceil, log


@dataclass(frozen=True)
class Restriction:
    """``begins``: chance that a restriction begins in a free period, ``ends``: that one ends in a period of it; both
    above 0 and at most 1, else ValueError. One that lasts a year on average ends with 1/12 in a month."""

    begins: float
    ends: float

    def __post_init__(self) -> None:
        if not (0 < self.begins <= 1 and 0 < self.ends <= 1):
            raise ValueError("the chances that a restriction begins and ends must lie above 0 and at most at 1")

    @property
    def free_share(self) -> float:
        """Share of all periods without restriction, ends / (begins + ends). Worked: 0.04 and 0.25: 0.862."""
        return self.ends / (self.begins + self.ends)

    def within(self, periods: int) -> float:
        """Chance that a period has at most so many restricted ones in a row behind it, itself included:
        1 - begins / (begins + ends) (1 - ends)^periods. Worked: 0.04 and 0.25, 2 periods: 0.922."""
        if periods < 0:
            return 0.0
        return 1 - (1 - self.free_share) * (1 - self.ends) ** periods

    def periods_for(self, service: float) -> int:
        """Fewest restricted periods to outlast for a chance of ``service``, below 1. Worked: 0.04, 0.25, 0.923: 3."""
        if not 0 <= service < 1:
            raise ValueError("no stock outlasts every restriction: ask for a service below 1")
        if self.within(0) >= service:
            return 0
        if self.ends == 1:
            return 1
        guess = max(ceil(log((1 - service) / (1 - self.free_share)) / log(1 - self.ends)) - 1, 0)
        return next(n for n in range(guess, guess + 3) if self.within(n) >= service)

    def stock_for(self, demand: float, service: float) -> float:
        """Stock at the start of a period that covers it and all restricted ones to outlast; ``demand`` per period.

        Worked: 2000 a period, 0.04 and 0.25, service 3 / 3.25: four periods, 8000.
        """
        return demand * (self.periods_for(service) + 1)

    def cost_of(self, stock: float, demand: float, holding: float, shortage: float) -> float:
        """Expected cost per period of a base stock; what is short stays owed until the restriction ends.

        Worked: 8000 for 2000 a period, 0.04 and 0.25, 0.25 held, 3 short: 2737.07.
        """
        lasts = int(stock // demand)
        held = sum((stock - (n + 1) * demand) * self._exactly(n) for n in range(lasts))
        # owed after n restricted periods: a geometric tail beyond what the stock covers
        tail = 1 - self.within(lasts - 1)
        owed = ((lasts + 1) * demand - stock) * tail + demand * (1 - self.within(lasts)) / self.ends
        return holding * held + shortage * owed

    def _exactly(self, periods: int) -> float:
        return self.within(periods) - self.within(periods - 1)
