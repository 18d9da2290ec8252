"""Joining what the stages found: sourcing, limits of products, totals. Expected values are worked by hand."""

import math
from datetime import date
from types import SimpleNamespace
from typing import cast

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from riskplug.catalogue import GRAINS, frame
from riskplug.facts.assemble import Found, exposure_facts, order_facts, product_facts
from riskplug.facts.master import at_nodes, named_in, over_nodes, per_node, revenue, supply
from riskplug.facts.product import limiting
from riskplug.facts.totals import measure_facts, supplier_facts
from riskplug.model import BomGraph
from riskplug.plan.nodes import NodeIndex
from riskplug.tables import conform, empty

PARTS = pd.Index(["A", "B", "C", "D"], dtype="str")
DAY = date(2025, 4, 28)
NODES = pd.DataFrame({"part_no": ["A", "A", "B"], "site": ["S1", "S2", "S1"]}, dtype="category")


def sourcing(*rows: dict[str, object]) -> pd.DataFrame:
    return conform("sourcing", pd.DataFrame(list(rows)), PARTS)


def supplied(rows: pd.DataFrame) -> pd.DataFrame:
    return NODES.join(supply(NODES, rows, DAY))


def row_of(found: pd.DataFrame, part: str, site: str) -> pd.Series:
    return found[(found["part_no"] == part) & (found["site"] == site)].iloc[0]


def test_a_row_for_the_site_beats_the_row_for_every_site() -> None:
    rows = conform(
        "parts",
        pd.DataFrame({"part_no": ["A", "A", "B"], "site": [None, "S2", None], "description": ["all", "second", "b"]}),
        PARTS,
    )
    found = per_node(NODES, rows)
    assert found["description"].tolist() == ["all", "second", "b"]


def test_only_qualified_valid_unblocked_sources_count() -> None:
    base = {"part_no": "A", "site": "S1", "qualified": True, "country_of_origin": "CN"}
    found = supplied(
        sourcing(
            {**base, "supplier": "one"},
            {**base, "supplier": "two", "blocked": True},
            {**base, "supplier": "three", "valid_to": "2025-04-27"},
            {**base, "supplier": "four", "valid_from": "2025-04-29"},
            {**base, "supplier": "five", "qualified": False},
        ),
    )
    assert row_of(found, "A", "S1")["qualified_suppliers"] == 1
    assert pd.isna(row_of(found, "B", "S1")["qualified_suppliers"])


def test_a_source_of_unknown_release_makes_the_number_unknown() -> None:
    base = {"part_no": "A", "site": "S1", "country_of_origin": "CN"}
    rows = sourcing({**base, "supplier": "one", "qualified": True}, {**base, "supplier": "two"})
    assert pd.isna(row_of(supplied(rows), "A", "S1")["qualified_suppliers"])


@pytest.mark.parametrize(
    ("rows", "country", "share"),
    [
        ([("one", "CN", None), ("two", "CN", None)], "CN", 100.0),
        ([("one", "CN", 70), ("two", "JP", 30)], "CN", 70.0),
        ([("one", "CN", 35), ("two", "JP", 15)], "CN", 70.0),
        ([("one", "CN", None), ("two", "JP", None)], "CN", None),
        ([("one", "CN", 90), ("two", None, 10)], "CN", None),
    ],
    ids=["one country", "declared shares", "shares of a part", "no shares", "an unknown origin"],
)
def test_the_share_of_the_largest_origin(
    rows: list[tuple[str, str | None, float | None]], country: str, share: float | None
) -> None:
    given = [
        {"part_no": "A", "supplier": supplier, "country_of_origin": origin, "share_pct": pct}
        for supplier, origin, pct in rows
    ]
    found = row_of(supplied(sourcing(*given)), "A", "S2")
    assert found["origin_country"] == country
    assert pd.isna(found["top_origin_share_pct"]) if share is None else found["top_origin_share_pct"] == share


def test_revenue_is_demand_in_the_horizon_times_price_and_unknown_in_another_currency() -> None:
    demand = conform(
        "demand",
        pd.DataFrame(
            {
                "part_no": ["A", "A", "A", "B"],
                "site": ["S1", "S1", "S2", "S1"],
                "date": ["2025-05-01", "2026-04-29", "2025-05-01", "2025-05-01"],
                "quantity": [3.0, 100.0, 4.0, 5.0],
            }
        ),
        PARTS,
    )
    about = pd.DataFrame({"unit_revenue": [10.0, 10.0, 7.0], "currency": ["EUR", "USD", None]})
    demanded, worth = revenue(NODES, about, demand, "EUR", DAY, 365)
    assert demanded.tolist() == [3.0, 4.0, 5.0]
    assert worth[0] == 30.0
    assert np.isnan(worth[1])
    assert worth[2] == 35.0


def test_what_a_demand_list_does_not_name_is_not_needed_and_a_site_without_list_is_unknown() -> None:
    rows = {"part_no": ["B"], "site": ["S1"], "date": ["2025-05-01"], "quantity": [5.0]}
    demand = conform("demand", pd.DataFrame(rows), PARTS)
    about = pd.DataFrame({"unit_revenue": [10.0, 10.0, 7.0], "currency": ["EUR", "EUR", "EUR"]})
    demanded, worth = revenue(NODES, about, demand, "EUR", DAY, 365)
    assert (demanded[0], worth[0]) == (0.0, 0.0)
    assert np.isnan(demanded[1])
    assert (demanded[2], worth[2]) == (5.0, 35.0)


def graph(edges: list[tuple[int, int]], level: list[int]) -> BomGraph:
    size = len(level)
    rows, columns = zip(*edges, strict=True)
    matrix = sparse.csr_array((np.ones(len(edges)), (rows, columns)), shape=(size, size))
    nodes = pd.DataFrame({"part_no": [f"N{n}" for n in range(size)], "site": "S1"})
    return BomGraph(
        nodes,
        matrix,
        matrix,
        matrix,
        np.array(level, dtype=np.int32),
        np.zeros(size, dtype=bool),
        (),
        np.zeros(size, dtype=bool),
        pd.DataFrame(),
    )


def test_the_shortest_component_anywhere_below_limits_the_product() -> None:
    # 0 -> 1 -> 3, 0 -> 2, 4 -> 2
    made = graph([(0, 1), (1, 3), (0, 2), (4, 2)], [0, 1, 1, 2, 0])
    days = pd.Series([np.nan, np.nan, 40.0, 12.0, np.nan])
    states = pd.Series(["no_demand", "covered_to_horizon", "runs_out", "runs_out", "no_demand"])
    value, state, which = limiting(made, days, states, np.array([False, False, True, True, False]))
    assert value[[0, 1, 4]].tolist() == [12.0, 12.0, 40.0]
    assert which[[0, 4]].tolist() == [3, 2]
    assert state[0] == "runs_out"


def test_an_unknown_component_makes_a_product_unknown_when_nothing_else_stops_it() -> None:
    made = graph([(0, 1), (0, 2)], [0, 1, 1])
    states = pd.Series(["no_demand", "unknown", "covered_to_horizon"])
    value, state, _ = limiting(made, pd.Series([np.nan] * 3), states, np.array([False, True, True]))
    assert np.isnan(value[0])
    assert state[0] == "unknown"


def test_a_component_already_short_is_zero_days() -> None:
    made = graph([(0, 1)], [0, 1])
    value, state, _ = limiting(
        made, pd.Series([np.nan, np.nan]), pd.Series(["no_demand", "already_short"]), np.array([False, True])
    )
    assert value[0] == 0
    assert state[0] == "already_short"


def test_a_made_assembly_without_stock_does_not_limit_the_product() -> None:
    made = graph([(0, 1), (1, 2)], [0, 1, 2])
    days = pd.Series([6.0, 0.0, 40.0])
    states = pd.Series(["runs_out", "already_short", "runs_out"])
    value, _, which = limiting(made, days, states, np.array([False, False, True]))
    assert value[0] == 40
    assert which[0] == 2


def limits(node: int, edges: list[tuple[int, int]], days: list[float], state: list[str], bought: list[bool]):
    """(days, node that limits, states of bought parts) at or below a node, by asking each component in turn."""
    runs_out = bought[node] and state[node] in ("runs_out", "already_short")
    best = (days[node] if runs_out else math.inf, node)
    states = {state[node]} if bought[node] else set()
    for below in sorted(end for start, end in edges if start == node):
        value, which, more = limits(below, edges, days, state, bought)
        best, states = ((value, which) if value < best[0] else best), states | more
    return *best, states


@pytest.mark.parametrize("seed", range(40))
def test_the_limit_is_that_of_asking_each_component_in_turn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = 14
    lines = {(int(a), int(b)) for a, b in rng.integers(0, size, (30, 2)) if a < b}
    level = [0] * size
    for start, end in sorted(lines):
        level[end] = max(level[end], level[start] + 1)
    words = ["runs_out", "already_short", "unknown", "covered_to_horizon", "no_demand"]
    state = rng.choice(words, size, p=[0.3, 0.05, 0.1, 0.25, 0.3]).tolist()
    days = [float(rng.integers(1, 4)) if one == "runs_out" else 0.0 for one in state]
    bought = (rng.random(size) < 0.6).tolist()
    value, found, which = limiting(graph(sorted(lines), level), pd.Series(days), pd.Series(state), np.array(bought))
    for node in range(size):
        least, by, states = limits(node, sorted(lines), days, state, bought)
        assert (value[node], which[node]) == (least, by) or (np.isnan(value[node]) and math.isinf(least))
        open_ = next((word for word in ("unknown", "covered_to_horizon") if word in states), "no_demand")
        stops = "already_short" if least == 0 else "runs_out"
        assert found[node] == (open_ if math.isinf(least) else stops)


def test_rows_of_every_site_stand_beside_those_of_one() -> None:
    rows = sourcing(
        {"part_no": "A", "site": "S1", "supplier": "V", "qualified": True},
        {"part_no": "A", "supplier": "W", "qualified": True},
        {"part_no": "D", "supplier": "W", "qualified": True},
    )
    found = at_nodes(NodeIndex.of(NODES), rows)
    assert sorted(zip(found["node"], found["supplier"], strict=True)) == [(0, "V"), (0, "W"), (1, "W")]
    own = sourcing({"part_no": "D", "site": "S1"}, {"part_no": "A", "site": "S2"})
    assert at_nodes(NodeIndex.of(NODES), own)["node"].tolist() == [1]


def test_rows_over_the_nodes_name_the_same_parts_and_what_is_no_node_is_missing() -> None:
    rows = pd.DataFrame({"part_no": ["B", "Z", "A"], "site": ["S1", "S1", None], "more": [1, 2, 3]})
    found = over_nodes(NODES, rows)
    assert found["part_no"].cat.categories.equals(NODES["part_no"].cat.categories)
    assert found.astype("object").where(found.notna(), None).to_numpy().tolist() == [
        ["B", "S1", 1],
        [None, "S1", 2],
        ["A", None, 3],
    ]


def test_facts_are_those_of_the_parts_that_the_rows_name() -> None:
    facts = pd.DataFrame({"part_no": ["A", "B", "A", "C"], "site": ["S1", "S1", "S2", "S1"]})
    found = named_in(facts, pd.DataFrame({"part_no": ["C", "A", "A", "Y"]}))
    assert found.index.tolist() == [0, 2, 3]


def test_orders_and_exposures_carry_the_runway_of_their_own_part_and_site() -> None:
    days = {"A": 3.0, "B": 7.0, "C": 11.0}
    keys = [(name, site) for name in days for site in ("S1", "S2")]
    runway = [days[name] + 100 * (site == "S2") for name, site in keys]
    part = frame(
        GRAINS["part"],
        {
            "part_no": [name for name, _ in keys],
            "site": [site for _, site in keys],
            "restricted_runway_days": runway,
            "restricted_runway_days_state": "runs_out",
            "lead_time_days": runway,
        },
    )
    named = {"part_no": ["B", "A", "Z", "A"], "site": ["S2", "S1", "S1", "S2"]}
    expected = [107.0, 3.0, None, 103.0]
    orders = pd.DataFrame({**named, "order_no": list("1234"), "measure": "m", "stopped": False})
    law = {"licence_days": 65.0, "licence_state": None, "due_date": pd.NaT, "licence_applied_on": pd.NaT}
    orders = orders.assign(open_quantity=1.0, value_at_risk=2.0, **law)
    found = order_facts(part, orders, DAY)
    assert found["order_no"].tolist() == list("1234")
    assert (
        found["days_until_needed"].astype("object").where(found["days_until_needed"].notna(), None).tolist() == expected
    )
    exposed = exposure_facts(part, pd.DataFrame({**named, "measure": "m", "material": "Dy"}), orders)
    lead = exposed["lead_time_days"]
    assert exposed["part_no"].tolist() == named["part_no"]
    assert lead.astype("object").where(lead.notna(), None).tolist() == expected


def test_each_product_carries_its_own_limit_demand_and_revenue() -> None:
    # 0 -> 1, 3 -> 2: only 0 and 3 are products
    made = graph([(0, 1), (3, 2)], [0, 1, 1, 0])
    part = frame(
        GRAINS["part"],
        {
            "part_no": ["N0", "N1", "N2", "N3"],
            "site": "S1",
            "is_product": [True, False, False, True],
            "procurement": ["make", "buy", "buy", "make"],
            "restricted_runway_days": [np.nan, 5.0, 8.0, np.nan],
            "restricted_runway_days_state": ["no_demand", "runs_out", "runs_out", "no_demand"],
        },
    )
    told = SimpleNamespace(graph=made, demanded=np.arange(4.0), product_revenue=10 * np.arange(4.0))
    found = product_facts(part, pd.DataFrame({"item_mass_g": [1.5, 2.5]}), cast(Found, told))
    names = ["part_no", "limiting_part", "time_to_survive_days", "demand_quantity", "revenue_at_risk", "item_mass_g"]
    assert found[names].to_numpy().tolist() == [["N0", "N1", 5, 0, 0, 1.5], ["N3", "N2", 8, 3, 30, 2.5]]


def test_a_measure_is_in_force_while_one_of_its_items_is() -> None:
    columns = [name for name in GRAINS["measure"].names if name not in ("measure", "parts", "measure_status")]
    rows = [("us-melt", "us", "ended"), ("us-mine", "us", "in_force"), ("id-ore", "id", "unknown")]
    measures = pd.DataFrame(rows, columns=["measure", "parent", "measure_status"]).assign(**dict.fromkeys(columns))
    exposure = frame(GRAINS["exposure"], {"measure": ["us-mine"], "part_no": ["M"], "route": ["direct"]})
    found = measure_facts(measures, exposure, exposure.head(0)).set_index("measure")
    assert found["measure_status"].to_dict() == {"us": "in_force", "id": "unknown"}
    assert found["parts"].to_dict() == {"us": 1.0, "id": 0.0}


def test_suppliers_carry_their_hits_and_materials_the_lists_that_name_them() -> None:
    tables = {name: conform(name, pd.DataFrame(), PARTS) for name in ("sourcing", "purchase_orders")}
    named = pd.DataFrame({"supplier": ["V-1", "V-2"], "name": ["TDK", "Schmidt"]})
    tables["suppliers"] = conform("suppliers", named, PARTS)
    tables["goods_receipts"] = empty("goods_receipts", PARTS)
    hit = {"supplier": ["V-1"], "entity_hit": ["hit"], "entity_list": ["watch"], "entity_instrument": ["No. 12"]}
    part = frame(GRAINS["part"], {"part_no": [], "site": []})
    found = supplier_facts(tables, part, pd.DataFrame({**hit, "entity_why": ["TDK"]}), DAY, "EUR").set_index("supplier")
    assert found.loc["V-1", "entity_list"] == "watch"
    assert found.loc["V-2", ["entity_hit", "entity_list", "entity_instrument", "entity_why"]].isna().all()


def test_a_supplier_of_nothing_but_an_open_order_is_there_too() -> None:
    tables = {name: conform(name, pd.DataFrame(), PARTS) for name in ("sourcing", "suppliers")}
    order = {"order_no": "1", "line": "1", "part_no": "A", "supplier": "V-9", "open_quantity": 2, "unit_price": 3}
    tables["purchase_orders"] = conform("purchase_orders", pd.DataFrame([order, {**order, "supplier": None}]), PARTS)
    tables["goods_receipts"] = empty("goods_receipts", PARTS)
    none = pd.DataFrame({name: pd.Series(dtype="str") for name in ("supplier", "entity_hit")})
    found = supplier_facts(tables, frame(GRAINS["part"], {"part_no": [], "site": []}), none, DAY, "EUR")
    assert found["supplier"].tolist() == ["V-9"]
    assert found["name"].isna().all()
    assert found["open_value"].tolist() == [6]


def test_parts_of_a_suspended_measure_count_beside_those_of_measures_in_force() -> None:
    names = ("instrument", "authority", "measure_status", "restricts", "stale_why", "as_of", "verify_by", "confidence")
    measures = pd.DataFrame(
        {"measure": ["m-1-dy", "m-2-dy", "m-3"], "parent": ["m-1", "m-2", "m-3"], "stale": [False, True, True]}
    ).assign(**dict.fromkeys(names))
    rows = {"part_no": ["A", "B"], "route": ["direct", "embedded"], "measure": ["m-1-dy", "m-1-dy"]}
    # an item and the measure as a whole (form not known): part C counts once
    waiting = {"part_no": ["A", "C", "C"], "route": ["direct"] * 3, "measure": ["m-2-dy", "m-2-dy", "m-2"]}
    found = measure_facts(measures, pd.DataFrame(rows), pd.DataFrame(waiting)).set_index("measure")
    assert found["parts"].to_dict() == {"m-1": 1, "m-2": 2, "m-3": 0}
