"""Measure files with mistakes: every one reported, with file, line and what to do."""

from pathlib import Path

import pytest

from riskplug.errors import Problem, UsageError
from riskplug.regimes import load_measures

GOOD = """schema: riskplug.regimes/1
measures:
  - id: xx-1
    title: Example
    instrument: Act 1
    authority: Nobody
    kind: licence
    origin: [CN]
    spans:
      - {status: in_force, from: 2025-01-01}
    items:
      - {id: xx-1-dy-magnet, materials: [Dy], forms: [magnet], control_codes: ["1C905.a"], confidence: H}
    sources: [a gazette]
    confidence: H
    as_of: 2025-02-01
    verify_by: 2025-08-01
"""


def problems(folder: Path, *texts: str) -> list[Problem]:
    for n, text in enumerate(texts):
        (folder / f"m{n}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_measures([folder])
    return list(caught.value.problems)


def test_a_good_file_loads(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(GOOD, encoding="utf-8")
    assert [measure.id for measure in load_measures([tmp_path])] == ["xx-1"]


@pytest.mark.parametrize(
    ("old", "new", "line", "what", "fix"),
    [
        ("    origin:", "    orign:", 8, "unknown key 'orign'", "did you mean 'origin'?"),
        ("forms: [magnet]", "forms: [magnets]", 12, "'magnets' is not one of the words", "did you mean 'magnet'?"),
        ("kind: licence", "kind: licens", 7, "'licens' is not one of the words", "did you mean 'licence'?"),
        ("materials: [Dy]", "materials: [Dyy]", 12, "'Dyy' is neither an element symbol", "correct"),
        ("    authority: Nobody\n", "", 3, "missing key 'authority'", "add `authority`"),
        ("[CN]", "[China]", 8, "no ISO 3166", "correct"),
        ('"1C905.a"', "6E001", 12, "valid string", "quote it"),
        ("verify_by: 2025-08-01", "note: none", 3, "verify_by is missing", "correct"),
        ("id: xx-1-dy", "id: yy-1-dy", 3, "must extend the measure's id", "correct"),
        ("riskplug.regimes/1", "riskplug.regimes/9", 1, "is not one of the words", "riskplug.regimes/1"),
    ],
)
def test_a_mistake_is_reported_at_its_line(tmp_path: Path, old: str, new: str, line: int, what: str, fix: str) -> None:
    assert old in GOOD
    (found,) = problems(tmp_path, GOOD.replace(old, new))
    assert what in found.what
    assert fix in found.fix
    assert found.where.startswith(f"{tmp_path / 'm0.yaml'}:{line}:")


def test_spans_must_follow_each_other(tmp_path: Path) -> None:
    spans = "{status: in_force, from: 2025-01-01, through: 2025-02-01}\n      - {status: suspended, from: 2025-02-03}"
    (found,) = problems(tmp_path, GOOD.replace("{status: in_force, from: 2025-01-01}", spans))
    assert "must begin on the day after" in found.what


def test_all_mistakes_of_all_files_come_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path, GOOD.replace("origin:", "orign:").replace("title:", "titel:"), GOOD.replace("[magnet]", "[magnets]")
    )
    assert {Path(one.where.split(":")[0]).name for one in found} == {"m0.yaml", "m1.yaml"}
    assert len(found) == 4  # orign, titel, the title that is missing for it, magnets


def test_a_measure_given_twice_in_one_folder_is_a_mistake(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, GOOD, GOOD)
    assert "given twice" in found.what and "m0.yaml:3" in found.what


def test_a_reference_to_no_measure_is_a_mistake(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, GOOD.replace("    sources:", "    same_items_as: [xx-2]\n    sources:"))
    assert "no measure 'xx-2'" in found.what and ":13:" in found.where


def test_a_later_folder_overrides_by_id(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    (tmp_path / "shipped").mkdir()
    (tmp_path / "shipped" / "a.yaml").write_text(GOOD, encoding="utf-8")
    own.write_text(GOOD.replace("title: Example", "title: Ours"), encoding="utf-8")
    (measure,) = load_measures([tmp_path / "shipped", own])
    assert measure.title == "Ours"


def test_a_folder_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        load_measures([tmp_path / "gone"])
