"""Entity files with mistakes, and files that replace others."""

from pathlib import Path

import pytest

from riskplug.errors import UsageError
from riskplug.regimes import check_files, load_entities, load_measures

GOOD = """schema: riskplug.entities/1
lists:
  - instrument: List 1
    measure: xx-1
    list: control
    from: 2026-01-01
    listed: 2
    source: a gazette
    confidence: M
    as_of: 2026-02-01
    entities:
      - {name: Acme}
"""


def write(folder: Path, text: str, name: str = "own.yaml") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_file_of_entities_is_no_file_of_measures(tmp_path: Path) -> None:
    assert load_measures([write(tmp_path, GOOD)]) == ()
    assert [one.instrument for one in load_entities([tmp_path])] == ["List 1"]


@pytest.mark.parametrize(
    ("old", "new", "place", "what"),
    [
        ("list: control", "list: contrl", "5:11", "did you mean 'control'?"),
        ("    source: a gazette\n", "", "3:5", "missing key 'source'"),
        ("{name: Acme}", "{nam: Acme}", "12:10", "did you mean 'name'?"),
        ("listed: 2", "listed: 0", "7:13", "greater than or equal to 1"),
        ("{name: Acme}", "{name: Acme}\n      - {name: Ajax}\n      - {name: Axon}", "7:13", "and 3 named"),
        ("{name: Acme}", "{name: 3.0}", "12:16", 'quote it: "3.0"'),
    ],
)
def test_a_mistake_is_reported_at_its_place(tmp_path: Path, old: str, new: str, place: str, what: str) -> None:
    assert old in GOOD
    folder = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(UsageError) as caught:
        load_entities([folder])
    assert any(what in str(one) and one.where.endswith(f":{place}") for one in caught.value.problems)


def test_the_check_asks_for_the_measure_of_a_list(tmp_path: Path) -> None:
    (found,) = check_files([[write(tmp_path, GOOD)]]).problems
    assert (found.code, found.where) == ("unknown-measure", f"{tmp_path / 'own.yaml'}:4:14")


def test_a_later_folder_replaces_the_list_of_the_same_instrument(tmp_path: Path) -> None:
    first = write(tmp_path / "a", GOOD)
    second = write(tmp_path / "b", GOOD.replace("Acme", "Ajax"))
    (found,) = load_entities([first, second])
    assert [entity.name for entity in found.entities] == ["Ajax"]
