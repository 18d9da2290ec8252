"""The exports are what the generator and sample_erp/README.md say they are."""

import csv
import sqlite3
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest

from riskplug.tables import CARRIED, TABLES
from sample_erp.generate import EXPORTS, company, generate

GERMAN = (
    "Materialstamm",
    "Stueckliste",
    "Bestand",
    "Bestellungen",
    "Bedarf",
    "Verbrauch",
    "Lieferanten",
    "Bezugsquellen",
    "Materialdeklarationen",
)


def german(name: str) -> str:
    return (EXPORTS / "de01" / f"{name}.csv").read_bytes().decode("cp1252")


def mexican(query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"{(EXPORTS / 'mx01.db').as_uri()}?mode=ro", uri=True)) as database:
        return database.execute(query).fetchall()


def test_regenerating_gives_the_committed_files_byte_for_byte(tmp_path: Path) -> None:
    generate(tmp_path)
    made = {file.relative_to(tmp_path): file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    kept = {file.relative_to(EXPORTS): file.read_bytes() for file in EXPORTS.rglob("*") if file.is_file()}
    assert sorted(made) == sorted(kept)
    assert [name for name in made if made[name] != kept[name]] == []


@pytest.mark.parametrize("name", GERMAN)
def test_german_lists_are_cp1252_with_crlf_and_no_byte_order_mark(name: str) -> None:
    raw = (EXPORTS / "de01" / f"{name}.csv").read_bytes()
    assert raw.endswith(b"\r\n") and raw.count(b"\n") == raw.count(b"\r\n")
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert raw.decode("cp1252").encode("cp1252") == raw


def test_german_lists_hold_the_traps_the_profile_is_for() -> None:
    assert "Qualitätsprüfung".encode("cp1252") in (EXPORTS / "de01" / "Bestand.csv").read_bytes()
    assert "302,350-" in german("Bestand") and "0,800-" in german("Stueckliste")
    assert ";00.00.0000;" in german("Bestellungen") and "31.12.9999" in german("Stueckliste")
    assert ";9.000,000;" in german("Bestand") and ";6,000;0,000;0,000;0,000;0,000;ROL;" in german("Bestand")


def test_stock_list_has_a_title_an_empty_line_and_a_sum_line() -> None:
    lines = german("Bestand").splitlines()
    assert lines[0].startswith("Bestandsliste Werk DE01") and lines[1] == "" and lines[2].startswith("Material;Werk;")
    assert lines[-1].startswith("* Summe") and lines[-1].count(";") == lines[2].count(";")


def test_only_one_german_line_has_another_number_of_fields_than_its_header() -> None:
    odd = []
    for name in GERMAN:
        lines = german(name).splitlines()[2 if name == "Bestand" else 0 :]
        odd += [line for line in lines if line.count(";") != lines[0].count(";")]
    assert odd == ["PK-0102;DE01;12.05.2025;6,000;ST;Prognose;FC-202520;Ersatz; 2. Wahl"]


# the sample has no units of single parts and no production orders, and its suppliers declare masses instead of hinting
NOT_IN_SAMPLE = {"part_units", "production_orders", "suspicions", "smelters"}


@pytest.mark.parametrize("name", sorted(TABLES.keys() - NOT_IN_SAMPLE))
def test_canonical_files_have_known_columns_and_every_required_one(name: str) -> None:
    header = next(csv.reader(StringIO((EXPORTS / "us01" / f"{name}.csv").read_text(encoding="utf-8"))))
    known = {*TABLES[name].column_names, *(column.name for column in CARRIED)}
    assert set(header) <= known and set(TABLES[name].required) <= set(header)


def test_database_has_the_same_header_whatever_sqlite_wrote_it() -> None:
    raw = (EXPORTS / "mx01.db").read_bytes()
    assert raw[:16] == b"SQLite format 3\0" and int.from_bytes(raw[96:100], "big") == 3_040_001
    assert mexican("PRAGMA integrity_check") == [("ok",)]


def test_database_keeps_dates_as_iso_text_and_quantities_as_numbers() -> None:
    assert mexican("SELECT DISTINCT typeof(fecha), length(fecha) FROM demanda") == [("text", 10)]
    assert mexican("SELECT DISTINCT typeof(cantidad) FROM existencias") == [("real",)]
    assert mexican("SELECT DISTINCT fecha FROM existencias") == [("2025-04-25",)]


def test_parts_of_several_sites_carry_one_number_and_one_unit() -> None:
    units: dict[str, set[str]] = {}
    for site in company():
        for part in site.parts:
            units.setdefault(part.part_no, set()).add(part.unit)
    shared = set.intersection(*({part.part_no for part in site.parts} for site in company()))
    assert {"S-0101", "R-0101", "PCB-0101"} <= shared
    assert {part_no: unit for part_no, unit in units.items() if len(unit) > 1} == {}
