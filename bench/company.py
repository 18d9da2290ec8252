"""A company for runway benchmarks: parts on ten levels, dated demand over 26 weeks, stock and open orders; seeded."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

from riskplug.model import BomGraph
from riskplug.tables import TABLES, empty
from riskplug.workspace import Site, Workspace, WorkspaceSettings

SEED = 20250428
ON = date(2025, 4, 28)  # a Monday
SITE = "DE01"
LEVELS, COMPONENTS, WEEKS = 10, 5, 26
HORIZON = 7 * WEEKS
# Of all parts: few products, many bought parts.
SHARES = (0.02, 0.03, 0.04, 0.06, 0.08, 0.10, 0.12, 0.14, 0.16, 0.25)


@dataclass(frozen=True)
class Company:
    """What plan() takes, and the same as plain arrays for others.

    ``parent``, ``component``, ``quantity``: an edge each; ``demand`` and ``orders``: part, day, quantity; ``stopped``
    of each order.
    """

    tables: dict[str, pd.DataFrame]
    graph: BomGraph
    level: np.ndarray
    lead: np.ndarray
    stock: np.ndarray
    edges: pd.DataFrame
    demand: pd.DataFrame
    orders: pd.DataFrame
    stopped: pd.Series


def workspace() -> Workspace:
    return Workspace(
        root=Path(),
        workspace=WorkspaceSettings(name="bench", horizon_days=HORIZON),
        sites={SITE: Site(country="DE", calendar="DE")},
        sources={},
    )


def company(parts: int) -> Company:
    """Two demand rows and half an order a part; assemblies of five components, most of them one level below.

    Numbers grow from the products down. Three parts in ten have no stock, the others median 4.5 weeks of gross
    requirement, widely spread.
    """
    rng = np.random.default_rng(SEED)
    ends = np.cumsum(np.array(SHARES) * parts).astype(int)
    ends[-1] = parts
    level = np.searchsorted(ends, np.arange(parts), side="right").astype(np.int32)
    edges = _edges(rng, level, ends)
    demand = _demand(rng, parts, ends[0])
    weekly = _weekly(parts, edges, demand)
    part = np.sort(rng.integers(0, parts, parts // 2))
    weeks = rng.integers(1, 8, len(part))
    orders = pd.DataFrame(
        {"part": part, "day": rng.integers(0, HORIZON, len(part)), "quantity": np.ceil(weeks * weekly[part])}
    )
    stock = np.round(np.where(rng.random(parts) < 0.3, 0.0, rng.lognormal(1.5, 1.5, parts)) * weekly)
    lead = np.where(level < LEVELS - 1, rng.integers(0, 6, parts), rng.integers(10, 120, parts))
    stopped = pd.Series(rng.random(len(orders)) < 0.2, dtype="boolean")
    tables = _tables(parts, level, lead, stock, demand, orders, rng)
    return Company(tables, _graph(parts, level, edges), level, lead, stock, edges, demand, orders, stopped)


def _edges(rng: np.random.Generator, level: np.ndarray, ends: np.ndarray) -> pd.DataFrame:
    made = np.flatnonzero(level < LEVELS - 1)
    parent = np.repeat(made, COMPONENTS)
    below = level[parent]
    near = rng.random(len(parent)) < 0.7
    first, last = ends[below], np.where(near, ends[below + 1], ends[-1])
    component = first + (rng.random(len(parent)) * (last - first)).astype(np.int64)
    rows = pd.DataFrame({"parent": parent, "component": component, "quantity": rng.integers(1, 4, len(parent))})
    return rows.drop_duplicates(["parent", "component"]).astype({"quantity": float}).reset_index(drop=True)


def _weekly(parts: int, edges: pd.DataFrame, demand: pd.DataFrame) -> np.ndarray:
    """What a part is asked for in a week if nothing lay in stock."""
    own = np.bincount(demand["part"], demand["quantity"], minlength=parts) / WEEKS
    asked, total = own, own
    for _ in range(LEVELS):
        asked = np.bincount(edges["component"], asked[edges["parent"]] * edges["quantity"], minlength=parts)
        total = total + asked
    return total


def _demand(rng: np.random.Generator, parts: int, products: int) -> pd.DataFrame:
    """A quantity every week for all products and for spare parts of every level, two rows a part overall."""
    count = 2 * parts // WEEKS
    spare = rng.choice(np.arange(products, parts), count - products, replace=False)
    part = np.sort(np.concatenate([np.arange(products), spare]))
    week = np.tile(np.arange(WEEKS), count)
    quantity = rng.integers(1, 20, count * WEEKS).astype(float)
    return pd.DataFrame({"part": np.repeat(part, WEEKS), "day": 7 * week, "quantity": quantity})


def _graph(parts: int, level: np.ndarray, edges: pd.DataFrame) -> BomGraph:
    cells = (edges["quantity"].to_numpy(), (edges["parent"].to_numpy(), edges["component"].to_numpy()))
    built = sparse.csr_array(sparse.coo_array(cells, shape=(parts, parts)))
    nodes = pd.DataFrame(
        {"part_no": _codes(np.arange(parts), parts), "site": pd.Categorical.from_codes(np.zeros(parts, int), [SITE])}
    )
    no = np.zeros(parts, dtype=bool)
    problems = pd.DataFrame({name: pd.Series(dtype="str") for name in ("part_no", "component", "site", "reason")})
    return BomGraph(nodes, built, built, sparse.csr_array(built.shape), level, no, (), no, problems)


def _tables(
    parts: int,
    level: np.ndarray,
    lead: np.ndarray,
    stock: np.ndarray,
    demand: pd.DataFrame,
    orders: pd.DataFrame,
    rng: np.random.Generator,
) -> dict[str, pd.DataFrame]:
    index = _names(parts)
    tables = {name: empty(name, index) for name in TABLES}
    made = pd.Series(np.where(level < LEVELS - 1, "make", "buy")).astype(tables["parts"]["procurement"].dtype)
    every = np.arange(parts)
    tables["parts"] = _rows(tables, "parts", every, parts, procurement=made, lead_time_days=lead.astype(float))
    tables["inventory"] = _rows(tables, "inventory", every, parts, quantity=stock)
    tables["demand"] = _rows(
        tables, "demand", demand["part"], parts, date=_dates(demand["day"]), quantity=demand["quantity"]
    )
    tables["purchase_orders"] = _rows(
        tables,
        "purchase_orders",
        orders["part"],
        parts,
        due_date=_dates(orders["day"]),
        open_quantity=orders["quantity"],
        firm=pd.array(rng.random(len(orders)) < 0.8, dtype="boolean"),
    )
    return tables


def _rows(tables: dict[str, pd.DataFrame], name: str, part: np.ndarray, parts: int, **values: object) -> pd.DataFrame:
    rows = tables[name].reindex(range(len(part)))
    site = pd.Categorical.from_codes(np.zeros(len(part), dtype=np.int8), categories=pd.Index([SITE], dtype="str"))
    source = pd.Categorical.from_codes(np.zeros(len(part), dtype=np.int8), categories=pd.Index(["erp"], dtype="str"))
    return rows.assign(part_no=_codes(np.asarray(part), parts), site=site, source=source, **values)


def _codes(part: np.ndarray, parts: int) -> pd.Categorical:
    return pd.Categorical.from_codes(part, categories=_names(parts))


def _names(parts: int) -> pd.Index:
    return pd.Index([f"P-{n:08d}" for n in range(parts)], dtype="str")


def _dates(days: pd.Series) -> pd.Series:
    return pd.Series(np.datetime64(ON, "s") + days.to_numpy().astype("timedelta64[D]"))
