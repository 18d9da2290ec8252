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


def test_what_is_wrong_elsewhere_in_a_measure_hides_no_other_mistake(tmp_path: Path) -> None:
    text = GOOD.replace("kind: licence", "kind: licens").replace("id: xx-1-dy", "id: yy-1-dy").replace("[Dy]", "[Dyy]")
    text = text.replace("{status: in_force,", "{status: in_force, through: 2024-12-31,").replace("[CN]", "[China]")
    found = {one.code for one in problems(tmp_path, text)}
    assert found == {"unknown-word", "item-id", "unknown-material", "span-backward", "unknown-country"}


def test_a_bare_no_is_never_read_as_false(tmp_path: Path) -> None:
    (tmp_path / "norway.yaml").write_text(GOOD.replace("[CN]", '["NO"]'), encoding="utf-8")
    (measure,) = load_measures([tmp_path])
    assert measure.origin == ("NO",)


def test_a_material_of_the_workspace_is_known(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(GOOD.replace("[Dy]", "[unobtainium]"), encoding="utf-8")
    (measure,) = load_measures([tmp_path], {"unobtainium": "Unobtainium"})
    assert measure.items[0].materials == ("unobtainium",)
    with pytest.raises(UsageError, match="no material 'unobtainium'"):
        load_measures([tmp_path], {"Dy": "Dysprosium"})


def test_all_mistakes_of_all_files_come_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path, GOOD.replace("origin:", "orign:").replace("title:", "titel:"), GOOD.replace("[magnet]", "[magnets]")
    )
    assert {Path(one.where.split(":")[0]).name for one in found} == {"m0.yaml", "m1.yaml"}
    # orign, titel, the title that is missing for it, magnets, and xx-1 given twice
    assert len(found) == 5


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
