"""Profile files: inheritance, and every mistake with its line."""

from pathlib import Path

import pytest

from riskplug.errors import UsageError
from riskplug.ingest import load_profile, load_profiles

GOOD = """\
name: mine
extends: canonical
delimiter: ";"
tables:
  inventory:
    files: stock.csv
    columns:
      part_no: Material
      quantity: {minus: [a, b], floor: 0}
"""


def written(tmp_path: Path, text: str, name: str = "mine.yaml") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def test_shipped_profiles_load_and_are_named_after_their_files() -> None:
    assert set(load_profiles()) == {"canonical", "declarations"}


def test_a_profile_inherits_settings_and_single_columns(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    child = "name: child\nextends: mine\ntables: {inventory: {columns: {quantity: Menge, unit: ME}}}\n"
    profiles = load_profiles([written(tmp_path, child, "child.yaml"), tmp_path / "mine.yaml"])
    stock = profiles["child"].tables["inventory"]
    assert (profiles["child"].delimiter, profiles["child"].decimal) == (";", ".")
    assert {name: rule.column for name, rule in stock.columns.items()} == {
        "part_no": ("Material",),
        "quantity": ("Menge",),
        "unit": ("ME",),
    }
    assert stock.files == ("stock.csv",)


def test_null_takes_an_inherited_column_away(tmp_path: Path) -> None:
    child = "name: child\nextends: mine\ntables: {inventory: {columns: {part_no: null}}}\n"
    profiles = load_profiles([written(tmp_path, GOOD), written(tmp_path, child, "child.yaml")])
    assert set(profiles["child"].tables["inventory"].columns) == {"quantity"}


def test_one_profile_file_may_extend_a_shipped_one(tmp_path: Path) -> None:
    assert load_profile(written(tmp_path, GOOD)).true_words == ("true", "1", "yes")


@pytest.mark.parametrize(
    ("wrong", "line", "what", "fix"),
    [
        (GOOD.replace("delimiter", "delimeter"), 3, "unknown key 'delimeter'", "did you mean 'delimiter'?"),
        (GOOD.replace("files", "file"), 6, "unknown key 'file'", "did you mean 'files'?"),
        (GOOD.replace("floor", "flor"), 9, "unknown key 'flor'", "did you mean 'floor'?"),
        (GOOD.replace("part_no:", "partno:"), 8, "table inventory has no column 'partno'", "did you mean 'part_no'?"),
        (GOOD.replace("inventory", "inventori"), 5, "unknown table 'inventori'", "did you mean 'inventory'?"),
        (GOOD.replace("extends: canonical", "extends: canonicle"), 2, "unknown profile 'canonicle'", "did you mean"),
        (
            GOOD.replace("extends: canonical", "extends: mine"),
            2,
            "profiles extend each other: mine -> mine",
            "remove one",
        ),
        (GOOD.replace("[a, b]", "[a]"), 9, "minus takes two columns", "correct the value"),
        (GOOD.replace('";"', "ab"), 3, "delimiter", "correct the value"),
        (GOOD + 'decimal: ","\nthousands: ",."\n', 1, "decimal and thousands are the same mark", "correct the value"),
        (GOOD + "name: again\n", 10, "'name' is given twice", "keep one"),
        (GOOD.replace("delimiter: ", "delimiter: &x "), 3, "anchor &x is not allowed", "write the value out"),
        (GOOD + "encoding: latin-99\n", 10, "unknown encoding 'latin-99'", "correct the value"),
        (GOOD + "date_formats: ['%d.%m.%y']\n", 10, "two-digit years", "correct the value"),
        (GOOD.replace("    files: stock.csv\n", ""), 5, "table inventory names no files", "add `files:`"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_a_way_out(
    wrong: str, line: int, what: str, fix: str, tmp_path: Path
) -> None:
    path = written(tmp_path, wrong)
    with pytest.raises(UsageError) as caught:
        load_profile(path)
    assert any(
        problem.where.startswith(f"{path}:{line}:") and what in problem.what and fix in problem.fix
        for problem in caught.value.problems
    ), caught.value


def test_every_mistake_of_a_file_is_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load_profile(written(tmp_path, GOOD.replace("delimiter", "delimeter").replace("floor", "flor")))
    assert len(caught.value.problems) == 2


def test_two_profiles_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="already defined"):
        load_profiles([written(tmp_path, GOOD), written(tmp_path, GOOD, "other.yaml")])
