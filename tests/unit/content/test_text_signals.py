"""Signals in texts: the cases of tests/cases/content/text_signals.yaml, and how signals suppress each other."""

import pandas as pd
import pytest
from content_tables import ROOT

from riskplug.content import Knowledge
from riskplug.content.signals import Readings, read_texts
from riskplug.content.texts import normalise, prefilter
from riskplug.documents import load_yaml

CASES = load_yaml(ROOT / "tests/cases/content/text_signals.yaml").data["cases"]


def read(knowledge: Knowledge, *texts: str) -> Readings:
    return read_texts(normalise(pd.Series(texts, dtype="str")), knowledge)


@pytest.fixture(scope="module")
def standing(knowledge: Knowledge) -> dict[int, set[str]]:
    signals = read(knowledge, *(case["text"] for case in CASES)).signals
    return {int(text): set(rows["signal"]) for text, rows in signals.groupby("text")}


@pytest.mark.parametrize(("place", "case"), list(enumerate(CASES)), ids=[case["text"] for case in CASES])
def test_a_text_shows_its_signal_and_a_trap_shows_none(place: int, case: dict[str, str], standing: dict[int, set[str]]):
    found = standing.get(place, set())
    assert (not found) if case["signal"] == "none" else case["signal"] in found


def test_every_case_of_the_set_is_there():
    assert len(CASES) == 91
    assert sum(case["signal"] != "none" for case in CASES) == 53


def test_a_false_friend_suppresses_weak_signals_and_no_strong_one(knowledge: Knowledge):
    weak, strong = read(knowledge, "Elektromagnet N45"), read(knowledge, "Magnetventil mit NdFeB N42SH")
    assert weak.signals.empty
    assert set(strong.signals["signal"]) >= {"NDFEB_WORD", "NDFEB_HI"}
    assert set(weak.rejected["signal"]) >= {"MAGNET_WORD", "NDFEB_LO", "FALSE_EL_MAG"}


def test_a_grade_inside_a_guid_is_none(knowledge: Knowledge):
    assert read(knowledge, "Cast plate 3DB1647B-5BF9-4138-AE42-6A28CAB5DDB3").signals.empty
    assert not read(knowledge, "Cast plate 3DB1647B AE42").signals.empty


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("N52EH magnet", "NDFEB_SINT_EH"),
        ("Magnet N40VH", "NDFEB_SINT_AH"),
        ("magnet N48M", "NDFEB_SINT_M"),
        ("Ｎ４２ＳＨ 磁钢", "NDFEB_SINT_SH"),
        ("SmCo5 block", "SMCO5"),
        ("VACOMAX 225", "SMCO_ANY"),
        ("8YSZ plasma spray powder", "YSZ_8_ANY"),
        ("Samariummagnet", "SMCO_ANY"),
    ],
)
def test_a_signal_gives_its_grade(knowledge: Knowledge, text: str, grade: str):
    assert read(knowledge, text).grades["grade"].tolist() == [grade]


def test_a_heading_8505_is_context_for_a_bare_grade(content):
    made = content(
        [
            {"part_no": "M", "description": "Ronde N52", "hs_code": "8505.11.90"},
            {"part_no": "B", "description": "Ronde N52", "hs_code": "7318.15"},
        ]
    )
    assert set(made.own["part_no"]) == {"M"}
    assert "needs a context word" in made.rejected.set_index("part_no").loc["B", "reason"]


@pytest.mark.parametrize("pattern", ["{<}N(3[0-9]){>}", "(?<![A-Z])TERBI(?=UM|O|A)", r"SELTEN\w*ERD", r"A(?!(B|C\)))D"])
def test_the_wide_pattern_keeps_what_the_exact_one_finds(pattern: str):
    assert "?<" not in prefilter(pattern)
    assert "?=" not in prefilter(pattern)
    assert "?!" not in prefilter(pattern)
