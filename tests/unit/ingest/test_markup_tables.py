"""HTML tables, SpreadsheetML 2003 and text between tabs, all saved under the name .xls."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.ingest.made_workbooks import inspected, profile, refused

GERMAN: dict[str, Any] = {
    "decimal": ",",
    "thousands": ".",
    "date_formats": ["%d.%m.%Y"],
    "columns": {"part_no": "Teil", "quantity": "Menge", "as_of": "Stand"},
}
PAGE = """<html><head><meta charset="windows-1252"><style>td {color: red}</style></head><body>
<table><tr><td>Men\xfc</td></tr></table>
<table>
 <tr><th>Teil</th><th>Menge</th><th>Stand</th><th>Text</th></tr>
 <tr><td>000123</td><td>1.234,5</td><td>28.04.2025</td><td>Gr\xf6&szlig;e&nbsp;5 <b>mm</b><br>links</td></tr>
 <tr><td rowspan=2>B<td>2<td>28.04.2025<td>=1+1
 <tr><td>3</td><td>28.04.2025</td></tr>
</table></body></html>"""
SPREADSHEET = """<?xml version="1.0"?>
<?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:x="urn:schemas-microsoft-com:office:excel"
 xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
 <Worksheet ss:Name="Alt"><Table><Row><Cell><Data ss:Type="String">Teil</Data></Cell></Row></Table>
  <x:WorksheetOptions><x:Visible>SheetHidden</x:Visible></x:WorksheetOptions></Worksheet>
 <Worksheet ss:Name="Bestand"><Table>
  <Row ss:Index="2"><Cell><Data ss:Type="String">Teil</Data></Cell><Cell><Data ss:Type="String">Name</Data></Cell>
   <Cell><Data ss:Type="String">Menge</Data></Cell><Cell><Data ss:Type="String">Stand</Data></Cell></Row>
  <Row><Cell><Data ss:Type="String">000123</Data></Cell><Cell ss:Index="3"><Data ss:Type="Number">1234.5</Data></Cell>
   <Cell><Data ss:Type="DateTime">2025-04-28T00:00:00.000</Data></Cell></Row>
  <Row ss:Index="6"><Cell ss:MergeAcross="1"><Data ss:Type="String">B</Data></Cell>
   <Cell><Data ss:Type="Number">2</Data></Cell></Row>
  <Row><Cell><Data ss:Type="String">C</Data></Cell><Cell ss:Index="3" ss:Formula="=R1C1"/></Row>
  <Row><Cell><Data ss:Type="String">D</Data></Cell><Cell ss:Index="3"><Data ss:Type="Error">#N/A</Data></Cell></Row>
 </Table></Worksheet>
</Workbook>"""


def test_an_html_table_is_read_as_text_by_the_declared_marks(tmp_path: Path) -> None:
    made = inspected(tmp_path / "list.xls", PAGE.encode("cp1252"), profile(**GERMAN))
    assert made.verdict == "accepted" and made.rows["part_no"].tolist() == ["000123", "B", "B"]
    assert made.rows["quantity"].tolist() == [1234.5, 2, 3]
    assert {str(day.date()) for day in made.rows["as_of"]} == {"2025-04-28"}
    assert made.unknown_columns == ("Text",)


def test_texts_of_a_page_keep_their_words_and_lose_their_markup(tmp_path: Path) -> None:
    columns = {"part_no": "Teil", "base_unit": {"const": "EA"}, "description": "Text"}
    made = inspected(tmp_path / "list.xls", PAGE.encode("cp1252"), profile("parts", columns=columns), "parts")
    assert made.rows["description"].tolist()[:2] == ["Größe 5 mm links", "=1+1"]


def test_a_page_in_utf_16_is_read(tmp_path: Path) -> None:
    page = PAGE.replace('<meta charset="windows-1252">', "")
    assert len(inspected(tmp_path / "list.xls", page.encode("utf-16"), profile(**GERMAN)).rows) == 3


@pytest.mark.parametrize(
    "page",
    [
        "<!DOCTYPE html><html><body><form>Please log in<table><tr><td>User<td><input></table></form></body></html>",
        "<html><body><h1>Please log in</h1></body></html>",
        "<?xml version='1.0'?><!-- x --><html xmlns='http://www.w3.org/1999/xhtml'><body>Please log in</body></html>",
        "<html><script>if (a < b) document.write('<table><tr><td>Teil')</script><body>Please log in",
    ],
)
def test_a_login_page_is_refused_with_its_first_words(page: str, tmp_path: Path) -> None:
    reason = refused(tmp_path / "list.xls", page.encode(), profile(**GERMAN))
    assert "an HTML or XML page without a table of the wanted columns" in reason and "Please log in" in reason


def test_two_tables_that_could_be_meant_are_refused(tmp_path: Path) -> None:
    assert "2 tables of the page" in refused(tmp_path / "l.xls", (PAGE + PAGE).encode("cp1252"), profile(**GERMAN))


def test_a_joined_file_may_be_a_page_too(tmp_path: Path) -> None:
    (tmp_path / "texts.xls").write_text("<table><tr><td>Teil<td>Name<tr><td>A<td>Magnet</table>")
    join = {"name": "texts", "files": ["texts.xls"], "on": {"Teil": "Teil"}}
    columns = {"part_no": "Teil", "base_unit": {"const": "EA"}, "description": "texts.Name"}
    used = profile("parts", columns=columns, join=[join])
    page = b"<table><tr><td>Teil<tr><td>A</table>"
    assert inspected(tmp_path / "parts.xls", page, used, "parts").rows["description"].tolist() == ["Magnet"]


def test_a_page_that_is_not_in_its_own_encoding_is_refused(tmp_path: Path) -> None:
    page = PAGE.replace("windows-1252", "utf-8").encode("cp1252")
    assert "the page is not utf-8 as it says" in refused(tmp_path / "l.xls", page, profile(**GERMAN))


def test_a_skipped_cell_of_spreadsheetml_shifts_nothing(tmp_path: Path) -> None:
    made = inspected(tmp_path / "list.xls", SPREADSHEET.encode(), profile(**GERMAN, header_row=2))
    assert made.rows["part_no"].tolist() == ["000123", "B"] and made.rows["quantity"].tolist() == [1234.5, 2]
    assert [str(day)[:10] for day in made.rows["as_of"]] == ["2025-04-28", "NaT"]
    assert made.files[0].path.endswith("list.xls!Bestand")
    frame = made.quarantine[["line", "value"]]
    assert [tuple(row) for row in frame.itertuples(index=False)] == [(7, "=R1C1"), (8, "#N/A")]
    assert "cell C7 holds a formula that was never calculated" in made.quarantine["reason"].iloc[0]


def test_spreadsheetml_that_is_cut_is_refused(tmp_path: Path) -> None:
    assert "ParseError" in refused(tmp_path / "l.xls", SPREADSHEET.encode()[:900], profile(**GERMAN, header_row=2))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_text_between_tabs_is_read_under_the_name_of_a_workbook(encoding: str, tmp_path: Path) -> None:
    text = "Teil\tMenge\tStand\r\n000123\t1.234,5\t28.04.2025\r\nB\t2\t28.04.2025\r\n"
    used = profile(**GERMAN, encoding="cp1252")
    made = inspected(tmp_path / "list.xls", text.encode(encoding), used)
    assert made.rows["part_no"].tolist() == ["000123", "B"] and made.rows["quantity"].tolist() == [1234.5, 2]


@pytest.mark.parametrize(
    ("data", "named", "way_out"),
    [
        (PAGE.encode("cp1252"), "an HTML or XML page", "reader: xlsx"),
        (SPREADSHEET.encode(), "an Excel 2003 XML workbook (SpreadsheetML)", "reader: xlsx"),
        ("a\tb\n".encode("utf-16"), "UTF-16 text", "encoding: utf-16"),
        ("part_no\n".encode("utf-16-le"), "UTF-16 text", "encoding: utf-16"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (.xls)", "save it as .xlsx"),
        (b"%PDF-1.7", "a PDF document", "export the list"),
        (b"PAR1....PAR1", "a Parquet file", "reader: parquet"),
        (b"SQLite format 3\0", "a SQLite database", "reader: sql"),
        (b"MIME-Version: 1.0\r\n", "a web archive (MHTML)", "CSV or XLSX"),
        (b"<?xml version='1.0'?><export/>", "an HTML or XML page", "export it"),
    ],
)
def test_a_delimited_file_that_is_something_else_is_refused_with_the_way_out(
    data: bytes, named: str, way_out: str, tmp_path: Path
) -> None:
    (refusal,) = inspected(tmp_path / "list.csv", data, profile(reader="delimited", decimal=".")).refused
    assert named in refusal.reason and way_out in refusal.fix


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"part_no;quantity\nA;5\n", "not a workbook but plain text"),
        ("part_no;quantity\nA;5\n".encode("utf-16"), "not a workbook but UTF-16 text"),
        (b"\xd0\xcf\x11\xe0", "not a workbook but an old Excel workbook (.xls), or a workbook with a password"),
        (b"PAR1....PAR1", "not a workbook but a Parquet file"),
    ],
)
def test_what_is_no_workbook_is_refused_by_its_real_name(data: bytes, named: str, tmp_path: Path) -> None:
    assert named in refused(tmp_path / "list.xlsx", data)


def test_text_that_only_begins_like_markup_is_text(tmp_path: Path) -> None:
    used = profile(reader="delimited", decimal=".", columns={"part_no": "<part>", "quantity": "qty"})
    assert inspected(tmp_path / "a.csv", b"<part>,qty\nA,5\n", used).rows["quantity"].tolist() == [5]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("10<sup>2</sup>", "holds raised or lowered text"),
        ("1250<sub>1)</sub>", "holds raised or lowered text"),
        ('12<span style="vertical-align: super">50</span>', "holds raised or lowered text"),
        ("<del>500</del> 20", "holds text that is struck out"),
        ("<s>5</s>00", "holds text that is struck out"),
        ("<strike>5</strike>", "holds text that is struck out"),
        ("5<ins>00</ins>", "holds text that is struck out or inserted"),
        ('<b style="text-decoration:line-through">5</b>00', "holds text that is struck out"),
        ('<span style="display: none">0005</span>5', "holds hidden text"),
        ("<i hidden>5</i>5", "holds hidden text"),
    ],
)
@pytest.mark.parametrize("at", [0, 1])
def test_marked_text_is_no_part_of_a_number_or_a_key(cell: str, reason: str, at: int, tmp_path: Path) -> None:
    cells = ["A", "7"]
    cells[at] = cell
    page = f"<table><tr><td>Teil<td>Menge<tr><td>{cells[0]}</td><td>{cells[1]}</td><tr><td>B<td>3</table>"
    used = profile(decimal=",", columns={"part_no": "Teil", "quantity": "Menge"})
    made = inspected(tmp_path / "list.xls", page.encode(), used)
    assert made.rows["part_no"].tolist() == ["B"]
    ((line, why),) = made.quarantine[["line", "reason"]].itertuples(index=False)
    assert line == 2 and why.startswith(f"cell {'AB'[at]}2 {reason}")


def test_marked_text_in_a_free_text_is_read_without_what_is_struck_out(tmp_path: Path) -> None:
    text = "5 m<sup>2</sup> <del>old</del> new<br><span style='display:none'>key</span>H<sub>2</sub>O<wbr>"
    page = f"<table><tr><td>Teil<td>Text<tr><td>A<td>{text}</table>"
    columns = {"part_no": "Teil", "base_unit": {"const": "EA"}, "description": "Text"}
    made = inspected(tmp_path / "list.xls", page.encode(), profile("parts", columns=columns), "parts")
    assert made.verdict == "accepted" and made.rows["description"].tolist() == ["5 m2 new H2O"]


@pytest.mark.parametrize("end", ["<td>12", "<td>12</td>", "<td>12</td></tr>", "<td>12</t"])
def test_a_page_that_ends_inside_its_table_is_refused(end: str, tmp_path: Path) -> None:
    page = f"<table><tr><td>Teil<td>Menge</tr><tr><td>B</td><td>3</td></tr><tr><td>A</td>{end}"
    used = profile(decimal=",", columns={"part_no": "Teil", "quantity": "Menge"})
    assert refused(tmp_path / "list.xls", page.encode(), used) == "the page ends in the middle of its table"


@pytest.mark.parametrize("tag", ["Sup", "S", "Sub", "Del"])
def test_marked_text_of_spreadsheetml_is_no_part_of_a_number(tag: str, tmp_path: Path) -> None:
    rich = f'<ss:Data ss:Type="String" xmlns="http://www.w3.org/TR/REC-html40">10<{tag}>2</{tag}></ss:Data>'
    data = SPREADSHEET.replace('<Data ss:Type="Number">2</Data>', rich)
    made = inspected(tmp_path / "list.xls", data.encode(), profile(**GERMAN, header_row=2))
    assert made.rows["part_no"].tolist() == ["000123"]
    assert any("cell C6 holds" in reason for reason in made.quarantine["reason"])
