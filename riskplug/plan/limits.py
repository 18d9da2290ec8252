"""How far ahead a chance of running out can be told from a plan, and why not further."""

import numpy as np

from riskplug.plan.ledger import Ledger
from riskplug.plan.nodes import Flags, Floats, Ints

EXPIRES = "no chance once a lot may have expired"
SHARED = "what parts give each other is planned, no chance worked out"
WHY = (SHARED, EXPIRES)


def told_until(ledger: Ledger, deviation: Floats) -> Ints:
    """Last day for which each node has a chance: the horizon where nothing limits it, -1 where there is none at all.

    What expires is planned from the planned consumption, and more of it does where less is used: where consumption
    varies there is a chance only until the first lot expires. What a part takes is its planned lack, and what it gives
    is free only in the plan. Worked: lots through day 20 and day 45: until day 20.
    """
    until = np.full(len(deviation), ledger.horizon)
    lots = ledger.lots_by(np.arange(len(deviation)), "restricted")
    varies = deviation[lots.at] > 0
    np.minimum.at(until, lots.at[varies], lots.last[varies])
    until[_sharing(ledger)] = -1
    return until


def why_not_further(until: Ints, day: int) -> Ints:
    """Per node, which one of WHY it is; -1 where a chance reaches ``day``."""
    return np.where(until < 0, 0, np.where(until < day, 1, -1))


def _sharing(ledger: Ledger) -> Flags:
    """Nodes that may take from others or give to them."""
    found: Flags = np.zeros(len(ledger.phantom), dtype=bool)
    sharing = ledger.structure.sharing
    if sharing is not None:
        found[ledger.structure.nodes[np.concatenate([sharing.giver, sharing.taker])]] = True
    return found
