"""The SAP tables: profiles sap-tables, sap-database and sap-forecast on exports and a database of their shape."""

import csv
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

CASE = "sap_tables"
KEYS = {  # SAP's own, without the client
    "MARA": "MATNR",
    "MAKT": "MATNR, SPRAS",
    "MARC": "MATNR, WERKS",
    "STPO": "STLTY, STLNR, STLKN, STPOZ",
    "EKET": "EBELN, EBELP, ETENR",
}
TABLES = ("parts", "part_units", "bom_lines", "inventory", "purchase_orders", "demand", "suppliers", "sourcing")


@pytest.mark.parametrize("table", TABLES)
def test_the_tables_of_sap_become_canonical_rows(table: str, as_exported: Any, kept_by_hand: Any, shown: Any) -> None:
    read, kept = as_exported(CASE), kept_by_hand(CASE)
    assert read.refused == () and read.quarantine.empty
    assert shown(read, table, kept["tables"][table]) == kept["tables"][table]
    assert read.dropped.get((table, "erp"), 0) == kept["dropped"].get(table, 0)


def test_the_same_tables_in_a_database_read_the_same(export: Any, kept_by_hand: Any, shown: Any) -> None:
    sap, kept = export(CASE), kept_by_hand(CASE)["tables"]
    database = _as_database(sap.folder)
    (sap.folder / "ours.yaml").write_text(
        "extends: sap-database\nclient: {column: MANDT, only: 100}\nsites: {1000: DE01, 2000: US01}\n"
    )
    read = sap.read(url=f"sqlite:///{database}")
    assert read.refused == () and read.quarantine.empty
    for table in TABLES:
        rows = [{name: word for name, word in row.items() if name != "row"} for row in kept[table]]
        assert sorted(map(str, shown(read, table, rows))) == sorted(map(str, rows))


def _as_database(folder: Path) -> Path:
    path = folder.parent / "sap.db"
    with sqlite3.connect(path) as database:
        for file in folder.glob("*.csv"):
            names, *rows = csv.reader(file.read_text(encoding="utf-8").splitlines())
            columns = [f"{name} TEXT" for name in names]
            key = [f"PRIMARY KEY (MANDT, {KEYS[file.stem]})"] if file.stem in KEYS else []
            database.execute(f'CREATE TABLE "{file.stem}" ({", ".join(columns + key)})')
            marks = ", ".join("?" * len(names))
            database.executemany(f'INSERT INTO "{file.stem}" VALUES ({marks})', [_leading(row) for row in rows])
    database.close()
    return path


def _leading(row: list[str]) -> list[str]:
    return [f"-{word[:-1]}" if word.endswith("-") else word for word in row]


def test_planned_requirements_of_the_active_version_are_a_forecast(export: Any, shown: Any) -> None:
    sap = export(CASE)
    (sap.folder / "ours.yaml").write_text("extends: sap-forecast\nsites: {1000: DE01, 2000: US01}\n")
    expected = [
        {"part_no": "100200", "site": "DE01", "date": "2025-05-02", "quantity": "30", "kind": "forecast"},
        {"part_no": "100200", "site": "DE01", "date": "2025-06-02", "quantity": "40", "kind": "forecast"},
        {"part_no": "100200", "site": "US01", "date": "2025-05-02", "quantity": "7", "kind": "forecast"},
    ]
    assert shown(sap.read(), "demand", expected) == expected


def test_an_export_of_several_clients_is_refused_until_one_is_named(export: Any) -> None:
    sap = export(CASE)
    (sap.folder / "ours.yaml").write_text("extends: sap-tables\nsites: {1000: DE01, 2000: US01}\n")
    refused = {refusal.table: refusal.reason for refusal in sap.read().refused}
    assert refused == {"parts": "2 clients in one export: 100, 800 in column MANDT"}


def test_texts_of_another_language_come_first_where_a_profile_says_so(export: Any) -> None:
    sap = export(CASE)
    own = "\ntables: {parts: {columns: {description: {column: MAKT_E.MAKTX, otherwise: MAKT.MAKTX}}}}\n"
    (sap.folder / "ours.yaml").write_text((sap.folder / "ours.yaml").read_text() + own)
    texts = sap.read().tables["parts"]["description"].tolist()
    assert texts[:3] == ["Servo drive 4 kW", "Servo drive 4 kW", "Motor, bürstenlos"]


@pytest.mark.parametrize(
    ("file", "table", "reason"),
    [
        ("MARA.csv", "parts", "no file MARA"),
        ("STAS.csv", "bom_lines", "no file STAS"),
        ("STKO.csv", "bom_lines", "no file STKO"),
        ("MAST.csv", "bom_lines", "no file MAST"),
        ("EKPO.csv", "purchase_orders", "no file EKPO"),
        ("EKKO.csv", "purchase_orders", "no file EKKO"),
    ],
)
def test_a_table_is_refused_without_the_file_that_gives_it_meaning(
    file: str, table: str, reason: str, export: Any
) -> None:
    sap = export(CASE)
    (sap.folder / file).unlink()
    refused = {refusal.table: refusal.reason for refusal in sap.read().refused}
    assert list(refused) == [table] and refused[table].startswith(reason)


def test_without_texts_prices_and_units_the_parts_are_read_and_those_are_unknown(export: Any) -> None:
    sap = export(CASE)
    for file in ("MAKT.csv", "MBEW.csv", "T006.csv"):
        (sap.folder / file).unlink()
    read = sap.read()
    parts = read.tables["parts"]
    assert read.refused == () and len(parts) == 10
    assert parts["description"].isna().all() and parts["unit_cost"].isna().all()
    assert parts["base_unit"].tolist()[:3] == ["pc", "pc", "pc"]


def test_a_column_of_the_history_that_was_not_exported_refuses_the_bom(export: Any) -> None:
    sap = export(CASE)
    sap.edit("STAS.csv", "DATUV", "DATE")
    (refusal,) = sap.read().refused
    assert refusal.table == "bom_lines" and "STAS has no column DATUV" in refusal.reason


def test_an_unreadable_day_of_an_item_sets_that_item_aside(export: Any) -> None:
    sap = export(CASE)
    sap.edit("STPO.csv", "20200101,,WIRE-1", "20200231,,WIRE-1")
    quarantine = sap.read().quarantine
    assert quarantine[["table", "line", "column", "value"]].to_numpy().tolist() == [
        ["bom_lines", 5, "valid_from", "20200231"]
    ]


def test_an_unreadable_day_of_a_header_refuses_the_bom(export: Any) -> None:
    sap = export(CASE)
    sap.edit("STKO.csv", "00000002,20240101", "00000002,01/02/24")
    (refusal,) = sap.read().refused
    assert "STKO.DATUV '01/02/24' is no date" in refusal.reason


def test_an_end_that_a_view_gives_counts_where_it_is_earlier(export: Any) -> None:
    sap = export(CASE)
    lines = (sap.folder / "STPO.csv").read_text().splitlines()
    ends = ["DATUB", *("20241231" if "WIRE-1,0040" in line else "99991231" for line in lines[1:])]
    text = "\n".join(f"{line},{end}" for line, end in zip(lines, ends, strict=True))
    (sap.folder / "STPO.csv").write_text(f"{text}\n")
    lines_read = sap.read().tables["bom_lines"]
    ended = lines_read.set_index("position")["valid_to"]
    assert ended["0040"] == pd.Timestamp(2024, 12, 31)
    assert ended["0050"] is pd.NaT and set(ended["0020"].dropna().dt.date) == {date(2025, 5, 31), date(2024, 12, 31)}


def test_of_two_changes_without_a_day_the_later_counter_counts(export: Any) -> None:
    sap = export(CASE)
    sap.edit("STPO.csv", "00000003,20240301,,WIRE-1", "00000003,00000000,,WIRE-1")
    sap.edit("STPO.csv", "00000005,20250101,,WIRE-1", "00000005,00000000,,WIRE-1")
    lines = sap.read().tables["bom_lines"]
    assert lines.loc[lines["alt_group"] == "B1", "quantity"].tolist() == [300]


def test_a_deleted_alternative_is_no_alternative(export: Any) -> None:
    sap = export(CASE)
    sap.edit("STKO.csv", "10,02,00000002,20200101,,,", "10,02,00000002,20200101,,X,")
    lines = sap.read().tables["bom_lines"]
    assert set(lines.loc[lines["parent"] == "100200", "alternative"]) == {"01"}


def test_an_order_line_without_a_unit_factor_is_set_aside_not_taken_as_one(export: Any) -> None:
    sap = export(CASE)
    sap.edit("EKPO.csv", "KAR,50,1,KAR", "KAR,,1,KAR")
    read = sap.read()
    assert read.quarantine["line"].tolist() == [2, 3]
    assert "4500000001/00010" not in set(read.tables["purchase_orders"]["order_no"])


def test_numbers_read_as_declared_where_the_export_has_a_decimal_comma(export: Any) -> None:
    sap: Any = export(CASE)
    for file in ("MARD.csv",):
        text = (sap.folder / file).read_text().replace(",", ";").replace(".", ",")
        (sap.folder / file).write_text(text)
    sap.folder.joinpath("ours.yaml").write_text(
        'extends: sap-tables\ndelimiter: ";"\ndecimal: ","\nthousands: "."\nsites: {1000: DE01, 2000: US01}\n'
        "tables: {parts: null, part_units: null, bom_lines: null, purchase_orders: null, demand: null,"
        " suppliers: null, sourcing: null}\n"
    )
    stock = sap.read().tables["inventory"]["quantity"]
    assert stock.tolist() == [500, 20, 5, 30, 0, 70, 8, 2, -12.5]


def test_numbers_that_start_again_with_each_kind_of_bom_do_not_mix(as_exported: Any) -> None:
    lines = as_exported(CASE).tables["bom_lines"]
    assert not (lines["quantity"] == 9).any()
