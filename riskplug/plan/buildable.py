"""How many units can be built from what lies in stock today, nothing more bought."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from riskplug.plan.chain import Chain
from riskplug.plan.disruption import Disruption
from riskplug.plan.loss import counted
from riskplug.plan.netted import Netting
from riskplug.plan.nodes import Floats, Ints
from riskplug.plan.programme import Cells, periods, programme, solve
from riskplug.plan.survive import bound_of, combined
from riskplug.plan.touched import Piece, pieces

BUILDABLE_COLUMNS = ("node", "units", "bound", "why")


def buildable_now(chain: Chain, products: Ints) -> pd.DataFrame:
    """BUILDABLE_COLUMNS: units of each product if all stock went to it, its own stock not counted.

    Stock of sub-assemblies and of all alternates is used; what two branches share is used once. Without shared parts
    this is the minimum over groups of the sum over alternates of (stock + buildable) / quantity. Units are continuous:
    2.5 is two and half of the parts for a third. NaN without a bill of material, and where nothing but an unknown stock
    leaves none. Worked: 400 magnets, two in each motor, 30 motors, one in each drive: 230 drives.
    """
    rows = [_netted(chain, node) or _programmed(chain, node) for node in np.sort(products).tolist()]
    return pd.DataFrame(rows, columns=list(BUILDABLE_COLUMNS))


Row = tuple[int, float, str, str]


def _netted(chain: Chain, node: int) -> Row | None:
    """The row of a product without alternates at any level, for which nothing has to be chosen; None for others."""
    places, needs = chain.inside(np.array([node]))
    group = np.sort(chain.group[needs])
    if not len(needs) or (group[1:] == group[:-1]).any():
        return None
    parent, component, quantity = chain.columns
    parent, component = np.searchsorted(places, parent[needs]), np.searchsorted(places, component[needs])
    bought = np.ones(len(places), dtype=bool)
    bought[parent] = False
    netting = Netting.of(parent, component, quantity[needs], bought)
    unknown, partial = int(chain.stock_unknown[places].sum()), int(chain.partial[places].sum())
    stock = np.where(chain.stock_unknown[places], 0.0, chain.stock[places])
    units = float(_units(netting, stock, int(np.searchsorted(places, node)))[0])
    why = [*counted("stock unknown", unknown), *counted("bill of material incomplete", partial)]
    blind = units == 0 and unknown > 0
    bound = "unknown" if blind else combined(unknown > 0, partial > 0)
    return node, np.nan if blind else units, bound, "; ".join(why)


def _units(netting: Netting, stock: Floats, place: int) -> Floats:
    """Units of a place made of the stock of all others."""
    demand, stock = np.zeros((len(stock), 1)), stock[:, None].copy()
    demand[place], stock[place] = 1.0, 0.0
    return netting.lasts(demand, stock, np.inf)


def _programmed(chain: Chain, node: int) -> Row:
    bill, nodes = chain.below(np.array([node]))
    row = buildable_together(bill, np.searchsorted(nodes, np.array([node])), np.ones(1)).iloc[0]
    return node, float(row["units"]), str(row["bound"]), str(row["why"])


def buildable_together(chain: Chain, products: Ints, weight: Floats) -> pd.DataFrame:
    """BUILDABLE_COLUMNS: the units of several products that make the most of shared stock, by ``weight`` > 0 of a unit.

    ``products``: nodes, each once; ``weight``: of each, its margin for instance.
    """
    if not (weight > 0).all():
        raise ValueError("weights must be known and positive")
    found: dict[int, tuple[float, str, str]] = {}
    for piece in _stocked(chain, products):
        places = np.flatnonzero(np.isin(piece.nodes, products))
        units = _most(piece, places, weight[[products.tolist().index(node) for node in piece.nodes[places]]])
        bound, why = bound_of(piece), "; ".join(piece.understated + piece.overstated)
        for node, made in zip(piece.nodes[places].tolist(), units.tolist(), strict=True):
            # At least none is no answer.
            blind = made == 0 and bool(piece.understated)
            found[node] = (np.nan, "unknown", why) if blind else (made, bound, why)
    made_of = set(chain.needs["parent"].tolist())
    nothing = (np.nan, "unknown", "no bill of material")
    rows = [(node, *(found[node] if node in made_of else nothing)) for node in sorted(products.tolist())]
    return pd.DataFrame(rows, columns=list(BUILDABLE_COLUMNS))


def _stocked(chain: Chain, products: Ints) -> Iterator[Piece]:
    """All below the products, with every purchase gone."""
    inside = np.zeros(len(chain), dtype=bool)
    inside[products] = True
    parent, component = chain.needs["parent"].to_numpy(), chain.needs["component"].to_numpy()
    while (fresh := component[inside[parent] & ~inside[component]]).size:
        inside[fresh] = True
    leaves = np.ones(len(chain), dtype=bool)
    leaves[parent] = False
    wanted = np.zeros(len(chain))
    wanted[products] = 1.0
    bare = replace(
        chain,
        needs=chain.needs[inside[parent]],
        demand_per_day=wanted,
        capacity_per_day=np.full(len(chain), np.inf),
        receipts=chain.receipts.iloc[:0],
        within=True,
    )
    nothing = np.zeros(len(chain), dtype=bool)
    return pieces(bare, Disruption("supplier", "all", leaves, nothing, nothing[:0]))


def _most(piece: Piece, places: Ints, weight: Floats) -> Floats:
    """Units made of each place: the weighted sum is the greatest."""
    if piece.netting and len(places) == 1:
        return _units(piece.netting, piece.stock, int(places[0]))
    bare = programme(piece, periods(piece, np.zeros(1), 1.0), np.zeros(len(piece.nodes)))
    count = len(places)
    each = np.arange(count)
    one = bare.with_rows(Cells.diagonal(each, places, -1.0), np.zeros(count))
    columns = Cells.diagonal(len(bare.right) + each, each, 1.0)
    return np.maximum(solve(one, columns, -weight, np.full(count, np.inf)).values, 0.0)
