"""Material in stock that nobody builds from: which stock counts, how much is in it, and when it is a lower bound."""

import math
from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from riskplug.catalogue import GRAINS, frame
from riskplug.facts.recoverable import recoverable
from riskplug.model import BomGraph
from riskplug.tables import conform

DAY = date(2025, 4, 28)
PARTS = pd.Index(["drive", "magnet", "motor"], dtype="str")
NODES = pd.DataFrame({"part_no": list(PARTS), "site": ["S1"] * 3}).astype("category")
NO_DEMAND = (0.0, 0.0, 0.0)
Rows = Sequence[dict[str, object]]


def graph(*partial: str) -> BomGraph:
    """A drive holds one motor, a motor two magnets."""
    held = sparse.csr_array(np.array([[0.0, 0, 1], [0, 0, 0], [0, 2, 0]]))
    level = np.array([0, 2, 1], dtype=np.int32)
    unsure = np.isin(np.asarray(PARTS, dtype=str), partial)
    nothing = sparse.csr_array((3, 3))
    return BomGraph(NODES, held, held, nothing, level, np.zeros(3, dtype=bool), (), unsure, pd.DataFrame())


def table(name: str, rows: Rows) -> pd.DataFrame:
    return conform(name, pd.DataFrame(list(rows)), PARTS)


def found(
    stock: Rows,
    demanded: Sequence[float] = NO_DEMAND,
    content: Rows = (),
    parts: Rows = (),
    consumption: Rows = (),
    partial: Sequence[str] = (),
) -> tuple[float, bool]:
    """recoverable_kg and recoverable_lower_bound of Nd; a magnet holds 2 g, a motor 4 g, a drive 4 g of it."""
    inside = content or [
        {"part_no": part, "mass_g_typ": grams} for part, grams in (("magnet", 2), ("motor", 4), ("drive", 4))
    ]
    known = pd.DataFrame([{"material": "Nd", "site": "S1", "probability": 1.0} | dict(row) for row in inside])
    master = {part: {"part_no": part, "site": "S1", "base_unit": "pc"} for part in PARTS}
    for row in parts:
        master[str(row["part_no"])] |= row
    tables = {
        "parts": table("parts", list(master.values())),
        "inventory": table("inventory", [{"site": "S1", "unit": "pc"} | dict(row) for row in stock]),
        "consumption": table("consumption", [{"site": "S1", "unit": "pc"} | dict(row) for row in consumption]),
    }
    rows = recoverable(
        tables,
        graph(*partial),
        frame(GRAINS["content"], known.to_dict("series")),  # type: ignore[arg-type]
        np.array(demanded, dtype=float),
        {"Nd"},
        DAY,
    ).iloc[0]
    return float(rows["recoverable_kg"]), bool(rows["recoverable_lower_bound"])


def test_returned_and_blocked_stock_counts_with_all_that_is_built_into_it() -> None:
    stock = [
        {"part_no": "motor", "stock_type": "returns", "quantity": 100},
        {"part_no": "magnet", "stock_type": "blocked", "quantity": 300},
    ]
    # 100 x 4 g + 300 x 2 g
    assert found(stock, demanded=(10, 0, 0)) == (pytest.approx(1.0), False)


@pytest.mark.parametrize("kind", ["unrestricted", "quality", "transit", "project", None])
def test_other_stock_counts_only_where_nothing_above_is_demanded(kind: str | None) -> None:
    stock = [{"part_no": "magnet", "stock_type": kind, "quantity": 500}]
    assert found(stock, demanded=(0, 0, 0)) == (pytest.approx(1.0), False)
    assert found(stock, demanded=(10, 0, 0)) == (0, False)  # the drive two levels up is sold


@pytest.mark.parametrize("kept", [{"stock_type": "consignment"}, {"owner": "customer"}])
def test_what_belongs_to_others_is_not_ours_to_recover(kept: dict[str, object]) -> None:
    assert found([{"part_no": "magnet", "quantity": 500, **kept}]) == (0, False)


def test_a_lot_past_its_last_day_counts_and_one_on_its_last_day_does_not() -> None:
    demanded = (10, 0, 0)
    assert found([{"part_no": "magnet", "quantity": 500, "expires_on": "2025-04-27"}], demanded)[0] == pytest.approx(1)
    assert found([{"part_no": "magnet", "quantity": 500, "expires_on": "2025-04-28"}], demanded)[0] == 0


def test_an_unknown_demand_above_counts_as_demand_unless_the_part_is_inactive() -> None:
    stock = [{"part_no": "magnet", "quantity": 500}]
    assert found(stock, demanded=(math.nan, 0, 0)) == (0, False)
    withdrawn = [{"part_no": "magnet", "active": False}]
    assert found(stock, demanded=(math.nan, 0, 0), parts=withdrawn)[0] == pytest.approx(1.0)
    assert found(stock, demanded=(10, 0, 0), parts=withdrawn)[0] == 0  # phased out, still needed


@pytest.mark.parametrize(("used", "kg"), [("2024-04-28", 0.0), ("2024-04-27", 1.0)])
def test_what_was_used_within_a_year_is_not_obsolete(used: str, kg: float) -> None:
    issues = [{"part_no": "magnet", "date": used, "quantity": 3}]
    assert found([{"part_no": "magnet", "quantity": 500}], consumption=issues)[0] == pytest.approx(kg)


@pytest.mark.parametrize(
    "content",
    [
        [{"part_no": "magnet", "mass_g_typ": None}],  # in it, nobody knows how much
        [{"part_no": "magnet", "mass_g_typ": 2.0, "probability": 0.3}],  # perhaps in it
    ],
)
def test_unknown_content_adds_nothing_and_makes_a_lower_bound(content: Rows) -> None:
    stock = [{"part_no": "magnet", "stock_type": "blocked", "quantity": 500}]
    assert found(stock, content=content) == (0, True)


def test_a_material_ruled_out_is_no_doubt() -> None:
    content = [{"part_no": "magnet", "mass_g_typ": 0.0, "probability": 0.0}]
    assert found([{"part_no": "magnet", "stock_type": "blocked", "quantity": 500}], content=content) == (0, False)


def test_a_unit_without_factor_makes_a_lower_bound_of_the_rest() -> None:
    stock = [
        {"part_no": "magnet", "stock_type": "blocked", "quantity": 500},
        {"part_no": "magnet", "stock_type": "blocked", "quantity": 5, "unit": "box", "location": "L2"},
    ]
    assert found(stock) == (pytest.approx(1.0), True)


def test_an_assembly_that_is_not_fully_known_makes_a_lower_bound() -> None:
    stock = [{"part_no": "motor", "stock_type": "returns", "quantity": 250}]
    assert found(stock, partial=["motor"]) == (pytest.approx(1.0), True)


def test_negative_stock_is_nothing_to_recover() -> None:
    assert found([{"part_no": "magnet", "stock_type": "blocked", "quantity": -500}])[0] == 0


def test_without_any_stock_list_the_mass_is_unknown() -> None:
    kg, lower = found([])
    assert math.isnan(kg) and lower
