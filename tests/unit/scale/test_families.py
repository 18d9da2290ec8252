"""Families of parts: what is joined, and the order of the whole when they are put together."""

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from riskplug.content import load_knowledge
from riskplug.scale import Local, families
from riskplug.scale.families import Company, content_and_roll_up
from riskplug.tables import TABLES, conform

KNOWLEDGE = load_knowledge(Path(__file__).parents[3] / "rules" / "materials")
MAGNET = "Magnet N42SH 20x10x5"
PARTS = [
    {"part_no": "A1", "site": "S2", "description": "Servo drive", "base_unit": "pc"},
    {"part_no": "A3", "description": MAGNET, "base_unit": "pc"},
    {"part_no": "A2", "description": "Servo drive with SmCo magnet", "base_unit": "pc"},
    {"part_no": "A4", "description": "Magnet SmCo 26 5x5x5", "base_unit": "pc"},
    {"part_no": "C5", "description": "Sensor", "base_unit": "pc", "mpn": "TLE-1"},
    {"part_no": "D6", "description": "Sensor", "base_unit": "pc", "mpn": " tle-1"},
]
LINES = [
    {"parent": "A1", "component": "A3", "quantity": 2, "unit": "pc"},
    {"parent": "A2", "component": "A4", "quantity": 3, "unit": "pc"},
]
DECLARED = [
    {"mpn": "TLE-1", "material": "Ga", "form": "component", "mass_g": 0.1, "bound": "exact", "status": "final"},
    {"mpn": "TLE-2", "material": "Ga", "form": "component", "mass_g": 0.1, "bound": "exact", "status": "final"},
    {"part_no": "A4", "material": "Nonsense", "form": "magnet", "mass_g": 0.1, "bound": "exact", "status": "final"},
]


class Apart(Local):
    """Works here, and is told that others do."""

    apart = True


def company() -> Company:
    """Two assemblies whose parts lie between each other's, each at two sites, and two sensors of one number."""
    given: dict[str, list[dict[str, Any]]] = {"parts": PARTS, "bom_lines": LINES, "declarations": DECLARED}
    index = pd.Index(sorted(row["part_no"] for row in PARTS), dtype="str")
    tables = {name: conform(name, pd.DataFrame(given.get(name, []), dtype="object"), index) for name in TABLES}
    return Company(tables, KNOWLEDGE, (), pd.DataFrame(), date(2025, 4, 28), ("S1", "S2"), 365)


def test_a_line_and_a_declared_number_join_and_a_task_takes_whole_families() -> None:
    assert families.families(company().tables, 1).tolist() == [0, 1, 0, 1, 2, 2]
    assert families.families(company().tables, 3).tolist() == [0, 0, 0, 0, 1, 1]
    assert families.families(company().tables, 99).tolist() == [0] * 6


@pytest.mark.parametrize("size", [1, 3])
def test_put_together_they_are_the_whole_in_its_order(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "PARTS_PER_TASK", size)
    asked = company()
    (whole, all_inside), (cut, inside) = (content_and_roll_up(asked, engine) for engine in (Local(), Apart()))
    graph = asked.graph(asked.tables)
    assert {"Dy", "Sm", "Ga"} <= set(whole.own["material"]) and len(whole.rejected) >= 2
    for name in ("own", "parts", "rejected"):
        pd.testing.assert_frame_equal(getattr(cut, name), getattr(whole, name), check_exact=True)
    assert all_inside(graph)["site"].tolist() == sorted(all_inside(graph)["site"])
    pd.testing.assert_frame_equal(inside(graph), all_inside(graph), check_exact=True)


def test_an_engine_that_works_here_gets_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "families", lambda *_: 1 / 0)
    assert len(content_and_roll_up(company(), Local())[0].own)
