"""InvenTree: ids to part numbers, supplier parts in packs, status codes of stock and orders."""

from typing import Any

import pytest

CASE = "inventree"
TABLES = ("parts", "bom_lines", "inventory", "purchase_orders", "suppliers")


@pytest.mark.parametrize("table", TABLES)
def test_the_tables_of_inventree_become_canonical_rows(
    table: str, as_exported: Any, kept_by_hand: Any, shown: Any
) -> None:
    read, kept = as_exported(CASE), kept_by_hand(CASE)
    assert read.refused == () and read.quarantine.empty
    assert shown(read, table, kept["tables"][table]) == kept["tables"][table]
    assert read.dropped.get((table, "erp"), 0) == kept["dropped"].get(table, 0)


def test_titles_of_an_export_read_like_names_of_the_interface(export: Any, kept_by_hand: Any, shown: Any) -> None:
    erp, kept = export(CASE), kept_by_hand(CASE)["tables"]
    erp.edit("bom.csv", "pk,part,sub_part,quantity,reference", "ID,Assembly,Component,Quantity,Reference")
    erp.edit("part.csv", "pk,IPN,name,description", "ID,IPN,Name,Description")
    read = erp.read()
    for table in ("parts", "bom_lines"):
        assert shown(read, table, kept[table]) == kept[table]


@pytest.mark.parametrize(
    ("file", "table"),
    [("supplierpart.csv", "purchase_orders"), ("purchaseorder.csv", "purchase_orders"), ("part.csv", "bom_lines")],
)
def test_a_table_is_refused_without_the_file_that_its_ids_lead_to(file: str, table: str, export: Any) -> None:
    erp = export(CASE)
    (erp.folder / file).unlink()
    assert table in {refusal.table for refusal in erp.read().refused}


def test_orders_are_refused_where_nobody_can_tell_what_a_pack_holds(export: Any) -> None:
    erp = export(CASE)
    erp.edit("supplierpart.csv", ",pack_quantity,pack_quantity_native", ",a,b")
    (refusal,) = erp.read().refused
    assert refusal.table == "purchase_orders" and "pack_quantity_native" in refusal.reason


def test_a_line_of_an_unknown_supplier_part_is_set_aside(export: Any) -> None:
    erp = export(CASE)
    erp.edit("purchaseorderline.csv", "11,1,51", "11,1,77")
    quarantine = erp.read().quarantine
    assert quarantine["line"].tolist() == [2]
