"""From a frozen snapshot to the fact tables: content, BOM, plan, regimes, joined. No clock, no state, no network."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.beside import NOBODY, Beside
from riskplug.bom import coverage, products_above
from riskplug.catalogue import UNTRUSTED
from riskplug.content import Knowledge, PartContent, TextReader, load_knowledge, read_texts, top_producer
from riskplug.content import confirmations as evidence
from riskplug.extend import guard
from riskplug.extend.discovery import shipped_folder
from riskplug.extend.guard import Guarded
from riskplug.extend.host import PluginHost
from riskplug.extend.protocols import ContentMapper, ScanContext
from riskplug.facts import Found, assemble, described
from riskplug.facts.assemble import master_of, sales
from riskplug.facts.disruptions import Ordeals, disruption_facts, prepare
from riskplug.facts.in_short import in_short, with_products
from riskplug.facts.losses import Night
from riskplug.facts.sources import sources_of
from riskplug.loading import entities_of, measures_of
from riskplug.model import CONTENT_COLUMNS, QUARANTINE_COLUMNS, BomGraph, Frames, no_suggestions
from riskplug.plan import Each, Job, Plan, chance_by_licence, last_orders_with_licence, plan
from riskplug.plan.nodes import Floats, NodeIndex
from riskplug.regimes import (
    EntityList,
    Measure,
    designations,
    judge_orders,
    judge_parts,
    licence_terms,
    measures_on,
    screen,
)
from riskplug.regimes.measures import STOPPING
from riskplug.regimes.scope import BASE_STATES
from riskplug.reuse import NOTHING, Reuse
from riskplug.scale.engine import LOCAL, Engine
from riskplug.scale.families import Company, content_and_roll_up
from riskplug.stages import Stages
from riskplug.state.snapshots import Snapshot
from riskplug.workspace import Policy, Workspace

# Measures that are not in force but may come to be: never mixed into the exposure, only counted per measure.
WAITING = ("announced", "suspended", "suspended_presumed")


@dataclass(frozen=True)
class Foundation:
    """What neither law nor supply changes: the tables, what is in the parts, how they are built. Scenarios share it.

    ``inside``: grain `content`, rolled up. ``strays``: confirmations of parts that are not there. ``aside``:
    QUARANTINE_COLUMNS of demand rows and production orders.
    """

    on: date
    tables: Frames
    table_facts: pd.DataFrame
    absent_stock: Mapping[str, str]
    knowledge: Knowledge
    content: PartContent
    graph: BomGraph
    inside: pd.DataFrame
    strays: pd.DataFrame
    aside: pd.DataFrame | None = None

    @property
    def refused(self) -> frozenset[tuple[str, str]]:
        """(table, source) of what was refused or is missing: nothing may be concluded from its absence."""
        rows = self.table_facts[self.table_facts["verdict"].isin(UNTRUSTED)]
        return frozenset(zip(rows["table"].astype("str"), rows["source"].astype("str"), strict=True))


@dataclass(frozen=True)
class Analysis:
    """The facts by grain, and the stage results that explain them. ``suggested``: SUGGESTION_COLUMNS, of plugins.

    ``ordeals``: prepares the disruptions of the night again. They are large, and a scan that has told of them is done.
    """

    facts: dict[str, pd.DataFrame]
    measures: pd.DataFrame
    foundation: Foundation
    register: tuple[Measure, ...]
    orders: pd.DataFrame
    exposures: pd.DataFrame
    plan: Plan
    ordeals: Callable[[], Ordeals]
    suggested: pd.DataFrame = field(default_factory=no_suggestions)

    @property
    def content(self) -> PartContent:
        return self.foundation.content

    @property
    def graph(self) -> BomGraph:
        return self.foundation.graph

    @property
    def strays(self) -> pd.DataFrame:
        return self.foundation.strays


def analyse(
    snapshot: Snapshot,
    *,
    workspace: Workspace,
    host: PluginHost,
    context: ScanContext,
    stages: Stages,
    engine: Engine = LOCAL,
    reuse: Reuse = NOTHING,
    beside: Beside = NOBODY,
) -> Analysis:
    """Compute every fact table of a snapshot on its business date. ``engine``: where the heavy work runs.

    ``reuse``: what earlier nights worked out. ``beside``: who works on what others do not wait for.
    """
    foundation = lay_foundation(
        snapshot,
        workspace=workspace,
        host=host,
        context=context,
        stages=stages,
        engine=engine,
        reuse=reuse,
        beside=beside,
    )
    register, entities = measures_of(workspace, host), entities_of(workspace, host)
    return assess(foundation, register, entities, workspace=workspace, stages=stages, engine=engine, beside=beside)


def lay_foundation(
    snapshot: Snapshot,
    *,
    workspace: Workspace,
    host: PluginHost,
    context: ScanContext,
    stages: Stages,
    engine: Engine = LOCAL,
    reuse: Reuse = NOTHING,
    beside: Beside = NOBODY,
) -> Foundation:
    """Content and BOM of a snapshot. Workers read texts by themselves, and know nothing of earlier nights."""
    on, tables = snapshot.business_date, snapshot.validated.tables
    with stages("content") as tally:
        knowledge = load_knowledge(shipped_folder("rules") / "materials", _existing(workspace.root / "materials"))
        mapped = mapped_by_plugins(tables["parts"], host, context, engine)
        said = evidence.read_confirmations(workspace.root / evidence.FILE, knowledge.materials)
        horizon = workspace.workspace.horizon_days
        read = read_texts if engine.apart else TextReader(reuse)
        company = Company(tables, knowledge, mapped, said, on, tuple(workspace.sites), horizon, read)
        built = beside.start(company.graph, tables)
        content, rolled_up = content_and_roll_up(company, engine)
        strays = evidence.strays(said, evidence.FILE, content.parts["part_no"].cat.categories, on)
        tally.rows = len(content.own)
    with stages("bom") as tally:
        graph = built.result()
        inside = rolled_up(graph)
        tally.rows = graph.as_built.nnz
    facts, absent = snapshot.validated.facts, snapshot.absent_stock
    aside = rows_aside(snapshot.validated.quarantine)
    return Foundation(on, tables, facts, absent, knowledge, content, graph, inside, strays, aside)


def rows_aside(quarantine: pd.DataFrame) -> pd.DataFrame:
    """Rows of demand and production orders that were set aside; a snapshot older than the columns of the part does not
    say whose they are.
    """
    rows = quarantine[quarantine["table"].isin(["demand", "production_orders"])]
    return rows.reindex(columns=list(QUARANTINE_COLUMNS), fill_value="")


def assess(
    foundation: Foundation,
    register: tuple[Measure, ...],
    entities: Sequence[EntityList] = (),
    *,
    workspace: Workspace,
    stages: Stages,
    engine: Engine = LOCAL,
    beside: Beside = NOBODY,
) -> Analysis:
    """Law, runways and facts over a foundation. ``entities``: lists that suppliers are held against."""
    on, tables = foundation.on, foundation.tables
    with stages("regimes") as tally:
        sold = beside.start(_sold, tables, foundation.graph, workspace, on)
        judged = beside.start(exposed_under, register, tables, foundation, workspace, WAITING)
        measures = measures_on(register, on, workspace.policy)
        named = designations(register, on, workspace.policy)
        screened = screen(tables["suppliers"], entities, on)
        orders = ordered_under(register, tables, foundation, workspace)
        exposures = exposed_under(register, tables, foundation, workspace)
        tally.rows = len(orders) + len(exposures)
    with stages("plan") as tally:
        planned = planned_under(orders, exposures, register, foundation, workspace, _simulated_by(engine))
        tally.rows = len(planned.parts)
    with stages("facts") as tally:
        chances = chance_by_licence(exposures, planned, _simulated_by(engine))
        awaited = exposures.assign(**chances, last_order_date=last_orders_with_licence(exposures, planned))
        waiting = judged.result()
        found = _found(
            foundation, planned, orders, awaited, waiting, measures, register, named, screened, sold.result()
        )
        parts = described(tables, found, workspace=workspace, on=on)
        ordeals = partial(prepared, foundation, planned, parts.part, found, workspace)
        ready = beside.start(ordeals)
        # workers are asked from the thread that knows them
        helper = NOBODY if engine.apart else beside
        worked = helper.start(_worked_out, ready, workspace.policy.disruptions, engine)
        facts = assemble(tables, found, parts, workspace=workspace, on=on)
        tally.rows = sum(map(len, facts.values()))
    with stages("disruptions") as tally:
        facts = disrupted(facts, ready.result(), worked.result(), workspace.policy.disruptions)
        tally.rows = len(facts["disruption"])
    return Analysis(facts, measures, foundation, register, orders, exposures, planned, ordeals)


def prepared(foundation: Foundation, planned: Plan, part: pd.DataFrame, found: Found, workspace: Workspace) -> Ordeals:
    """The disruptions of the night, ready to be worked out."""
    tables, graph, on = foundation.tables, foundation.graph, foundation.on
    unproven = found.own.loc[found.own["magnet_unproven"].fillna(False).astype(bool), "part_no"]
    night = Night(
        tables,
        planned.index,
        found.exposures,
        found.waiting,
        found.orders,
        found.content,
        found.sources,
        found.measures,
        found.register,
        found.controlled,
        frozenset(unproven.astype("str")),
        {name: site.country for name, site in workspace.sites.items()},
        pd.Timestamp(on),
    )
    return prepare(planned, graph, part, found.master, night, workspace)


def _worked_out(ready: "Future[Ordeals]", most: int, engine: Engine) -> pd.DataFrame:
    return disruption_facts(ready.result(), most, engine=engine)


def disrupted(
    facts: dict[str, pd.DataFrame], ordeals: Ordeals, rows: pd.DataFrame, most: int
) -> dict[str, pd.DataFrame]:
    """The facts with the grain `disruption`, its ``rows``, and what it says per product, measure and material."""
    sold = np.flatnonzero(facts["part"]["is_product"].fillna(False).to_numpy(dtype=bool))
    changed = {
        "product": with_products(facts["product"], sold, ordeals, rows, most),
        "disruption": rows,
        "material": in_short("material", facts["material"], rows),
        "measure": in_short("measure", facts["measure"], rows),
    }
    order = list(facts)
    order.insert(order.index("failure_point") + 1, "disruption")
    return {grain: changed.get(grain, facts.get(grain, rows)) for grain in order}


def mapped_by_plugins(
    parts: pd.DataFrame, host: PluginHost, context: ScanContext, engine: Engine = LOCAL
) -> Sequence[pd.DataFrame]:
    """What content mapper plugins say; one that raises or breaks the contract says nothing and is recorded."""
    frames = []
    for asked in engine.each("content mappers", _mapped_by, list(host.content_mappers()), (host, parts, context)):
        if asked.fault:
            host.faults.append(asked.fault)
        elif asked.value is not None:
            frames.append(asked.value)
    return frames


def _mapped_by(given: tuple[PluginHost, pd.DataFrame, ScanContext], kind: str) -> Guarded[pd.DataFrame]:
    host, parts, context = given
    mapper = host.content_mappers()[kind]
    return guard.call(host.provider(mapper), f"content mapper {kind}", partial(_ask, host, mapper, parts, context))


def _ask(host: PluginHost, mapper: type[ContentMapper], parts: pd.DataFrame, context: ScanContext) -> pd.DataFrame:
    mapped = host.make(mapper).map_content(parts.copy(deep=False), context)
    missing = [name for name in CONTENT_COLUMNS if name not in mapped]
    if missing:
        raise ValueError(f"content columns missing: {', '.join(missing)}")
    return mapped[list(CONTENT_COLUMNS)]


def _existing(path: Path) -> Path | None:
    return path if path.is_dir() else None


def ordered_under(
    register: Sequence[Measure], tables: Frames, foundation: Foundation, workspace: Workspace
) -> pd.DataFrame:
    """Order lines of some tables judged under a register; base and scenarios ask alike."""
    content, graph = foundation.content, foundation.graph
    return judge_orders(tables, content, register, workspace=workspace, on=foundation.on, graph=graph)


def exposed_under(
    register: Sequence[Measure],
    tables: Frames,
    foundation: Foundation,
    workspace: Workspace,
    states: Sequence[str] = BASE_STATES,
) -> pd.DataFrame:
    """Parts judged under a register, for measures in some states."""
    return judge_parts(
        tables,
        foundation.inside,
        register,
        workspace=workspace,
        on=foundation.on,
        states=states,
        own_parts=foundation.content.parts,
        graph=foundation.graph,
    )


def planned_under(
    orders: pd.DataFrame,
    exposures: pd.DataFrame,
    register: Sequence[Measure],
    foundation: Foundation,
    workspace: Workspace,
    each: Each = map,
) -> Plan:
    """The base's plan. ``orders`` and ``exposures``: what is judged of the order lines and the parts."""
    return plan(
        foundation.tables,
        foundation.graph,
        workspace=workspace,
        on=foundation.on,
        stopped=stopped_lines(foundation.tables["purchase_orders"], orders),
        absent_stock=foundation.absent_stock,
        licences=licence_terms(orders, register, workspace.policy, foundation.on),
        exposed=exposures[["part_no", "site"]],
        refused=foundation.refused,
        caught=may_be_stopped(foundation.graph, exposures, workspace.policy),
        aside=foundation.aside,
        each=each,
    )


def _simulated_by(engine: Engine) -> Each:
    def each(simulate: Callable[[Job], Floats], jobs: Iterable[Job]) -> Iterable[Floats]:
        return engine.each("simulations", _simulated, jobs, simulate)

    return each


def _simulated(simulate: Callable[[Job], Floats], job: Job) -> Floats:
    return simulate(job)


def stopped_lines(orders: pd.DataFrame, judged: pd.DataFrame) -> pd.Series:
    """True for order lines that any measure stops, by row label of the canonical table."""
    hit = judged.loc[judged["stopped"].fillna(False).astype(bool), "po_index"]
    return pd.Series(orders.index.isin(hit), index=orders.index)


def may_be_stopped(graph: BomGraph, exposures: pd.DataFrame, policy: Policy) -> npt.NDArray[np.bool_]:
    """Per node, whether a measure in force may stop the part itself; unknown counts as the policy says."""
    counted = ["yes", "likely", *(["unknown"] if policy.unknown_origin == "stopped" else [])]
    direct = exposures["route"].eq("direct") & exposures["applies"].isin(counted)
    stops = exposures["measure_kind"].isin(STOPPING) & exposures["measure_status"].eq("in_force")
    node = NodeIndex.of(graph.nodes).nodes_of(exposures[(direct & stops).to_numpy(dtype=bool)])
    caught = np.zeros(len(graph.nodes), dtype=bool)
    caught[node[node >= 0]] = True
    return caught


def _found(
    foundation: Foundation,
    planned: Plan,
    orders: pd.DataFrame,
    exposures: pd.DataFrame,
    waiting: pd.DataFrame,
    measures: pd.DataFrame,
    register: Sequence[Measure],
    named: pd.DataFrame,
    screened: pd.DataFrame,
    sold: "_Sold",
) -> Found:
    content, graph = foundation.content, foundation.graph
    controlled = _controlled(measures)
    return Found(
        graph,
        planned.parts,
        content.parts,
        foundation.inside,
        orders,
        exposures,
        waiting,
        measures,
        sold.products,
        sold.revenue,
        sold.demanded,
        sold.worth,
        coverage(graph, content.parts),
        controlled,
        _concentration(foundation.knowledge, controlled),
        named,
        screened,
        foundation.table_facts,
        foundation.knowledge.concentration,
        register,
        sold.master,
        sold.sources,
    )


@dataclass(frozen=True)
class _Sold:
    """What the part master, bills, sources and demand alone tell. Per node: the master's row, independent demand over
    the horizon and what it is worth, number of products that it goes into and their revenue, NaN where unknown.
    """

    master: pd.DataFrame
    sources: pd.DataFrame
    demanded: Floats
    worth: Floats
    products: Floats
    revenue: Floats


def _sold(tables: Frames, graph: BomGraph, workspace: Workspace, on: date) -> _Sold:
    about = master_of(tables, graph)
    demanded, worth = sales(tables, graph, about, workspace, on)
    is_product = about["is_product"].fillna(False).to_numpy(dtype=bool)
    products, revenue = products_above(graph, is_product, np.where(is_product, worth, np.nan))
    sources = sources_of(graph.nodes, tables, list(workspace.sites), on)
    return _Sold(about, sources, demanded, worth, products, revenue)


def _controlled(measures: pd.DataFrame) -> frozenset[str]:
    """Materials named by any measure that restricts goods, on whatever date: what the scan watches."""
    named = measures.loc[measures["restricts"].astype(bool), "materials"].dropna()
    return frozenset(word.strip() for cell in named for word in str(cell).split(",") if word.strip())


def _concentration(knowledge: Knowledge, materials: frozenset[str]) -> pd.DataFrame:
    """Largest producing country per material: material, concentration (words), top_country_share_pct."""
    found = {material: top_producer(knowledge, material) for material in sorted(materials)}
    rows = [
        (material, f"{row['country']} {row['share_pct']:.0f} % of {row['stage']}, {row['year']:.0f}", row["share_pct"])
        for material, row in found.items()
        if row is not None
    ]
    return pd.DataFrame(rows, columns=["material", "concentration", "top_country_share_pct"])
