"""Sourcing prohibitions: parts of defence products whose covered material is melted, or from a day on also mined and
refined, in a covered country, or whose melt is not known (10 USC 4872, DFARS 225.7018).

Every period of the measure is judged on its own, today's and the coming one, because its scope steps on 2027-01-01.
"""

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.bom import products_above
from riskplug.catalogue import APPLIES, GRAINS, frame
from riskplug.facts.joined import joined
from riskplug.facts.master import KEY
from riskplug.facts.sources import speaking_of
from riskplug.model import BomGraph
from riskplug.plan.nodes import NodeIndex
from riskplug.regimes import Item, Measure
from riskplug.regimes.judgement import LIKELY, SURE

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
KIND = "sourcing_prohibition"
PRODUCED = "country"
_NAMES = {
    PRODUCED: "production",
    "country_of_melting": "melting",
    "country_of_refining": "refining",
    "country_of_mining": "mining",
}
# Where the form or the presence of the material is open, the part counts all the same: unknown is never safe.
_OPEN_FORMS = ("", "component")


def prohibitions(
    graph: BomGraph,
    part: pd.DataFrame,
    about: pd.DataFrame,
    product: pd.DataFrame,
    content: pd.DataFrame,
    sources: pd.DataFrame,
    measures: Sequence[Measure],
    on: date,
) -> pd.DataFrame:
    """Grain `sourcing_prohibition`: one row per part, site and item of a sourcing prohibition, of today's scope and of
    every later one.

    ``part``: grain `part` in node order; ``about``: part master per node (defence, is_cots); ``product``: grain
    `product`, judged on the business date; ``sources``: sources_of(). Rows are parts that hold the material by their
    own evidence and go into a product sold under a defence contract, or into one of which that is not known.

    Ranked within each scope, the hardest to clear first: no qualified source outside the covered countries before some,
    more covered stages, more unproven ones, a single source, magnets before metal and powder, more defence products.
    """
    index = NodeIndex.of(graph.nodes)
    rows = _held(content, index, measures, on)
    if rows.empty:
        return frame(GRAINS["sourcing_prohibition"], {}, 0)
    rows = rows.merge(_defence(graph, about, product, part), on="node")
    rows = rows[rows["defence"] != "no"].reset_index(drop=True)
    rows = pd.concat([rows, _stages(rows, sources)], axis=1)
    rows = pd.concat([rows, _judged(rows)], axis=1)
    rows = rows.assign(only_later=_only_later(rows))
    known = [name for name in ("description", "owner", "qualified_suppliers", "revenue_at_risk") if name in part]
    rows = rows.join(part[[*KEY, *known]], on="node")
    rows["rank"] = _ranks(rows)
    rows = rows.sort_values(
        ["scope_from", "rank", "measure", "part_no", "site"], na_position="first", ignore_index=True
    )
    names = GRAINS["sourcing_prohibition"].names
    return frame(GRAINS["sourcing_prohibition"], {name: rows[name] for name in rows if name in names})


def _items(measures: Sequence[Measure], on: date) -> Iterable[tuple[Measure, Item]]:
    for measure in measures:
        if measure.kind == KIND:
            yield from ((measure, item) for item in measure.items if not (item.through and item.through < on))


def _held(content: pd.DataFrame, index: NodeIndex, measures: Sequence[Measure], on: date) -> pd.DataFrame:
    """node, material, form, probability and the item's columns, one row per node and item."""
    own = content[~content["rolled_up"].fillna(False).astype(bool) & (content["probability"] > 0)]
    own = own.assign(
        node=index.nodes_of(own), material=own["material"].astype("str"), form=own["form"].astype("str").fillna("")
    )
    own = own[own["node"] >= 0]
    found = []
    for measure, item in _items(measures, on):
        listed = own["form"].isin(item.forms)
        hit = own[own["material"].isin(item.materials) & (listed | own["form"].isin(_OPEN_FORMS))]
        hit = hit.assign(listed=listed[hit.index] & (not item.needs))
        found.append(_about(hit, measure, item, on))
    rows = pd.concat(found, ignore_index=True) if found else pd.DataFrame({"node": []})
    if rows.empty:
        return rows
    order = rows.sort_values(["listed", "probability"], ascending=False, kind="stable")
    return order.drop_duplicates(["node", "measure"]).sort_values(["measure", "node"], ignore_index=True)


def _about(rows: pd.DataFrame, measure: Measure, item: Item, on: date) -> pd.DataFrame:
    return rows[["node", "material", "form", "probability", "evidence", "mass_g_typ", "listed"]].assign(
        measure=item.id,
        instrument=measure.instrument,
        scope="later" if item.starts and item.starts > on else "now",
        scope_from=np.datetime64(item.starts or "NaT", "s"),
        scope_through=np.datetime64(item.through or "NaT", "s"),
        magnet="magnet" in item.forms,
        covered="|".join(measure.origin),
        stages="|".join((PRODUCED, *item.stages)),
    )


def _defence(graph: BomGraph, about: pd.DataFrame, product: pd.DataFrame, part: pd.DataFrame) -> pd.DataFrame:
    """node, defence (yes, no, unknown), defence_products, defence_unknown, cots_products.

    cots_products are off-the-shelf ones below half by weight under the test of the business date; the test of a later
    scope weighs other material and is open until its day.
    """
    sold = part["is_product"].fillna(False).to_numpy(dtype=bool)
    flag = about["defence"].astype("boolean")
    yes, open_ = flag.fillna(False).to_numpy(dtype=bool), flag.isna().to_numpy()
    cots = about["is_cots"].astype("boolean").fillna(False).to_numpy(dtype=bool)
    below = product.loc[product["cots_half_by_weight"] == "no", KEY]
    light = np.zeros(len(part), dtype=bool)
    at = NodeIndex.of(graph.nodes).nodes_of(below)
    light[at[at >= 0]] = True
    total = part["products"].to_numpy(dtype=float) if "products" in part else products_above(graph, sold)[0]
    count = {
        "defence_products": _above(graph, yes & sold, sold, total),
        "defence_unknown": _above(graph, open_ & sold, sold, total),
        "cots_products": _above(graph, yes & sold & cots & light, sold, total),
    }
    found = pd.DataFrame(count).rename_axis("node").reset_index()
    found["defence"] = np.select(
        [found["defence_products"] > 0, found["defence_unknown"] > 0, found.index.isin(np.flatnonzero(yes))],
        ["yes", "unknown", "yes"],
        "no",
    )
    return found


def _above(graph: BomGraph, some: Flags, sold: Flags, total: Floats) -> Floats:
    """Number of ``some`` of the products that each node goes into. ``total``: of all; the fewer ones are counted."""
    if 2 * some.sum() <= sold.sum():
        return products_above(graph, some)[0]
    return total - products_above(graph, sold & ~some)[0]


def _stages(rows: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    """stage_gaps in words, stages_covered, stages_unknown, outside_sources, caught_sources, all_sources per row.

    A stage is covered where any source that delivers names a covered country, unknown where none does and one is
    silent; the country of origin counts as that of production.
    """
    usable = sources[sources["qualified"].fillna(True)].drop(columns="listed")
    asked = rows[["node", "material", "covered", "stages"]].rename_axis("row").reset_index()
    pairs = asked.merge(usable, on="node", suffixes=("", "_of"))
    pairs = speaking_of(pairs)
    states = pd.DataFrame({stage: _state(pairs, stage) for stage in _NAMES})
    delivers = pairs["share_pct"] != 0
    named, size = [], range(len(rows))
    counted = {name: pd.Series(0.0, index=size) for name in ("stages_covered", "stages_unknown")}
    for stage, name in _NAMES.items():
        wanted = _counts(rows["stages"], stage)
        hit, silent = (
            (delivers & (states[stage] == word)).groupby(pairs["row"]).any() for word in ("covered", "unknown")
        )
        covered = wanted & hit.reindex(size, fill_value=False)
        unknown = wanted & ~covered & silent.reindex(size, fill_value=True)
        where = _listed(pairs.loc[delivers & (states[stage] == "covered"), ["row", stage]]).reindex(size)
        named.append((name + " " + where).where(covered, f"{name} unknown").where(covered | unknown, ""))
        counted["stages_covered"] += covered
        counted["stages_unknown"] += unknown
    gaps = [", ".join(filter(None, texts)) or None for texts in zip(*named, strict=True)]
    return pd.DataFrame({"stage_gaps": gaps, **counted}).join(_per_source(pairs, states, len(rows)))


def _per_source(pairs: pd.DataFrame, states: pd.DataFrame, count: int) -> pd.DataFrame:
    """Sources: qualified with every stage known outside, delivering with a covered stage, and delivering at all."""
    supplier = [pairs["row"], pairs["supplier"]]
    any_ = {word: states.isin([word]).any(axis=1).groupby(supplier).any() for word in ("covered", "unknown")}
    sure = pairs["qualified"].fillna(False).astype(bool).groupby(supplier).any()
    delivers = (pairs["share_pct"] != 0).groupby(supplier).any()
    counted = {
        "outside_sources": sure & ~any_["covered"] & ~any_["unknown"],
        "caught_sources": any_["covered"] & delivers,
        "all_sources": delivers,
    }
    sums = {name: flags.groupby(level=0).sum() for name, flags in counted.items()}
    return pd.DataFrame({name: one.reindex(range(count), fill_value=0).astype(float) for name, one in sums.items()})


def _counts(stages: pd.Series, stage: str) -> pd.Series:
    """Whether the item of each row looks at the stage."""
    return stages.map({text: stage in text.split("|") for text in stages.unique()}).astype(bool)


def _state(pairs: pd.DataFrame, stage: str) -> pd.Series:
    """covered, unknown or outside per source, empty where the item does not look at the stage."""
    covered = pd.Series(False, index=pairs.index)
    for countries in pairs["covered"].unique():
        covered |= (pairs["covered"] == countries) & pairs[stage].isin(countries.split("|"))
    words = np.select([covered, pairs[stage] == ""], ["covered", "unknown"], "outside")
    return pd.Series(words, index=pairs.index, dtype="object").where(_counts(pairs["stages"], stage), "")


def _listed(countries: pd.DataFrame) -> pd.Series:
    """Each country once, by row."""
    row, country = countries.columns
    once = countries.dropna().drop_duplicates().sort_values([row, country])
    return joined(once[country], once[row], "/")


def _judged(rows: pd.DataFrame) -> pd.DataFrame:
    """applies and why."""
    chance, defence = rows["probability"], rows["defence"] == "yes"
    exempt = (
        (rows["scope"] == "now") & (rows["cots_products"] > 0) & (rows["cots_products"] == rows["defence_products"])
    )
    caught = rows["stages_covered"] > 0
    whole = caught & (rows["caught_sources"] == rows["all_sources"])
    proven = ~caught & (rows["stages_unknown"] == 0)
    doubtful = chance < LIKELY
    known = rows["listed"] & defence & caught
    applies = np.select(
        [proven | exempt | doubtful, known & whole & (chance >= SURE), known],
        ["unlikely", "yes", "likely"],
        "unknown",
    )
    said = {
        "parts.defence of its products would settle the contract": ~defence,
        "only in off-the-shelf products below half by weight": exempt,
        "every stage is declared outside the covered countries": proven,
        "not by every source": caught & ~whole,
        "whether it is of the listed form is not known": ~rows["listed"],
        "more likely not in it": doubtful,
        "its content is not proven": ~doubtful & ~(chance >= SURE),
    }
    texts = [rows["stage_gaps"].fillna(""), *(np.where(true, text, "") for text, true in said.items())]
    why = ["; ".join(filter(None, row)) for row in zip(*texts, strict=True)]
    return pd.DataFrame({"applies": pd.Categorical(applies, categories=list(APPLIES)), "why": why})


def _only_later(rows: pd.DataFrame) -> pd.Series:
    """Whether a later scope applies, or may, where today's is unlikely to or has no row."""
    open_ = rows["applies"] != "unlikely"
    family = [rows["node"], rows["material"], rows["form"]]
    today = (open_ & (rows["scope"] == "now")).groupby(family).transform("any")
    return (rows["scope"] == "later") & open_ & ~today


def _ranks(rows: pd.DataFrame) -> pd.Series:
    """1 is the hardest of its scope; missing for what is unlikely to apply."""
    open_ = rows[rows["applies"] != "unlikely"]
    order = pd.DataFrame(
        {
            "scope": pd.factorize(open_["scope_from"], sort=True)[0],
            "unknown": open_["defence"].eq("unknown"),
            "outside": open_["outside_sources"] > 0,
            "covered": -open_["stages_covered"],
            "gaps": -open_["stages_unknown"],
            "sources": open_["qualified_suppliers"].fillna(0) > 1,
            "other": ~open_["magnet"],
            "products": -open_["defence_products"],
            "part_no": open_["part_no"],
            "site": open_["site"],
            "measure": open_["measure"],
        }
    )
    sorted_ = order.sort_values(list(order.columns))
    return (sorted_.groupby("scope").cumcount() + 1).astype("float64").reindex(rows.index)
