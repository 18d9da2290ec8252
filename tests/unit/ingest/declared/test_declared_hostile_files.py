"""Files that cannot be trusted as a whole are refused by name, quickly, and nothing else is touched."""

import io
import re
import tracemalloc
import zipfile
from pathlib import Path

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from riskplug.errors import DataRefused
from riskplug.ingest.declared import declarations_in, declarations_or_reject, read_declarations, rmi, shipped_substances

SAMPLES = Path(__file__).parents[3] / "cases" / "declared"
IPC = 'xmlns="http://webstds.ipc.org/175x/2.0" version="2.0"'


def refused(data: bytes, name: str = "x.xml") -> str:
    with pytest.raises(DataRefused) as caught:
        declarations_in(data, name, shipped_substances())
    assert caught.value.where.startswith(name)
    assert caught.value.fix
    return str(caught.value)


def container(*members: tuple[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return made.getvalue()


def test_entity_expansion_is_refused_with_flat_memory() -> None:
    pairs = zip("abcdefgh", "bcdefghi", strict=True)
    laughs = '<!ENTITY a "ha">' + "".join(f'<!ENTITY {b} "{10 * f"&{a};"}">' for a, b in pairs)
    data = f"<!DOCTYPE MainDeclaration [{laughs}]><MainDeclaration {IPC}>&i;</MainDeclaration>".encode()
    tracemalloc.start()
    said = refused(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "DOCTYPE" in said
    assert peak < 5_000_000


def test_an_external_entity_reads_nothing_from_disk(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    data = f'<!DOCTYPE M [<!ENTITY x SYSTEM "{secret.as_uri()}">]><MainDeclaration {IPC}>&x;</MainDeclaration>'
    said = refused(data.encode())
    assert "DOCTYPE" in said
    assert "secret" not in said


@pytest.mark.parametrize("data", [b"", b"<MainDeclaration", b"\x00\x01", b"<a></b>", b"<a>&nothing;</a>"])
def test_broken_xml_is_refused_with_its_line(data: bytes) -> None:
    assert re.search(r"x\.xml:[0-9]+: broken XML", refused(data))


def test_an_encoding_nobody_reads_is_refused() -> None:
    assert re.search("unknown encoding|cannot be read", refused(b'<?xml version="1.0" encoding="klingon"?><a/>'))


def test_endless_nesting_is_refused() -> None:
    assert "nested deeper" in refused(b"<MainDeclaration>" + b"<a>" * 5000)


@pytest.mark.parametrize(
    ("root", "named"),
    [
        ('<MainDeclaration xmlns="http://webstds.ipc.org/175x/3.0"/>', "http://webstds.ipc.org/175x/3.0"),
        ('<MainDeclaration xmlns="http://webstds.ipc.org/175x/2.0" version="1.1"/>', "version 1.1"),
        ('<MainDeclaration version="1.1"/>', "version 1.1"),
        ('<Main xmlns="http://std.iec.ch/other"/>', "http://std.iec.ch/other"),
        ('<Invoice xmlns="urn:oasis"/>', "Invoice of urn:oasis"),
    ],
)
def test_an_unknown_schema_is_refused_with_its_version(root: str, named: str) -> None:
    assert named in refused(root.encode())


def test_a_document_without_a_product_is_no_empty_declaration() -> None:
    assert "without a Product" in refused(f"<MainDeclaration {IPC}/>".encode())
    assert "without a Product" in refused(b'<Main xmlns="http://std.iec.ch/iec62474"/>')


def test_a_product_without_substances_is_said_to_tell_nothing() -> None:
    text = f'<MainDeclaration {IPC}><Product><ProductID itemNumber="A"/></Product></MainDeclaration>'
    read = declarations_in(text.encode(), "x.xml", shipped_substances())
    assert read.rows.num_rows == 0
    assert [each.value for each in read.rejects] == ["A"]
    assert "nothing is known" in read.rejects[0].reason


def test_a_shai_container_reads_as_the_document_in_it() -> None:
    inside = (SAMPLES / "iec62474_lamp.xml").read_bytes()
    read = declarations_in(container(("lamp.xml", inside), ("logo.png", b"x")), "lamp.shai", shipped_substances())
    plain = read_declarations(SAMPLES / "iec62474_lamp.xml", SAMPLES)
    assert read.format == "chemSHERPA-AI"
    assert read.rows.drop_columns("document") == plain.rows.drop_columns("document")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"no zip at all", "not a readable .shai container"),
        (container(("readme.txt", b"")), "found none"),
        (container(("a.xml", b"<a/>"), ("b.xml", b"<b/>")), "found a.xml, b.xml"),
        (container(("a.xml", b"<a>" + b" " * 30_000_000)), "unpacks from"),
        (container(("a.xml", b"<!DOCTYPE a [<!ENTITY x 'y'>]><a/>")), "DOCTYPE"),
    ],
)
def test_a_container_that_is_none_or_a_bomb_is_refused(data: bytes, words: str) -> None:
    assert words in refused(data, "x.shai")


def test_other_kinds_of_files_are_refused_by_name() -> None:
    assert "chemSHERPA-CI" in refused(b"", "x.shci")
    assert ".pdf file suffix" in refused(b"", "x.pdf")
    assert "not a workbook" in refused(b"", "x.xlsx")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="cannot be read"):
        read_declarations(tmp_path / "none.xml", tmp_path)


def test_a_refused_file_can_be_one_reject_by_name_so_that_others_still_count() -> None:
    made = declarations_or_reject(b"<a>\n<b>", "in/x.xml", shipped_substances())
    assert [(each.line, each.value) for each in made.rejects] == [(2, "x.xml")]
    assert "broken XML" in made.rejects[0].reason
    assert (made.rows.num_rows, made.elements, made.extract().file) == (0, 1, "in/x.xml")


def test_rows_of_one_cell_in_the_last_column_cost_what_a_template_is_wide() -> None:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Declaration")
        for row in range(500):
            sheet.write_string(row, 16_383, "x")
    assert {len(row) for row in rmi.workbook_texts(made.getvalue(), "sparse.xlsx")["Declaration"]} == {rmi.MAX_COLUMNS}
