"""What the judged parts and orders say of one part's runway."""

from typing import Any

import pandas as pd

from riskplug.explain import law_of
from riskplug.plan import RELEASED, Law


def exposures(*rows: dict[str, Any]) -> pd.DataFrame:
    usual = {
        "part_no": "M-1",
        "site": "P1",
        "measure": "m",
        "applies": "yes",
        "measure_status": "in_force",
        "route": "direct",
        "measure_kind": "licence",
        "licence_days": 65.0,
    }
    return pd.DataFrame([{**usual, **row} for row in rows], columns=list(usual))


def orders(*rows: dict[str, Any]) -> pd.DataFrame:
    usual = {"part_no": "M-1", "site": "P1", "po_index": 0, "stopped": True, "licence_state": "applied"}
    return pd.DataFrame([{**usual, **row} for row in rows], columns=list(usual))


def test_the_longest_licence_of_what_catches_the_part_itself_counts() -> None:
    rows = exposures(
        {"licence_days": 65}, {"measure": "n", "licence_days": 120}, {"part_no": "M-2", "licence_days": 200}
    )
    assert law_of("M-1", "P1", orders(), rows) == Law(120.0, ("m", "n"), {}, False)


def test_what_is_unlikely_embedded_or_not_in_force_asks_for_no_licence() -> None:
    rows = exposures({"applies": "unlikely"}, {"route": "embedded"}, {"measure_status": "suspended"})
    assert law_of("M-1", "P1", orders(), rows) == Law()


def test_a_ban_has_no_licence_to_wait_for() -> None:
    rows = exposures({"measure_kind": "ban"})
    assert law_of("M-1", "P1", orders(), rows) == Law(None, ("m",), {}, True)


def test_lines_that_are_stopped_have_the_state_of_their_licence_and_a_ban_beats_every_licence() -> None:
    rows = orders(
        {"po_index": 1, "licence_state": None},
        {"po_index": 1},
        {"po_index": 2},
        {"po_index": 3, "stopped": False},
        {"po_index": 4, "stopped": None},
    )
    assert law_of("M-1", "P1", rows, exposures()).lines == {1: RELEASED, 2: "applied"}
