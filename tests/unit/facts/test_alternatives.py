"""Which sources and alternates help an exposed part, on the evidence there is."""

from typing import Any

import pandas as pd
import pytest

from riskplug.bom import roll_up_content
from riskplug.catalogue import GRAINS, frame
from riskplug.extend.discovery import shipped_folder
from riskplug.facts.alternatives import with_alternatives
from riskplug.facts.sources import sources_of
from riskplug.regimes import load_measures
from tests.unit.bom.boms import ON, SITE, grams, graph_of, line, own, table

MEASURES = load_measures([shipped_folder("rules") / "regimes"])
MEASURE = "cn-2025-18-dy-magnet"
GROUP = {"alt_group": "A"}
LINES = (line("SD-1", "M-1", alt_priority=1, **GROUP), line("SD-1", "M-9", alt_priority=2, **GROUP))


def judged(
    sources: list[dict[str, Any]],
    *,
    alternate: dict[str, Any] | None = None,
    evidence: str | None = None,
    applies: str = "yes",
    country: str = "DE",
    lines: tuple[dict[str, Any], ...] = LINES,
) -> pd.Series:
    """The row of M-1 under the dysprosium item; ``alternate``: own content of M-9; ``evidence``: the best behind it."""
    graph = graph_of(lines)
    index = graph.nodes["part_no"].cat.categories
    tables = {"sourcing": table("sourcing", sources, index), "parts": table("parts", [], index)}
    content = roll_up_content(
        graph, own([grams("M-1", 1.0), *([{**grams("M-9", 1.0), **alternate}] if alternate else [])])
    )
    keys = {"part_no": "M-1", "site": SITE, "measure": MEASURE, "material": "Dy", "applies": applies}
    exposure = frame(GRAINS["exposure"], {name: [value] for name, value in keys.items()})
    told = pd.DataFrame({"part_no": ["M-9"], "evidence": [evidence]}).astype("str")
    found = with_alternatives(
        exposure, graph, sources_of(graph.nodes, tables, [SITE], ON), content, told, MEASURES, {SITE: country}
    )
    return found.iloc[0]


def source(supplier: str, origin: str | None, refined: str | None = None, **more: Any) -> dict[str, Any]:
    about = {"part_no": "M-1", "supplier": supplier, "country_of_origin": origin, "country_of_refining": refined}
    return {**about, "qualified": True, **more}


ONE = (line("SD-1", "M-1"),)


@pytest.mark.parametrize(
    ("origin", "refined", "known", "unknown"),
    [
        ("CN", None, 0, 0),
        ("JP", "JP", 1, 0),
        ("JP", "CN", 0, 0),
        ("JP", None, 0, 1),
        (None, "JP", 0, 1),
        (None, "CN", 0, 0),
    ],
)
def test_a_source_helps_when_origin_and_refining_are_known_to_lie_outside(
    origin: str | None, refined: str | None, known: int, unknown: int
) -> None:
    row = judged([source("V-1", origin, refined)], lines=ONE)
    assert (row["alternatives_known"], row["alternatives_unknown"]) == (known, unknown)


def test_what_helps_is_named() -> None:
    row = judged([source("V-1", "CN"), source("V-2", "JP", "JP"), source("V-3", "EE", "EE")], lines=ONE)
    assert row["alternatives"] == "supplier V-2 (JP), supplier V-3 (EE)"


def test_refining_of_another_material_says_nothing() -> None:
    row = judged([source("V-2", "JP", "JP", material="Nd")], lines=ONE)
    assert (row["alternatives_known"], row["alternatives_unknown"]) == (0, 1)


def test_what_a_source_says_of_the_material_goes_before_what_it_says_of_all() -> None:
    caught = [source("V-2", "JP", "JP"), source("V-2", None, "CN", material="Dy")]
    assert judged(caught, lines=ONE)["alternatives_known"] == 0
    told = [source("V-2", "JP"), source("V-2", None, "JP", material="Dy")]
    assert judged(told, lines=ONE)[["alternatives_known", "alternatives_unknown"]].tolist() == [1, 0]


@pytest.mark.parametrize(("qualified", "known", "unknown"), [(False, None, None), (None, 0, 1)])
def test_only_a_qualified_source_helps(qualified: bool | None, known: float | None, unknown: float | None) -> None:
    row = judged([source("V-2", "JP", "JP", qualified=qualified)], lines=ONE)
    found = [None if pd.isna(value) else value for value in row[["alternatives_known", "alternatives_unknown"]]]
    assert found == [known, unknown]


def test_a_supplier_that_also_delivers_from_a_listed_country_does_not_help() -> None:
    rows = [source("V-2", "JP", "JP"), source("V-2", "CN", "CN", valid_from="2025-01-01")]
    assert judged(rows, lines=ONE)["alternatives_known"] == 0


def test_goods_of_the_sites_own_country_are_no_export() -> None:
    assert judged([source("V-1", "CN", "US")], lines=ONE, country="CN")["alternatives_known"] == 1


@pytest.mark.parametrize(
    ("content", "evidence", "known", "unknown"),
    [
        ({"probability": 0.0}, "full_declaration", 1, 0),
        (None, "grade", 1, 0),
        (None, "full_declaration", 0, 1),
        (None, "description", 0, 1),
        ({"probability": 0.1}, "grade", 0, 1),
        ({"probability": 1.0}, "grade", 0, 1),
    ],
    ids=["absent", "graded without", "not declared", "a guess", "perhaps", "holds it, no source"],
)
def test_an_alternate_helps_when_it_is_known_not_to_hold_the_material(
    content: dict[str, Any] | None, evidence: str, known: int, unknown: int
) -> None:
    row = judged([], alternate=content, evidence=evidence)
    assert (row["alternatives_known"], row["alternatives_unknown"]) == (known, unknown)


@pytest.mark.parametrize(
    ("origin", "refined", "known", "unknown"), [("JP", "JP", 1, 0), ("CN", None, 0, 0), ("JP", None, 0, 1)]
)
def test_an_alternate_that_holds_it_is_judged_by_its_own_sources(
    origin: str, refined: str | None, known: int, unknown: int
) -> None:
    rows = [source("V-9", origin, refined, part_no="M-9")]
    row = judged(rows, alternate={"probability": 1.0}, evidence="grade")
    assert (row["alternatives_known"], row["alternatives_unknown"]) == (known, unknown)


def test_without_sources_and_alternates_nothing_is_said() -> None:
    row = judged([], lines=ONE)
    assert row[["alternatives", "alternatives_known", "alternatives_unknown"]].isna().all()


def test_rows_that_do_not_apply_are_not_asked() -> None:
    assert pd.isna(judged([source("V-2", "JP", "JP")], lines=ONE, applies="unlikely")["alternatives_known"])
