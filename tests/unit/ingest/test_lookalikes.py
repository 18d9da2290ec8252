"""Keys that look alike are reported with the reason, and never touched."""

import pandas as pd
import pytest

from riskplug.lookalikes import look_alikes


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("A\u20111", "U+2011 NON-BREAKING HYPHEN for -"),
        ("A\u22121", "U+2212 MINUS SIGN for -"),
        ("A\u00ad-1", "U+00AD SOFT HYPHEN"),
        ("A\u200b-1", "U+200B ZERO WIDTH SPACE"),
        ("A-1\u00a0", "U+00A0 NO-BREAK SPACE"),
        ("\u0410-1", "U+0410 CYRILLIC CAPITAL LETTER A for A"),
        ("\u0391-1", "U+0391 GREEK CAPITAL LETTER ALPHA for A"),
        ("\uff21-1", "U+FF21 FULLWIDTH LATIN CAPITAL LETTER A for A"),
        ("A-\uff11", "U+FF11 FULLWIDTH DIGIT ONE for 1"),
        ("a-1", "upper and lower case"),
        (" A-1", "blanks"),
    ],
)
def test_a_key_that_looks_like_a_plain_one_names_its_twin_and_why(key: str, why: str) -> None:
    found = look_alikes([key, "A-1", "B-1", "A1"])
    twins = found.to_dict("records")
    plain, odd = ("A-1", key) if why != "upper and lower case" else ("A-1", "a-1")
    assert twins == [{"key": odd, "twin": plain, "why": why}]


def test_composed_and_decomposed_accents_are_one_to_the_eye_and_a_letter_without_accent_is_not() -> None:
    found = look_alikes(["M\u00fc-1", "Mu\u0308-1", "Mu-1"])
    assert found[["key", "twin"]].to_numpy().tolist() == [["Mu\u0308-1", "M\u00fc-1"]]


def test_every_key_of_a_group_but_the_plainest_has_a_row() -> None:
    found = look_alikes(["A-1", "\u0410-1", "a-1", "A\u20131", "C-1"])
    assert set(found["key"]) == {"\u0410-1", "a-1", "A\u20131"} and set(found["twin"]) == {"A-1"}


def test_two_odd_keys_without_a_plain_one_are_reported_with_what_both_have() -> None:
    found = look_alikes(["D\u20141", "D\u20131"])
    assert found["why"].tolist() == ["U+2014 EM DASH for -; its twin has U+2013 EN DASH for -"]


def test_keys_in_one_foreign_script_are_no_look_alikes_of_anything() -> None:
    assert look_alikes(["Болт-1", "Гайка-1", "螺丝-1", "Bolt-1", "A-10", "A-100", "AO", "A0"]).empty


def test_repeated_and_missing_keys_make_no_twins() -> None:
    found = look_alikes(pd.Series(["A-1", "A-1", None, float("nan")], dtype="object"))
    assert found.empty and list(found.columns) == ["key", "twin", "why"]
    assert look_alikes([]).empty


def test_many_plain_keys_have_no_look_alikes() -> None:
    keys = pd.Index([f"P-{number:07d}" for number in range(200_000)])
    assert look_alikes(keys).empty
