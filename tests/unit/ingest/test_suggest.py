"""A proposed profile: what it says, what it leaves open, and what is read once a person has decided."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskplug.documents import load_yaml
from riskplug.errors import DataRefused, UsageError
from riskplug.ingest import Profile, inspect_file, load_profile
from riskplug.ingest.suggest import Suggestion, suggest_profile
from riskplug.ingest.suggest.columns import guess_table
from riskplug.ingest.suggest.marks import Marks, marks_of
from riskplug.ingest.suggest.sample import detect_encoding
from tests.examples import examples

ROOT = Path(__file__).parents[3]
CASES = ROOT / "tests" / "cases" / "ingest" / "suggest"
ON = date(2025, 4, 28)


def cases(with_key: str = "it") -> Iterator[Any]:
    for path in sorted(CASES.glob("*.yaml")):
        for case in load_yaml(path).data.get("cases", ()):
            if with_key in case:
                yield pytest.param(case, id=case["it"].replace(" ", "-"))


def written(case: dict[str, Any], folder: Path) -> Path:
    path = folder / case["file"]
    path.write_bytes(case["text"].encode(case.get("encoding", "utf-8")))
    return path


def saved(text: str, folder: Path) -> Profile:
    path = folder / "proposed.yaml"
    path.write_text(text, encoding="utf-8")
    return load_profile(path)


def in_force(profile: Profile, table: str) -> dict[str, str]:
    rule = profile.tables.get(table)
    if rule is None:
        return {}
    columns = {name: " - ".join(item.source_columns) for name, item in rule.columns.items()}
    if rule.unpivot:
        columns |= {rule.unpivot.value: " | ".join(rule.unpivot.columns), rule.unpivot.into: "by column"}
    return columns


def flat(suggestion: Suggestion) -> list[str]:
    return [f"{doubt.what} | {doubt.where} | {doubt.evidence}" for doubt in suggestion.doubts]


@pytest.mark.parametrize("case", list(cases()))
def test_a_suggestion_says_what_a_person_sees_in_the_export(case: dict[str, Any], tmp_path: Path) -> None:
    suggestion = suggest_profile([written(case, tmp_path)], case.get("as"))
    document = json.loads(json.dumps(suggestion.document(), allow_nan=False))
    (about,) = document["files"]
    known = {**document, **about, "encoding": about["encoding"]["name"]}
    assert {name: known[name] for name in case["says"]} == case["says"]
    assert (about["table"]["name"], about["table"]["sure"]) == (case["table"], case.get("sure", True))
    profile = saved(suggestion.yaml(), tmp_path)
    assert in_force(profile, case["table"]) == case["columns"]
    if "files" in case:
        assert list(profile.tables[case["table"]].files) == case["files"]


@pytest.mark.parametrize("case", list(cases()))
def test_a_suggestion_lists_every_doubt_with_its_place_and_evidence(case: dict[str, Any], tmp_path: Path) -> None:
    suggestion = suggest_profile([written(case, tmp_path)], case.get("as"))
    found = flat(suggestion)
    assert len(found) == len(case["doubts"]), found
    assert [said for said, wanted in zip(found, case["doubts"], strict=True) if wanted not in said] == []
    assert all(doubt.decide for doubt in suggestion.doubts)


@pytest.mark.parametrize("case", list(cases("undecided")))
def test_what_is_undecided_is_refused_or_set_aside(case: dict[str, Any], tmp_path: Path) -> None:
    path = written(case, tmp_path)
    profile = saved(suggest_profile([path], case.get("as")).yaml(), tmp_path)
    read = inspect_file(case["table"], [path], profile, None, ON).document()
    wanted = case["undecided"]
    if "refused" in wanted:
        assert [wanted["refused"] in item["reason"] for item in read["refused"]] == [True], read["refused"]
    else:
        assert (read["accepted"], len(read["quarantined"])) == (wanted["accepted"], wanted["quarantined"])


@pytest.mark.parametrize("case", list(cases("rows")))
def test_a_saved_suggestion_with_its_doubts_decided_reads_the_right_rows(case: dict[str, Any], tmp_path: Path) -> None:
    path = written(case, tmp_path)
    text = suggest_profile([path], case.get("as")).yaml()
    for old, new in case.get("decide", ()):
        assert old in text
        text = text.replace(old, new, 1)
    profile = saved(text, tmp_path)
    read = inspect_file(case["table"], [path], profile, None, ON).document()
    assert read["refused"] == []
    expected = [
        {name: str(cell) if isinstance(cell, date) else cell for name, cell in row.items()} for row in case["rows"]
    ]
    assert [
        {name: row[name] for name in wanted} for wanted, row in zip(expected, read["rows"], strict=False)
    ] == expected
    assert len(read["rows"]) == len(expected)
    assert len(read["quarantined"]) == case.get("quarantined", 0)
    assert {name: read["dropped"].get(name) for name in case.get("dropped", {})} == case.get("dropped", {})


# --- headers, encodings, marks


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case["of"]) for case in load_yaml(CASES / "headers.yaml").data["headers"]]
)
def test_a_header_is_recognised_by_its_systems_own_names(case: dict[str, Any]) -> None:
    guess = guess_table(case["header"], case.get("file", "export.csv"), None)
    assert guess.mapping is not None
    found = {match.source: name for name, match in {**guess.mapping.columns, **guess.mapping.signs}.items()}
    assert (guess.mapping.table, found, guess.sure) == (case["table"], case["means"], case.get("sure", True))


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Material;Größe;Stückpreis in €\n1;2;3\n"),
        ("cp850", "Material;Größe;Währung;Löschkz.\n1;2;3;x\n"),
        ("cp932", "品番,数量,単位,倉庫\n磁石A,10,個,名古屋\n"),
        ("euc_jp", "品番,数量,単位,リードタイム\n磁石A,10,個,3\n"),
        ("gb18030", "物料编码,数量,单位,仓库\n永磁体,10,个,上海\n"),
    ],
)
def test_an_encoding_is_told_by_its_words_and_never_called_certain(encoding: str, text: str) -> None:
    found = detect_encoding(text.encode(encoding), b"", "export.csv")
    assert (found.name, found.certainty) == (encoding, "likely")


@pytest.mark.parametrize(
    ("data", "name", "certainty"),
    [
        (b"a;b\n", "utf-8", "certain"),
        (b"\xef\xbb\xbfa;b\n", "utf-8", "certain"),
        ("Größe;b\n".encode(), "utf-8", "certain"),
        ("Größe;b\n".encode("utf-16"), "utf-16", "certain"),
        ("Groesse;b\n".encode("utf-16-le"), "utf-16-le", "likely"),
        (b"a;\x81\x8d\xff\n", "cp850", "guess"),
    ],
)
def test_marks_of_an_encoding_are_certain_and_the_rest_is_not(data: bytes, name: str, certainty: str) -> None:
    found = detect_encoding(data, b"", "export.csv")
    assert (found.name, found.certainty) == (name, certainty)


def test_a_guessed_encoding_is_a_doubt_that_shows_the_words(tmp_path: Path) -> None:
    path = tmp_path / "stock.csv"
    path.write_bytes(b"Part No;On Hand;Unit\nA\x81\x8d\xff;5;EA\n")
    (first, *_) = flat(suggest_profile([path], None))
    assert first.startswith("the encoding: cp850") and "| stock.csv | it reads" in first


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("1234", Marks()),
        ("1.234,56", Marks(",", ".")),
        ("1,234.5", Marks(".", ",")),
        ("1,5", Marks(",")),
        ("0,500", Marks(",")),
        ("1234,500", Marks(",")),
        (",5", Marks(",")),
        ("1.23e5", Marks(".")),
        ("1,234", Marks(either=",")),
        ("1.234", Marks(either=".")),
        ("1,234,567", Marks("", ",")),
        ("12,34,567.5", Marks(".", ",", indian=True)),
        ("1'234", Marks("", "'")),
        ("1\u202f234,5", Marks(",", "\u202f")),
        ("1.2.3,4", None),
        ("1.234'567", None),
        ("1,23,4", None),
        ("12 pcs", None),
        ("", None),
    ],
)
def test_a_number_proves_no_more_than_it_shows(text: str, marks: Marks | None) -> None:
    assert marks_of(text) == marks


@settings(max_examples=examples(80), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8"), max_size=8), min_size=1, max_size=4), min_size=1, max_size=6
    ),
    st.sampled_from([";", ",", "\t", "|"]),
    st.sampled_from([None, "inventory", "bom_lines", "purchase_orders", "parts"]),
)
def test_any_text_ends_in_a_profile_that_loads_or_in_a_refusal(
    tmp_path: Path, rows: list[list[str]], delimiter: str, table: str | None
) -> None:
    lines = ["Part No;Menge;Unit;Gesperrt".replace(";", delimiter), *(delimiter.join(row) for row in rows)]
    (tmp_path / "any.csv").write_bytes("\n".join(lines).encode())
    try:
        suggestion = suggest_profile([tmp_path / "any.csv"], table)
    except DataRefused:
        return
    saved(suggestion.yaml(), tmp_path)
    json.dumps(suggestion.document(), allow_nan=False)


# --- the sample company


def test_the_german_sample_is_proposed_whole_and_needs_no_decision_to_be_read(tmp_path: Path) -> None:
    files = sorted((ROOT / "sample_erp" / "exports" / "de01").glob("*.csv"))
    suggestion = suggest_profile(files, None)
    about = {Path(item["file"]).stem: item for item in suggestion.document()["files"]}
    assert {stem: item["table"]["name"] for stem, item in about.items()} == {
        "Bedarf": "demand",
        "Bestand": "inventory",
        "Bestellungen": "purchase_orders",
        "Bezugsquellen": "sourcing",
        "Lieferanten": "suppliers",
        "Materialdeklarationen": "declarations",
        "Materialstamm": "parts",
        "Stueckliste": "bom_lines",
        "Verbrauch": "consumption",
    }
    assert all(item["missing"] == [] and item["left_out"] is None for item in about.values())
    proposed = saved(suggestion.yaml(), tmp_path)
    assert (proposed.encoding, proposed.delimiter, proposed.decimal, proposed.sign) == ("cp1252", ";", ",", "trailing")


@pytest.mark.parametrize("table", ["bom_lines", "inventory", "purchase_orders", "demand", "sourcing"])
def test_the_german_sample_reads_as_its_hand_written_profile_does(table: str, tmp_path: Path) -> None:
    files = sorted((ROOT / "sample_erp" / "exports" / "de01").glob("*.csv"))
    hand_written = load_profile(ROOT / "plugins" / "sap" / "sap-list-de.yaml")
    proposed = saved(suggest_profile(files, None).yaml(), tmp_path)
    rule = proposed.rule(table)
    assert rule is not None
    (path,) = [path for path in files if path.name in rule.files]
    one, other = (inspect_file(table, [path], profile, None, ON).document() for profile in (proposed, hand_written))
    assert one["accepted"] == other["accepted"] > 0
    assert one["totals"] == other["totals"]
    assert [item["line"] for item in one["quarantined"]] == [item["line"] for item in other["quarantined"]]


def test_canonical_files_are_recognised_by_their_names(tmp_path: Path) -> None:
    files = sorted((ROOT / "sample_erp" / "exports" / "us01").glob("*.csv"))
    suggestion = suggest_profile(files, None)
    assert all(Path(item["file"]).stem == item["table"]["name"] for item in suggestion.document()["files"])
    profile = saved(suggestion.yaml(), tmp_path)
    for path in files:
        read = inspect_file(path.stem, [path], profile, None, ON).document()
        assert read["verdict"] == "accepted"


# --- several files


def test_two_files_of_one_table_share_its_section_and_another_layout_is_left_out(tmp_path: Path) -> None:
    for name, part in (("stock_a.csv", "A-1"), ("stock_b.csv", "B-1")):
        (tmp_path / name).write_text(f"Part No,On Hand,Unit\n{part},2.5,EA\n")
    (tmp_path / "stock_c.csv").write_text("Part No;On Hand;Unit\nC-1;2.5;EA\n")
    suggestion = suggest_profile([tmp_path / f"stock_{name}.csv" for name in "abc"], None)
    profile = saved(suggestion.yaml(), tmp_path)
    assert profile.tables["inventory"].files == ("stock_a.csv", "stock_b.csv")
    assert any("stock_c.csv is left out" in said and "not laid out like" in said for said in flat(suggestion))


def test_another_shape_of_the_same_table_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "stock_a.csv").write_text("Part No,On Hand,Unit\nA-1,2.5,EA\n")
    (tmp_path / "stock_b.csv").write_text("Item,QOH,UoM\nB-1,2.5,EA\n")
    suggestion = suggest_profile([tmp_path / "stock_a.csv", tmp_path / "stock_b.csv"], None)
    assert saved(suggestion.yaml(), tmp_path).tables["inventory"].files == ("stock_a.csv",)
    assert any("another file is inventory, too" in said for said in flat(suggestion))


# --- what is refused, and what is left alone


@pytest.mark.parametrize(
    ("content", "real_name"),
    [
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "an HTML or XML page"),
        (
            b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>',
            "SpreadsheetML",
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "an old Excel workbook"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"\x1f\x8b\x08\x00abc", "gzip-compressed data"),
        (b"PK\x05\x06" + b"\0" * 18, "a zip archive"),
        (b"SQLite format 3\0" + b"\0" * 100, "a SQLite database"),
        (b"\x01\x02\x00\x03abc;\x00\x01\n", "binary data"),
        (b"", "the file is empty"),
        (b"Just one sentence\nand another\n", "not a table"),
    ],
)
def test_what_is_no_table_of_text_is_refused_by_its_real_name(content: bytes, real_name: str, tmp_path: Path) -> None:
    path = tmp_path / "stock.csv"
    path.write_bytes(content)
    with pytest.raises(DataRefused, match=real_name):
        suggest_profile([path], None)


def test_an_unfinished_transfer_and_an_unknown_table_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "stock.csv.part"
    path.write_text("Part No,On Hand\nA,1\n")
    with pytest.raises(DataRefused, match="transfer"):
        suggest_profile([path], None)
    with pytest.raises(UsageError, match="unknown table 'inventroy'"):
        suggest_profile([path], "inventroy")


def test_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "stock.csv"
    path.write_text("Part No,On Hand,Unit\nA-1,2.5,EA\n")
    before = path.stat()
    suggest_profile([path], None)
    assert list(tmp_path.iterdir()) == [path]
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def test_a_huge_file_is_looked_at_in_its_head_and_its_tail_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "stock.csv"
    row = b"A-%07d,2.5,EA\n"
    with path.open("wb") as stream:
        stream.write(b"Part No,On Hand,Unit\n")
        for start in range(0, 600_000, 100_000):
            stream.writelines(row % number for number in range(start, start + 100_000))
        stream.write(b"Total,1500000.0,\n")
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("read whole"))
    suggestion = suggest_profile([path], None)
    assert suggestion.document()["files"][0]["rows_seen"] < 25_000
    assert any(
        "total rows | stock.csv, near its end | 1 of them, the first 'Total'" in said for said in flat(suggestion)
    )


def test_a_line_break_in_a_title_or_value_cannot_write_settings(tmp_path: Path) -> None:
    path = tmp_path / "stock.csv"
    path.write_text(
        'Part No,On Hand,Unit,"x\nabsent_stock: zero"\n'.replace("\n", "\u2028", 1)
        + 'A-1,2.5,"EA\nsites: {a: b}",1\nA-2,"1\n#: ""]}",EA,\u202e\n'
    )
    suggestion = suggest_profile([path], "inventory")
    profile = saved(suggestion.yaml(), tmp_path)
    assert profile.absent_stock == "unknown" and profile.sites == {}
    assert all(text.isprintable() for doubt in suggestion.doubts for text in (doubt.what, doubt.where, doubt.evidence))


def test_marks_that_cannot_be_seen_are_written_as_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "stock.csv"
    path.write_text("Référence;Magasin;Stock;Unité\nA-1;W1;1\u202f234,5;kg\nA-2;W1;2\u00a0000;kg\n", encoding="utf-8")
    text = suggest_profile([path], None).yaml()
    assert r'thousands: "\u00a0\u202f"' in text
    read = inspect_file("inventory", [path], saved(text, tmp_path), None, ON).document()
    assert [row["quantity"] for row in read["rows"]] == [1234.5, 2000]


# --- workbooks and Parquet


def test_a_workbook_is_read_by_its_own_header_row(tmp_path: Path) -> None:
    import openpyxl

    path = tmp_path / "Bestand.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for cells in (["Lagerbestand"], [], ["Material", "Werk", "Bestand", "Basis-ME"], ["M-1", "DE01", 1234.5, "ST"]):
        sheet.append(cells)
    book.save(path)
    suggestion = suggest_profile([path], None)
    profile = saved(suggestion.yaml(), tmp_path)
    assert (profile.reader, profile.tables["inventory"].header_row) == ("xlsx", 3)
    read = inspect_file("inventory", [path], profile, None, ON).document()
    assert [(row["part_no"], row["site"], row["quantity"]) for row in read["rows"]] == [("M-1", "DE01", 1234.5)]


def test_native_numbers_of_parquet_need_no_decimal_mark(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "demand.parquet"
    days = pa.array([date(2025, 5, 1)], pa.date32())
    pq.write_table(pa.table({"Item": ["A-1"], "Demand Date": days, "Demand Quantity": [1.234], "UoM": ["EA"]}), path)
    suggestion = suggest_profile([path], None)
    profile = saved(suggestion.yaml(), tmp_path)
    assert suggestion.doubts == ()
    read = inspect_file("demand", [path], profile, None, ON).document()
    assert [(row["date"], row["quantity"]) for row in read["rows"]] == [("2025-05-01", 1.234)]
