"""Joining what the stages found: sourcing, limits of products, totals. Expected values are worked by hand."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from riskplug.catalogue import GRAINS, frame
from riskplug.facts.master import per_node, revenue, supply
from riskplug.facts.product import limiting
from riskplug.facts.totals import measure_facts, supplier_facts
from riskplug.model import BomGraph
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
