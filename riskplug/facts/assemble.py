"""Joins what the stages found into the fact tables of catalogue.py."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.bom import Covered
from riskplug.catalogue import GRAINS, RUNWAY_POLICIES, frame
from riskplug.facts.alternatives import with_alternatives
from riskplug.facts.concentration import own_concentration, stage_concentration
from riskplug.facts.defence import prohibitions
from riskplug.facts.failure import failure_points
from riskplug.facts.joined import joined
from riskplug.facts.licences import deadlines, value_waiting, with_waiting
from riskplug.facts.master import KEY, keyed, named_in, over_nodes, per_node, revenue, supply
from riskplug.facts.origin_mix import product_concentration
from riskplug.facts.product import limiting
from riskplug.facts.recoverable import recoverable
from riskplug.facts.sources import origin_shares
from riskplug.facts.totals import material_facts, measure_facts, supplier_facts
from riskplug.facts.weights import coverage_facts, mass_coverage, spend_coverage, weight_tests
from riskplug.model import BomGraph, Frames
from riskplug.plan.nodes import NodeIndex, codes_over
from riskplug.regimes import Measure
from riskplug.workspace import Workspace

# A material counts as inside a part from this probability on: below it the part is suspected, not said to hold it.
PRESENT = 0.5
RUNWAYS = [name for policy in RUNWAY_POLICIES for name in (f"{policy}_runway_days", f"{policy}_runway_days_state")]
CHANCES = ["p_stock_out_30", "p_stock_out_60", "p_stock_out_90"]
DESCRIBED = ("description", "owner", "category", "base_unit", "procurement", "is_product", "phantom")
# What facts are made of; other columns of the part master would only be copied.
MASTER = [*KEY, *DESCRIBED, "currency", "unit_cost", "unit_revenue", "unit_mass_g", "defence", "is_cots"]


@dataclass(frozen=True)
class Found:
    """What the stages found, as assemble() needs it.

    ``planned``: one row per node. ``own``: PartContent.parts (part_no, likely_magnet, magnet_unproven, evidence).
    ``content``: grain `content`. ``orders`` and ``exposures``: what the regimes stage judged; ``waiting``: exposures to
    measures announced or suspended, which only count per measure. ``products`` and ``revenue`` and ``coverage`` per
    node. ``controlled``: materials that a measure restricts. ``designations``: material, designations. ``screened``:
    supplier, entity_*. ``published``: shares of countries by stage. ``register``: every measure. ``master``:
    master_of(); ``sources``: sources_of().
    """

    graph: BomGraph
    planned: pd.DataFrame
    own: pd.DataFrame
    content: pd.DataFrame
    orders: pd.DataFrame
    exposures: pd.DataFrame
    waiting: pd.DataFrame
    measures: pd.DataFrame
    products: npt.NDArray[np.float64]
    revenue: npt.NDArray[np.float64]
    demanded: npt.NDArray[np.float64]
    product_revenue: npt.NDArray[np.float64]
    coverage: npt.NDArray[np.float64]
    controlled: frozenset[str]
    concentration: pd.DataFrame
    designations: pd.DataFrame
    screened: pd.DataFrame
    table_facts: pd.DataFrame
    published: pd.DataFrame
    register: Sequence[Measure]
    master: pd.DataFrame
    sources: pd.DataFrame


def master_of(tables: Frames, graph: BomGraph) -> pd.DataFrame:
    """MASTER of each node, in node order."""
    return per_node(graph.nodes, tables["parts"][MASTER])


def sales(
    tables: Frames, graph: BomGraph, about: pd.DataFrame, workspace: Workspace, on: date
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Independent demand and its revenue per node over the horizon."""
    settings = workspace.workspace
    return revenue(graph.nodes, about, tables["demand"], settings.currency, on, settings.horizon_days)


@dataclass(frozen=True)
class Described:
    """Grain `part`, what of its mass is declared, and grain `content` over the categories of the nodes."""

    part: pd.DataFrame
    mass: Covered
    content: pd.DataFrame


def described(tables: Frames, found: Found, *, workspace: Workspace, on: date) -> Described:
    """The facts about parts, which all others rest on."""
    about, content = found.master, over_nodes(found.graph.nodes, found.content)
    mass = mass_coverage(found.graph, about, found.own)
    spend = spend_coverage(found.graph, about, found.own, found.coverage, workspace.workspace.currency)
    known = replace(found, content=content)
    part = part_facts(tables, known, about, coverage_facts(mass, spend), workspace, on)
    return Described(part, mass, content)


def assemble(
    tables: Frames, found: Found, parts: Described, *, workspace: Workspace, on: date
) -> dict[str, pd.DataFrame]:
    """All fact tables by grain, but for `disruption`."""
    part, about, mass, content = parts.part, found.master, parts.mass, found.content
    found = replace(found, content=parts.content)
    sold = part["is_product"].fillna(False).to_numpy(dtype=bool)
    weights = weight_tests(found.graph, about, found.content, mass, sold, on)
    product = product_facts(part, weights.assign(unproven_mass_g=mass.unproven[sold]), found)
    exposure = exposure_facts(part, found.exposures, found.orders)
    idle = recoverable(tables, found.graph, found.content, found.demanded, found.controlled, on)
    material = material_facts(
        part, product, found.content, found.concentration, found.controlled, idle, found.designations
    )
    material = material.assign(value_waiting=_waiting(found.orders, "material", material))
    measure = measure_facts(found.measures, exposure, found.waiting)
    supplier = supplier_facts(tables, part, found.screened, on, workspace.workspace.currency)
    structure = _structure(tables, found, about, part, product, exposure, material, supplier, workspace, on)
    return {
        "part": part,
        "content": content,
        "order_line": order_facts(part, found.orders, on),
        **structure,
        "supplier": supplier,
        "measure": measure.assign(value_waiting=_waiting(_by_parent(found), "measure", measure)),
        "table": found.table_facts,
    }


def _structure(
    tables: Frames,
    found: Found,
    about: pd.DataFrame,
    part: pd.DataFrame,
    product: pd.DataFrame,
    exposure: pd.DataFrame,
    material: pd.DataFrame,
    supplier: pd.DataFrame,
    workspace: Workspace,
    on: date,
) -> dict[str, pd.DataFrame]:
    """What hangs on few: exposure, product and material completed, and the grains of the supply structure."""
    graph, currency = found.graph, workspace.workspace.currency
    sources, shares = found.sources, origin_shares(found.sources)
    same = about["currency"].isna() | (about["currency"] == currency)
    cost = about["unit_cost"].where(same).to_numpy(dtype=float)
    own = own_concentration(graph, part, found.content, sources, shares, tables, currency, cost)
    sold = part["is_product"].fillna(False).to_numpy(dtype=bool)
    bought = (part["procurement"] == "buy").to_numpy() | (np.diff(graph.as_built.indptr) == 0)
    mix = product_concentration(graph, found.content, shares, bought, sold, found.controlled)
    at = pd.Series(np.arange(len(product)), index=np.flatnonzero(sold))
    mixed = mix.set_index(mix.pop("node").map(at).to_numpy(dtype=int))
    names = supplier.set_index("supplier")["name"]
    places = {name: site.country for name, site in workspace.sites.items()}
    evidence = found.own[["part_no", "evidence"]]
    return {
        "exposure": with_alternatives(exposure, graph, sources, found.content, evidence, found.register, places),
        "product": _filled("product", product, mixed),
        "material": _filled("material", material, _by_material(material, own, stage_concentration(found.published))),
        "failure_point": failure_points(graph, part, sources, names, found.product_revenue),
        "sourcing_prohibition": prohibitions(graph, part, about, product, found.content, sources, found.register, on),
    }


def _by_material(material: pd.DataFrame, *found: pd.DataFrame) -> pd.DataFrame:
    joined = material[["material"]]
    for rows in found:
        joined = joined.merge(rows, on="material", how="left")
    return joined.drop(columns="material")


def _filled(grain: str, rows: pd.DataFrame, columns: pd.DataFrame) -> pd.DataFrame:
    """The rows with further columns of their grain, aligned by row number."""
    more = columns.reindex(range(len(rows)))
    return frame(GRAINS[grain], {**rows.to_dict("series"), **more.to_dict("series")})  # type: ignore[dict-item]


def _by_parent(found: Found) -> pd.DataFrame:
    """Judged order lines under whole measures rather than their items."""
    parent = found.measures.drop_duplicates("measure").set_index("measure")["parent"]
    return found.orders.assign(measure=found.orders["measure"].map(parent).fillna(found.orders["measure"]))


def _waiting(orders: pd.DataFrame, by: str, rows: pd.DataFrame) -> pd.Series:
    return with_waiting(rows[by], value_waiting(orders, by, orders[by]))


def part_facts(
    tables: Frames,
    found: Found,
    about: pd.DataFrame,
    covered: Mapping[str, object],
    workspace: Workspace,
    on: date,
) -> pd.DataFrame:
    """Grain `part`, one row per node in node order. ``about``: the part master row of each node."""
    nodes, planned = found.graph.nodes, found.planned.reset_index(drop=True)
    bought = supply(nodes, tables["sourcing"], on)
    inside = _inside(nodes, found.content, found.controlled)
    own = _per_part(nodes, found.own)
    known = {name: planned[name] for name in planned.columns if name in GRAINS["part"].names}
    described = {name: about[name] for name in DESCRIBED}
    return frame(
        GRAINS["part"],
        {
            **known,
            **described,
            **{str(name): column for name, column in inside.items()},
            "part_no": about["part_no"],
            "site": about["site"],
            "qualified_suppliers": bought["qualified_suppliers"],
            "origin_country": bought["origin_country"],
            "top_origin_share_pct": bought["top_origin_share_pct"],
            "evidence": own["evidence"],
            "likely_magnet": own["likely_magnet"],
            "magnet_unproven": own["magnet_unproven"],
            "content_coverage_pct": found.coverage,
            **covered,
            "products": found.products,
            "revenue_at_risk": found.revenue,
            "partial": found.graph.partial,
        },
    )


def _per_part(nodes: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """What rows, one per part number, say of each node, in node order."""
    names = nodes["part_no"].astype("category")
    row = np.full(len(names.cat.categories) + 1, -1)
    row[codes_over(rows["part_no"], names.cat.categories)] = np.arange(len(rows))
    row[-1] = -1
    return rows.reset_index(drop=True).reindex(row[names.cat.codes]).reset_index(drop=True)


def _inside(nodes: pd.DataFrame, content: pd.DataFrame, controlled: frozenset[str]) -> pd.DataFrame:
    """materials, masses and the highest probability of the controlled materials in each node, in node order."""
    rows = content[content["material"].isin(controlled)]
    rows = rows.assign(node=NodeIndex.of(nodes).nodes_of(rows), material=rows["material"].astype("category"))
    present = rows[rows["probability"] >= PRESENT]
    names = present.drop_duplicates(["node", "material"]).sort_values("material")
    listed = joined(names["material"], names["node"], ",").rename("materials")
    masses = _added(present, "node", ["mass_g_min", "mass_g_typ", "mass_g_max"])
    grouped = rows.groupby("node")
    expected = grouped["mass_g_expected"].sum(min_count=1)
    bound = grouped["lower_bound"].any().rename("mass_lower_bound")
    # the known ones add up to nothing: with others unknown that is no zero
    expected = expected.mask(bound.fillna(False).astype(bool) & (expected == 0))
    chance = grouped["probability"].max().rename("content_probability")
    return pd.concat([listed, masses, expected, bound, chance], axis=1).reindex(range(len(nodes)))


def _added(rows: pd.DataFrame, by: str, names: Sequence[str]) -> pd.DataFrame:
    """Sums by a number, missing where one of the values is; added up in the order of the rows."""
    group, numbers = pd.factorize(rows[by], sort=True)
    sums = {name: np.bincount(group, rows[name].to_numpy(dtype=float), len(numbers)) for name in names}
    return pd.DataFrame(sums, index=pd.Index(numbers, name=by))


def exposure_facts(part: pd.DataFrame, exposures: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    """Grain `exposure`: the judgement, with the part's runways and the receipts it stops."""
    about = part[
        [
            *KEY,
            "description",
            "owner",
            "category",
            "procurement",
            "is_product",
            "lead_time_days",
            *RUNWAYS,
            "stock_out_date",
            *CHANCES,
            "chance_half_width",
            "qualified_suppliers",
            "top_origin_share_pct",
            "products",
            "revenue_at_risk",
        ]
    ]
    kept = [name for name in exposures.columns if name in GRAINS["exposure"].names and name not in about.columns]
    rows = keyed(exposures)[[*KEY, *kept]]
    rows = rows.merge(named_in(about, rows), on=KEY, how="left")
    if "licence_half_width" in exposures:
        rows["chance_half_width"] = np.fmax(rows["chance_half_width"], exposures["licence_half_width"].to_numpy())
    stopped = orders[orders["stopped"].fillna(False).astype(bool)]
    stopped = stopped.assign(part_no=stopped["part_no"].astype("str"), site=stopped["site"].astype("str"))
    risk = stopped.groupby([*KEY, "measure"])[["open_quantity", "value_at_risk"]].sum(skipna=False).reset_index()
    rows = rows.drop(columns=["value_at_risk", "receipts_at_risk"], errors="ignore")
    rows = rows.merge(risk.rename(columns={"open_quantity": "receipts_at_risk"}), on=[*KEY, "measure"], how="left")
    none = ~pd.MultiIndex.from_frame(rows[[*KEY, "measure"]]).isin(pd.MultiIndex.from_frame(risk[[*KEY, "measure"]]))
    rows.loc[none, ["receipts_at_risk", "value_at_risk"]] = 0.0
    # what only a control code tells of has no evidence of content
    if "evidence" in rows:
        evidence = rows["evidence"].astype("str")
        rows["evidence"] = evidence.mask(evidence == "")
    return frame(GRAINS["exposure"], rows.to_dict("series"))  # type: ignore[arg-type]


def order_facts(part: pd.DataFrame, orders: pd.DataFrame, on: date) -> pd.DataFrame:
    """Grain `order_line`: the judgement, with the day until which the part can do without the line, and the last one to
    apply for its licence."""
    plan = ["restricted_runway_days", "restricted_runway_days_state", "stock_out_date", "lead_time_days"]
    about = part[[*KEY, "description", "owner", "category", *plan]]
    about = about.rename(columns={"restricted_runway_days": "days_until_needed"})
    kept = [name for name in orders.columns if name in GRAINS["order_line"].names and name not in about.columns]
    rows = keyed(orders)[[*KEY, *kept]]
    rows = rows.merge(named_in(about, rows), on=KEY, how="left")
    rows = pd.concat([rows, deadlines(rows, on)], axis=1)
    return frame(GRAINS["order_line"], {name: rows[name] for name in rows if name in GRAINS["order_line"].names})


def product_facts(part: pd.DataFrame, weights: pd.DataFrame, found: Found) -> pd.DataFrame:
    """Grain `product`: which component stops it first, and what it holds. ``weights``: one row per product."""
    leaf = np.diff(found.graph.as_built.indptr) == 0
    bought = leaf | (part["procurement"] == "buy").to_numpy()
    restricted = part["restricted_runway_days"], part["restricted_runway_days_state"]
    days, state, which = limiting(found.graph, *restricted, bought)
    sold = part["is_product"].fillna(False).to_numpy(dtype=bool)
    rows = part[sold].assign(
        time_to_survive_days=days[sold],
        time_to_survive_days_state=state[sold],
        limiting_part=part["part_no"].array.take(which[sold]),
        demand_quantity=found.demanded[sold],
        revenue_at_risk=found.product_revenue[sold],
    )
    rows["limiting_part"] = rows["limiting_part"].where(rows["time_to_survive_days"].notna())
    rows = pd.concat([rows.reset_index(drop=True), weights.reset_index(drop=True)], axis=1)
    return frame(GRAINS["product"], {name: rows[name] for name in GRAINS["product"].names if name in rows})
