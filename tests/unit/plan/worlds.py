"""Small companies for plan tests, built from plain lists."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from riskplug.bom import build_graph
from riskplug.catalogue import RUNWAY_POLICIES
from riskplug.model import BomGraph
from riskplug.plan import Plan, plan
from riskplug.plan.above import Around
from riskplug.plan.ledger import Ledger
from riskplug.tables import TABLES, conform, empty
from riskplug.workspace import Site, SourceSettings, Workspace, WorkspaceSettings

Row = Mapping[str, Any]
SITE = "P1"


def workspace(*, policy: Mapping[str, Any] | None = None, horizon: int = 365, site: Site | None = None) -> Workspace:
    return Workspace.model_validate(
        {
            "root": Path(),
            "workspace": WorkspaceSettings(name="Test", horizon_days=horizon),
            "sites": {SITE: site or Site(country="US", calendar="US")},
            "sources": {"erp": SourceSettings(path=Path("exports"))},
            "policy": dict(policy or {}),
        }
    )


def graph(
    parts: Sequence[str],
    lines: Sequence[tuple[str, str, float]] = (),
    *,
    fixed: Sequence[tuple[str, str, float]] = (),
    phantoms: Sequence[str] = (),
    cycles: Sequence[Sequence[str]] = (),
    problems: Sequence[Row] = (),
) -> BomGraph:
    number = {name: at for at, name in enumerate(parts)}
    size = len(parts)

    def matrix(edges: Sequence[tuple[str, str, float]]) -> sparse.csr_array:
        cells = ([number[p] for p, _, _ in edges], [number[c] for _, c, _ in edges])
        return sparse.csr_array(sparse.coo_array(([float(q) for *_, q in edges], cells), shape=(size, size)))

    level = np.zeros(size, dtype=np.int32)
    for _ in range(size):
        for parent, component, _ in (*lines, *fixed):
            level[number[component]] = max(level[number[component]], level[number[parent]] + 1)
    part_nos = pd.Index(parts, dtype="str")
    nodes = pd.DataFrame(
        {
            "part_no": pd.Categorical(parts, categories=part_nos),
            "site": pd.Categorical([SITE] * size, categories=[SITE]),
        }
    )
    return BomGraph(
        nodes,
        matrix(lines),
        matrix(lines),
        matrix(fixed),
        level,
        np.array([name in phantoms for name in parts], dtype=bool),
        tuple(tuple(number[name] for name in cycle) for cycle in cycles),
        np.zeros(size, dtype=bool),
        pd.DataFrame(list(problems), columns=["part_no", "component", "site", "reason"]),
    )


def tables(part_nos: Sequence[str], **rows: Sequence[Row]) -> dict[str, pd.DataFrame]:
    """Canonical tables; rows without a site, source or base unit get the only ones there are."""
    index = pd.Index(part_nos, dtype="str")
    told = {row["part_no"] for row in rows.get("parts", ())}
    untold = [{"part_no": name} for name in part_nos if name not in told]
    rows["parts"] = [{"base_unit": "pc", **row} for row in (*rows.get("parts", ()), *untold)]
    made = {}
    for name in TABLES:
        if not rows.get(name):
            made[name] = empty(name, index)
            continue
        frame = pd.DataFrame([{"site": SITE, "source": "erp", **row} for row in rows[name]])
        for column in {column.name for column in TABLES[name].columns if column.kind == "date"} & set(frame):
            frame[column] = pd.to_datetime(frame[column])
        made[name] = conform(name, frame, index)
    return made


def planned(
    part_nos: Sequence[str],
    on: date,
    *,
    bom: BomGraph | None = None,
    policy: Mapping[str, Any] | None = None,
    horizon: int = 365,
    absent: str = "zero",
    stopped: Sequence[Any] | None = None,
    site: Site | None = None,
    licences: pd.DataFrame | None = None,
    exposed: Sequence[str] = (),
    caught: Sequence[str] = (),
    refused: Sequence[str] = (),
    **rows: Sequence[Row],
) -> Plan:
    """``caught``: parts that a measure may stop. ``refused``: tables of the only source that were refused."""
    made = tables(part_nos, **rows)
    orders = made["purchase_orders"]
    held = pd.Series(list(stopped) if stopped is not None else [False] * len(orders), index=orders.index)
    return plan(
        made,
        bom or graph(part_nos),
        workspace=workspace(policy=policy, horizon=horizon, site=site),
        on=on,
        stopped=held.astype("boolean"),
        absent_stock={"erp": absent},
        licences=licences,
        exposed=pd.DataFrame({"part_no": list(exposed), "site": [SITE] * len(exposed)}, dtype="str"),
        refused=[(table, "erp") for table in refused],
        caught=np.array([name in caught for name in part_nos], dtype=bool),
    )


def after(on: date, days: int) -> date:
    return on + timedelta(days=days)


def part(found: Plan, part_no: str) -> Any:
    return found.parts.set_index("part_no").loc[part_no]


def company(
    on: date,
    *,
    sites: Sequence[str] = (SITE,),
    lanes: Sequence[Row] = (),
    policy: Mapping[str, Any] | None = None,
    horizon: int = 365,
    absent: str = "zero",
    stopped: Sequence[bool] | None = None,
    **rows: Sequence[Row],
) -> Plan:
    """A plan from rows of canonical tables alone, the bill of material among them; ``parts`` name every part."""
    made = tables(sorted({row["part_no"] for row in rows["parts"]}), **rows)
    stands = workspace(policy=policy, horizon=horizon)
    stands = stands.model_validate(
        {
            **stands.model_dump(by_alias=True),
            "sites": {name: Site(country="US", calendar="US") for name in sites},
            "lanes": list(lanes),
        }
    )
    also = [made[name] for name in ("inventory", "purchase_orders", "demand")]
    bom = build_graph(made["bom_lines"], made["parts"], sites=sites, on=on, also=also, horizon=horizon)
    orders = made["purchase_orders"]
    return plan(
        made,
        bom,
        workspace=stands,
        on=on,
        stopped=pd.Series(list(stopped or [False] * len(orders)), index=orders.index, dtype="boolean"),
        absent_stock={"erp": absent},
    )


def assert_cut_down(whole: Ledger, part: int) -> None:
    """What a part is walked against is, bit by bit, what all parts are walked against, at its places alone."""
    around = Around.of(whole, part)
    nodes = whole.structure.nodes.tolist()
    places = [nodes.index(node) for node in around.structure.nodes]
    assert places[around.at] == nodes.index(part)
    assert around.ledger.independent().toarray().tobytes() == whole.independent()[places].toarray().tobytes()
    for policy in RUNWAY_POLICIES:
        assert around.ledger.supply(policy).toarray().tobytes() == whole.supply(policy)[places].toarray().tobytes()
        assert _by_lot(around.ledger, policy) == [
            (places.index(at), *lot) for at, *lot in _by_lot(whole, policy) if at in places
        ]


def _by_lot(ledger: Ledger, policy: str) -> list[tuple[Any, ...]]:
    lots = ledger.lots(policy)
    return list(zip(*(getattr(lots, name).tolist() for name in ("at", "last", "quantity", "owed")), strict=True))
