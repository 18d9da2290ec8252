"""One file per mistake that an author of measures can make; its first line says where, which, and what to do."""

import re
from pathlib import Path

import pytest

from riskplug.regimes.loading import read_register

FOLDER = Path(__file__).parents[2] / "cases" / "regimes" / "bad"
EXPECTED = re.compile(r"# (?P<place>\d+:\d+) (?P<code>[a-z-]+): (?P<fix>.+)")
NAMES = {"Dy": "Dysprosium", "Tb": "Terbium", "graphite": "Graphite"}


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: file.stem)
def test_a_mistake_is_found_alone_and_at_its_place(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    expected = EXPECTED.match(text)
    assert expected, "the first line says line:column code: fix"
    (found,) = read_register([[file]], NAMES).problems
    assert (found.where, found.code) == (f"{file}:{expected['place']}", expected["code"])
    assert expected["fix"] in found.fix
    line, column = map(int, expected["place"].split(":"))
    shown, caret = found.excerpt.split("\n")
    here = text.split("\n")[line - 1]
    assert shown.strip() in here
    assert shown[caret.index("^") :][:4] == here[column - 1 :][:4]
