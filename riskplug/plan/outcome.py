"""One disruption worked out: how long products survive it, what it costs, what stock would bridge it."""

from dataclasses import dataclass, field

import numpy as np

from riskplug.plan.buffer import Buffer, cheapest_buffer
from riskplug.plan.chain import Chain
from riskplug.plan.disruption import Disruption
from riskplug.plan.loss import Loss, loss_over_recovery
from riskplug.plan.nodes import Floats, Ints
from riskplug.plan.survive import MANY, Bound, Survival, combined, time_to_survive
from riskplug.plan.touched import Piece, Solved, TooLarge, pieces

# Unknowns of a programme beyond which it is not tried: the time grows with nearly the square, 58,000 took ten seconds.
LARGEST = 30_000
# Programmes that tell who stops of a piece looked at as a whole: how long, what is lost, what bridges it.
_WHOLE = 4


@dataclass(frozen=True)
class Asked:
    """What all disruptions of a night are asked over. ``unit_cost`` per node, for the buffer."""

    chain: Chain
    horizon_days: float
    unit_cost: Floats
    solved: Solved = field(default_factory=Solved)


@dataclass(frozen=True)
class Outcome:
    """``survival``: of the products touched. ``loss`` and ``buffer``: None where the time to recover is unknown.

    ``unseen``: nodes of products that no loss is seen to reach, but whose bill of material may be incomplete.
    ``work``: unknowns of all programmes that its pieces may take.
    """

    survival: Survival
    loss: Loss | None
    buffer: Buffer | None
    unseen: Ints
    work: int

    @property
    def bound(self) -> Bound:
        """Of the days of the first product to stop; none can be fewer than none."""
        if self.first[0] == "already_short":
            return "exact"
        return combined(_is_least(self.survival.bound()), len(self.unseen) > 0 or _is_most(self.survival.bound()))

    @property
    def first(self) -> tuple[str, float]:
        state, days = self.survival.first() if len(self.survival.products) else ("not_touched", np.nan)
        return ("unknown", np.nan) if state == "not_touched" and len(self.unseen) else (state, days)


def work_out(asked: Asked, disruption: Disruption, recovery_days: float, alone: bool = False) -> Outcome | None:
    """Time to survive, loss and cheapest buffer over the same pieces; None where one has more than LARGEST unknowns.

    Loss and buffer only ask for a programme where a product stops before ``recovery_days``.
    """
    chain, solved = asked.chain, asked.solved
    try:
        found = list(pieces(chain, disruption, LARGEST))
    except TooLarge:
        return None
    work = sum(map(_work, found))
    touched = [piece.nodes[piece.sold] for piece in found]
    products = np.sort(np.concatenate([np.empty(0, dtype=np.intp), *touched]))
    unseen = np.setdiff1d(np.flatnonzero(chain.partial & (chain.demand_per_day != 0)), products)
    survival = time_to_survive(chain, disruption, products, asked.horizon_days, alone, found, solved)
    if np.isnan(recovery_days):
        return Outcome(survival, None, None, unseen, work)
    loss = loss_over_recovery(chain, disruption, recovery_days, found, solved)
    buffer = cheapest_buffer(chain, disruption, recovery_days, asked.unit_cost, found, solved)
    return Outcome(survival, loss, buffer, unseen, work)


def _work(piece: Piece) -> int:
    """Up to MANY products each take a programme."""
    sold = len(piece.sold)
    return piece.columns * (sold if sold <= MANY else _WHOLE)


def _is_least(bound: Bound) -> bool:
    return bound in ("at_least", "unknown")


def _is_most(bound: Bound) -> bool:
    return bound in ("at_most", "unknown")
