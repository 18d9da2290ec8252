"""frePPLe: what operations take in and give out as BOM lines, plans that are no orders, durations."""

from typing import Any

import pytest

CASE = "frepple"
TABLES = ("parts", "bom_lines", "inventory", "purchase_orders", "demand", "suppliers", "sourcing")


@pytest.mark.parametrize("table", TABLES)
def test_the_tables_of_frepple_become_canonical_rows(
    table: str, as_exported: Any, kept_by_hand: Any, shown: Any
) -> None:
    read, kept = as_exported(CASE), kept_by_hand(CASE)
    assert read.refused == ()
    assert shown(read, table, kept["tables"][table]) == kept["tables"][table]
    assert read.dropped.get((table, "erp"), 0) == kept["dropped"].get(table, 0)


def test_flows_of_an_operation_that_makes_two_items_are_set_aside(as_exported: Any) -> None:
    quarantine = as_exported(CASE).quarantine
    assert quarantine[["table", "line", "column"]].to_numpy().tolist() == [
        ["bom_lines", line, "parent"] for line in (11, 12, 13)
    ]


def test_without_operations_the_item_made_is_the_one_that_comes_out(export: Any) -> None:
    erp = export(CASE)
    (erp.folder / "operation.csv").unlink()
    lines = erp.read().tables["bom_lines"]
    assert set(lines["parent"]) == {"motor"} and lines["site"].isna().all()


def test_a_duration_that_is_none_sets_its_row_aside(export: Any) -> None:
    erp = export(CASE)
    erp.edit("itemsupplier.csv", "P2W", "two weeks")
    quarantine = erp.read().quarantine
    assert ["sourcing", 3, "two weeks"] in quarantine[["table", "line", "value"]].to_numpy().tolist()
