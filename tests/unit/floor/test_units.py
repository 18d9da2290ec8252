"""Units: spellings of ERP systems and people, doubtful ones, and factors."""

import math

import pandas as pd
import pytest

from riskplug.units import ALIASES, DOUBTFUL, FACTORS, canonical, canonical_name, doubt, factor, factors


@pytest.mark.parametrize(
    ("name", "spellings"),
    [
        (
            "pc",
            "ST St St. PC PCE PCS EA C62 H87 NAR Stück STÜCK Stk. stueck pièces Pieza unidades 个 個 件 只 本 枚 ｹ",
        ),
        ("kg", "KG kg Kg KGM kilogramme Kilogramm kilogramos kilos 千克 公斤 キログラム ㎏ ｋｇ ｷﾛｸﾞﾗﾑ"),
        ("g", "G g GRM gram Grams gramme gramos 克 グラム ㌘"),
        ("mg", "MG mg MGM Milligramm miligramos 毫克 ㎎"),
        ("ug", "µg μg ug microgram Mikrogramm"),
        ("t", "TO t TNE tonnes Tonnen toneladas 吨 公噸 トン"),
        ("m", "M m MTR Meter mètres metros 米 メートル"),
        ("mm", "MM mm MMT Millimeter milímetros 毫米 ㎜"),
        ("km", "KM KMT KTM kilómetros"),
        ("m2", "M2 m² ㎡ m^2 m**2 MTK qm 平方米"),
        ("l", "L l LTR DMQ litres リットル ㍑"),
        ("ml", "ML ml CCM cm³ CMQ"),
        ("min", "MIN min Minuten 分钟"),
        ("h", "H h HUR STD Stunden 小时 時間"),
        ("pair", "PAA PR NPR Paar paires pares 对"),
        ("thousand", "MIL T3 TST Tausend millares"),
        ("dozen", "DZ DZN Dutzend douzaine docena 打 ダース"),
        ("ozt", "APZ OZT Feinunze"),
        ("carat", "CTM carat Karat 克拉"),
        ("dt", "DTN"),
    ],
)
def test_spellings_of_systems_and_people_have_one_canonical_name(name: str, spellings: str) -> None:
    assert {spelling: canonical_name(spelling) for spelling in spellings.split()} == dict.fromkeys(
        spellings.split(), name
    )


@pytest.mark.parametrize("spelling", ["metric ton", "Metric  Ton", "tonne métrique"])
def test_spellings_of_several_words_are_known(spelling: str) -> None:
    assert canonical_name(spelling) == "t"


def test_a_spelling_that_may_be_another_letter_case_is_left_unmapped() -> None:
    kept = ["Mg", "Mm", "Ml", "st", "mil", "T", "PA", "Pa", "GR", "gr", "MT", "LT", "Ton", "GAL", "ct", "キロ"]
    assert [canonical_name(spelling) for spelling in kept] == kept
    assert all(len(doubt(spelling)) > 1 for spelling in kept)


def test_the_other_case_of_a_doubtful_spelling_keeps_its_default() -> None:
    known = {"MG": "mg", "mg": "mg", "MM": "mm", "ML": "ml", "ST": "pc", "MIL": "thousand", "t": "t", "cl": "cl"}
    assert {spelling: canonical_name(spelling) for spelling in known} == known
    assert not any(doubt(spelling) for spelling in known)


@pytest.mark.parametrize(
    "spelling", ["ROL", "PAL", "Karton", "BOX", "SET", "箱", "巻", "rod", "link", "bag", "barrel", "XYZ"]
)
def test_packages_and_unknown_spellings_have_no_factor(spelling: str) -> None:
    assert canonical_name(spelling) == spelling and doubt(spelling) == ()
    assert all(math.isnan(factor(canonical_name(spelling), to)) for to in ("pc", "kg", "m"))


def test_every_spelling_leads_to_a_unit_with_a_factor_and_no_doubtful_one_does() -> None:
    assert set(ALIASES.values()) <= set(FACTORS)
    assert {spelling: canonical_name(spelling) for spelling in DOUBTFUL} == {
        spelling: spelling for spelling in DOUBTFUL
    }


def test_a_column_is_named_spelling_by_spelling_and_keeps_what_is_missing() -> None:
    column = canonical(pd.Series(["ST", "kg", None, "ROL", " KGM "], dtype="object"))
    assert column.astype("object").where(column.notna(), None).tolist() == ["pc", "kg", None, "ROL", "kg"]


# By definition: 1 lb is 453.59237 g, a troy pound of 12 oz 373.2417216 g, a US gallon 231 cubic inches.
@pytest.mark.parametrize(
    ("unit", "to", "expected"),
    [
        ("lb", "g", 453.59237),
        ("ft", "in", 12),
        ("ozt", "g", 373.2417216 / 12),
        ("short_ton", "lb", 2000),
        ("long_ton", "lb", 2240),
        ("lb", "oz", 16),
        ("us_gal", "in3", 231),
        ("ft3", "in3", 1728),
        ("ft2", "in2", 144),
        ("yd", "ft", 3),
        ("carat", "mg", 200),
        ("m3", "l", 1000),
        ("dt", "kg", 100),
        ("gross", "dozen", 12),
        ("t", "ug", 1e12),
        ("h", "s", 3600),
    ],
)
def test_factors_are_those_of_the_definitions(unit: str, to: str, expected: float) -> None:
    assert factor(unit, to) == pytest.approx(expected, rel=1e-12)
    assert factor(to, unit) == pytest.approx(1 / expected, rel=1e-12)


def test_factors_agree_with_an_independent_library() -> None:
    import pint

    registry = pint.UnitRegistry()
    names = {
        **{"ug": "microgram", "t": "metric_ton", "ozt": "troy_ounce", "um": "micrometer"},
        **{"in": "inch", "yd": "yard", "us_gal": "gallon", "uk_gal": "imperial_gallon", "ul": "microliter"},
        **{"h": "hour", "min": "minute", "s": "second", "l": "liter", "m": "meter", "nm": "nanometer"},
    }
    first = {"mass": "gram", "length": "meter", "area": "meter ** 2", "volume": "liter", "time": "hour"}
    powers = {"2": " ** 2", "3": " ** 3"}
    for name, (dimension, size) in FACTORS.items():
        if dimension in first and name != "dt":
            spelled = name[:-1] + powers[name[-1]] if name[-1] in powers else names.get(name, name)
            assert registry.Quantity(1, spelled).to(first[dimension]).magnitude == pytest.approx(size, rel=1e-9), name


def test_no_factor_between_dimensions_is_unknown_and_never_one() -> None:
    assert factors(["kg", "ROL", None, "ROL", "t"], ["pc", "m", "kg", "ROL", None]).tolist() == pytest.approx(
        [math.nan, math.nan, 1, 1, math.nan], nan_ok=True
    )
