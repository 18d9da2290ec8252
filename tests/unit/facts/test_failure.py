"""What stops when a part, a supplier or an origin is lost. Every world is small enough to see the answer."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from riskplug.bom import products_above
from riskplug.catalogue import GRAINS, frame
from riskplug.facts.failure import failure_points
from riskplug.facts.sources import sources_of
from riskplug.model import BomGraph
from tests.unit.bom.boms import ON, SITE, graph_of, line, table

MADE = ("SD-1", "SD-2", "SD-3", "RO-1")
# Three drives: two with rotor RO-1 that holds magnet M-1, the third with M-2 alone.
LINES = (line("SD-1", "RO-1"), line("SD-2", "RO-1"), line("RO-1", "M-1"), line("SD-3", "M-2"), line("SD-3", "X-1"))
WORTH = {"SD-1": 100.0, "SD-2": 10.0, "SD-3": 1.0}


def source(
    part_no: str, supplier: str, country: str | None = "CN", qualified: bool | None = True, **more: Any
) -> dict[str, Any]:
    return {"part_no": part_no, "supplier": supplier, "country_of_origin": country, "qualified": qualified, **more}


def points(
    sources: Sequence[Mapping[str, Any]],
    lines: Sequence[Mapping[str, Any]] = LINES,
    both: Sequence[str] = (),
    parts: Sequence[Mapping[str, Any]] = (),
    worth: Mapping[str, float | None] = WORTH,
) -> pd.DataFrame:
    """Failure points; magnets are the parts whose number begins with M-, products those with SD-."""
    graph = graph_of(lines)
    names = graph.nodes["part_no"].astype("str")
    index = graph.nodes["part_no"].cat.categories
    tables = {"sourcing": table("sourcing", sources, index), "parts": table("parts", parts, index)}
    part = part_of(graph, both, worth)
    money = names.map(worth).to_numpy(dtype=float)
    return failure_points(graph, part, sources_of(graph.nodes, tables, [SITE], ON), pd.Series({"V-1": "One"}), money)


def part_of(graph: BomGraph, both: Sequence[str], worth: Mapping[str, float | None]) -> pd.DataFrame:
    names = graph.nodes["part_no"].astype("str")
    sold = names.str.startswith("SD-").to_numpy()
    products, revenue = products_above(graph, sold, np.where(sold, names.map(worth).to_numpy(dtype=float), np.nan))
    procurement = np.where(names.isin(both), "both", np.where(names.isin(MADE), "make", "buy"))
    held = np.where(names.str.startswith("M-"), "Dy", None)
    about = {"is_product": sold, "procurement": procurement, "materials": held, "products": products}
    return frame(
        GRAINS["part"], {"part_no": names, "site": SITE, "revenue_at_risk": revenue, "magnet_unproven": False, **about}
    )


def stopped(found: pd.DataFrame, kind: str, name: str) -> float:
    rows = found[(found["kind"] == kind) & (found["id"] == name)]
    return float(rows["products_stopped"].iloc[0]) if len(rows) else 0.0


def the_one(found: pd.DataFrame, kind: str, name: str) -> pd.Series:
    return found[(found["kind"] == kind) & (found["id"] == name)].iloc[0]


def test_a_part_stops_what_it_goes_into_through_all_levels() -> None:
    found = points([source("M-1", "V-1")])
    row = the_one(found, "part", "M-1")
    assert (row["products_stopped"], row["revenue_at_risk"], row["products_of_site"]) == (2, 110.0, 3)
    assert row["products_share_pct"] == pytest.approx(200 / 3)


def test_parts_without_controlled_material_are_no_candidates() -> None:
    assert set(points([source("X-1", "V-9")])["id"]) == {"M-1", "M-2"}


def test_an_alternate_on_the_line_takes_over_though_it_has_no_share() -> None:
    group = {"alt_group": "A"}
    lines = [*LINES[:2], line("RO-1", "M-1", alt_priority=1, **group), line("RO-1", "M-9", alt_priority=2, **group)]
    found = points([], lines)
    assert stopped(found, "part", "M-1") == 0
    assert stopped(found, "part", "M-9") == 0


def test_alternates_that_hold_the_same_part_do_not_help_against_its_loss() -> None:
    group = {"alt_group": "A"}
    lines = [line("SD-1", "RO-1", **group), line("SD-1", "RO-2", **group), line("RO-1", "M-1"), line("RO-2", "M-1")]
    assert stopped(points([], lines), "part", "M-1") == 1


def test_an_alternate_does_not_help_where_another_line_needs_the_part() -> None:
    group = {"alt_group": "A"}
    lines = [line("SD-1", "M-1", **group), line("SD-1", "M-9", **group), line("SD-1", "M-1", position="20")]
    assert stopped(points([], lines), "part", "M-1") == 1


def test_an_alternate_that_is_made_of_its_own_parent_cannot_take_over() -> None:
    group = {"alt_group": "A"}
    lines = [line("RO-1", "M-1", alt_priority=1, **group), line("RO-1", "RO-2", alt_priority=2, **group)]
    found = points([], [*lines, line("RO-2", "RO-1"), line("SD-1", "RO-1")])
    assert stopped(found, "part", "M-1") == 1


def test_alternates_that_can_only_be_made_of_each_other_stop_nothing_by_themselves() -> None:
    rotors = ("RO-1", "RO-2", "RO-3")
    circle = [line(one, other, alt_group="A") for one in rotors for other in rotors if one != other]
    found = points([source("M-1", "V-1")], [*circle, line("RO-2", "M-1"), line("SD-1", "RO-1"), line("SD-2", "M-2")])
    assert set(found["id"]) == {"M-2"}


def test_an_assembly_that_can_be_bought_survives_its_components_but_not_its_own_loss() -> None:
    found = points([source("RO-1", "V-7", "DE"), source("M-1", "V-1")], both=["RO-1"])
    assert stopped(found, "part", "M-1") == 0
    assert stopped(points([source("M-1", "V-1")], both=["RO-1"]), "part", "M-1") == 2


def test_a_supplier_takes_the_parts_that_only_it_delivers_with_it() -> None:
    found = points([source("M-1", "V-1"), source("M-2", "V-1"), source("M-2", "V-2", "JP")])
    row = the_one(found, "supplier", "V-1")
    assert (row["parts"], row["products_stopped"], row["products_stopped_most"]) == (1, 2, 2)
    assert row["name"] == "One"
    assert row["why"] == "only qualified source of 1 part(s): M-1"
    assert stopped(found, "supplier", "V-2") == 0


def test_what_a_supplier_alone_delivers_beside_magnets_is_lost_with_it() -> None:
    found = points([source("M-2", "V-1"), source("M-2", "V-2"), source("X-1", "V-1"), source("M-1", "V-1")])
    assert the_one(found, "supplier", "V-1")["products_stopped"] == 3


def test_a_second_source_that_is_not_qualified_does_not_help() -> None:
    assert stopped(points([source("M-1", "V-1"), source("M-1", "V-2", qualified=False)]), "supplier", "V-1") == 2


def test_a_qualified_source_without_a_share_helps() -> None:
    found = points([source("M-1", "V-1", share_pct=100), source("M-1", "V-2", "JP", share_pct=0)])
    assert stopped(found, "supplier", "V-1") == 0
    assert stopped(found, "origin", "CN") == 0


def test_a_second_source_of_unknown_release_leaves_it_open() -> None:
    row = the_one(points([source("M-1", "V-1"), source("M-1", "V-2", qualified=None)]), "supplier", "V-1")
    assert (row["products_stopped"], row["products_stopped_most"]) == (0, 2)
    assert pd.isna(row["sole_source"])


def test_an_origin_takes_the_parts_all_of_whose_sources_are_there() -> None:
    found = points([source("M-1", "V-1"), source("M-1", "V-2"), source("M-2", "V-3"), source("M-2", "V-4", "JP")])
    row = the_one(found, "origin", "CN")
    assert (row["parts"], row["products_stopped"], row["revenue_at_risk"]) == (1, 2, 110.0)


def test_a_source_of_unknown_origin_may_be_there_too() -> None:
    row = the_one(points([source("M-1", "V-1"), source("M-1", "V-2", None)]), "origin", "CN")
    assert (row["products_stopped"], row["products_stopped_most"]) == (0, 2)


def test_without_sources_the_origin_of_the_part_master_counts() -> None:
    found = points([], parts=[{"part_no": "M-2", "base_unit": "pc", "country_of_origin": "CN"}])
    assert stopped(found, "origin", "CN") == 1


def test_the_revenue_is_unknown_where_that_of_one_product_is() -> None:
    row = the_one(points([source("M-1", "V-1")], worth={**WORTH, "SD-2": None}), "part", "M-1")
    assert row["products_stopped"] == 2
    assert pd.isna(row["revenue_at_risk"])


def test_more_candidates_than_fit_one_block_of_bits_are_told_apart() -> None:
    count = 1200
    lines = [line(f"SD-{n}", f"M-{n}") for n in range(count)]
    found = points([source(f"M-{n}", f"V-{n}", "DE" if n % 3 else "CN") for n in range(count)], lines, worth={})
    assert found.loc[found["kind"] == "supplier", "products_stopped"].tolist() == [1.0] * count
    assert stopped(found, "origin", "CN") == 400


def test_the_worst_comes_first() -> None:
    found = points([source("M-1", "V-1"), source("M-2", "V-1", "JP")])
    assert found["id"].iloc[0] == "V-1"
    assert found["rank"].tolist() == [float(n) for n in range(1, len(found) + 1)]
    assert found["products_stopped"].is_monotonic_decreasing


def test_what_is_sure_is_told_apart_from_what_may_be_within_one_supplier() -> None:
    # M-1 has no other source, M-2 one of unknown release; V-3 delivers only what has no other source
    open_ = source("M-2", "V-2", qualified=None)
    found = points(
        [source("M-1", "V-1"), source("M-2", "V-1"), open_, source("M-3", "V-3")], [*LINES, line("SD-4", "M-3")]
    )
    row, other = the_one(found, "supplier", "V-1"), the_one(found, "supplier", "V-3")
    assert (row["products_stopped"], row["products_stopped_most"], row["revenue_at_risk"]) == (2, 3, 110.0)
    assert (other["products_stopped"], other["products_stopped_most"]) == (1, 1)
    assert stopped(found, "supplier", "V-2") == 0
