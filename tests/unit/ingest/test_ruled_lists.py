"""Unconverted lists: every line is a row, a reject or counted, and a bar in a text is text."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskplug.errors import DataRefused
from riskplug.ingest import Inspection, Profile, inspect_file, load_profiles
from riskplug.ingest.delimited import Delimited
from riskplug.ingest.profile import TableRule
from riskplug.ingest.ruled import read_ruled
from tests.examples import examples

LISTS = Path(__file__).parents[2] / "cases" / "ingest" / "lists"
PLUGINS = Path(__file__).parents[3] / "plugins"
LINE = "-" * 27
HEAD = f"{LINE}\n|Material  |Text    | Menge|\n{LINE}\n"
STOCK = {"columns": {"part_no": "Material", "quantity": "Menge"}}


def _read(text: str, rule: dict[str, Any] | None = None, encoding: str = "utf-8", **settings: Any) -> Delimited:
    profile = Profile.model_validate({"name": "case", "reader": "ruled", "encoding": encoding, **settings})
    return read_ruled(text.encode(encoding), profile, TableRule.model_validate(rule or STOCK), "list.txt")


def _row(material: str, text: str, quantity: object) -> str:
    return f"|{material:<10}|{text:<8}|{quantity:>6}|\n"


def _cells(found: Delimited) -> list[tuple[str, ...]]:
    return [tuple(cell.strip() for cell in row.values()) for row in found.columns.to_pylist()]


def _lines_accounted_for(found: Delimited) -> int:
    return found.above + found.columns.num_rows + len(found.rejects) + sum(found.dropped.values())


def test_rows_are_cut_at_the_bars_of_the_header_and_titles_and_totals_left_out() -> None:
    text = (
        "28.04.2025    Bestand\n\n"
        + HEAD
        + _row("A-1", "groß", "5")
        + _row("*", "", "5")
        + LINE
        + "\n\f28.04.2025    Bestand\n\n"
        + HEAD
        + _row("A-2", "", "7-")
        + "**  Summe  12\n"
        + LINE
        + "\n\n2 Sätze\n"
    )
    found = _read(text)
    assert _cells(found) == [("A-1", "groß", "5"), ("A-2", "", "7-")]
    assert found.lines.tolist() == [6, 14]
    assert found.preamble[0] == "28.04.2025    Bestand"
    assert found.above == 4  # up to the header
    assert found.dropped == {"title": 2, "rule line": 5, "blank line": 2, "repeated header": 1, "total row": 2}
    assert _lines_accounted_for(found) == 18


def test_a_bar_inside_a_text_is_text() -> None:
    found = _read(HEAD + _row("A|1", "4 | 5 |6", "5") + LINE + "\n")
    assert _cells(found) == [("A|1", "4 | 5 |6", "5")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("|A-1       |text too long here|     5|", "bars"),
        ("|A-1       |short|     5|", "bars"),
        ("|A-1       |Text    |     5|  x", "bars"),
        ("x|A-1      |Text    |     5|", "bars"),
        ("stray text", "text between the rows"),
    ],
)
def test_a_line_that_does_not_fit_the_header_is_set_aside_by_its_line(row: str, reason: str) -> None:
    found = _read(HEAD + _row("A-0", "", "1") + row + "\n" + _row("A-2", "", "2") + LINE + "\n")
    assert [cells[0] for cells in _cells(found)] == ["A-0", "A-2"]
    assert [(reject.line, reject.value) for reject in found.rejects] == [(5, row)]
    assert reason in found.rejects[0].reason


def test_a_list_without_outer_bars_has_columns_before_the_first_and_behind_the_last() -> None:
    found = _read("---\nMaterial|Text|Menge\n---\nA-1     |x   |    5\nA-2     |y\nB 12    |a|b |   67\n")
    assert _cells(found) == [("A-1", "x", "5"), ("B 12", "a|b", "67")]
    assert [reject.line for reject in found.rejects] == [5]


def test_text_in_the_margin_of_an_indented_list_is_no_part_of_a_row() -> None:
    text = "  ----------------\n  |Material|Menge|\n  ----------------\n  |A-1     |    5|\nx |A-2     |    6|\n"
    found = _read(text)
    assert _cells(found) == [("A-1", "5")]
    assert [reject.line for reject in found.rejects] == [5]


def test_a_page_break_ends_a_table_that_no_rule_line_closes() -> None:
    found = _read(HEAD + _row("A-1", "", "1") + "\fBestand  2\n" + HEAD + _row("A-2", "", "2"))
    assert [cells[0] for cells in _cells(found)] == ["A-1", "A-2"]
    assert found.rejects == () and found.dropped["title"] == 1


def test_rule_lines_between_groups_and_crosses_in_them_are_no_rows() -> None:
    cross = "+----------+--------+------+\n"
    head = cross + "|Material  |Text    | Menge|\n" + cross
    found = _read(head + _row("A-1", "", "1") + cross + _row("A-2", "-", "2") + cross)
    assert [cells[0] for cells in _cells(found)] == ["A-1", "A-2"]
    assert found.dropped == {"rule line": 3}


def test_a_selection_column_without_name_and_content_is_left_out_and_one_with_content_kept() -> None:
    blank = "----------------\n| |Material|Menge|\n----------------\n| |A-1     |    1|\n"
    assert _read(blank).columns.column_names == ["Material", "Menge"]
    marked = blank + "|X|A-2     |    2|\n"
    assert _read(marked).columns.column_names == ["(column 1)", "Material", "Menge"]


def test_a_framed_title_is_no_header_and_no_row_on_any_page() -> None:
    title = f"{LINE}\n| Werk DE01 | Seite 1 |\n{LINE}\n"
    text = title + HEAD + _row("A-1", "", "1") + "\f" + title.replace("1 |", "2 |") + HEAD + _row("A-2", "", "2")
    found = _read(text)
    assert [cells[0] for cells in _cells(found)] == ["A-1", "A-2"]
    assert found.rejects == () and found.dropped["title"] == 1


def test_the_header_is_the_line_that_names_the_columns_of_the_profile() -> None:
    title = f"{LINE}\n| Material   | alle | x | y |\n{LINE}\n"
    assert _cells(_read(title + HEAD + _row("A-1", "", "1"))) == [("A-1", "", "1")]


def test_skip_until_names_the_header_by_one_column() -> None:
    first = f"{LINE}\n|Material|Menge|\n{LINE}\n"
    found = _read(first + HEAD + _row("A-1", "", "1"), {**STOCK, "skip_until": "Text"})
    assert _cells(found) == [("A-1", "", "1")]
    with pytest.raises(DataRefused, match="no header with a column 'Charge'"):
        _read(HEAD + _row("A-1", "", "1"), {**STOCK, "skip_until": "Charge"})


def test_columns_with_the_same_title_are_told_apart_by_their_place() -> None:
    found = _read("---------\n|A|ME|B|ME|\n---------\n|1|KG|2|ST|\n", {"columns": {"part_no": "A"}})
    assert found.columns.column_names == ["A", "ME (column 2)", "B", "ME (column 4)"]


def test_a_header_of_two_lines_gives_names_of_two_words() -> None:
    head = f"{LINE}\n|Material  |Text    | Freie|\n|          |        | Menge|\n{LINE}\n"
    found = _read(head + _row("A-1", "x", "5") + "\f" + head + _row("A-2", "y", "6"), {**STOCK, "header_rows": 2})
    assert found.columns.column_names == ["Material", "Text", "Freie Menge"]
    assert _cells(found) == [("A-1", "x", "5"), ("A-2", "y", "6")]
    assert found.dropped == {"rule line": 3, "repeated header": 2}


def test_a_list_without_a_header_reads_by_declared_names() -> None:
    rule = {**STOCK, "names": ["Material", "Text", "Menge"]}
    rows = _row("A-1", "a | b", "1") + _row("A-2", "", "2") + _row("A-3", "", "3")
    found = _read("Lagerspiegel\n" + rows, rule)
    assert _cells(found) == [("A-1", "a | b", "1"), ("A-2", "", "2"), ("A-3", "", "3")]
    selected = _read(rows.replace("|A", "| |A"), rule)
    assert selected.columns.column_names == ["Material", "Text", "Menge"]
    broken = _read("|A-0|broken\n" + rows, rule)
    assert [reject.line for reject in broken.rejects] == [1]
    assert _lines_accounted_for(broken) == 4
    with pytest.raises(DataRefused, match="no line with the 4 columns"):
        _read(rows.replace(" | ", "   "), {**STOCK, "names": ["a", "b", "c", "d"]})


def test_the_profile_drops_lines_of_its_own_and_they_are_counted_by_pattern() -> None:
    drop = [{"line": r"^\|Summe"}, {"line": "Sätze$"}]
    text = HEAD + _row("A-1", "", "1") + _row("Summe", "", "1") + LINE + "\n1 Sätze\n"
    found = _read(text, {**STOCK, "drop_rows": drop})
    assert found.dropped == {"rule line": 2, r"line matches ^\|Summe": 1, "line matches Sätze$": 1}


@pytest.mark.parametrize("encoding", ["cp932", "gb18030", "utf-8", "utf-16"])
def test_east_asian_characters_take_two_columns_where_the_screen_gave_them_two(encoding: str) -> None:
    head = f"{LINE}\n|品目      |テキスト| 数量 |\n{LINE}\n"  # 27 columns each
    rows = "|A-1       |磁石|x  |     5|\n|A-2       |plain   |     7|\n|磁石      |        |     9|\n"
    found = _read(head + rows + LINE + "\n", {"columns": {"part_no": "品目", "quantity": "数量"}}, encoding)
    assert _cells(found) == [("A-1", "磁石|x", "5"), ("A-2", "plain", "7"), ("磁石", "", "9")]
    by_characters = _read(HEAD + "|A-1       |磁石    |     5|\n", encoding=encoding)
    assert _cells(by_characters) == [("A-1", "磁石", "5")]


TABS = "28.04.2025\tDynamische Listenausgabe\t1\n\n\tMaterial\tText\tMenge\n\n"


def test_a_list_saved_with_tabs_has_its_header_below_date_and_title() -> None:
    text = TABS + "\tA-1\ta | b\t5\n\tA-2\ttab\tinside\t6\n\t*\t\t5\n" + TABS + "\tA-3\t\t7\n"
    found = _read(text, delimiter="\t")
    assert _cells(found) == [("A-1", "a | b", "5"), ("A-3", "", "7")]
    assert [(reject.line, reject.reason) for reject in found.rejects] == [(6, "too many fields: 5 instead of 4")]
    assert found.dropped == {"blank line": 3, "total row": 1, "title": 1, "repeated header": 1}
    assert _lines_accounted_for(found) == 12


@pytest.mark.parametrize(
    ("text", "reason", "fix"),
    [
        ("nothing here\n", "no header", "export it again"),
        ("|Material|Menge|\n|A-1     |    5|\n", "no header beside a rule line", "export it again"),
        (TABS + "\tA-1\t\t5\n", "no header", "delimiter"),
        (HEAD + _row("A-1", "", "1") + "|A-2       |Te", "ends in the middle of a row", "transfer"),
        (HEAD + _row("A-1", "", "1") + "|*", "ends in the middle of a row", "transfer"),
        (HEAD + _row("A-1", "", "1") + "|", "ends in the middle of a row", "transfer"),
        (LINE + "\n|Material  |Te", "ends with its header", "transfer"),
        (HEAD + _row("A-1", "", "1") + "|Material |Text    |  Menge|\n", "header changes", "one layout"),
        (HEAD + _row("A-1", "", "1") + HEAD.replace("Material", "Menge   "), "header changes", "one layout"),
        (HEAD + _row("A-1", "", "1\0"), "NUL byte", "export"),
    ],
)
def test_a_list_that_cannot_be_trusted_as_a_whole_is_refused(text: str, reason: str, fix: str) -> None:
    with pytest.raises(DataRefused, match=reason) as refused:
        _read(text)
    assert fix in refused.value.fix


def test_a_tab_list_that_breaks_off_is_refused_and_one_with_bars_named() -> None:
    with pytest.raises(DataRefused, match="ends in the middle of a row"):
        _read(TABS + "\tA-1\t\t5\n\tA-2\t", delimiter="\t")
    with pytest.raises(DataRefused, match="no header") as refused:
        _read(HEAD, delimiter="\t")
    assert "bars" in refused.value.fix


def test_header_lines_with_different_bars_are_refused() -> None:
    with pytest.raises(DataRefused, match="do not have the same columns"):
        _read(f"{LINE}\n|Material|Menge|\n|Mat|Men|\n{LINE}\n|A|1|\n", {**STOCK, "header_rows": 2})


def test_a_row_that_stands_above_the_first_header_is_set_aside() -> None:
    found = _read(_row("A-0", "", "1") + HEAD + _row("A-1", "", "1"))
    assert [(reject.line, reject.reason) for reject in found.rejects] == [(1, "a row above the first header")]
    assert _lines_accounted_for(found) == 5


def test_a_cell_of_200_kb_is_read() -> None:
    wide = "x" * 200_000
    text = f"----\n|Material|{'Text':<200000}|Menge|\n----\n|A-1     |{wide}|    5|\n"
    assert _cells(_read(text)) == [("A-1", wide, "5")]


# --- every line is accounted for


def _any_row() -> st.SearchStrategy[str]:
    word = st.text(st.sampled_from("AB12|*-= ü磁\t"), max_size=8)
    return st.builds(lambda a, b, c: f"|{a:<10.10}|{b:<8.8}|{c:>6.6}|", word, word, word)


_LINES = st.one_of(
    _any_row(),
    st.sampled_from([*HEAD.splitlines(), "", "\f", "\f" + LINE, "Bestand 1", "* 5", "|*  |", "|A|B|", "|", "   "]),
    st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=30),
)


@settings(max_examples=examples(300), deadline=None)
@given(
    st.lists(_LINES, max_size=30),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["", "\n"]),
    st.sampled_from(["|", "\t"]),
    st.sampled_from([(), ("Material", "Text", "Menge")]),
)
def test_any_text_ends_in_rows_rejects_counts_or_a_refusal(
    lines: list[str], newline: str, end: str, delimiter: str, names: Sequence[str]
) -> None:
    text = newline.join([*HEAD.splitlines(), *lines]) + end
    try:
        found = _read(text, {**STOCK, "names": names}, delimiter=delimiter)
    except DataRefused:
        return
    expected = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert _lines_accounted_for(found) == len(expected) - (not expected[-1])
    assert sorted(found.lines.tolist()) == found.lines.tolist()
    assert not {reject.line for reject in found.rejects} & set(found.lines.tolist())


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(st.tuples(st.text("AB|- ü", max_size=8), st.integers(0, 999_999)), max_size=20), st.integers(1, 6))
def test_every_row_of_a_list_comes_back_wherever_its_pages_break(rows: list[tuple[str, int]], length: int) -> None:
    pages = [rows[at : at + length] for at in range(0, len(rows), length)] or [[]]
    text = "\f".join(
        f"Bestand {number}\n\n" + HEAD + "".join(_row("M", cell, amount) for cell, amount in page) + LINE + "\n"
        for number, page in enumerate(pages)
    )
    found = _read(text)
    assert _cells(found) == [("M", cell.strip(), str(amount)) for cell, amount in rows]
    assert found.rejects == ()
    assert found.dropped.get("repeated header", 0) == len(pages) - 1


# --- the profiles of the SAP plugin, on lists of their own shape


def _inspect(name: str, table: str, profile: str, folder: Path) -> Inspection:
    profiles = load_profiles(path for plugin in ("sap", "plm") for path in sorted((PLUGINS / plugin).glob("*.yaml")))
    file = folder / name
    file.write_bytes((LISTS / name).read_text().replace("\n", "\r\n").encode("cp1252"))
    return inspect_file(table, [file], profiles[profile], None, date(2025, 4, 28))


def _rows(inspection: Inspection, *names: str) -> Iterator[tuple[Any, ...]]:
    return zip(*(inspection.rows[name].astype("object").tolist() for name in names), strict=True)


def test_mb52_gives_stock_by_type_without_totals_and_special_stock(tmp_path: Path) -> None:
    read = _inspect("mb52_de.txt", "inventory", "sap-mb52", tmp_path)
    assert list(_rows(read, "part_no", "site", "location", "stock_type", "quantity", "unit", "row")) == [
        ("M-310", "DE01", "0001", "unrestricted", 12500, "pc", 9),
        ("M-310", "DE01", "0001", "quality", 1000, "pc", 9),
        ("M-310", "DE01", "0002", "unrestricted", 300, "pc", 10),
        ("M-310", "DE01", "0002", "blocked", 25, "pc", 10),
        ("L-320", "DE01", "0001", "unrestricted", -2.75, "kg", 14),
        ("45678", "DE01", "0001", "unrestricted", 0, "pc", 25),
        ("45678", "DE01", "0001", "transit", 40, "pc", 25),
        ("45678", "DE01", "0001", "returns", 3, "pc", 25),
    ]
    assert read.quarantine[["line", "value"]].values.tolist() == [[26, "|       | Kernpaket, 2-teilig |"]]
    assert read.dropped["total row"] == 2 and read.dropped["repeated header"] == 1
    assert read.dropped["S matches ^\\S"] == 1
    assert read.unknown_columns == ("Materialkurztext",)


def test_mb52_with_english_titles_and_numbers(tmp_path: Path) -> None:
    read = _inspect("mb52_en.txt", "inventory", "sap-mb52-en", tmp_path)
    assert list(_rows(read, "part_no", "stock_type", "quantity", "unit")) == [
        ("M-310", "unrestricted", 12500, "pc"),
        ("M-310", "quality", 1000, "pc"),
        ("L-320", "unrestricted", 1250.5, "g"),
    ]


def test_an_english_list_is_not_read_with_german_numbers(tmp_path: Path) -> None:
    assert _inspect("mb52_en.txt", "inventory", "sap-mb52", tmp_path).verdict == "refused"
    assert _inspect("me2m_en.txt", "purchase_orders", "sap-me2m", tmp_path).verdict == "refused"
    assert _inspect("cs12_en.txt", "bom_lines", "sap-cs12", tmp_path).verdict == "refused"


def test_me2m_gives_open_orders_without_deleted_items_and_services(tmp_path: Path) -> None:
    read = _inspect("me2m_de.txt", "purchase_orders", "sap-me2m", tmp_path)
    assert list(_rows(read, "order_no", "line", "part_no", "supplier", "open_quantity", "unit")) == [
        ("4500000123", "10", "M-310", "100042", 6000, "pc"),
        ("4500000125", "10", "L-320", "100051", 1250.5, "g"),
    ]
    assert [str(day)[:10] for day in read.rows["due_date"]] == ["2025-06-30", "NaT"]
    assert read.dropped == {"L is L, S": 1, "Material is blank": 1, "rule line": 2}


def test_me2m_with_english_titles_and_numbers(tmp_path: Path) -> None:
    read = _inspect("me2m_en.txt", "purchase_orders", "sap-me2m-en", tmp_path)
    assert list(_rows(read, "order_no", "supplier", "open_quantity")) == [("4500000901", "100042", 6000)]
    assert str(read.rows["due_date"].iloc[0])[:10] == "2025-06-30"


def test_se16_is_extended_by_the_tables_of_a_workspace(tmp_path: Path) -> None:
    base = load_profiles(sorted((PLUGINS / "sap").glob("*.yaml")))["sap-se16"]
    columns = {"part_no": "MATNR", "site": "WERKS", "location": "LGORT", "quantity": "LABST"}
    rule = TableRule.model_validate({"files": "*.txt", "columns": columns})
    profile = base.model_copy(update={"delimiter": "\t", "tables": {"inventory": rule}})
    file = tmp_path / "mard.txt"
    file.write_bytes((LISTS / "se16_mard_tabs.txt").read_bytes())
    read = inspect_file("inventory", [file], profile, None, date(2025, 4, 28))
    assert list(_rows(read, "part_no", "site", "quantity", "row")) == [
        ("45678", "DE01", 1250.5, 5),
        ("M-310", "DE01", -12, 6),
    ]
    assert read.quarantine["line"].tolist() == [7]
