"""What the profiles read gives the needs that each ERP would: one alternative, in force, base quantity, loss."""

from datetime import date
from typing import Any

import pytest

from riskplug.bom import build_graph, explode

ON_SITES = ("DE01", "US01")
# Needs for one piece on 2025-04-28, by hand; quantities per order and bulk are no need per piece.
NEEDS = {
    # 1.5 x 1.05 + 300/200 wire; 4 + 1600/200 x 70 % magnets; the rest of the group
    "sap_tables": ("100200", {"MOT-7": 1, "200300": 9.6, "200400": 2.4, "WIRE-1": 3.075}),
    # 0.6 + 2 x 3 x 0.5 x 1.10 wire; 2 x 4 x 1.10 x 1.05 + 8 x 1.025 magnets
    "business_central": ("1000", {"2000": 1, "3000": 17.44, "4000": 3.9, "PB-OLD": 1}),
    # 4 / 0.8 + 8 magnets; 1.5 + 2 wire
    "oracle": ("AS-1000", {"SA-20": 1, "000030": 13, "WR-40": 3.5, "1099": 1}),
    # 5/200 x 1.05 wire; 4 + 8 magnets
    "dynamics": ("D0001", {"D0002": 1, "W0004": 0.02625, "M0030": 12}),
    # 4 x 1.05 magnets; what is optional is no need
    "inventree": ("DRV-1", {"id:2": 1, "MAG-30": 4.2, "WIRE-4": 1.5, "id:99": 1}),
    # the motor is made in the other factory
    "frepple": ("drive", {"wire": 1.5, "motor": 1}),
}


@pytest.mark.parametrize("name", NEEDS)
def test_a_product_explodes_into_the_needs_worked_out_by_hand(name: str, as_exported: Any) -> None:
    tables = as_exported(name).tables
    also = [tables["inventory"], tables["purchase_orders"], tables["demand"]]
    graph = build_graph(tables["bom_lines"], tables["parts"], sites=ON_SITES, on=date(2025, 4, 28), also=also)
    product, needs = NEEDS[name]
    found = explode(graph, product, "DE01").set_index("part_no")["qty_per"]
    assert {str(part): qty for part, qty in found.items() if qty > 0} == pytest.approx(needs)
