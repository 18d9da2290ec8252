"""Signals in texts: the cases of tests/cases/content/text_signals.yaml, and how signals suppress each other."""

import re

import pandas as pd
import pytest
from content_tables import ROOT

from riskplug.content import Knowledge, is_strong
from riskplug.content.sheets import expand
from riskplug.content.signals import Readings, read_texts
from riskplug.content.texts import find, normalise, prefilter
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


TRADE = load_yaml(ROOT / "tests/cases/content/trade_texts.yaml").data


@pytest.fixture(scope="module")
def strongly(content) -> dict[str, set[str]]:
    """Materials read as good as certain, by text."""
    texts = [*TRADE["nothing"], *TRADE["materials"]]
    own = content([{"part_no": f"{place:04}", "description": text} for place, text in enumerate(texts)]).own
    own = own[is_strong(own)]
    return {texts[int(part)]: set(rows["material"]) for part, rows in own.groupby("part_no", observed=True)}


@pytest.mark.parametrize("text", TRADE["nothing"])
def test_what_is_only_about_a_material_holds_none(text: str, strongly: dict[str, set[str]]):
    assert text not in strongly


@pytest.mark.parametrize(("text", "materials"), TRADE["materials"].items())
def test_the_trade_words_of_a_material_are_read(text: str, materials: list[str], strongly: dict[str, set[str]]):
    assert set(materials) <= strongly.get(text, set())


@pytest.mark.parametrize(
    ("text", "materials"),
    [
        ("Neodym-freies Magnetsystem SmCo 26", {"Sm", "Co"}),
        ("Lead free magnet N42 NdFeB", {"Nd", "Pr"}),
        ("Kobaltblauer Halter mit NdFeB Magnet", {"Nd", "Pr"}),
        ("Magnet N42SH acc. to drawing 4711", {"Nd", "Pr", "Dy"}),
        ("Servomotor 400W m. Kabel", set()),
        ("Motor without brake and neodymium magnets", {"Nd", "Pr"}),  # what follows "and" may well be in it
        ("Steel without tungsten nor cobalt, NdFeB tip", {"Nd", "Pr"}),
    ],
)
def test_a_negation_takes_away_its_own_word_only(content, text: str, materials: set[str]):
    own = content([{"part_no": "M", "description": text}]).own
    assert set(own[is_strong(own)]["material"]) & {"Nd", "Pr", "Dy", "Sm", "Co"} == materials
    assert len(own)  # a suspicion at least: a component with its cable is still the component


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Imán", "IMAN"),
        ("ﾈｵｼﾞﾑ ﾏｸﾞﾈｯﾄ", "ネオジム マグネット"),
        ("Ｎ５２", "N52"),
        ("Fußläufer Ø20", "FUSSLAUFER Ø20"),
        ("a {7E1D52AC-N45H-4B1E} b", "A   B"),
        ("a 7e1d52ac-ae42-4b1e b", "A   B"),
    ],
)
def test_texts_are_compared_without_accents_widths_and_identifiers(text: str, plain: str):
    assert normalise(pd.Series([text], dtype="str")).tolist() == [plain]


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("{<}N52{>} DISC", "N52 DISC"),
        ("POT {<}MAGNET", "POT MAGNET"),
        ("(?<=[ ,(])F[.] MAGNET", "REEL (F. MAGNET)"),
        (r"MQP-?[\w-]+", "MQP-B+ POWDER"),
        ("A(B{>}|C)D?", "XAB"),
        ("KÜHL(?!ER)", "KUHLUNG"),
    ],
)
def test_the_wide_pattern_loses_no_text(pattern: str, text: str):
    assert re.search(expand(pattern), text)
    assert len(find(pd.Series([text], dtype="str"), {"p": pattern})) == 1


@pytest.mark.parametrize(
    "pattern",
    [
        "N42",
        "N(4[0-9]|5[0-6])",
        "[3458]Y",
        "[^0-5]Y",
        "[^3]Y",
        r"N[ \-]?[0-9]{2}SH",
        "[0-9]{2,7}-[0-9]{2}-[0-9]",
        "X[1-9]{3}",
        "A{2}4",
        r"\D5Y",
        r"\x35Y",
        r"[\]3]Y",
        "(?P<n1>N4)(?P<n2>5|7)",
        r"\w{2}\W+8505",
        "(?<![0-9])11(?![0-9])",
        "{<}W(T|LA)?(10|15)?{>}",
        "4$",
    ],
)
def test_texts_that_differ_in_digits_alone_are_told_apart(pattern: str):
    shapes = ("N#SH", "N #", "#Y", "Y#", "X#", "AA#", "C#Y", "]Y #", "N4#", "MAG - #", "#-12-3", "W#", "WLA# ", "磁#Y")
    numbers = ("0", "3", "4", "5", "7", "9", "10", "11", "15", "42", "47", "60", "111", "123", "8505", "85051190")
    texts = [shape.replace("#", number) for shape in shapes for number in numbers] + ["", "N", "Y"]
    found = find(pd.Series(texts, dtype="str"), {"it": pattern})
    exact = re.compile(expand(pattern))
    expected = [place for place, text in enumerate(texts) if exact.search(text)]
    assert expected
    assert found["text"].tolist() == expected


def test_no_texts_and_texts_of_a_cut_column_are_read(knowledge: Knowledge):
    assert find(pd.Series([], dtype="str"), {"it": "N42"}).empty
    texts = pd.Series(["X", "N42", "", "N43", "N42"], dtype="str").iloc[1:]
    assert find(texts, {"it": "N42"})["text"].tolist() == [0, 3]
