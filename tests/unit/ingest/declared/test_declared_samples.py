"""Each sample file gives its rows, rejects and drops, and they add up to what is in it."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from riskplug.ingest.declared import DeclarationFile, read_declarations

SAMPLES = Path(__file__).parents[3] / "cases" / "declared"
CASES = YAML(typ="safe").load(SAMPLES / "cases.yaml")


@pytest.fixture(params=CASES, ids=lambda case: case["file"])
def case(request: pytest.FixtureRequest) -> dict:
    return request.param


@pytest.fixture
def read(case: dict) -> DeclarationFile:
    return read_declarations(SAMPLES / case["file"], SAMPLES)


def test_the_rows_are_those_worked_out_by_hand(case: dict, read: DeclarationFile) -> None:
    rows = read.rows.to_pylist()
    names = ("material", "form", "cas_no", "mass_g", "mass_pct", "bound")
    found = [[row[n] if n[:4] != "mass" or row[n] is None else float(row[n]) for n in names] for row in rows]
    assert found == case["rows"]
    assert list(read.lines) == case["lines"]


def test_every_row_says_whose_declaration_it_is(case: dict, read: DeclarationFile) -> None:
    for row in read.rows.to_pylist():
        assert {name: row[name] for name in case["part"]} == case["part"]
    assert read.format == case["format"]


def test_what_cannot_be_believed_is_rejected_by_name_and_line(case: dict, read: DeclarationFile) -> None:
    assert [(each.line, each.value) for each in read.rejects] == [(line, value) for line, value, _ in case["rejects"]]
    for reject, (_, _, words) in zip(read.rejects, case["rejects"], strict=True):
        assert words in reject.reason


def test_rows_rejects_and_drops_add_up_to_the_elements_of_the_file(case: dict, read: DeclarationFile) -> None:
    assert dict(read.dropped) == case["dropped"]
    assert read.elements == case["elements"]
    assert read.rows.num_rows + len(read.rejects) + sum(read.dropped.values()) == case["elements"]


def test_hints_are_suspicions_without_a_mass(case: dict, read: DeclarationFile) -> None:
    found = read.suspicions
    number = found["part_no"].where(found["part_no"] != "", found["mpn"])
    assert [
        list(each) for each in zip(number, found["material"], found["direction"], found["line"], strict=True)
    ] == case.get("suspicions", [])
