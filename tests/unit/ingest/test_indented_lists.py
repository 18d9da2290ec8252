"""Indented lists: nothing is hung under the wrong parent, and nothing is counted twice."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskplug.errors import DataRefused
from riskplug.ingest import Inspection, Profile, inspect_file, load_profiles
from riskplug.ingest.extract import Extract
from riskplug.ingest.indented import unfolded, with_parents
from riskplug.ingest.profile import Levels
from tests.examples import examples

LISTS = Path(__file__).parents[2] / "cases" / "ingest" / "lists"
PLUGINS = Path(__file__).parents[3] / "plugins"
Row = tuple[object, ...]


class _Bom:
    """What came of a list: lines as parent, component, quantity."""

    def __init__(
        self, rows: list[Row], *names: str, preamble: tuple[str, ...] = (), profile: Any = None, **levels: Any
    ) -> None:
        names = names or ("level", "part", "quantity")
        columns = {
            name: pa.array([None if row[at] is None else str(row[at]) for row in rows], pa.string())
            for at, name in enumerate(names)
        }
        declared = {"column": "level", "component": "part", "quantity": "quantity"}
        compared = tuple(name for name in names if name in ("unit",))
        self.table, self.lines, self.rejects, self.dropped = with_parents(
            pa.table(columns),
            np.arange(2, len(rows) + 2, dtype=np.int64),
            Levels.model_validate(declared | levels),
            Profile.model_validate({"name": "case", "decimal": ".", **(profile or {})}),
            preamble,
            "bom.csv",
            compared,
        )
        assert len(rows) == self.table.num_rows + len(self.rejects) + sum(self.dropped.values())

    @property
    def bom(self) -> list[tuple[str, str, str]]:
        columns = (self.table.column(name).to_pylist() for name in ("(parent)", "(component)", "(quantity)"))
        return list(zip(*columns, strict=True))

    @property
    def aside(self) -> dict[int, str]:
        return {reject.line: reject.reason for reject in self.rejects}


def test_the_parent_is_the_last_row_one_level_higher() -> None:
    found = _Bom([(0, "P", None), (1, "A", 2), (2, "B", 3), (2, "C", 4), (1, "D", 5), (2, "B", 6)])
    assert found.bom == [("P", "A", "2"), ("A", "B", "3"), ("A", "C", "4"), ("P", "D", "5"), ("D", "B", "6")]
    assert found.table.column("(level)").to_pylist() == ["1", "2", "2", "1", "2"]
    assert found.lines.tolist() == [3, 4, 5, 6, 7]
    assert found.dropped == {"top of the list": 1}


def test_several_products_on_level_0_or_level_1() -> None:
    rows: list[Row] = [(0, "P", None), (1, "A", 2), (0, "Q", None), (1, "A", 3), (2, "B", 4)]
    expected = [("P", "A", "2"), ("Q", "A", "3"), ("A", "B", "4")]
    assert _Bom(rows).bom == expected
    assert _Bom([(int(str(level)) + 1, *rest) for level, *rest in rows]).bom == expected


def test_a_part_twice_under_one_parent_and_again_elsewhere_is_kept_each_time() -> None:
    found = _Bom([(0, "P", None), (1, "A", 1), (2, "B", 1), (2, "B", 1), (1, "B", 1), (1, "B", 2)])
    assert found.bom == [("P", "A", "1"), ("A", "B", "1"), ("A", "B", "1"), ("P", "B", "1"), ("P", "B", "2")]


def test_a_level_jump_sets_the_row_and_what_hangs_below_it_aside_and_keeps_the_others() -> None:
    found = _Bom([(0, "P", None), (1, "A", 1), (3, "B", 1), (4, "C", 1), (3, "D", 1), (2, "E", 1), (1, "F", 1)])
    assert found.bom == [("P", "A", "1"), ("A", "E", "1"), ("P", "F", "1")]
    assert list(found.aside) == [4, 5, 6]
    assert "level 3, and no row of level 2 above it" in found.aside[4]


def test_a_row_is_not_hung_under_a_parent_whose_block_has_ended() -> None:
    found = _Bom([(0, "P", None), (1, "A", 1), (2, "B", 1), (0, "Q", None), (2, "C", 1), (1, "D", 1)])
    assert found.bom == [("P", "A", "1"), ("A", "B", "1"), ("Q", "D", "1")]
    assert list(found.aside) == [6]


def test_after_a_row_without_readable_level_only_what_hangs_under_the_declared_product_is_sure() -> None:
    rows: list[Row] = [(1, "A", 1), ("?", "B", 1), (2, "C", 1), (1, "D", 1), (2, "E", 1)]
    found = _Bom(rows, root_pattern="Material (.*)", preamble=("Material P",))
    assert found.bom == [("P", "A", "1"), ("P", "D", "1"), ("D", "E", "1")]
    assert found.aside[3] == "level '?' cannot be read"
    assert list(found.aside) == [3, 4]


def test_blank_rows_are_left_out_and_doubtful_ones_set_aside() -> None:
    found = _Bom([(0, "P", None), (None, " ", None), (1, "A", 1), (None, None, "page 1"), (1, "B", 1)])
    assert found.bom == [("P", "A", "1"), ("P", "B", "1")]
    assert found.dropped == {"top of the list": 1, "blank row": 1}
    assert found.aside == {5: "level '' cannot be read"}


def test_a_component_without_number_is_passed_on_but_is_no_parent() -> None:
    found = _Bom([(0, "P", None), (1, None, 1), (2, "B", 1), (1, "C", 1)])
    assert found.bom == [("P", None, "1"), ("P", "C", "1")]
    assert found.aside == {4: "its parent on line 3 has no part number"}


@pytest.mark.parametrize(
    ("marks", "texts"),
    [
        ("number", ["0", " 1", "2 ", "1"]),
        ("dots", ["0", ".1", "..2", ".1"]),
        ("dots", ["0", ".", "..", "."]),
        ("blanks", ["+", "  +", "    +", "  +"]),
        ("blanks", [" 0", "    1", "       2", "    1"]),
    ],
)
def test_levels_by_number_dots_and_blanks(marks: str, texts: list[str]) -> None:
    rows: list[Row] = [(text, part, 1) for text, part in zip(texts, "PABC", strict=True)]
    assert _Bom(rows, marks=marks).bom == [("P", "A", "1"), ("A", "B", "1"), ("P", "C", "1")]


@pytest.mark.parametrize(
    ("marks", "parts"),
    [
        ("indent", ["P", "   A", "      B", "   C"]),
        ("indent", [" P", " \u00a0\u00a0A", " \u00a0\u00a0\u00a0\u00a0B", " \u00a0\u00a0C"]),
        ("dots", ["P", ".A", "..B", ".C"]),
    ],
)
def test_levels_inside_the_part_number_are_taken_off_it(marks: str, parts: list[str]) -> None:
    rows: list[Row] = [(part, 1) for part in parts]
    found = _Bom(rows, "part", "quantity", column="part", marks=marks)
    assert found.bom == [("P", "A", "1"), ("A", "B", "1"), ("P", "C", "1")]


def test_an_indent_that_jumps_is_no_level() -> None:
    rows: list[Row] = [("P", 1), ("  A", 1), ("      B", 1), ("  C", 1)]
    found = _Bom(rows, "part", "quantity", column="part", marks="indent")
    assert found.bom == [("P", "A", "1"), ("P", "C", "1")] and list(found.aside) == [4]


def test_dots_that_contradict_their_number_cannot_be_read_but_deep_levels_have_too_few() -> None:
    found = _Bom([("0", "P", None), (".1", "A", 1), (".2", "B", 1)], marks="dots")
    assert found.aside == {4: "level '.2' cannot be read"}
    deep: list[Row] = [("." * min(level, 9) + str(level), f"N{level}", 1) for level in range(13)]
    assert len(_Bom(deep, marks="dots").bom) == 12


def test_the_product_is_named_in_a_column_and_may_change() -> None:
    rows: list[Row] = [("P", 1, "A", 1), ("P", 2, "B", 1), ("Q", 2, "C", 1), ("Q", 1, "B", 1), (None, 1, "D", 1)]
    found = _Bom(rows, "top", "level", "part", "quantity", root_column="top")
    assert found.bom == [("P", "A", "1"), ("A", "B", "1"), ("Q", "B", "1")]
    assert found.aside == {
        4: "level 2, and no row of level 1 above it is surely its parent",
        6: "no product for a row of level 1",
    }


def test_a_declared_product_that_is_blank_everywhere_is_not_made_up_from_the_rows() -> None:
    found = _Bom([(None, 1, "A", 1), (None, 2, "B", 1)], "top", "level", "part", "quantity", root_column="top")
    assert found.bom == [] and list(found.aside) == [2, 3]


def test_the_product_named_in_the_title_may_have_a_row_too() -> None:
    title = {"root_pattern": r"Material\s+(\S+)", "preamble": ("List", "Material  P")}
    expected = [("P", "A", "1"), ("A", "B", "2")]
    assert _Bom([(1, "A", 1), (2, "B", 2)], **title).bom == expected
    assert _Bom([(0, "P", 9), (1, "A", 1), (2, "B", 2)], **title).bom == expected
    assert _Bom([(1, "P", 9), (2, "A", 1), (3, "B", 2)], **title).bom == expected
    with pytest.raises(DataRefused, match="no product in the title"):
        _Bom([(1, "A", 1)], root_pattern="Material (.*)", preamble=("another title",))


def test_a_title_of_each_product_counts_for_the_rows_below_it() -> None:
    rows: list[Row] = [("P", 1, "A", 1), ("Q", 1, "B", 1)]
    found = _Bom(rows, "(root)", "level", "part", "quantity", root_pattern="Material (.*)")
    assert found.bom == [("P", "A", "1"), ("Q", "B", "1")]
    assert "(root)" not in found.table.column_names


@pytest.mark.parametrize(
    ("rows", "levels", "reason"),
    [
        ([(None, "P", 1), (None, "A", 2)], {}, "no row has a level"),
        ([("x", "P", 1), ("1.1", "A", 2)], {}, "no row has a level"),
        ([(1, "P", 1), (1, "A", 2)], {}, "all 2 rows stand on level 1"),
        ([(1, "P", 1), (1, "A", 2)], {"root_pattern": "Material (.*)"}, "the product itself among them"),
        ([(1, "A", 1)], {"column": "Stufe"}, "no column 'Stufe' for the levels"),
    ],
)
def test_a_list_without_levels_or_a_consolidated_one_is_refused(
    rows: list[Row], levels: dict[str, Any], reason: str
) -> None:
    with pytest.raises(DataRefused, match=reason):
        _Bom(rows, preamble=("Material P",), **levels)


def test_a_single_level_bom_of_a_named_product_is_one() -> None:
    found = _Bom([(1, "A", 1), (1, "B", 2)], root_pattern="Material (.*)", preamble=("Material P",))
    assert found.bom == [("P", "A", "1"), ("P", "B", "2")]


def test_a_row_on_level_1_without_product_and_parts_is_no_product() -> None:
    found = _Bom([(1, "P", None), (2, "A", 1), (1, "Q", 1)])
    assert found.bom == [("P", "A", "1")]
    assert "declare `root_column`" in found.aside[4]


def test_an_empty_list_stays_empty() -> None:
    assert _Bom([]).bom == []
    assert _Bom([], root_pattern="(x)", quantities="exploded", required_pattern="(x)").bom == []


# --- quantities


EXPLODED = {"quantities": "exploded", "root_pattern": "Material (.*)", "required_pattern": r"Qty ([\d.]+)"}


def test_exploded_quantities_are_divided_by_those_of_their_parents_and_by_the_required_quantity() -> None:
    rows: list[Row] = [(1, "A", 20), (2, "B", 60), (3, "C", 15), (1, "D", 5)]
    found = _Bom(rows, preamble=("Material P", "Qty 10"), **EXPLODED)
    # 20/10, 60/20, 15/60, 5/10
    assert found.bom == [("P", "A", "2"), ("A", "B", "3"), ("B", "C", "0.25"), ("P", "D", "0.5")]


def test_exploded_quantities_are_written_with_the_decimal_mark_of_the_profile() -> None:
    rows: list[Row] = [(1, "A", "1.000,000"), (2, "B", "2,500"), (2, "C", "500,000-")]
    german = {"decimal": ",", "thousands": ".", "sign": "trailing"}
    title = {"quantities": "exploded", "root_pattern": "Material (.*)", "required_pattern": r"Menge ([\d.,]+)"}
    found = _Bom(rows, preamble=("Material P", "Menge 1.000,000"), profile=german, **title)
    assert found.bom == [("P", "A", "1"), ("A", "B", "0,0025"), ("A", "C", "-0,5")]


def test_without_a_title_the_quantity_of_the_products_row_counts_and_blank_is_one() -> None:
    rows: list[Row] = [(0, "P", 4), (1, "A", 8), (0, "Q", None), (1, "A", 3)]
    assert _Bom(rows, quantities="exploded").bom == [("P", "A", "2"), ("Q", "A", "3")]


def test_rows_below_a_parent_of_zero_or_unknown_quantity_are_set_aside() -> None:
    rows: list[Row] = [
        (1, "A", 0),
        (2, "B", 0),
        (1, "C", "many"),
        (2, "D", 1),
        (1, "E", None),
        (2, "F", 2),
        (1, "G", 2),
    ]
    found = _Bom(rows, preamble=("Material P", "Qty 2"), **EXPLODED)
    assert found.bom == [("P", "A", "0"), ("P", "E", None), ("P", "G", "1")]
    assert found.aside == {
        3: "the quantity of its parent on line 2 is zero",
        4: "text instead of a number: many",
        5: "the quantity of its parent on line 4 is unknown",
        7: "the quantity of its parent on line 6 is unknown",
    }


@pytest.mark.parametrize(
    ("title", "reason"), [("no quantity", "no required quantity"), ("Qty 0", "quantity of '0'"), ("Qty .", "'.'")]
)
def test_a_required_quantity_that_cannot_be_used_refuses_the_list(title: str, reason: str) -> None:
    with pytest.raises(DataRefused, match=reason):
        _Bom([(1, "A", 1)], preamble=("Material P", title), **EXPLODED)


def test_a_huge_or_tiny_quantity_is_no_traceback() -> None:
    rows: list[Row] = [(1, "A", "1e-300"), (2, "B", "1e300"), (1, "C", "1e400"), (1, "D", "NaN")]
    found = _Bom(rows, preamble=("Material P", "Qty 1"), **EXPLODED)
    assert found.bom == [("P", "A", "1e-300"), ("A", "B", "inf")]
    assert [reason.split(":")[0] for reason in found.aside.values()] == ["number too large", "not a finite number"]


# --- sub-assemblies that are listed again


def test_the_parts_of_a_sub_assembly_are_taken_once_however_often_it_is_listed() -> None:
    sub: list[Row] = [(2, "B", 2), (3, "C", 3), (2, "D", 4)]
    found = _Bom([(0, "P", None), (1, "A", 1), *sub, (1, "E", 1), (1, "A", 5), *sub])
    assert found.bom == [
        ("P", "A", "1"),
        ("A", "B", "2"),
        ("B", "C", "3"),
        ("A", "D", "4"),
        ("P", "E", "1"),
        ("P", "A", "5"),
    ]
    assert found.dropped == {"top of the list": 1, "repeated sub-assembly": 3}


def test_the_order_of_the_parts_and_the_spelling_of_their_numbers_make_no_difference() -> None:
    rows: list[Row] = [(0, "P", None), (1, "A", 1), (2, "B", 2), (2, "C", 3), (1, "A", 1), (2, "C", "3.0"), (2, "B", 2)]
    assert _Bom(rows).dropped == {"top of the list": 1, "repeated sub-assembly": 2}


@pytest.mark.parametrize(
    "again",
    [
        [(2, "B", 2, "pc")],
        [(2, "B", 2, "pc"), (2, "C", 9, "g")],
        [(2, "B", 2, "pc"), (2, "D", 3, "g")],
        [(2, "B", 2, "pc"), (2, "C", 3, "kg")],
        [(2, "B", 2, "pc"), (2, "C", 3, "g"), (2, "C", 3, "g")],
        [(2, "B", 2, "pc"), (2, "C", "x", "g")],
    ],
)
def test_parts_that_differ_from_those_first_listed_are_set_aside(again: list[Row]) -> None:
    first: list[Row] = [(2, "B", 2, "pc"), (2, "C", 3, "g")]
    rows: list[Row] = [(0, "P", None, None), (1, "A", 1, "pc"), *first, (1, "A", 1, "pc"), *again]
    found = _Bom(rows, "level", "part", "quantity", "unit")
    assert found.bom == [("P", "A", "1"), ("A", "B", "2"), ("A", "C", "3"), ("P", "A", "1")]
    assert set(found.aside.values()) == {"not the parts of A listed first, from line 4 on"}
    assert list(found.aside) == list(range(7, 7 + len(again)))


def test_an_assembly_whose_parts_are_not_listed_again_is_no_difference() -> None:
    found = _Bom([(0, "P", None), (1, "A", 1), (2, "B", 2), (1, "A", 1)])
    assert found.rejects == [] and len(found.bom) == 3


def test_rounded_totals_of_one_sub_assembly_are_no_difference() -> None:
    # 0.333 for one piece: 3 pieces print 0.999 or 1.000, as they are rounded
    rows: list[Row] = [(1, "A", "1.000"), (2, "B", "0.333"), (1, "A", "3.000"), (2, "B", "1.000")]
    assert _Bom(rows, preamble=("Material P", "Qty 1"), **EXPLODED).dropped == {"repeated sub-assembly": 1}
    whole: list[Row] = [(1, "A", "1"), (2, "B", "2"), (1, "A", "3"), (2, "B", "7")]
    assert list(_Bom(whole, preamble=("Material P", "Qty 1"), **EXPLODED).aside) == [5]


def _extract(name: str, rows: list[Row], preamble: tuple[str, ...] = ()) -> Extract:
    columns = {
        column: pa.array([None if row[at] is None else str(row[at]) for row in rows], pa.string())
        for at, column in enumerate(("level", "part", "quantity", "unit"))
    }
    lines = np.arange(2, len(rows) + 2, dtype=np.int64)
    return Extract(name, pa.table(columns), lines, "", 0, dropped={"blank line": 1}, preamble=preamble)


def test_a_sub_assembly_that_several_files_list_is_taken_from_the_first() -> None:
    levels = Levels(column="level", component="part", quantity="quantity")
    sub: list[Row] = [(2, "B", 2, "pc"), (2, "C", "3.0", "g")]
    extracts = [
        _extract("p.csv", [(0, "P", None, None), (1, "A", 1, "pc"), (2, "C", 3, "g"), (2, "B", 2, "pc")]),
        _extract("q.csv", [(0, "Q", None, None), (1, "A", 7, "pc"), *sub]),
        _extract("r.csv", [(0, "R", None, None), (1, "A", 8, "pc"), (2, "B", 2, "pc"), (2, "C", 3, "kg")]),
        _extract("empty.csv", []),
    ]
    found = unfolded(extracts, levels, Profile(name="case", decimal="."), ("unit",))
    lines = [
        list(zip(*(each.columns.column(name).to_pylist() for name in ("(parent)", "(component)")), strict=True))
        for each in found
    ]
    assert lines == [[("P", "A"), ("A", "C"), ("A", "B")], [("Q", "A")], [("R", "A")], []]
    assert found[1].dropped == {"blank line": 1, "top of the list": 1, "repeated sub-assembly": 2}
    assert [(each.line, each.value) for each in found[2].rejects] == [(4, "B"), (5, "C")]
    assert {each.reason for each in found[2].rejects} == {"not the parts listed first, in p.csv from line 4 on"}


# --- hostile lists


def test_a_part_under_itself_is_kept_for_the_graph_to_report() -> None:
    found = _Bom([(0, "P", None), (1, "A", 1), (2, "P", 1), (3, "A", 1), (4, "P", 1), (1, "B", 1)])
    assert ("A", "P", "1") in found.bom
    self_made = _Bom([(0, "P", None), (1, "P", 1), (1, "A", 1)])
    assert self_made.bom == [("P", "P", "1"), ("P", "A", "1")]


def test_1500_levels_and_200000_rows_are_read() -> None:
    chain: list[Row] = [(level, f"N{level}", 1) for level in range(1_501)]
    found = _Bom(chain)
    assert found.bom[-1] == ("N1499", "N1500", "1") and len(found.bom) == 1_500
    wide: list[Row] = [(1 + at % 5, f"N{at}", 1) for at in range(200_000)]
    assert len(_Bom([(0, "P", None), *wide]).bom) == 200_000


def test_a_component_of_200_kb_is_read_and_shortened_where_it_is_set_aside() -> None:
    long = "x" * 200_000
    found = _Bom([(0, "P", None), (1, long, 1), (3, long, 1)])
    assert found.bom == [("P", long, "1")]
    assert len(found.rejects[0].value) == 200


def _by_hand(levels: list[int]) -> list[int | None]:
    """The slow, obvious way: walk up from each row to the nearest row above that stands higher."""
    parents: list[int | None] = []
    placed: list[bool] = []
    for at, level in enumerate(levels):
        above = next((row for row in range(at - 1, -1, -1) if levels[row] < level), None)
        fits = above is not None and levels[above] == level - 1 and placed[above]
        placed.append(level == min(levels) or fits)
        parents.append(above if fits else None)
    return parents


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(st.integers(0, 5), min_size=2, max_size=40))
def test_parents_are_those_found_by_walking_up_the_list(levels: list[int]) -> None:
    levels = [0, *levels]
    rows: list[Row] = [(level, f"N{at}", 1) for at, level in enumerate(levels)]
    if len(set(levels)) == 1:
        return
    expected = [(f"N{parent}", f"N{at}", "1") for at, parent in enumerate(_by_hand(levels)) if parent is not None]
    assert _Bom(rows).bom == expected


_BOMS = st.dictionaries(
    st.integers(0, 6), st.lists(st.tuples(st.integers(1, 7), st.integers(1, 5)), min_size=1, max_size=4), min_size=1
)


def _listed(bom: dict[int, list[tuple[int, int]]], part: int, level: int, total: int, exploded: bool) -> list[Row]:
    rows: list[Row] = []
    for child, quantity in bom.get(part, []):
        rows.append((level, f"N{child}", total * quantity if exploded else quantity))
        rows += _listed(bom, child, level + 1, total * quantity, exploded)
    return rows


@settings(max_examples=examples(200), deadline=None)
@given(_BOMS, st.booleans(), st.integers(1, 1000))
def test_a_bom_that_was_listed_with_all_levels_comes_back_line_by_line(
    drawn: dict[int, list[tuple[int, int]]], exploded: bool, required: int
) -> None:
    bom = {part: [(child, quantity) for child, quantity in lines if child > part] for part, lines in drawn.items()}
    rows = _listed(bom, 0, 1, required, exploded)
    title = ("Material N0", f"Qty {required}")
    levels = {**EXPLODED, "quantities": "exploded" if exploded else "per_parent"}
    found = _Bom(rows, preamble=title, **levels) if rows else _Bom([])
    reached, queue = set(), [0]
    while queue:
        part = queue.pop()
        queue += [child for child, _ in bom.get(part, ()) if part not in reached]
        reached.add(part)
    expected = [(f"N{part}", f"N{child}", str(quantity)) for part in reached for child, quantity in bom.get(part, ())]
    assert sorted(found.bom) == sorted(expected)
    assert found.rejects == []


@settings(max_examples=examples(200), deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["0", "1", "2", "3", ".1", "..2", "", "x", " 2", "999999999"]),
            st.sampled_from(["A", "B", "C", "", " B", "P"]),
            st.sampled_from(["1", "2.5", "", "x", "0", "1e400", "NaN"]),
        ),
        max_size=25,
    ),
    st.sampled_from(["number", "dots", "blanks", "indent"]),
    st.sampled_from(["per_parent", "exploded"]),
    st.booleans(),
)
def test_any_list_ends_in_lines_rejects_counts_or_a_refusal(
    rows: list[Row], marks: str, quantities: str, titled: bool
) -> None:
    title = {"root_pattern": "Material (.*)", "preamble": ("Material P",)} if titled else {}
    try:
        _Bom(rows, marks=marks, quantities=quantities, **title)
    except DataRefused:
        return


# --- profiles, on lists of their own shape


def _inspect(name: str, profile: str, folder: Path) -> Inspection:
    profiles = load_profiles(path for plugin in ("sap", "plm") for path in sorted((PLUGINS / plugin).glob("*.yaml")))
    file = folder / name
    file.write_bytes((LISTS / name).read_text().encode("cp1252"))
    return inspect_file("bom_lines", [file], profiles[profile], None, date(2025, 4, 28))


def _lines(read: Inspection) -> list[tuple[str, str, float, str]]:
    names = ("parent", "component", "quantity", "unit")
    return list(zip(*(read.rows[name].astype("object").tolist() for name in names), strict=True))


def test_cs12_gives_single_level_lines_for_one_piece_of_each_parent(tmp_path: Path) -> None:
    read = _inspect("cs12_de.txt", "sap-cs12", tmp_path)
    assert _lines(read) == [
        ("P-100", "A-200", 1, "pc"),
        ("A-200", "M-310", 8, "pc"),
        ("A-200", "L-320", 0.0025, "kg"),
        ("P-100", "A-210", 1, "pc"),
        ("A-210", "M-310", 4, "pc"),
        ("P-100", "S-400", 12, "pc"),
        ("P-101", "A-200", 2, "pc"),
        ("P-101", "S-400", 12, "pc"),
    ]
    assert read.verdict == "accepted"
    assert read.dropped["repeated sub-assembly"] == 3 and read.dropped["Komponentennummer is blank"] == 1


def test_cs12_with_english_titles_and_numbers(tmp_path: Path) -> None:
    read = _inspect("cs12_en.txt", "sap-cs12-en", tmp_path)
    assert _lines(read) == [
        ("P-100", "A-200", 1, "pc"),
        ("A-200", "M-310", 8, "pc"),
        ("A-200", "L-320", 102.55, "g"),
    ]


def test_a_plm_list_gives_single_level_lines(tmp_path: Path) -> None:
    read = _inspect("plm_windchill.csv", "plm-indented", tmp_path)
    assert _lines(read) == [
        ("P-100", "A-200", 1, "pc"),
        ("A-200", "M-310", 8, "pc"),
        ("A-200", "L-320", 2.5, "g"),
        ("P-100", "C-500", 1, "pc"),
        ("C-500", "R-610", 1, "pc"),
        ("C-500", "R-610", 1, "pc"),
        ("C-500", "M-310", 1, "pc"),
        ("P-100", "A-210", 1, "pc"),
        ("A-210", "A-200", 1, "pc"),
        ("P-100", "S-400", 12, "pc"),
        ("P-100", "S-402", 4, "pc"),
    ]
    assert read.dropped == {"top of the list": 1, "repeated sub-assembly": 2}
    assert read.quarantine[["line", "value"]].values.tolist() == [[15, "S-401"]]


def test_a_consolidated_plm_list_is_refused(tmp_path: Path) -> None:
    read = _inspect("plm_consolidated.csv", "plm-indented", tmp_path)
    assert [item.reason for item in read.refused] == ["all 3 rows stand on level 1"]


def test_what_follows_an_unreadable_line_is_not_hung_under_an_older_parent(tmp_path: Path) -> None:
    """Line 4 may have been the assembly of line 5, or a product of its own: nothing after it is surely TOP's."""
    text = "Level,Number,Quantity\n0,TOP,1\n1,SUB-1,1\n1,SUB-2,1,too many\n2,C,4\n1,SUB-3,1\n0,NEXT,1\n1,E,2\n"
    (tmp_path / "bom.csv").write_text(text)
    profile = load_profiles(sorted((PLUGINS / "plm").glob("*.yaml")))["plm-indented"]
    read = inspect_file("bom_lines", [tmp_path / "bom.csv"], profile, None, date(2025, 4, 28)).document()
    assert [(row["parent"], row["component"]) for row in read["rows"]] == [("TOP", "SUB-1"), ("NEXT", "E")]
    assert sorted(entry["line"] for entry in read["quarantined"]) == [4, 5, 6]
