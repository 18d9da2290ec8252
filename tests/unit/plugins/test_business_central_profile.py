"""Business Central: versions, production BOMs inside production BOMs, base quantities of orders, ledger entries."""

import csv
from typing import Any

import openpyxl
import pytest

CASE = "business_central"
TABLES = ("parts", "part_units", "bom_lines", "inventory", "purchase_orders", "demand", "suppliers", "sourcing")


@pytest.mark.parametrize("table", TABLES)
def test_the_tables_of_business_central_become_canonical_rows(
    table: str, as_exported: Any, kept_by_hand: Any, shown: Any
) -> None:
    read, kept = as_exported(CASE), kept_by_hand(CASE)
    assert read.refused == () and read.quarantine.empty
    assert shown(read, table, kept["tables"][table]) == kept["tables"][table]
    assert read.dropped.get((table, "erp"), 0) == kept["dropped"].get(table, 0)


def test_names_of_the_database_read_like_captions(export: Any, kept_by_hand: Any, shown: Any) -> None:
    erp, kept = export(CASE), kept_by_hand(CASE)["tables"]["bom_lines"]
    for name in ("Production BOM Line", "Production BOM Header", "Production BOM Version", "Item"):
        file = erp.folder / f"{name}.csv"
        head, rest = file.read_text().split("\n", 1)
        file.write_text(f"{head.replace('.', '_').replace('%', '_').replace('/', '_')}\n{rest}")
    read = erp.read()
    assert not read.refused
    assert shown(read, "bom_lines", kept) == kept


@pytest.mark.parametrize(
    ("day", "old", "new", "quantities"),
    [
        ("the newest version that has started", "C,Next summer,2025-06-01", "C,Next summer,2025-04-28", [96]),
        ("the header's own lines, once certified and without a version", "", "", [98]),
    ],
)
def test_the_version_is_the_last_certified_one_that_has_started(
    day: str, old: str, new: str, quantities: list[float], export: Any
) -> None:
    erp = export(CASE)
    if old:
        erp.edit("Production BOM Version.csv", old, new)
    else:
        (erp.folder / "Production BOM Version.csv").unlink()
        erp.edit("Production BOM Header.csv", "Under Development", "Certified")
    lines = erp.read().tables["bom_lines"]
    assert lines.loc[lines["parent"] == "2000", "quantity"].tolist() == quantities, day


@pytest.mark.parametrize("file", ["Item.csv", "Production BOM Header.csv"])
def test_boms_are_refused_without_the_file_that_says_whose_they_are(file: str, export: Any) -> None:
    erp = export(CASE)
    (erp.folder / file).unlink()
    assert "bom_lines" in {refusal.table for refusal in erp.read().refused}


def test_production_boms_that_contain_each_other_are_refused_by_name(export: Any) -> None:
    erp = export(CASE)
    erp.edit("Production BOM Line.csv", "PB-KIT2,,10000,Item,4000", "PB-KIT2,,10000,Production BOM,PB-KIT")
    (refusal,) = erp.read().refused
    assert refusal.table == "bom_lines" and "contains itself" in refusal.reason


def test_a_bom_in_a_unit_that_the_item_has_no_factor_for_is_set_aside(export: Any) -> None:
    erp = export(CASE)
    erp.edit("Item Unit of Measure.csv", "6000,BOX,10\n", "")
    quarantine = erp.read().quarantine
    assert quarantine[["line", "column", "value"]].to_numpy().tolist() == [[19, "base_quantity", "no factor for BOX"]]


def test_a_quantity_that_is_no_number_sets_its_line_aside(export: Any) -> None:
    erp = export(CASE)
    erp.edit("Production BOM Line.csv", "Wire kit,PCS,3,3", 'Wire kit,PCS,"3,5",3')
    quarantine = erp.read().quarantine
    assert quarantine["line"].tolist() == [13, 14] and set(quarantine["value"]) == {"3,5"}


def test_a_calculated_line_without_its_result_is_set_aside(export: Any) -> None:
    erp = export(CASE)
    erp.edit("Production BOM Line.csv", "M,0.6,0.2", "M,,0.2")
    assert erp.read().quarantine["line"].tolist() == [6]


def test_numbers_with_a_decimal_comma_read_the_same(export: Any, kept_by_hand: Any, shown: Any) -> None:
    erp, kept = export(CASE), kept_by_hand(CASE)["tables"]["bom_lines"]
    file = erp.folder / "Production BOM Line.csv"
    file.write_text(file.read_text().replace(",", ";").replace(".", ",").replace("No,", "No."))
    for name in ("Item", "Production BOM Header", "Production BOM Version", "Item Unit of Measure"):
        other = erp.folder / f"{name}.csv"
        other.write_text(other.read_text().replace('"Magnet, NdFeB N42SH"', "Magnet").replace(",", ";"))
    (erp.folder / "ours.yaml").write_text(
        "extends: business-central-de\nsite: DE01\ntables: {parts: null, part_units: null, inventory: null,"
        " purchase_orders: null, demand: null, suppliers: null, sourcing: null}\n"
    )
    read = erp.read()
    rows = [row | {"unit": row["unit"] or "pc"} for row in kept]
    assert shown(read, "bom_lines", rows) == rows


def test_a_configuration_package_reads_from_its_sheets(export: Any, kept_by_hand: Any, shown: Any) -> None:
    erp, kept = export(CASE), kept_by_hand(CASE)["tables"]
    book = openpyxl.Workbook()
    for file in sorted(erp.folder.glob("*.csv")):
        sheet = book.create_sheet(file.stem)
        sheet.append(["PACKAGE", file.stem])
        sheet.append([])
        with file.open(newline="") as rows:
            for row in csv.reader(rows):
                sheet.append(row)
        file.unlink()
    book.remove(book["Sheet"])
    book.save(erp.folder / "package.xlsx")
    (erp.folder / "ours.yaml").write_text("extends: business-central-xlsx\nsite: DE01\n")
    read = erp.read()
    assert read.refused == () and read.quarantine.empty
    for table in TABLES:
        rows = [{name: word for name, word in row.items() if name != "row"} for row in kept[table]]
        assert shown(read, table, rows) == rows


def test_assembly_boms_are_read_by_their_own_profile(export: Any, shown: Any) -> None:
    erp = export(CASE)
    (erp.folder / "BOM Component.csv").write_text(
        "Parent Item No.,Line No.,Type,No.,Unit of Measure Code,Quantity per\n"
        "6000,10000,Item,1000,PCS,10\n6000,20000,Resource,LIFT,HOUR,1\n6000,30000,,,,0\n"
    )
    (erp.folder / "ours.yaml").write_text("extends: business-central-assembly\nsite: DE01\n")
    rows = [{"parent": "6000", "component": "1000", "quantity": "10", "unit": "pc", "position": "10000"}]
    assert shown(erp.read(), "bom_lines", rows) == rows
