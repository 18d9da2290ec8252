"""What parts weigh and cost, how much of that has evidence, and the tests that turn on a share by weight."""

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug import units
from riskplug.bom import Covered, covered, known_nodes, roll_up_content, used_up
from riskplug.catalogue import REACHED
from riskplug.facts.covered import ALNICO, HEAVY_TUNGSTEN, MAGNET, TANTALUM, TUNGSTEN, weighed
from riskplug.facts.master import KEY, keyed
from riskplug.model import BomGraph
from riskplug.plan.nodes import codes_over

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
# Regulation (EU) 2024/1252 Art. 29: the total weight of permanent magnets exceeds 0.2 kg.
MAGNETS_G = 200.0
# 10 USC 4872 and DFARS 225.7018: a COTS item is not exempt from 50 % by weight on.
HALF = 0.5
# The first day on which all covered material counts, before it tungsten alone.
ALL_COVERED_FROM = date(2027, 1, 1)
_BOUNDS = ("min", "typ", "max")


def unit_mass_g(about: pd.DataFrame) -> Floats:
    """Grams of one base unit per row of the part master; a unit of mass weighs itself. NaN unknown."""
    unit = about["base_unit"]
    grams = pd.Series(units.factors(unit, pd.Series("g", index=unit.index)), index=unit.index)
    return np.asarray(grams.where(unit.notna()).fillna(about["unit_mass_g"]).to_numpy(dtype=float))


def mass_coverage(graph: BomGraph, about: pd.DataFrame, own: pd.DataFrame) -> Covered:
    """Grams of one unit of each node, as built, in parts with and without evidence better than a guess.

    Weighed are the parts without components; the unit mass of an assembly counts only where theirs leave a gap.
    """
    grams = unit_mass_g(about)
    return covered(graph, graph.as_built, known_nodes(graph, own), grams, whole=grams)


def spend_coverage(graph: BomGraph, about: pd.DataFrame, own: pd.DataFrame, share: Floats, currency: str) -> Covered:
    """Cost of the bought parts in one unit of each node, losses included, of parts with and without evidence.

    An assembly that is bought costs its own price, and is covered by its own evidence or that of all its parts
    (``share``: coverage in percent). A cost in another currency than the workspace's is unknown.
    """
    same = about["currency"].isna() | (about["currency"] == currency)
    cost = about["unit_cost"].where(same).to_numpy(dtype=float)
    bought = (about["procurement"] == "buy").to_numpy(dtype=bool)
    known = known_nodes(graph, own)
    return covered(graph, used_up(graph), known | (bought & (share >= 100)), cost, ends=bought)


def coverage_facts(mass: Covered, spend: Covered) -> dict[str, object]:
    """The coverage columns of grains part and product that weigh; see the catalogue."""
    return {
        "content_coverage_mass_pct": mass.pct,
        "content_coverage_mass_lower_bound": mass.lower_bound,
        "content_coverage_spend_pct": spend.pct,
        "content_coverage_spend_lower_bound": spend.lower_bound,
    }


def weight_tests(
    graph: BomGraph, about: pd.DataFrame, content: pd.DataFrame, mass: Covered, chosen: Flags, on: date
) -> pd.DataFrame:
    """The facts of the weight tests for the ``chosen`` nodes, in node order; see the catalogue.

    A mass that no evidence speaks of is missing, unless every part inside has evidence: then it is zero.
    """
    rolled, size = _rolled(graph, about, content, chosen), int(chosen.sum())
    unproven, told = mass.unproven[chosen], unit_mass_g(about[chosen])
    least = np.where(np.isnan(told), (mass.proven + np.nan_to_num(mass.unproven))[chosen], told)
    item = np.where(np.isnan(told) & ~mass.lower_bound[chosen], mass.total[chosen], told)
    magnets = _sum(rolled, (MAGNET, ALNICO), size)
    tungsten, every = _sum(rolled, (TUNGSTEN,), size), _sum(rolled, (MAGNET, TANTALUM, HEAVY_TUNGSTEN), size)
    limit = np.full(size, np.nextafter(MAGNETS_G, np.inf))
    counted = tungsten if on < ALL_COVERED_FROM else every
    over, over_why = _reached(magnets, unproven, limit, limit)
    half, half_why = _reached(counted, unproven, HALF * item, HALF * least)
    return pd.DataFrame(
        {
            "item_mass_g": item,
            **_columns("magnet_mass_kg", _shown(magnets, unproven) / 1000),
            "magnets_over_200_g": over,
            "magnets_over_200_g_why": over_why,
            **_columns("tungsten_pct", _share(_shown(tungsten, unproven), item, least)),
            **_columns("covered_material_pct", _share(_shown(every, unproven), item, least)),
            "cots_half_by_weight": np.where(counted[0] > item, "unknown", half),
            "cots_half_by_weight_why": np.where(counted[0] > item, "the parts in it weigh more than it does", half_why),
        }
    )


def _rolled(graph: BomGraph, about: pd.DataFrame, content: pd.DataFrame, chosen: Flags) -> pd.DataFrame:
    """place (among the chosen nodes), material (what is weighed) and mass_g_*, added up through the levels."""
    own = content[~content["rolled_up"].fillna(False).astype(bool)]
    # few parts have evidence: to look them up among all would index all of them
    part_nos = graph.nodes["part_no"].cat
    told = np.zeros(len(part_nos.categories) + 1, dtype=bool)
    told[codes_over(own["part_no"], part_nos.categories)] = True
    at = np.flatnonzero(told[part_nos.codes])
    names = pd.Index(graph.nodes["part_no"].iloc[at], dtype="str")
    grams = pd.Series(unit_mass_g(about[["base_unit", "unit_mass_g"]].iloc[at]), index=names).dropna()
    assemblies = names[np.diff(graph.as_built.indptr)[at] > 0].unique()
    rolled = roll_up_content(graph, weighed(own, grams[~grams.index.duplicated()], assemblies))
    place = keyed(graph.nodes[chosen])[KEY].reset_index(drop=True).rename_axis("place").reset_index()
    rolled = rolled[rolled["part_no"].isin(place["part_no"])]
    return place.merge(rolled, on=KEY)[["place", "material", *(f"mass_g_{bound}" for bound in _BOUNDS)]]


def _sum(rolled: pd.DataFrame, names: tuple[str, ...], size: int) -> Floats:
    """4 x n: lower, typical and upper grams, unknown where one of them is; and how many things were found."""
    rows = rolled[rolled["material"].isin(names)]
    by = rows.groupby("place")
    count = by.size()
    bounds = [rows[f"mass_g_{bound}"] for bound in _BOUNDS]
    sums = [by[str(column.name)].sum().mask(column.isna().groupby(rows["place"]).any()) for column in bounds]
    return np.stack([column.reindex(range(size), fill_value=0.0).to_numpy(dtype=float) for column in (*sums, count)])


def _shown(found: Floats, unproven: Floats) -> Floats:
    """The three bounds; zero only where everything has evidence, and nothing of it speaks of the thing."""
    return np.where((found[3] == 0) & ~(unproven == 0), np.nan, found[:3])


def _share(grams: Floats, item: Floats, least: Floats) -> Floats:
    """Percent by weight. The upper one holds for an item that weighs at least so much; no share exceeds all of it."""
    weight = np.stack([item, item, least])
    with np.errstate(divide="ignore", invalid="ignore"):
        pct = 100 * grams / np.where(weight > 0, weight, np.nan)
    return np.where(grams[0] > item, np.nan, np.minimum(pct, 100.0))


def _reached(
    found: Floats, unproven: Floats, limit: Floats, least_limit: Floats
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.object_]]:
    """yes, no or unknown, and what leaves it open. ``least_limit``: the limit where the item weighs no more than known.

    No only where the upper mass and all that is without evidence stay below together: unknown is never safe.
    """
    low, _, high, _ = found
    yes, no = low >= limit, (high + unproven < least_limit) & ~(low >= limit)
    answer = np.select([yes, no], REACHED[:2], REACHED[2]).astype(object)
    why = np.select(
        [yes | no, np.isnan(limit), np.isnan(high), high >= limit, np.isnan(unproven)],
        [
            "",
            "the mass of the item is unknown",
            "the mass of a part that holds it, or may, is unknown",
            "the limit lies between the lower and the upper mass",
            "a part without evidence has no unit mass",
        ],
        "parts without evidence could make the difference",
    ).astype(object)
    why[yes | no] = None
    return answer, why


def _columns(name: str, values: Floats) -> dict[str, Floats]:
    return {f"{name}_{bound}": values[at] for at, bound in enumerate(_BOUNDS)}
