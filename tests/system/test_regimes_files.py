"""`riskplug regimes check` and `schema`: what they print, and how they end."""

import json
import shutil
from importlib.resources import files
from pathlib import Path
from typing import Any

from command import ROOT, Folder
from jsonschema import Draft202012Validator

BAD = ROOT / "tests" / "cases" / "regimes" / "bad"


def schema(name: str) -> Any:
    return json.loads((files("riskplug") / "schemas" / f"{name}.json").read_text(encoding="utf-8"))


def test_files_in_order_are_counted_without_a_workspace(tmp_path: Path) -> None:
    good = (BAD / "norway.yaml").read_text(encoding="utf-8").replace("NO]", '"NO"]')
    folder = Folder(tmp_path)
    folder.write("mine/ours.yaml", good)
    ran = folder.run("regimes", "check", "mine")
    assert (ran.code, ran.out, ran.err) == (0, "1 measures, 1 items and 0 named entities in 1 files: no error\n", "")


def test_every_problem_of_every_file_is_told_at_once_and_nothing_on_stdout(tmp_path: Path) -> None:
    for name in ("span-gap", "unknown-country"):
        shutil.copy(BAD / f"{name}.yaml", tmp_path)
    text = (tmp_path / "unknown-country.yaml").read_text(encoding="utf-8")
    (tmp_path / "unknown-country.yaml").write_text(text.replace("xx-1", "xx-2"), encoding="utf-8")
    ran = Folder(tmp_path).run("regimes", "check", "span-gap.yaml", "unknown-country.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert "span-gap.yaml:12:34: nothing is said of the days between" in ran.err
    assert "unknown-country.yaml:9:14: " in ran.err and "-> write CN (China)" in ran.err
    assert ran.err.count("  -> ") == 2


def test_the_json_of_the_check_is_as_its_schema_says(tmp_path: Path) -> None:
    shutil.copy(BAD / "leading-zeros.yaml", tmp_path)
    folder = Folder(tmp_path)
    ran = folder.run("regimes", "check", "leading-zeros.yaml", "gone.yaml", "--format", "json")
    document = ran.document()
    assert ran.code == 2
    assert [error.message for error in Draft202012Validator(schema("problems")).iter_errors(document)] == []
    assert [(one["code"], one["line"]) for one in document["problems"]] == [
        ("yaml-leading-zeros", 14),
        ("no-such-path", None),
    ]


def test_a_workspace_is_checked_with_its_own_measures_and_materials(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.run("init", "plant")
    text = (BAD / "unknown-good.yaml").read_text(encoding="utf-8").replace("graphit]", "unobtainium]")
    folder.write("plant/rules/regimes/ours.yaml", text)
    ran = folder.run("regimes", "check", "-w", "plant")
    assert ran.code == 2 and "no material 'unobtainium'" in ran.err
    header = "material,name,atomic_number,atomic_weight,rare_earth,cas_no,tier,source\n"
    folder.write("plant/materials/elements.csv", header + "unobtainium,Unobtainium,1,1.0,false,,U,made up\n")
    ran = folder.run("regimes", "check", "-w", "plant")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("36 measures")


def test_the_schema_printed_is_the_one_that_ships(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    assert folder.run("regimes", "schema").document() == schema("regimes")
    assert folder.run("regimes", "schema", "--entities").document() == schema("entities")
