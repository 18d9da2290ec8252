"""Concentration indices; every expected value is worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from riskplug.bom import roll_up_content
from riskplug.catalogue import GRAINS, frame
from riskplug.facts.concentration import hhi, own_concentration, stage_concentration
from riskplug.facts.origin_mix import product_concentration
from riskplug.facts.sources import origin_shares, sources_of
from tests.unit.bom.boms import ON, SITE, grams, graph_of, line, own, table


def shares(*rows: tuple[str, float | None]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["country", "weight"]).assign(key="k").astype({"weight": "float64"})


@pytest.mark.parametrize(
    ("rows", "index", "top", "unknown"),
    [
        ([("CN", 7.0)], 10_000, 100, 0),
        ([("CN", 50.0), ("JP", 50.0)], 5_000, 50, 0),
        ([("CN", 60.0), ("JP", 30.0), ("DE", 10.0)], 3600 + 900 + 100, 60, 0),
        ([("CN", 30.0), ("CN", 30.0), ("JP", 40.0)], 3600 + 1600, 60, 0),
        ([("CN", 90.0), ("", 10.0)], 8100, 90, 10),
        ([("CN", 89.0), ("", 11.0)], None, None, 11),
        ([("CN", 50.0), ("JP", None)], None, None, 50),
    ],
    ids=["one", "halves", "three", "twice", "a tenth unknown", "more unknown", "a weight unknown"],
)
def test_the_index_is_the_sum_of_squared_shares(
    rows: list[tuple[str, float | None]], index: float | None, top: float | None, unknown: float
) -> None:
    found = hhi(shares(*rows), ["key"]).iloc[0]
    assert found["unknown_pct"] == pytest.approx(unknown)
    if index is None:
        assert found[["hhi", "top_country", "top_share_pct"]].isna().all()
    else:
        assert (found["hhi"], found["top_country"], found["top_share_pct"]) == pytest.approx((index, "CN", top))


def test_nothing_known_has_no_index() -> None:
    assert hhi(shares(("CN", None), ("JP", 0.0)), ["key"]).empty


def published(*rows: tuple[str, int, str, float, str]) -> pd.DataFrame:
    found = pd.DataFrame(list(rows), columns=["stage", "year", "country", "share_pct", "tier"])
    return found.assign(material="Dy", measured="production", source=found["tier"])


def test_published_stages_are_kept_apart_and_what_is_not_listed_counts_as_zero() -> None:
    found = stage_concentration(
        published(
            ("mine", 2025, "CN", 60.0, "A"),
            ("mine", 2025, "MM", 30.0, "A"),
            ("mine", 2024, "CN", 99.0, "A"),
            ("separation", 2024, "CN", 91.0, "B"),
            ("refined supply", 2026, "CN", 99.0, "C"),
        )
    ).iloc[0]
    assert found["stage_hhi_mining"] == 60**2 + 30**2
    assert found["stage_hhi_refining"] == 91**2
    assert found["stage_top_share_pct_refining"] == 91
    assert pd.isna(found["stage_hhi_magnets"])
    assert found["stage_basis"] == "mine 2025, 90 % listed; separation 2024, 91 % listed"


def test_a_better_source_goes_before_a_stage_named_earlier() -> None:
    rows = published(("separation", 2024, "CN", 95.0, "C"), ("refinery", 2023, "CN", 92.0, "B"))
    assert stage_concentration(rows).iloc[0]["stage_hhi_refining"] == 92**2


def test_a_weak_figure_counts_where_there_is_no_better_and_imports_never() -> None:
    weak = published(("refined supply", 2026, "CN", 99.0, "C"), ("mine", 2025, "CN", 40.0, "A"))
    weak.loc[1, "measured"] = "imports"
    found = stage_concentration(weak).iloc[0]
    assert found["stage_hhi_refining"] == 99**2
    assert pd.isna(found["stage_hhi_mining"])


# Two drives: SD-1 holds M-1 twice (2 x 3 g Dy) and M-2 (4 g); SD-2 holds M-3 of unknown origin (5 g).
LINES = (line("SD-1", "M-1", 2), line("SD-1", "M-2"), line("SD-2", "M-3"))
SOURCES = (
    {"part_no": "M-1", "supplier": "V-1", "country_of_origin": "CN", "share_pct": 50.0},
    {"part_no": "M-1", "supplier": "V-2", "country_of_origin": "JP", "share_pct": 50.0},
    {"part_no": "M-2", "supplier": "V-1", "country_of_origin": "CN"},
    {"part_no": "M-3", "supplier": "V-3"},
)


class World:
    """The parts above with their content, sources and orders."""

    def __init__(self, orders: list[dict[str, object]]) -> None:
        self.graph = graph_of(LINES)
        index = self.graph.nodes["part_no"].cat.categories
        self.names = self.graph.nodes["part_no"].astype("str")
        self.tables = {
            "sourcing": table("sourcing", SOURCES, index),
            "parts": table("parts", [], index),
            "purchase_orders": table(
                "purchase_orders", [{"site": SITE, "line": "1", **order} for order in orders], index
            ),
        }
        self.content = roll_up_content(self.graph, own([grams("M-1", 3.0), grams("M-2", 4.0), grams("M-3", 5.0)]))
        self.sources = sources_of(self.graph.nodes, self.tables, [SITE], ON)
        self.shares = origin_shares(self.sources)

    def materials(self, demand: dict[str, float]) -> pd.Series:
        part = frame(GRAINS["part"], {"part_no": self.names, "daily_demand": self.names.map(demand)})
        cost = np.full(len(part), np.nan)
        found = own_concentration(self.graph, part, self.content, self.sources, self.shares, self.tables, "EUR", cost)
        return found.iloc[0]

    def products(self) -> pd.DataFrame:
        sold = self.names.str.startswith("SD-").to_numpy()
        found = product_concentration(self.graph, self.content, self.shares, ~sold, sold, ["Dy"])
        return found.assign(part_no=self.names.to_numpy()[found["node"]]).set_index("part_no")


def order(part_no: str, quantity: float, price: float | None, **more: object) -> dict[str, object]:
    return {"order_no": f"P-{part_no}", "part_no": part_no, "open_quantity": quantity, "unit_price": price, **more}


def test_orders_count_by_value_and_their_own_origin_first() -> None:
    found = World([order("M-1", 10, 3.0, country_of_origin="JP"), order("M-2", 10, 7.0)]).materials({})
    assert found["own_hhi_basis"] == "orders"
    assert (found["own_hhi"], found["own_top_country"], found["own_top_share_pct"]) == (70**2 + 30**2, "CN", 70)


def test_the_source_of_the_supplier_tells_the_origin_of_an_order() -> None:
    found = World([order("M-1", 1, 1.0, supplier="V-2")]).materials({})
    assert (found["own_hhi"], found["own_top_country"]) == (10_000, "JP")


def test_an_order_that_may_come_from_two_countries_is_unknown() -> None:
    found = World([order("M-1", 1, 1.0)]).materials({})
    assert found["own_unknown_origin_pct"] == 100
    assert pd.isna(found["own_hhi"])


@pytest.mark.parametrize("more", [{"unit_price": None}, {"currency": "USD"}], ids=["no price", "another currency"])
def test_an_order_without_value_leaves_the_index_unknown(more: dict[str, object]) -> None:
    found = World([order("M-2", 1, 1.0), {**order("M-2", 1, 1.0), "order_no": "P-2", **more}]).materials({})
    assert found["own_unknown_origin_pct"] == 50
    assert pd.isna(found["own_hhi"])


def test_without_orders_planned_shares_count_by_mass_in_demand() -> None:
    # M-1: 2 a day x 3 g, half each; M-2: 1 a day x 4 g from CN: CN 7 g, JP 3 g
    found = World([]).materials({"M-1": 2.0, "M-2": 1.0, "M-3": 0.0})
    assert found["own_hhi_basis"] == "sourcing"
    assert found["own_hhi"] == pytest.approx(70**2 + 30**2)


def test_a_product_has_the_mix_of_the_bought_parts_in_it() -> None:
    # SD-1: M-1 6 g half each, M-2 4 g from CN: CN 7 g of 10
    found = World([]).products()
    assert found.loc["SD-1", "own_hhi"] == pytest.approx(70**2 + 30**2)
    assert found.loc["SD-1", ["own_hhi_material", "own_top_country"]].tolist() == ["Dy", "CN"]
    assert pd.isna(found.loc["SD-2", "own_hhi"])
    assert found.loc["SD-2", "own_origin_unknown"] == "Dy"


def test_mass_that_no_bought_part_accounts_for_is_of_unknown_origin() -> None:
    world = World([])
    world.content.loc[world.content["part_no"] == "SD-1", "mass_g_typ"] = 20.0
    found = world.products()
    assert pd.isna(found.loc["SD-1", "own_hhi"])


def test_a_bought_assembly_counts_by_its_own_origin() -> None:
    world = World([])
    both = np.ones(len(world.names), dtype=bool)
    sold = world.names.eq("SD-1").to_numpy()
    made_of = pd.DataFrame({"node": np.flatnonzero(sold), "country": "DE", "share": 1.0})
    found = product_concentration(world.graph, world.content, pd.concat([world.shares, made_of]), both, sold, ["Dy"])
    assert found[["own_hhi", "own_top_country"]].iloc[0].tolist() == [10_000, "DE"]


def test_the_mix_is_added_up_through_assemblies_within_assemblies() -> None:
    # 2 rotors of 3 magnets M-1 of 3 g each from CN, and one M-2 of 6 g from JP: 18 g to 6 g
    graph = graph_of([line("SD-1", "RO-1"), line("RO-1", "RO-2", 2), line("RO-2", "M-1", 3), line("RO-1", "M-2")])
    names = graph.nodes["part_no"].astype("str")
    content = roll_up_content(graph, own([grams("M-1", 3.0), grams("M-2", 6.0)]))
    bought, sold = names.str.startswith("M-").to_numpy(), names.eq("SD-1").to_numpy()
    shares = pd.DataFrame({"node": np.flatnonzero(bought), "country": ["CN", "JP"], "share": 1.0})
    found = product_concentration(graph, content, shares, bought, sold, ["Dy"]).iloc[0]
    assert (found["own_hhi"], found["own_top_country"], found["own_top_share_pct"]) == (75**2 + 25**2, "CN", 75)
