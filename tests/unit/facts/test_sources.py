"""Sources of supply per node, and how a part's supply splits by origin."""

from datetime import date
from typing import Any

import pandas as pd
import pytest

from riskplug.facts.sources import origin_shares, sources_of, speaking_of
from tests.unit.bom.boms import table

PARTS = pd.Index(["A", "B"], dtype="str")
NODES = pd.DataFrame({"part_no": ["A", "A", "B"], "site": ["S1", "S2", "S1"]}, dtype="category")
DAY = date(2025, 4, 28)


def sources(*rows: dict[str, Any], master: tuple[dict[str, Any], ...] = ()) -> pd.DataFrame:
    tables = {"sourcing": table("sourcing", rows, PARTS), "parts": table("parts", master, PARTS)}
    return sources_of(NODES, tables, ["S1", "S2"], DAY)


def source(supplier: str, country: str | None, share: float | None = None, **more: Any) -> dict[str, Any]:
    return {"part_no": "A", "supplier": supplier, "country_of_origin": country, "share_pct": share, **more}


def test_a_source_without_site_delivers_to_every_site() -> None:
    assert sorted(sources(source("V-1", "CN"))["node"]) == [0, 1]
    assert sorted(sources(source("V-1", "CN", site="S2"))["node"]) == [1]


def test_what_may_not_be_bought_from_is_left_out() -> None:
    assert sources(source("V-1", "CN", blocked=True), source("V-2", "JP", valid_to="2025-04-27")).empty


def test_a_part_that_no_source_lists_has_the_origin_of_its_master() -> None:
    master = ({"part_no": "A", "country_of_origin": "CN"}, {"part_no": "B", "country_of_origin": "JP"})
    found = sources(source("V-1", "DE", site="S1"), master=master).set_index("node")
    assert found["country"].to_dict() == {0: "DE", 1: "CN", 2: "JP"}
    assert found["listed"].to_dict() == {0: True, 1: False, 2: False}


@pytest.mark.parametrize(
    ("rows", "shares"),
    [
        ([("V-1", "CN", None)], {"CN": 1.0}),
        ([("V-1", "CN", 60.0), ("V-2", "JP", 20.0)], {"CN": 0.75, "JP": 0.25}),
        ([("V-1", "CN", None), ("V-2", "JP", None)], {"": 1.0}),
        ([("V-1", "CN", None), ("V-2", "CN", None)], {"CN": 1.0}),
        ([("V-1", "CN", None), ("V-2", "JP", 0.0)], {"CN": 1.0}),
        ([("V-1", "CN", 70.0), ("V-2", None, 30.0)], {"CN": 0.7, "": 0.3}),
    ],
    ids=["one", "shares of a part", "no shares", "one country", "a share of zero", "an unknown origin"],
)
def test_supply_splits_by_planned_shares(
    rows: list[tuple[str, str | None, float | None]], shares: dict[str, float]
) -> None:
    found = origin_shares(sources(*(source(*row, site="S1") for row in rows)))
    assert dict(zip(found["country"], found["share"], strict=True)) == pytest.approx(shares)


def test_a_supplier_named_once_per_material_counts_once() -> None:
    both = [source("V-1", "CN", 50.0, material=name, site="S1") for name in ("Dy", "Nd")]
    found = origin_shares(sources(*both, source("V-2", "JP", 50.0, site="S1")))
    assert found["share"].tolist() == [0.5, 0.5]


def test_stages_speak_of_their_material_and_the_origin_of_the_goods() -> None:
    told = sources(source("V-1", "JP", material="Dy", country_of_refining="CN", site="S1"))
    pairs = told.rename(columns={"material": "material_of"}).merge(
        pd.DataFrame({"material": ["Dy", "Nd"]}), how="cross"
    )
    found = speaking_of(pairs)
    assert found["country_of_refining"].tolist() == ["CN", ""]
    assert found["country"].tolist() == ["JP", "JP"]
