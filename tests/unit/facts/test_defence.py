"""Covered material in defence products, before and after 2027-01-01: facts of DFARS 225.7018, worked by hand."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from riskplug.bom import roll_up_content
from riskplug.catalogue import GRAINS, frame
from riskplug.extend.discovery import shipped_folder
from riskplug.facts.defence import prohibitions
from riskplug.facts.sources import sources_of
from riskplug.regimes import load_measures
from tests.unit.bom.boms import SITE, grams, graph_of, line, own, table

MEASURES = load_measures([shipped_folder("rules") / "regimes"])
BEFORE, AFTER = date(2026, 11, 23), date(2027, 1, 1)
MELT, MINE = "us-4872-ndfeb-melt", "us-4872-ndfeb-mine"
LINES = (line("SD-1", "M-1"), line("SD-2", "M-1"), line("SD-2", "M-2"))
MAGNET = {**grams("M-1", 1.0), "material": "Nd"}
ALL_JP = {f"country_of_{stage}": "JP" for stage in ("origin", "mining", "refining", "melting")}


def found(
    sources: Sequence[Mapping[str, Any]],
    *,
    content: Sequence[Mapping[str, Any]] = (MAGNET,),
    defence: Mapping[str, bool | None] = {"SD-1": True},
    cots: Mapping[str, bool] = {},
    half: str = "unknown",
    suppliers: Mapping[str, float] = {},
    on: date = BEFORE,
) -> pd.DataFrame:
    """Rows for magnets in SD-1 and SD-2; products not named in ``defence`` are known not to be for defence."""
    graph = graph_of(LINES)
    names, index = graph.nodes["part_no"].astype("str"), graph.nodes["part_no"].cat.categories
    sold = names.str.startswith("SD-")
    tables = {"sourcing": table("sourcing", sources, index), "parts": table("parts", [], index)}
    told = [{"SD-1": False, "SD-2": False, **defence}.get(name) for name in names]
    about = pd.DataFrame({"defence": told, "is_cots": [cots.get(name) for name in names]}).astype("boolean")
    master = {"part_no": names, "site": SITE, "is_product": sold, "qualified_suppliers": names.map(suppliers)}
    part = frame(GRAINS["part"], master)
    product = part.loc[sold.to_numpy(), ["part_no", "site"]].assign(cots_half_by_weight=half)
    rolled = roll_up_content(graph, own(content))
    return prohibitions(graph, part, about, product, rolled, sources_of(graph.nodes, tables, [SITE], on), MEASURES, on)


def source(supplier: str = "V-1", part_no: str = "M-1", **countries: Any) -> dict[str, Any]:
    return {"part_no": part_no, "supplier": supplier, "qualified": True, **countries}


def row(rows: pd.DataFrame, measure: str, part_no: str = "M-1") -> pd.Series:
    return rows[(rows["measure"] == measure) & (rows["part_no"] == part_no)].iloc[0]


def test_a_magnet_melted_in_china_is_caught_before_and_after() -> None:
    rows = found([source(country_of_origin="CN", country_of_melting="CN")])
    assert row(rows, MELT)[["applies", "stage_gaps"]].tolist() == ["yes", "production CN, melting CN"]
    assert row(rows, MINE)["stage_gaps"] == "production CN, melting CN, refining unknown, mining unknown"
    assert row(rows, MELT)[["scope", "stages_covered", "defence_products"]].tolist() == ["now", 2, 1]
    assert not rows["only_later"].any()


def test_neodymium_mined_in_china_breaks_a_japanese_magnet_from_2027_on() -> None:
    rows = found([source(**{**ALL_JP, "country_of_mining": "CN"})])
    assert row(rows, MELT)["applies"] == "unlikely"
    assert row(rows, MELT)["why"] == "every stage is declared outside the covered countries"
    assert row(rows, MINE)[["applies", "stage_gaps", "only_later"]].tolist() == ["yes", "mining CN", True]
    assert row(rows, MINE)["scope_from"] == pd.Timestamp(AFTER)


def test_after_the_step_only_the_wide_scope_is_left() -> None:
    rows = found([source(**ALL_JP)], on=AFTER)
    assert rows["measure"].tolist() == [MINE]
    assert rows["scope"].tolist() == ["now"]


@pytest.mark.parametrize("country", ["CN", "RU", "KP", "IR"])
def test_each_covered_country_counts(country: str) -> None:
    assert row(found([source(**{**ALL_JP, "country_of_melting": country})]), MELT)["applies"] == "yes"


def test_an_unknown_melt_is_neither_caught_nor_let_off() -> None:
    seen = row(found([source(country_of_origin="JP")]), MELT)
    assert seen[["applies", "stage_gaps", "stages_unknown"]].tolist() == ["unknown", "melting unknown", 1]
    assert row(found([]), MELT)["stage_gaps"] == "production unknown, melting unknown"


def test_stages_of_another_material_prove_nothing() -> None:
    assert row(found([source(material="Dy", **ALL_JP)]), MELT)["stage_gaps"] == "melting unknown"


def test_one_of_several_sources_makes_it_likely() -> None:
    seen = row(found([source(**ALL_JP), source("V-2", country_of_origin="CN", country_of_melting="CN")]), MELT)
    assert (seen["applies"], seen["outside_sources"]) == ("likely", 1)


def test_a_source_that_delivers_nothing_neither_taints_nor_proves() -> None:
    idle = source("V-2", country_of_origin="CN", country_of_melting="CN", share_pct=0)
    assert row(found([source(share_pct=100, **ALL_JP), idle]), MELT)["applies"] == "unlikely"


@pytest.mark.parametrize(
    ("defence", "answer"),
    [({"SD-1": True}, "yes"), ({"SD-1": None}, "unknown"), ({"SD-1": False}, None), ({"SD-2": True}, "yes")],
)
def test_the_contract_of_the_products_decides_who_is_asked(defence: dict[str, bool | None], answer: str | None) -> None:
    rows = found([source(country_of_origin="CN")], defence=defence)
    assert ([] if rows.empty else rows["defence"].unique().tolist()) == ([answer] if answer else [])


def test_without_a_known_contract_it_is_unknown() -> None:
    seen = row(found([source(country_of_origin="CN", country_of_melting="CN")], defence={"SD-1": None}), MELT)
    assert seen["applies"] == "unknown"
    assert "parts.defence" in seen["why"]


@pytest.mark.parametrize(
    ("material", "form", "measure"),
    [
        ("Sm", "magnet", "us-4872-smco-melt"),
        ("Ta", "metal", "us-4872-ta-melt"),
        ("Ta", "alloy", "us-4872-ta-melt"),
        ("W", "powder", "us-4872-w-powder-melt"),
        ("W", "alloy", "us-4872-w-heavy-alloy-melt"),
    ],
)
def test_each_covered_material_has_its_item(material: str, form: str, measure: str) -> None:
    content = [{**MAGNET, "material": material, "form": form}]
    rows = found([source(country_of_origin="CN", country_of_melting="CN")], content=content)
    assert row(rows, measure)["applies"] == ("unknown" if "heavy" in measure else "yes")


@pytest.mark.parametrize(
    ("material", "form"), [("Dy", "magnet"), ("Nd", "oxide"), ("Ta", "compound"), ("W", "compound")]
)
def test_other_materials_and_forms_are_no_covered_material(material: str, form: str) -> None:
    assert found([source(country_of_origin="CN")], content=[{**MAGNET, "material": material, "form": form}]).empty


@pytest.mark.parametrize(("chance", "applies"), [(0.97, "yes"), (0.6, "likely"), (0.3, "unlikely")])
def test_a_magnet_that_may_be_one(chance: float, applies: str) -> None:
    content = [{**MAGNET, "probability": chance, "evidence": "description"}]
    rows = found([source(country_of_origin="CN", country_of_melting="CN")], content=content)
    assert row(rows, MELT)["applies"] == applies


@pytest.mark.parametrize(
    ("cots", "half", "today"),
    [({"SD-1": True}, "no", "unlikely"), ({"SD-1": True}, "unknown", "yes"), ({}, "no", "yes")],
)
def test_off_the_shelf_products_below_half_by_weight_are_let_off_under_todays_test_only(
    cots: dict[str, bool], half: str, today: str
) -> None:
    rows = found([source(country_of_origin="CN", country_of_melting="CN")], cots=cots, half=half)
    assert row(rows, MELT)["applies"] == today
    assert row(rows, MINE)["applies"] == "yes"


def test_the_hardest_to_clear_is_ranked_first() -> None:
    both = [MAGNET, {**MAGNET, "part_no": "M-2"}]
    second = {**ALL_JP, "country_of_origin": "CN"}
    sources = [
        source(country_of_origin="CN", country_of_melting="CN"),
        source("V-3", **ALL_JP),
        source("V-2", "M-2", **second),
    ]
    rows = found(sources, content=both, defence={"SD-2": True}, suppliers={"M-1": 2.0, "M-2": 1.0})
    # M-2 has fewer covered stages, but no source outside
    assert [row(rows, MELT, name)["rank"] for name in ("M-2", "M-1")] == [1, 2]


def test_more_covered_stages_are_harder_than_unproven_ones() -> None:
    both = [MAGNET, {**MAGNET, "part_no": "M-2"}]
    sources = [source(country_of_origin="CN"), source("V-2", "M-2", country_of_origin="CN", country_of_melting="CN")]
    rows = found(sources, content=both, defence={"SD-2": True})
    assert [row(rows, MELT, name)["rank"] for name in ("M-2", "M-1")] == [1, 2]


def test_what_is_unlikely_to_apply_has_no_rank() -> None:
    assert np.isnan(row(found([source(**ALL_JP)]), MELT)["rank"])
