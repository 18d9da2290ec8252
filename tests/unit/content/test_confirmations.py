"""What people confirm or rule out: how it is kept, what it replaces, and how a wrong line is named."""

import math
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from content_tables import Rows, flags_of, row_of, table

from riskplug.content import Knowledge, PartContent, map_content
from riskplug.content.confirmations import (
    JOURNAL,
    add_confirmations,
    history,
    near_number,
    read_confirmations,
    standing,
    strays,
    superseded,
)
from riskplug.errors import LockHeld, UsageError

ON = date(2025, 4, 28)
BLOCK = {"part_no": "M", "description": "N42SH 20x10x5", "unit_mass_g": 7.5}
HEADING = ",".join(JOURNAL.names)


def said(material: str, verdict: str = "present", **given: object) -> dict:
    return {
        "recorded_on": date(2025, 4, 1),
        "author": "Anna Berg",
        "verdict": verdict,
        "part_no": "M",
        "material": material,
        **given,
    }


def grams(material: str, low: float | None, typical: float | None, high: float | None, **given: object) -> dict:
    return said(material, mass_min=low, mass_typ=typical, mass_max=high, mass_unit="g", **given)


def content(
    knowledge: Knowledge, tmp_path: Path, entries: list[dict], declarations: Rows = (), part: dict = BLOCK
) -> PartContent:
    """What is in part M, with entries written to a file and read back."""
    file = tmp_path / "confirmations.csv"
    add_confirmations(file, entries, knowledge.materials)
    index = pd.Index(["M"], dtype="str")
    tables = {
        "parts": table("parts", [{"base_unit": "pc"} | part], index),
        "declarations": table(
            "declarations", [{"part_no": "M", "supplier": "S1"} | dict(row) for row in declarations], index
        ),
        "bom_lines": table("bom_lines", [], index),
    }
    return map_content(tables, knowledge, on=ON, confirmations=read_confirmations(file, knowledge.materials))


def interval(row) -> tuple[float, float, float, float]:
    return row["mass_g_min"], row["mass_g_typ"], row["mass_g_max"], row["probability"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"mass_typ": 0.12, "mass_unit": "g"}, (0.12, 0.12, 0.12, 1)),
        ({"mass_min": 0.1, "mass_typ": 0.12, "mass_max": 0.2, "mass_unit": "g"}, (0.1, 0.12, 0.2, 1)),
        ({"mass_min": 0.1, "mass_max": 0.2, "mass_unit": "g"}, (0.1, 0.15, 0.2, 1)),
        ({"mass_typ": 0.05, "mass_max": 0.2, "mass_unit": "g"}, (0, 0.05, 0.2, 1)),
        ({"mass_typ": 2.0, "mass_unit": "pct"}, (0.15, 0.15, 0.15, 1)),  # 2 % of 7.5 g
    ],
)
def test_a_confirmed_mass_beats_the_guess(knowledge, tmp_path, given, expected):
    row = row_of(content(knowledge, tmp_path, [said("Dy", **given)]), "Dy")
    assert interval(row) == pytest.approx(expected, nan_ok=True)
    assert row["evidence"] == "full_declaration"
    assert row["source"] == "confirmed by Anna Berg (2025-04-01)"
    assert row["date"] == pd.Timestamp("2025-04-01")


# The block reads as 7.5 g of N42SH with 0, 2.1 or 4.2 % of Dy: 0, 0.1575 or 0.315 g.
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"mass_max": 0.2, "mass_unit": "g"}, (0, 0.1575, 0.2, 1)),
        ({"mass_max": 0.1, "mass_unit": "g"}, (0, 0.1, 0.1, 1)),
        ({"mass_min": 0.1, "mass_unit": "g"}, (0.1, 0.1575, 0.315, 1)),
        ({}, (0, 0.1575, 0.315, 1)),
    ],
)
def test_a_confirmed_bound_or_presence_cuts_the_guess_and_leaves_no_wider_one(knowledge, tmp_path, given, expected):
    row = row_of(content(knowledge, tmp_path, [said("Dy", **given)]), "Dy")
    assert interval(row) == pytest.approx(expected)
    assert row["evidence"] == "full_declaration"
    both = "confirmed by Anna Berg (2025-04-01); narrowed by NDFEB_HI -> NDFEB_SINT_SH (dimensions_grade)"
    assert row["source"] == both


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"mass_min": 0.1, "mass_unit": "g"}, (0.1, math.nan, math.nan, 1)),
        ({}, (math.nan, math.nan, math.nan, 1)),
    ],
)
def test_a_mass_that_nothing_reads_stays_unknown_when_presence_is_confirmed(knowledge, tmp_path, given, expected):
    part = {"part_no": "M", "description": "Magnet N42SH"}
    row = row_of(content(knowledge, tmp_path, [said("Dy", **given)], part=part), "Dy")
    assert interval(row) == pytest.approx(expected, nan_ok=True)


def test_percent_of_a_part_of_unknown_mass_is_an_unknown_mass(knowledge, tmp_path):
    part = {"part_no": "M", "description": "Magnet N42SH"}
    row = row_of(content(knowledge, tmp_path, [said("Dy", mass_typ=2.0, mass_unit="pct")], part=part), "Dy")
    assert interval(row) == pytest.approx((math.nan, math.nan, math.nan, 1), nan_ok=True)


def test_materials_nobody_spoke_of_stay_guesses(knowledge, tmp_path):
    made = content(knowledge, tmp_path, [grams("Dy", None, 0.12, None)])
    assert row_of(made, "Nd")["evidence"] == "dimensions_grade"


def test_a_rejected_material_is_absent_and_no_longer_suspected(knowledge, tmp_path):
    made = content(knowledge, tmp_path, [said("Dy", "absent", note="Pr;  Werkszeugnis 7")])
    assert interval(row_of(made, "Dy")) == (0, 0, 0, 0)
    assert row_of(made, "Dy")["source"] == "ruled out by Anna Berg (2025-04-01): Pr, Werkszeugnis 7"


def test_a_part_rejected_wholly_holds_nothing_and_is_settled(knowledge, tmp_path):
    made = content(knowledge, tmp_path, [said("*", "absent")], part={"part_no": "M", "description": "Dauermagnet"})
    assert (made.own["probability"] == 0).all() and (made.own["mass_g_max"] == 0).all()
    assert set(made.own["material"]) >= {"Nd", "Dy", "Tb", "Sm"}
    flags = flags_of(made)
    assert not flags["magnet_unproven"] and flags["content_known"]


def test_a_rejection_of_all_says_so_even_where_nothing_was_suspected(knowledge, tmp_path):
    made = content(knowledge, tmp_path, [said("*", "absent")], part={"part_no": "M", "description": "Schraube M5"})
    assert flags_of(made)["content_known"]


def test_what_is_confirmed_after_a_rejection_of_all_is_in_it(knowledge, tmp_path):
    made = content(knowledge, tmp_path, [said("*", "absent"), grams("Nd", None, 2.0, None)])
    assert row_of(made, "Nd")["mass_g_typ"] == 2
    assert row_of(made, "Dy")["probability"] == 0


def test_a_rejection_of_all_ends_what_was_confirmed_before(knowledge, tmp_path):
    made = content(knowledge, tmp_path, [grams("Nd", None, 2.0, None), said("*", "absent")])
    assert row_of(made, "Nd")["probability"] == 0


@pytest.mark.parametrize("forgotten", ["Dy", "*"])
def test_what_is_forgotten_is_a_guess_again(knowledge, tmp_path, forgotten):
    made = content(knowledge, tmp_path, [grams("Dy", None, 0.1, None), said(forgotten, "forgotten")])
    assert row_of(made, "Dy")["evidence"] == "dimensions_grade"


def test_forgetting_one_material_of_a_rejection_of_all_leaves_the_others_rejected(knowledge, tmp_path):
    made = content(knowledge, tmp_path, [said("*", "absent"), said("Dy", "forgotten")])
    assert row_of(made, "Dy")["evidence"] == "dimensions_grade"
    assert row_of(made, "Nd")["probability"] == 0


def test_the_later_entry_counts_by_date_and_then_by_place(knowledge, tmp_path):
    newest = grams("Dy", None, 0.3, None, recorded_on=date(2025, 4, 2))
    made = content(knowledge, tmp_path, [newest, grams("Dy", None, 0.1, None), grams("Dy", None, 0.2, None)])
    assert row_of(made, "Dy")["mass_g_typ"] == 0.3


def test_an_entry_dated_after_the_business_date_does_not_count_yet(knowledge, tmp_path):
    made = content(knowledge, tmp_path, [grams("Dy", None, 0.3, None, recorded_on=date(2025, 4, 29))])
    assert row_of(made, "Dy")["evidence"] == "dimensions_grade"


def test_two_forms_of_a_material_stand_side_by_side_and_none_named_ends_both(knowledge, tmp_path):
    part = {"part_no": "M", "description": "Target"}
    forms = [grams("Y", None, 1.0, None, form="oxide"), grams("Y", None, 2.0, None, form="metal")]
    own = content(knowledge, tmp_path / "two", forms, part=part).own
    assert dict(zip(own["form"], own["mass_g_typ"], strict=True)) == {"oxide": 1, "metal": 2}
    both_ended = content(knowledge, tmp_path / "none", [*forms, said("Y", "absent")], part=part)
    assert interval(row_of(both_ended, "Y")) == (0, 0, 0, 0)


def test_a_declaration_known_to_the_author_is_replaced_and_named(knowledge, tmp_path):
    declared = [{"material": "Dy", "mass_g": 0.5, "declared_on": "2025-04-01", "document": "D1"}]
    made = content(knowledge, tmp_path, [grams("Dy", None, 0.12, None)], declared)
    assert interval(row_of(made, "Dy")) == (0.12, 0.12, 0.12, 1)
    aside = made.rejected[made.rejected["signal"] == "declaration"].iloc[0]
    assert aside["text"] == "Dy: D1 of S1 (2025-04-01)"
    assert aside["reason"] == "replaced by what Anna Berg said on 2025-04-01"


@pytest.mark.parametrize("declared_on", ["2025-04-02", None])
def test_a_later_or_undated_declaration_that_contradicts_is_a_conflict(knowledge, tmp_path, declared_on):
    declared = [{"material": "Dy", "mass_g": 0.5, "declared_on": declared_on, "document": "D1"}]
    row = row_of(content(knowledge, tmp_path, [grams("Dy", None, 0.12, None)], declared), "Dy")
    assert interval(row)[::2] == (0.12, 0.5)
    assert row["source"].startswith("conflict: ") and "Anna Berg" in row["source"] and "D1" in row["source"]


def test_a_later_declaration_against_a_rejection_is_a_conflict_and_never_zero(knowledge, tmp_path):
    declared = [{"material": "Dy", "mass_g": 0.5, "declared_on": "2025-04-02", "form": "alloy"}]
    row = row_of(content(knowledge, tmp_path, [said("Dy", "absent")], declared), "Dy")
    assert interval(row) == pytest.approx((0, 0.25, 0.5, 1))
    assert row["source"].startswith("conflict: ")


def test_a_later_declaration_that_agrees_narrows(knowledge, tmp_path):
    declared = [{"material": "Dy", "mass_g": 0.15, "declared_on": "2025-04-02"}]
    row = row_of(content(knowledge, tmp_path, [grams("Dy", 0.1, None, 0.2)], declared), "Dy")
    assert interval(row)[::2] == pytest.approx((0.15, 0.15))
    assert not row["source"].startswith("conflict: ")


GOOD = "2025-04-01,Anna,present,M,Dy,magnet,0.1,0.12,0.2,g,,"
WRONG = [
    (GOOD.replace("2025-04-01", "1.4.2025"), 1, "'1.4.2025' is not a date"),
    (GOOD.replace("2025-04-01", "2025-02-30"), 1, "'2025-02-30' is not a date"),
    (GOOD.replace("Anna", ""), 12, "author is empty"),
    (GOOD.replace("present", "there"), 17, "unknown verdict 'there'"),
    (GOOD.replace("Dy", "Dx"), 27, "no material 'Dx'"),
    (GOOD.replace("Dy", "*"), 27, "* cannot be confirmed"),
    (GOOD.replace("magnet", "magnets"), 30, "unknown form 'magnets'"),
    (GOOD.replace("0.12", "-0.12"), 41, "'-0.12' is not a number from 0 on"),
    (GOOD.replace("0.12", '"0,12"'), 41, "'0,12' is not a number from 0 on"),
    (GOOD.replace("0.12", "nan"), 41, "'nan' is not a number from 0 on"),
    (GOOD.replace("0.12", "0.3"), 41, "mass_typ 0.3 is above mass_max 0.2"),
    (GOOD.replace(",g,", ",kg,"), 50, "unknown mass unit 'kg'"),
    (GOOD.replace(",g,", ",,"), 50, "a mass without unit"),
    (GOOD.replace("0.2,g", "102,pct"), 46, "102 percent of the part"),
    (GOOD.replace("0.1,0.12,0.2", ",0,"), 38, "present with a mass of zero"),
    (GOOD.replace("present", "absent").replace("magnet", ""), 30, "a mass beside absent"),
    ("2025-04-01,Anna,absent,M,Dy,magnet,,,,,,", 29, "a form beside absent"),
    (GOOD + ",more", 54, "13 cells, the heading has 12"),
    ('2025-04-01,"Anna,present,M,Dy,,,,,,,', 1, "a quote is not closed"),
]


@pytest.mark.parametrize(("line", "column", "what"), WRONG, ids=[what for *_, what in WRONG])
def test_a_line_that_is_wrong_is_named_by_line_and_column(knowledge, tmp_path, line, column, what):
    file = tmp_path / "confirmations.csv"
    file.write_text(f"{HEADING}\n{GOOD}\n{line}\n{GOOD}\n", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_confirmations(file, knowledge.materials)
    problem = caught.value.problems[0]
    assert (problem.what, problem.where) == (what, f"{file}:3:{column}")
    assert problem.fix and problem.excerpt.splitlines()[1].index("^") == column + 3
    assert len(caught.value.problems) == 1


def test_every_problem_of_a_file_is_told_at_once(knowledge, tmp_path):
    file = tmp_path / "confirmations.csv"
    file.write_text("\n".join([HEADING, *(line for line, *_ in WRONG[:8])]), encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_confirmations(file, knowledge.materials)
    assert [p.where.split(":")[-2] for p in caught.value.problems] == [str(n) for n in range(2, 10)]


@pytest.mark.parametrize(
    ("heading", "fix"),
    [
        (HEADING.replace(",", ";"), "save it as CSV with commas"),
        (HEADING.replace("author", "autor"), "'author'"),
        ("", "recorded_on,"),
    ],
)
def test_a_wrong_heading_is_refused_with_what_to_do(tmp_path, heading, fix):
    file = tmp_path / "confirmations.csv"
    file.write_text(f"{heading}\n{GOOD}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=fix):
        read_confirmations(file)


def test_what_a_spreadsheet_program_saves_is_read_all_the_same(tmp_path):
    file = tmp_path / "confirmations.csv"
    file.write_bytes(f"\ufeff{HEADING}\r\n{GOOD}\r\n,,,,,,,,,,,\r\n\r\n".encode())
    assert read_confirmations(file)["part_no"].tolist() == ["M"]
    add_confirmations(file, [said("Nd", note='says "yes", at\nlast')])
    assert file.read_bytes().startswith("\ufeff".encode()) and b"\r\n2025-04-01,Anna Berg" in file.read_bytes()
    assert read_confirmations(file)["note"].tolist()[1] == 'says "yes", at last'


def test_a_wrong_file_is_not_added_to(tmp_path):
    file = tmp_path / "confirmations.csv"
    file.write_text(f"{HEADING}\nsome words\n", encoding="utf-8")
    before = file.read_bytes()
    with pytest.raises(UsageError):
        add_confirmations(file, [said("Nd")])
    assert file.read_bytes() == before


def test_a_wrong_entry_adds_none_of_its_company(tmp_path):
    file = tmp_path / "confirmations.csv"
    with pytest.raises(UsageError, match="command line"):
        add_confirmations(file, [said("Nd"), grams("Dy", 2.0, None, 1.0)])
    assert not file.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"form": "magnets"}, {"author": " "}, {"mass_typ": -1.0, "mass_unit": "g"}, {"mass_typ": 1.0}, {"part_no": ""}],
)
def test_an_entry_that_would_not_read_back_is_not_written(tmp_path, wrong):
    file = tmp_path / "confirmations.csv"
    with pytest.raises(UsageError, match="command line"):
        add_confirmations(file, [said("Nd", **wrong)])
    assert not file.exists()


def test_adding_leaves_every_older_byte_as_it_was(tmp_path):
    file = tmp_path / "confirmations.csv"
    old = f'{HEADING}\n 2025-04-01 ,Anna,absent,M,"Dy",,,,,,,"a, b"'
    file.write_text(old, encoding="utf-8")
    add_confirmations(file, [said("Nd")])
    assert file.read_text(encoding="utf-8").startswith(old + "\n2025-04-01,Anna Berg,present,M,Nd,")


def test_a_reader_under_way_sees_the_old_file_whole(tmp_path):
    file = tmp_path / "confirmations.csv"
    add_confirmations(file, [said("Nd")])
    with file.open(encoding="utf-8") as reader:
        add_confirmations(file, [said("Dy")])
        assert len(reader.read().splitlines()) == 2
    assert len(read_confirmations(file)) == 2


def test_many_hands_at_once_lose_nothing(tmp_path):
    file = tmp_path / "evidence" / "confirmations.csv"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: add_confirmations(file, [said("Nd", note=f"n{n}")]), range(40)))
    assert sorted(read_confirmations(file)["note"]) == sorted(f"n{n}" for n in range(40))


WRITER = """\
import sys
from datetime import date
from pathlib import Path
from riskplug.content.confirmations import add_confirmations
for number in range(10_000):
    entry = {"recorded_on": date(2025, 4, 1), "author": "A", "verdict": "present", "material": "Nd"}
    add_confirmations(Path(sys.argv[1]), [{**entry, "part_no": f"P{number}"}])
    print(number, flush=True)
"""


def test_a_killed_writer_loses_nothing_it_reported_and_leaves_a_whole_file(tmp_path):
    file = tmp_path / "confirmations.csv"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(file)], stdout=subprocess.PIPE, env={**os.environ})
    assert writer.stdout is not None
    reported = [int(writer.stdout.readline()) for _ in range(30)]
    writer.kill()
    reported += [int(line) for line in writer.stdout.read().split()]
    writer.wait()
    writer.stdout.close()
    parts = read_confirmations(file)["part_no"].tolist()
    assert parts == [f"P{number}" for number in range(len(parts))]
    assert len(parts) >= len(reported)
    add_confirmations(file, [said("Nd")])  # its lock died with it


def test_a_held_lock_is_waited_for_and_then_named(tmp_path, monkeypatch):
    from riskplug.content import journal

    file = tmp_path / "confirmations.csv"
    monkeypatch.setattr(journal, "WAIT_SECONDS", 0.1)
    with journal.locked(file):
        begun = time.monotonic()
        with pytest.raises(LockHeld, match="confirmations"):
            add_confirmations(file, [said("Nd")])
        assert time.monotonic() - begun >= 0.1


def entries_of(tmp_path: Path, *entries: dict) -> pd.DataFrame:
    file = tmp_path / "confirmations.csv"
    add_confirmations(file, list(entries))
    return read_confirmations(file)


def test_an_entry_for_an_unknown_part_is_kept_and_named_with_the_likely_part(tmp_path):
    entries = entries_of(
        tmp_path, said("Nd"), said("Nd", part_no="M-4712"), said("Dy", part_no="X"), said("*", "forgotten", part_no="X")
    )
    found = strays(entries, Path("evidence/confirmations.csv"), ["M", "M-4711", "P-1"], ON)
    assert found[["file", "line", "value", "reason"]].to_dict("records") == [
        {
            "file": "evidence/confirmations.csv",
            "line": 3,
            "value": "M-4712",
            "reason": "no part has this number: did you mean 'M-4711'?",
        }
    ]


def test_a_near_number_is_found_among_a_million():
    numbers = [f"{n:07d}" for n in range(1_000_000)]
    assert near_number("000123", numbers).startswith("did you mean")


def test_the_history_of_a_part_has_every_entry_and_which_still_count(tmp_path):
    entries = entries_of(
        tmp_path, grams("Dy", None, 0.1, None), said("Dy", "absent", note="why"), said("Nd", part_no="N")
    )
    first, second = history(entries, "M", ON)
    assert (first["mass_typ"], first["counts"], first["note"]) == (0.1, False, None)
    assert (second["verdict"], second["counts"], second["note"]) == ("absent", True, "why")
    assert first["recorded_on"] == "2025-04-01"


def test_what_an_entry_replaces_is_told(tmp_path):
    before = entries_of(tmp_path, grams("Dy", None, 0.1, None), said("Nd"))
    after = entries_of(tmp_path, said("Dy", "absent", author="Bo"))
    assert superseded(before, after, ON) == ["replaces Dy present, said by Anna Berg on 2025-04-01"]


def test_nothing_stands_in_an_absent_file(tmp_path):
    entries = read_confirmations(tmp_path / "confirmations.csv")
    assert standing(entries, ON).empty and strays(entries, Path("x"), ["M"], ON).empty
