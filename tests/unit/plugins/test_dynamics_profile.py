"""Dynamics 365: versions in their time, dates that mean none, stock by dimension. Dynamics SL: padded keys, factors."""

from typing import Any

import pytest

CASE = "dynamics"
TABLES = ("parts", "bom_lines", "inventory", "purchase_orders", "demand", "suppliers")


@pytest.mark.parametrize("table", TABLES)
def test_the_tables_of_dynamics_365_become_canonical_rows(
    table: str, as_exported: Any, kept_by_hand: Any, shown: Any
) -> None:
    read, kept = as_exported(CASE), kept_by_hand(CASE)
    assert read.refused == () and read.quarantine.empty
    assert shown(read, table, kept["tables"][table]) == kept["tables"][table]
    assert read.dropped.get((table, "erp"), 0) == kept["dropped"].get(table, 0)


def test_several_companies_are_refused_until_one_is_named(export: Any) -> None:
    erp = export(CASE)
    (erp.folder / "ours.yaml").write_text('extends: dynamics-365\nsites: {"1": DE01, "2": US01}\n')
    assert {refusal.table for refusal in erp.read().refused} == {"parts", "bom_lines"}


def test_boms_are_refused_without_their_versions(export: Any) -> None:
    erp = export(CASE)
    (erp.folder / "BOMVERSION.csv").unlink()
    (refusal,) = erp.read().refused
    assert refusal.table == "bom_lines" and refusal.reason.startswith("no file BOMVERSION")


def test_a_date_of_a_version_that_is_none_refuses_the_boms(export: Any) -> None:
    erp = export(CASE)
    erp.edit("BOMVERSION.csv", "2022-01-01", "1.1.2022")
    (refusal,) = erp.read().refused
    assert "'1.1.2022' is no date" in refusal.reason


@pytest.mark.parametrize("table", ["parts", "inventory", "purchase_orders"])
def test_the_tables_of_dynamics_sl_become_canonical_rows(
    table: str, as_exported: Any, kept_by_hand: Any, shown: Any
) -> None:
    read, kept = as_exported("dynamics_sl"), kept_by_hand("dynamics_sl")
    assert read.refused == ()
    assert shown(read, table, kept["tables"][table]) == kept["tables"][table]
    assert read.dropped.get((table, "erp"), 0) == kept["dropped"].get(table, 0)


def test_an_order_whose_factor_has_no_direction_is_set_aside(as_exported: Any) -> None:
    quarantine = as_exported("dynamics_sl").quarantine
    assert quarantine[["table", "line"]].to_numpy().tolist() == [["purchase_orders", 6]]
