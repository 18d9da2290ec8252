"""Declaration requests: the sheet comes back as declarations, and a request is open until it is answered."""

import csv
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from riskplug.catalogue import GRAINS, frame
from riskplug.content import requests
from riskplug.content.letters import Asked, letter
from riskplug.content.requests import Request
from riskplug.errors import UsageError
from riskplug.ingest import inspect_file, load_profiles
from riskplug.tables import TABLES, conform

ON = date(2025, 4, 28)
DUE = date(2025, 5, 26)
INDEX = pd.Index(["M", "N"], dtype="str")
REQUEST = Request(
    "RQ-1", "0100101", "Kirin", (Asked("M", "PM-10", "Magnet N42SH", ("Dy", "Tb")), Asked("=N", "", "", ("Ga",)))
)


def written(tmp_path: Path, knowledge, language="en") -> tuple[Path, Path, Path]:
    paths = requests.write_request(
        tmp_path / "out", REQUEST, knowledge, language=language, company="Sample & Co", author="Anna Berg", due=DUE
    )
    return paths[0], paths[1], paths[2]


def returned(path: Path, table: str = "declarations") -> pd.DataFrame:
    found = inspect_file(table, [path], load_profiles()["canonical"], None, ON)
    assert found.document()["quarantined"] == []
    return pd.DataFrame(found.document()["rows"])


def test_the_sheet_has_exactly_the_columns_of_declarations(tmp_path, knowledge):
    _, book, plain = written(tmp_path, knowledge)
    heading = tuple(cell.value for cell in openpyxl.load_workbook(book).worksheets[0][1])
    assert heading == TABLES["declarations"].column_names
    assert tuple(next(csv.reader(plain.read_text(encoding="utf-8").splitlines()))) == heading


def test_the_sheet_is_filled_with_part_supplier_material_and_cas_number(tmp_path, knowledge):
    rows = returned(written(tmp_path, knowledge)[1])
    assert rows["part_no"].tolist() == ["M", "M", "=N"]
    assert rows["supplier"].tolist() == ["0100101"] * 3
    # CAS numbers of the elements dysprosium, terbium, gallium
    assert rows["cas_no"].tolist() == ["7429-91-6", "7440-27-9", "7440-55-3"]
    assert rows["status"].tolist() == ["asked"] * 3
    assert rows["document"].tolist() == ["RQ-1"] * 3


def test_a_filled_sheet_reads_back_as_declarations(tmp_path, knowledge):
    book = written(tmp_path, knowledge)[1]
    filled = openpyxl.load_workbook(book)
    page = filled.worksheets[0]
    at = {cell.value: cell.column for cell in page[1]}
    for name, value in {"mass_g": 0.12, "status": "final", "declared_on": date(2025, 5, 2)}.items():
        page.cell(2, at[name], value)
    for name, value in {"bound": "absent", "status": "final"}.items():
        page.cell(3, at[name], value)
    filled.save(tmp_path / "answer.xlsx")
    rows = returned(tmp_path / "answer.xlsx")
    first = rows.iloc[0]
    assert (first["material"], first["mass_g"], first["status"], first["declared_on"]) == (
        "Dy",
        0.12,
        "final",
        "2025-05-02",
    )
    assert rows["bound"].tolist()[1] == "absent"


def test_no_cell_can_run_as_a_formula(tmp_path, knowledge):
    _, book, plain = written(tmp_path, knowledge)
    cells = [cell for row in openpyxl.load_workbook(book).worksheets[0] for cell in row]
    assert [cell for cell in cells if cell.data_type == "f"] == []
    assert "=N" in [cell.value for cell in cells if cell.data_type == "s"]
    assert "'=N" in plain.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("language", "due", "head"), [("en", "26 May 2025", "Subject: "), ("de", "26.05.2025", "Betreff: ")]
)
def test_the_letter_names_parts_materials_sheet_and_day(tmp_path, knowledge, language, due, head):
    text = written(tmp_path, knowledge, language)[0].read_text(encoding="utf-8")
    assert text.startswith(head)
    for word in ("M / PM-10 / Magnet N42SH: Dy, Tb", "RQ-1.xlsx", due, "Sample & Co", "Anna Berg", "final", "{"):
        assert (word in text) is (word != "{"), word


def test_a_brace_in_a_name_stays_a_brace():
    text = letter(
        "en", request="R", company="{x}", author="a", sheet="s", due=DUE, parts=[Asked("{p}", "", "", ("Nd",))]
    )
    assert "{x}" in text and "{p}: Nd" in text


def sourcing(*rows: dict) -> pd.DataFrame:
    return conform("sourcing", pd.DataFrame([{"part_no": "M", **row} for row in rows]), INDEX)


def who(source: pd.DataFrame, *orders: str) -> list[str]:
    lines = pd.DataFrame([{"part_no": "M", "supplier": name} for name in orders])
    names = conform("suppliers", pd.DataFrame({"supplier": ["A"], "name": ["Alpha"]}), INDEX)
    found = requests.suppliers_of(source, conform("purchase_orders", lines, INDEX), names, ON)
    return found["supplier"].tolist()


def test_the_first_valid_source_is_asked_first_and_orders_come_last():
    rows = sourcing(
        {"supplier": "B", "share_pct": 30},
        {"supplier": "C", "share_pct": 70},
        {"supplier": "A", "priority": 1},
        {"supplier": "D", "priority": 0, "blocked": True},
        {"supplier": "E", "priority": 0, "valid_to": "2025-04-27"},
    )
    assert who(rows, "F", "A") == ["A", "C", "B", "F"]


def test_a_part_that_only_an_order_names_is_asked_of_that_supplier():
    assert who(sourcing({"part_no": None, "supplier": "X"}), "F") == ["F"]


def content(*rows: tuple[str, int, float]) -> pd.DataFrame:
    columns = {
        "material": [row[0] for row in rows],
        "evidence_rank": [float(row[1]) for row in rows],
        "probability": [row[2] for row in rows],
    }
    return frame(GRAINS["content"], columns)


@pytest.mark.parametrize(
    ("rows", "magnet", "asked"),
    [
        ([("Dy", 3, 0.8), ("Co", 3, 0.5), ("B", 3, 1.0)], True, ("Nd", "Pr", "Dy", "Tb", "Sm", "Co")),
        ([("Ga", 6, 0.9)], False, ("Ga",)),
        ([], False, ("Nd", "Pr", "Dy", "Tb", "Sm")),
        ([("Ga", 1, 1.0), ("Y", 6, 0.0)], False, ("Nd", "Pr", "Dy", "Tb", "Sm")),
    ],
)
def test_what_is_asked_are_guesses_and_the_rare_earths_of_magnets(rows, magnet, asked):
    assert requests.asked_materials(content(*rows), {"Dy", "Co", "Ga", "Y"}, magnet) == asked


def test_a_request_has_a_number_of_its_own():
    assert requests.request_id("V/1 ä", ON, ()) == "RQ-20250428-V-1-ä"
    assert requests.request_id("V", ON, {"RQ-20250428-V", "RQ-20250428-V-2"}) == "RQ-20250428-V-3"


def states(tmp_path: Path, *declared: dict, on: date = date(2025, 5, 10), withdrawn: bool = False) -> pd.DataFrame:
    """The state of REQUEST (parts M and =N), asked on 2025-04-28, under declarations."""
    file = tmp_path / "evidence" / "requests.csv"
    requests.note_requests(file, [REQUEST], on=ON, author="Anna", due=DUE)
    if withdrawn:
        requests.withdraw(file, "RQ-1", on=date(2025, 5, 1), author="Anna")
    rows = pd.DataFrame([{"supplier": "0100101", "material": "Dy", **row} for row in declared])
    found = requests.request_states(requests.read_requests(file), conform("declarations", rows, INDEX), on)
    return found.set_index("part_no")


def test_a_request_is_open_with_its_age_and_overdue_after_its_day(tmp_path):
    found = states(tmp_path, on=DUE)
    assert found["state"].tolist() == ["open", "open"]
    assert found.loc["M", "age_days"] == 28 and not found.loc["M", "overdue"]
    later = requests.request_states(
        requests.read_requests(tmp_path / "evidence" / "requests.csv"),
        conform("declarations", pd.DataFrame(), INDEX),
        date(2025, 5, 27),
    )
    assert later["overdue"].all()


@pytest.mark.parametrize(
    "declared",
    [
        {"part_no": "M", "declared_on": "2025-04-28"},
        {"part_no": "M", "declared_on": "2025-05-02", "status": "Final "},
        {"mpn": " pm-10", "declared_on": "2025-05-02"},
        {"part_no": "M", "document": "RQ-1"},
        {"part_no": "M", "document": "RQ-1", "supplier": "another"},
    ],
)
def test_a_declaration_of_the_supplier_or_of_the_sheet_answers(tmp_path, declared):
    found = states(tmp_path, declared)
    assert found.loc["M", "state"] == "answered"
    assert found.loc["=N", "state"] == "open"
    assert not found.loc["M", "overdue"]


@pytest.mark.parametrize(
    "declared",
    [
        {"part_no": "M", "declared_on": "2025-04-27"},  # before it was asked
        {"part_no": "M"},  # undated: no answer to this
        {"part_no": "M", "declared_on": "2025-05-02", "supplier": "another"},
        {"part_no": "N", "declared_on": "2025-05-02"},
        {"part_no": "M", "declared_on": "2025-05-02", "status": "draft"},
        {"part_no": "M", "document": "RQ-1", "status": "asked"},  # an untouched line of the sheet
        {"part_no": "M", "declared_on": "2025-05-11"},  # after the business date
    ],
)
def test_anything_else_leaves_it_open(tmp_path, declared):
    assert states(tmp_path, declared).loc["M", "state"] == "open"


def test_a_withdrawn_request_is_no_longer_waited_for_from_its_day_on(tmp_path):
    assert states(tmp_path, withdrawn=True)["state"].tolist() == ["withdrawn"] * 2
    assert states(tmp_path / "x", withdrawn=True, on=date(2025, 4, 30))["state"].tolist() == ["open"] * 2


def test_the_last_open_request_about_a_part_is_known(tmp_path):
    assert dict(requests.open_since(states(tmp_path).reset_index())) == {"M": ON, "=N": ON}


def test_a_wrong_line_of_the_requests_is_named(tmp_path):
    file = tmp_path / "requests.csv"
    file.write_text(
        f"{','.join(requests.JOURNAL.names)}\nRQ,asked,2025-04-28,Anna,,M,,Dy,2025-05-26\n", encoding="utf-8"
    )
    with pytest.raises(UsageError) as caught:
        requests.read_requests(file)
    assert caught.value.problems[0].where == f"{file}:2:26"
    assert caught.value.problems[0].what == "supplier is empty"
