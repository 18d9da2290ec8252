"""Oracle EBS and Fusion: ids to numbers, yields, pending and disabled lines, receipts as a stack, two-digit years."""

from typing import Any

import pytest

CASE = "oracle"
TABLES = ("parts", "bom_lines", "inventory", "purchase_orders", "demand", "suppliers")
FUSION = {
    "MTL_PARAMETERS": "INV_ORG_PARAMETERS",
    "MTL_SYSTEM_ITEMS_B": "EGP_SYSTEM_ITEMS_B",
    "MTL_SECONDARY_INVENTORIES": "INV_SECONDARY_INVENTORIES",
    "MTL_ONHAND_QUANTITIES_DETAIL": "INV_ONHAND_QUANTITIES_DETAIL",
    "BOM_STRUCTURES_B": "EGP_STRUCTURES_B",
    "BOM_COMPONENTS_B": "EGP_COMPONENTS_B",
    "AP_SUPPLIERS": "POZ_SUPPLIERS",
}


@pytest.mark.parametrize("table", TABLES)
def test_the_tables_of_oracle_become_canonical_rows(
    table: str, as_exported: Any, kept_by_hand: Any, shown: Any
) -> None:
    read, kept = as_exported(CASE), kept_by_hand(CASE)
    assert read.refused == () and read.quarantine.empty
    assert shown(read, table, kept["tables"][table]) == kept["tables"][table]
    assert read.dropped.get((table, "erp"), 0) == kept["dropped"].get(table, 0)


def test_the_tables_of_fusion_read_the_same(export: Any, kept_by_hand: Any, shown: Any) -> None:
    erp, kept = export(CASE), kept_by_hand(CASE)["tables"]
    for old, new in FUSION.items():
        (erp.folder / f"{old}.csv").rename(erp.folder / f"{new}.csv")
    (erp.folder / "OE_ORDER_LINES_ALL.csv").unlink()
    erp.edit("EGP_SYSTEM_ITEMS_B.csv", "SEGMENT1", "ITEM_NUMBER")
    erp.edit("EGP_STRUCTURES_B.csv", "ASSEMBLY_ITEM_ID", "PK1_VALUE")
    erp.edit("EGP_COMPONENTS_B.csv", "COMPONENT_ITEM_ID", "PK1_VALUE")
    (erp.folder / "ours.yaml").write_text("extends: oracle-fusion\nsites: {DE1: DE01, US1: US01}\n")
    read = erp.read()
    assert read.refused == () and read.quarantine.empty
    for table in ("parts", "bom_lines", "inventory", "suppliers"):
        assert shown(read, table, kept[table]) == kept[table]


def test_a_file_without_a_header_reads_by_the_names_of_a_profile(export: Any, kept_by_hand: Any, shown: Any) -> None:
    erp, kept = export(CASE), kept_by_hand(CASE)["tables"]["inventory"]
    file = erp.folder / "MTL_ONHAND_QUANTITIES_DETAIL.csv"
    head, rest = file.read_text().split("\n", 1)
    file.write_text(rest)
    own = f"\ntables:\n  inventory: {{names: [{head}]}}\n"
    (erp.folder / "ours.yaml").write_text((erp.folder / "ours.yaml").read_text() + own)
    rows = [row | {"row": str(int(row["row"]) - 1)} for row in kept]
    assert shown(erp.read(), "inventory", rows) == rows


def test_sites_are_ids_where_the_organizations_were_not_exported(export: Any) -> None:
    erp = export(CASE)
    (erp.folder / "MTL_PARAMETERS.csv").unlink()
    (erp.folder / "ours.yaml").write_text("extends: oracle-ebs\nsites: {101: DE01, 102: US01}\n")
    tables = erp.read().tables
    for table in ("parts", "bom_lines", "inventory", "purchase_orders", "demand"):
        assert set(tables[table]["site"]) == {"DE01", "US01"}, table


def test_lines_of_a_header_without_a_common_bill_column_are_its_own(export: Any) -> None:
    erp = export(CASE)
    erp.edit("BOM_STRUCTURES_B.csv", "COMMON_BILL_SEQUENCE_ID", "NOT_EXPORTED")
    lines = erp.read().tables["bom_lines"]
    assert len(lines) == 12 and not ((lines["parent"] == "SA-20") & (lines["site"] == "US01")).any()


@pytest.mark.parametrize("file", ["BOM_STRUCTURES_B.csv", "MTL_SYSTEM_ITEMS_B.csv"])
def test_boms_are_refused_without_headers_or_items(file: str, export: Any) -> None:
    erp = export(CASE)
    (erp.folder / file).unlink()
    assert "bom_lines" in {refusal.table for refusal in erp.read().refused}


def test_a_yield_of_zero_sets_its_line_aside(export: Any) -> None:
    erp = export(CASE)
    erp.edit("BOM_COMPONENTS_B.csv", "1003,4,.8", "1003,4,0")
    quarantine = erp.read().quarantine
    assert quarantine[["line", "column"]].to_numpy().tolist() == [[3, "yield_pct"]]


def test_a_disable_date_that_no_calendar_has_sets_its_line_aside(export: Any) -> None:
    erp = export(CASE)
    erp.edit("BOM_COMPONENTS_B.csv", "01-JUN-25,01-JAN-98", "31-JUN-25,01-JAN-98")
    quarantine = erp.read().quarantine
    assert quarantine[["line", "column", "value"]].to_numpy().tolist() == [[3, "valid_to", "31-JUN-25"]]


def test_an_item_that_is_there_twice_refuses_what_it_would_multiply(export: Any) -> None:
    erp = export(CASE)
    line = "1003,101,000030,copy,Ea,2,1,Active,N,60,3,2,1000,500,1.25,12,G,B1\n"
    with (erp.folder / "MTL_SYSTEM_ITEMS_B.csv").open("a") as file:
        file.write(line)
    assert {refusal.table for refusal in erp.read().refused} == {"bom_lines", "inventory", "purchase_orders"}
