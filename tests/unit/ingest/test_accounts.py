"""Every row of every file is accepted, set aside or left out by a rule, and counted once."""

from datetime import date
from pathlib import Path
from typing import Any

from riskplug.ingest import Inspection, Profile, inspect_file

LIST = """\
Level,Number,Quantity,Text
0,P,,product
1,A,2,assembly
2,B,3,bolt
,,,Subtotal A
,Total,5,
2,C,1,cap
,,,
Sum,,6,
1,E,4,end
?,D,1,unreadable level
"""
DROPS: list[dict[str, Any]] = [
    {"column": "Text", "matches": "total"},
    {"column": "Number", "equals": "Total"},
    {"column": "Level", "equals": "Sum"},
]


def inspected(folder: Path, texts: dict[str, str], table: str, **rule: Any) -> Inspection:
    for name, text in texts.items():
        (folder / name).write_text(text)
    own = [folder / name for name in texts if name.startswith("own")]
    used = Profile.model_validate({"name": "made", "decimal": ".", "tables": {table: {"files": "own*", **rule}}})
    return inspect_file(table, own, used, None, date(2025, 4, 28))


def lines(text: str) -> int:
    return text.count("\n") - 1


def of_list(folder: Path, text: str, drops: list[dict[str, Any]]) -> Inspection:
    columns = {"parent": "(parent)", "component": "(component)", "quantity": "Quantity"}
    levels = {"column": "Level", "component": "Number"}
    return inspected(folder, {"own.csv": text}, "bom_lines", columns=columns, levels=levels, drop_rows=drops)


def test_totals_between_the_rows_of_an_indented_list_are_left_out_by_their_rule(tmp_path: Path) -> None:
    made = of_list(tmp_path, LIST, DROPS)
    lines_of = made.rows[["parent", "component", "quantity"]].astype("object")
    assert lines_of.to_numpy().tolist() == [["P", "A", 2], ["A", "B", 3], ["A", "C", 1], ["P", "E", 4]]
    assert dict(made.dropped) == {
        "Text matches total": 1, "Number is Total": 1, "Level is Sum": 1, "top of the list": 1, "blank row": 1
    }  # fmt: skip
    assert [(entry.line, entry.reason) for entry in made.quarantine.itertuples()] == [(11, "level '?' cannot be read")]
    assert len(made.rows) + len(made.quarantine) + sum(made.dropped.values()) == lines(LIST) == made.files[0].rows


def test_a_row_that_may_be_an_assembly_is_not_left_out_before_its_parts_are_placed(tmp_path: Path) -> None:
    """A deleted assembly with a broken level: its part must not be hung under the assembly before it."""
    text = "Level,Number,Quantity,Deleted\n0,P,,\n1,A,2,\n?,B,1,X\n2,C,1,\n"
    made = of_list(tmp_path, text, [{"column": "Deleted", "equals": "X"}])
    assert made.rows["component"].tolist() == ["A"]
    assert made.quarantine["line"].tolist() == [4, 5] and dict(made.dropped) == {"top of the list": 1}


JOIN = {"name": "T", "files": "texts*.csv", "on": {"no": "no"}, "drop_rows": [{"column": "lang", "equals": "E"}]}


def test_what_a_joined_file_sets_aside_is_told_once_however_many_files_it_is_joined_to(tmp_path: Path) -> None:
    texts = {
        "own1.csv": "no\nA\nB\n",
        "own2.csv": "no\nC\n",
        "texts1.csv": "no,lang,text\nA,D,Blech\nB,E,plate\nB,D\n",
        "texts2.csv": "no,lang,text\nC,E,cap\nC,D,Kappe\n",
    }
    columns = {"part_no": "no", "base_unit": {"const": "EA"}, "description": "T.text"}
    made = inspected(tmp_path, texts, "parts", join=[JOIN], columns=columns)
    assert made.rows["description"].astype("object").where(made.rows["description"].notna(), "").tolist() == [
        "Blech", "", "Kappe"
    ]  # fmt: skip
    assert [(Path(entry.file).name, entry.line) for entry in made.quarantine.itertuples()] == [("texts1.csv", 4)]
    assert {f"{Path(name.split(': ')[0]).name}: {name.split(': ')[1]}": n for name, n in made.dropped.items()} == {
        "texts1.csv: lang is E": 1, "texts2.csv: lang is E": 1
    }  # fmt: skip
    assert {Path(file.path).name: file.rows for file in made.files} == {
        name: lines(text) for name, text in texts.items()
    }


def test_the_rows_of_a_file_are_those_that_were_read_whatever_a_join_makes_of_them(tmp_path: Path) -> None:
    texts = {"own.csv": "bom,comp,q\n7,C,2\n8,D,1\n", "links.csv": "bom,part\n7,A\n7,B\n"}
    join = {"name": "L", "files": "links.csv", "on": {"bom": "bom"}, "keep": "matched", "partners": "each"}
    columns = {"parent": "L.part", "component": "comp", "quantity": "q"}
    made = inspected(tmp_path, texts, "bom_lines", join=[join], columns=columns)
    assert len(made.rows) == 2 and [file.rows for file in made.files] == [2, 2]
