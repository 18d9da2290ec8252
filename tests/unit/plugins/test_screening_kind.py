"""Rule kind `screening` through the rule engine: what it says, what it never says, and what a bad list does."""

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from riskplug.catalogue import GRAINS, frame
from riskplug.errors import UsageError
from riskplug.extend.host import Choice, PluginHost
from riskplug.extend.protocols import ScanContext
from riskplug.model import Outcome
from riskplug.rules import evaluate, load_rules
from riskplug.tables import conform

ON = date(2025, 4, 28)
LIST = """\
name,aliases,country,address,programme,source,date,identifiers
Lanxi Kirin Magnetics,Kirin Xi Holdings; LKM Group,CN,"1 Mill Rd, Lanxi",Magnet Order,Example Gazette 12,2024-11-02,
Brackwald Sintertechnik GmbH,,DE,,Magnet Order,Example Gazette 13,2025-01-15,DE 811-234-567
Harbin Aurora Optics,,CN,,Optics Order,Example Gazette 14,,
Tomorrow Metals,,US,,Optics Order,Example Gazette 15,2025-04-29,
"""
RULE = """\
schema: riskplug.rules/1
rules:
  - id: own-list
    title: T
    grain: {grain}
    kind: screening
    options: {{file: lists/{name}{more}}}
    identity: [{identity}]
    owner: '"compliance"'
"""
SUPPLIERS: list[dict[str, object]] = [
    {"supplier": "V-1", "name": "LANXI KIRIN MAGNETICS CO., LTD.", "country": "CN"},
    {"supplier": "V-2", "name": "Lanxi Kirin Magnetic (USA)", "country": "US"},
    {"supplier": "V-3", "name": "Ventilbau Süd GmbH", "country": "DE", "parent_company": "Brackwald-Sintertechnik AG"},
    {"supplier": "V-4"},
    {"supplier": "V-5", "name": "Prairie Industrial Supply", "country": "US"},
    {"supplier": "V-6", "name": "Tomorrow Metals"},
    {"supplier": "DE811234567", "name": "Somebody Else"},
]
ORDERS: list[dict[str, object]] = [
    {"order_no": "1", "line": "10", "site": "DE01", "part_no": "M-1", "supplier": "V-1", "open_quantity": 5},
    {"order_no": "2", "line": "10", "site": "DE01", "part_no": "M-2", "supplier": "V-5", "open_quantity": 5},
    {"order_no": "3", "line": "10", "site": "DE01", "part_no": "M-1", "supplier": "V-5", "open_quantity": 5},
    {"order_no": "4", "line": "10", "site": "DE01", "part_no": "M-1", "supplier": "V-9", "open_quantity": 5},
]
PARTS: list[dict[str, object]] = [
    {"part_no": "M-1", "base_unit": "PC", "manufacturer": "Magnetfabrik Elbe"},
    {"part_no": "M-2", "base_unit": "PC", "manufacturer": "Harbin Aurora Optics"},
]


def screened(
    root: Path,
    text: str | None = LIST,
    *,
    name: str = "own-2025-04-21.csv",
    on: date = ON,
    of: str = "",
    more: str = "",
) -> Outcome:
    (root / "lists").mkdir(exist_ok=True)
    if text is not None:
        (root / "lists" / name).write_text(text, encoding="utf-8")
    orders = of == "orders"
    said = RULE.format(
        grain="supplier",
        name=name,
        more=(", of: orders" if orders else "") + more,
        identity="supplier, entity_instrument",
    )
    (root / "own-list.yaml").write_text(said)
    rules = load_rules([root / "own-list.yaml"], GRAINS, PluginHost.load(Choice()).rule_kinds())
    index = pd.Index(["M-1", "M-2"], dtype="str")
    given = {"suppliers": SUPPLIERS, "purchase_orders": ORDERS, "parts": PARTS}
    tables = {table: conform(table, pd.DataFrame(rows), index) for table, rows in given.items()}
    numbers = pd.Series([*(row["supplier"] for row in SUPPLIERS), *(["V-9"] if orders else [])], dtype="str")
    facts = {"supplier": frame(GRAINS["supplier"], {"supplier": numbers}, len(numbers))}
    context = ScanContext("s", on, "EUR", 365, root)
    return evaluate(rules, facts, on=on, context=context, tables=tables, failed_tables={})


def by_identity(outcome: Outcome, *names: str) -> dict[tuple[str, ...], dict[str, Any]]:
    import json

    rows = outcome.findings.to_dict("records")
    made = {}
    for row in rows:
        identity = json.loads(row["identity"])
        made[tuple(identity[name] for name in names)] = {**row, **json.loads(row["evidence"])}
    return made


def test_suppliers_are_found_by_name_likeness_parent_and_identifier_and_no_other(tmp_path: Path) -> None:
    outcome = screened(tmp_path)
    assert outcome.faults == ()
    found = by_identity(outcome, "supplier", "entity_instrument")
    assert {key: (one["severity"], one.get("how")) for key, one in found.items()} == {
        ("V-1", "Magnet Order"): ("warning", "same name"),
        ("V-2", "Magnet Order"): ("info", "similar name"),
        ("V-3", "Magnet Order"): ("warning", "same name"),
        ("DE811234567", "Magnet Order"): ("warning", "same identifier"),
        ("V-4", "own-2025-04-21"): ("info", None),  # nothing to look for, which is no good news
    }


def test_a_finding_cites_list_date_entry_and_countries(tmp_path: Path) -> None:
    one = by_identity(screened(tmp_path), "supplier")[("V-1",)]
    assert one["message"] == (
        "supplier V-1 'LANXI KIRIN MAGNETICS CO., LTD.': possible match, to be checked: 'Lanxi Kirin Magnetics', line "
        "2 of own-2025-04-21 (Magnet Order, listed 2024-11-02, Example Gazette 12); same name (100%); same country CN. "
        "The list is of 2025-04-21, 7 days old."
    )
    assert one["listed_address"] == "1 Mill Rd, Lanxi"
    assert one["list_file"] == "lists/own-2025-04-21.csv:2"
    assert one["list_sha256"] == hashlib.sha256(LIST.encode()).hexdigest()
    assert one["metric"] == 1
    # lanxikirinmagneticusa has 21 letters, lanxikirinmagnetics 19: s left out, u, s, a put in; or s kept as one of
    # usa, and u and a put in: 2 of 21
    similar = by_identity(screened(tmp_path), "supplier")[("V-2",)]
    assert similar["metric"] == pytest.approx(1 - 2 / 21)
    assert "countries differ: US here, CN on the list" in similar["message"]


def test_of_orders_only_their_suppliers_count_and_the_manufacturers_too(tmp_path: Path) -> None:
    outcome = screened(tmp_path, of="orders")
    assert outcome.faults == ()
    found = by_identity(outcome, "supplier", "entity_instrument")
    assert {key: (one["severity"], one.get("listed_name")) for key, one in found.items()} == {
        ("V-1", "Magnet Order"): ("warning", "Lanxi Kirin Magnetics"),
        ("V-5", "Optics Order"): ("warning", "Harbin Aurora Optics"),
        ("V-9", "own-2025-04-21"): ("info", None),  # in no supplier list, so there is no name
    }
    maker = found[("V-5", "Optics Order")]
    assert maker["message"].startswith("manufacturer of parts on order from V-5 'Harbin Aurora Optics': possible match")
    assert maker["orders"] == "2/10 M-2"
    assert found[("V-1", "Magnet Order")]["orders"] == "1/10 M-1"


def test_the_list_of_the_day_counts(tmp_path: Path) -> None:
    """V-6 is listed a day after the business date; V-1 was not before November; an entry without a date always is."""
    tomorrow = by_identity(screened(tmp_path, on=date(2025, 4, 29)), "supplier")
    assert ("V-6",) in tomorrow
    assert {key[0] for key in by_identity(screened(tmp_path, on=date(2024, 11, 1)), "supplier")} == {"V-4"}


def test_an_old_list_is_called_stale_and_one_without_a_date_too(tmp_path: Path) -> None:
    old = by_identity(screened(tmp_path, on=date(2025, 5, 22)), "supplier")[("V-1",)]
    assert old["list_age"] == "The list is of 2025-04-21, 31 days old, older than 30 days: stale, fetch it again."
    fine = by_identity(screened(tmp_path, on=date(2025, 5, 21)), "supplier")[("V-1",)]
    assert "stale" not in fine["list_age"]
    undated = by_identity(screened(tmp_path, name="own.csv"), "supplier")[("V-1",)]
    assert undated["list_age"].startswith("How old the list is nothing says")
    said = by_identity(screened(tmp_path, name="own.csv", more=", as_of: 2025-04-27"), "supplier")[("V-1",)]
    assert said["list_age"] == "The list is of 2025-04-27, 1 days old."


HEAD, FIRST = LIST.splitlines()[:2]
BAD = {
    "not there": (None, "", "nobody was screened"),
    "empty": ("", "", "no column name"),
    "no entry": (HEAD + "\n", "", "0 names on the list, at least 1"),
    "too few": (LIST, ", min_entries: 5", "4 names on the list, at least 5"),
    "cut off in a row": (LIST[:-20], "", "fields under 8 headings"),
    "open quote": (HEAD + '\nA,,CN,"1 Mill Rd\n', "", "no CSV"),
    "other headings": (LIST.replace("name,", "entity,", 1), "", "no column name"),
    "named heading is not there": (LIST, ", columns: {aliases: alt_names}", "no column alt_names"),
    "entry without a name": (f"{HEAD}\n,,CN,,,,,\n", "", "an entry without a name"),
    "name of a hyphen": (
        f"{LIST}-,,CN,,,,,\n",
        ", min_entries: 5",
        "own-2025-04-21.csv:6: an entry without a name, only '-'",
    ),
    "dots for names": (f"{HEAD}\n...,-; --,CN,,,,,\n", "", "own-2025-04-21.csv:2: an entry without a name"),
    "a heading twice": (LIST.replace("address", "Name ", 1), "", "heading 'name' stands over columns 1, 4"),
    "another encoding": (LIST, ", encoding: utf-16", "cannot be read"),
    "no such encoding": (LIST, ", encoding: utf-99", "cannot be read"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_list_that_cannot_be_trusted_is_a_fault_and_never_no_match(what: str, tmp_path: Path) -> None:
    text, more, said = BAD[what]
    outcome = screened(tmp_path, text, more=more)
    assert len(outcome.findings) == 0
    assert outcome.coverage["outcome"].tolist() == ["failed"]
    (fault,) = outcome.faults
    assert said in fault and "own-2025-04-21.csv" in fault


@pytest.mark.parametrize("mark", ["\u2028", "\x85", "\x0c", "\x1c"])
def test_only_ends_of_lines_end_a_line(mark: str, tmp_path: Path) -> None:
    text = LIST.replace("1 Mill Rd,", f"1 Mill Rd{mark}").replace("Example Gazette 13", f"Example{mark}Gazette 13")
    outcome = screened(tmp_path, text.replace("GmbH,,DE", f"GmbH,{mark},DE"))
    assert outcome.faults == ()
    found = by_identity(outcome, "supplier")
    assert found[("V-3",)]["list_source"] == f"Example{mark}Gazette 13"
    assert found[("V-3",)]["list_file"] == "lists/own-2025-04-21.csv:3"


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_lines_end_as_on_any_system(end: str, tmp_path: Path) -> None:
    root = tmp_path / "lists"
    root.mkdir()
    (root / "own.csv").write_bytes(LIST.replace("\n", end).encode())
    found = by_identity(screened(tmp_path, None, name="own.csv"), "supplier")
    assert found[("V-3",)]["list_file"] == "lists/own.csv:3"


def test_a_hyphen_among_aliases_or_for_a_name_is_none(tmp_path: Path) -> None:
    text = f"{HEAD}\n-,Lanxi Kirin Magnetics; -,CN,,,,,\n"
    one = by_identity(screened(tmp_path, text), "supplier")[("V-1",)]
    assert one["listed_name"] == "Lanxi Kirin Magnetics" and one["how"] == "same name"


def test_a_heading_that_nobody_asks_for_may_stand_there_twice(tmp_path: Path) -> None:
    text = "name,note,note\nLanxi Kirin Magnetics,a,b\n"
    assert ("V-1",) in by_identity(screened(tmp_path, text), "supplier")


def test_the_headings_of_a_public_list_can_be_named(tmp_path: Path) -> None:
    public = "source,programs,name,country,alt_names\nExample List,MAG,Someone,CN,Lanxi Kirin Magnetics|SO\n"
    options = ', separator: "|", title: Example Consolidated List, columns: {programme: programs, aliases: alt_names}'
    found = by_identity(screened(tmp_path, public, more=options), "supplier", "entity_instrument")
    assert (
        "'Lanxi Kirin Magnetics', a name of 'Someone', line 2 of Example Consolidated List"
        in (found[("V-1", "MAG")]["message"])
    )


def test_an_option_out_of_range_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"own-list\.yaml:7:.*options\.threshold"):
        screened(tmp_path, more=", threshold: 0.2")


def test_nothing_ever_says_that_somebody_is_clear(tmp_path: Path) -> None:
    outcome = screened(tmp_path)
    matched = outcome.findings[outcome.findings["metric"].notna()]
    assert matched["message"].str.contains("possible match, to be checked").all()
    every = " ".join(outcome.findings["message"]).casefold()
    assert not any(word in every for word in ("cleared", "no match", "not listed", "safe"))
