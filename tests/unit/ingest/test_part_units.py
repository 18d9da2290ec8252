"""Units of single parts: a box of 250 is known to its part alone."""

from pathlib import Path

import pandas as pd
import pytest

from tests.unit.ingest.conftest import Read


@pytest.fixture
def boxes(exports: Path) -> Path:
    (exports / "part_units.csv").write_text("part_no,unit,factor\nA,BOX,250\nB,BOX,3\nB,BOX,4\nA,KG,40\n")
    stock = "A,2,BOX\nA,7,EA\nA,,BOX\nB,5,BOX\nA,0.5,KG\nA,1,PAL\n"
    (exports / "inventory.csv").write_text(f"part_no,quantity,unit\n{stock}")
    return exports


def test_a_quantity_in_a_unit_of_the_part_is_counted_in_base_units(read: Read, boxes: Path) -> None:
    stock = read().tables["inventory"]
    # 2 boxes of 250, 7 pieces, half a kilogram at 40 pieces each, a pallet that nobody declared
    of_a = stock[stock["part_no"] == "A"]
    assert of_a["quantity"].tolist() == [500, 7, 20, 1]
    assert of_a["unit"].astype("object").where(of_a["unit"].notna(), None).tolist() == [None, "pc", None, "PAL"]


def test_two_factors_for_one_unit_are_none(read: Read, boxes: Path) -> None:
    stock = read().tables["inventory"]
    assert stock.loc[stock["part_no"] == "B", ["quantity", "unit"]].to_numpy().tolist() == [[5, "BOX"]]


def test_the_price_of_an_order_in_boxes_becomes_the_price_of_a_base_unit(read: Read, boxes: Path) -> None:
    (boxes / "purchase_orders.csv").write_text(
        "order_no,line,part_no,open_quantity,unit,unit_price\n1,1,A,4,BOX,500\n1,2,A,4,EA,2\n"
    )
    orders = read().tables["purchase_orders"]
    assert orders[["open_quantity", "unit_price"]].to_numpy().tolist() == [[1000, 2], [4, 2]]


def test_a_bom_line_takes_the_factor_of_its_component(read: Read, boxes: Path) -> None:
    (boxes / "bom_lines.csv").write_text("parent,component,quantity,unit\nB,A,0.1,KG\nA,B,1,BOX\n")
    lines = read().tables["bom_lines"]
    assert lines["quantity"].tolist() == [4, 1]
    assert pd.isna(lines["unit"].iloc[0]) and lines["unit"].iloc[1] == "BOX"


def test_without_factors_nothing_changes(read: Read, exports: Path) -> None:
    (exports / "inventory.csv").write_text("part_no,quantity,unit\nA,2,BOX\n")
    assert read().tables["inventory"][["quantity", "unit"]].to_numpy().tolist() == [[2, "BOX"]]


def test_a_factor_that_cannot_be_does_not_count(read: Read, exports: Path) -> None:
    """A is kept in pieces, B in kilograms: no part has three pieces in one, or a hundred grams in a kilogram."""
    (exports / "part_units.csv").write_text("part_no,unit,factor\nA,EA,3\nB,G,0.1\nA,BOX,1e308\n")
    (exports / "inventory.csv").write_text("part_no,location,quantity,unit\nA,1,2,EA\nB,1,500,G\nA,2,100,BOX\n")
    stock = read().tables["inventory"]
    assert stock[["quantity", "unit"]].iloc[:2].to_numpy().tolist() == [[2, "pc"], [500, "g"]]
    assert pd.isna(stock["quantity"].iloc[2])
