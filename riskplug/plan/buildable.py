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
# Products whose parts are netted together, each with a byte for every node.
AT_ONCE = 25


def buildable_now(chain: Chain, products: Ints) -> pd.DataFrame:
    """BUILDABLE_COLUMNS: units of each product if all stock went to it, its own stock not counted.

    Stock of sub-assemblies and of all alternates is used; what two branches share is used once. Without shared parts
    this is the minimum over groups of the sum over alternates of (stock + buildable) / quantity. Units are continuous:
    2.5 is two and half of the parts for a third. NaN without a bill of material, and where nothing but an unknown stock
    leaves none. Worked: 400 magnets, two in each motor, 30 motors, one in each drive: 230 drives.
    """
    nodes: Ints = np.sort(products)
    netted: dict[int, Row] = {}
    for at in range(0, len(nodes), AT_ONCE):
        netted |= _netted(chain, nodes[at : at + AT_ONCE])
    rows = [netted.get(node) or _programmed(chain, node) for node in nodes.tolist()]
    return pd.DataFrame(rows, columns=list(BUILDABLE_COLUMNS))


Row = tuple[int, float, str, str]


def _netted(chain: Chain, products: Ints) -> dict[int, Row]:
    """The rows of products without alternates at any level, for which nothing has to be chosen, by node.

    All are netted at once: what is below each stands by itself, however many products it is below.
    """
    size, count, groups = len(chain), len(products), len(chain.group_size)
    which, node, of, needs = chain.inside_each(products)
    group = np.sort(of * groups + chain.group[needs])
    plain = np.bincount(of, minlength=count) > 0
    plain[group[1:][group[1:] == group[:-1]] // max(groups, 1)] = False
    which, node, of, needs = which[plain[which]], node[plain[which]], of[plain[of]], needs[plain[of]]
    place = which * size + node
    parent, component = (np.searchsorted(place, of * size + end[needs]) for end in chain.columns[:2])
    bought = np.ones(len(node), dtype=bool)
    bought[parent] = False
    unknown, partial = (
        np.bincount(which[flags[node]], minlength=count) for flags in (chain.stock_unknown, chain.partial)
    )
    demand, stock = np.zeros(len(node)), np.where(chain.stock_unknown[node], 0.0, chain.stock[node])
    at = np.searchsorted(place, np.flatnonzero(plain) * size + products[plain])
    demand[at], stock[at] = 1.0, 0.0
    netting = Netting.of(parent, component, chain.columns[2][needs], bought)
    units = netting.last_apart(demand, stock, which, count)
    told = zip(products.tolist(), units.tolist(), unknown.tolist(), partial.tolist(), strict=True)
    return {one[0]: _row(*one) for one, is_plain in zip(told, plain, strict=True) if is_plain}


def _row(node: int, units: float, unknown: int, partial: int) -> Row:
    """``unknown``: stocks that count as none; ``partial``: parts whose bill of material may be incomplete."""
    why = "; ".join([*counted("stock unknown", unknown), *counted("bill of material incomplete", partial)])
    blind = units == 0 and unknown > 0
    bound = "unknown" if blind else combined(unknown > 0, partial > 0)
    return node, np.nan if blind else units, bound, why


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
