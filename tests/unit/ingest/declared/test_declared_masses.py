"""Amounts, CAS numbers and names as suppliers write them."""

import pytest

from riskplug.cas import is_valid, normalised
from riskplug.ingest.declared import shipped_substances
from riskplug.ingest.declared.masses import read_amount, read_count
from riskplug.ingest.declared.substances import magnet


@pytest.mark.parametrize(
    ("value", "unit", "grams", "share"),
    [
        ("5.2", "mg", 0.0052, None),
        ("1", "kg", 1000, None),
        (" .5 ", "g", 0.5, None),
        ("1e2", "mg", 0.1, None),
        ("1000", "ppm", None, 0.001),
        ("86.27", "massPercent", None, 0.8627),
        ("30", "%", None, 0.3),
        ("", "g", None, None),
    ],
)
def test_units_of_mass_and_share(value: str, unit: str, grams: float | None, share: float | None) -> None:
    amount = read_amount(value, unit)
    assert (amount.grams, amount.share, amount.fault) == (
        pytest.approx(grams) if grams is not None else None,
        pytest.approx(share) if share is not None else None,
        "",
    )


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        ("0,5", "g", "decimal comma"),
        ("1.234,5", "g", "decimal comma"),
        ("1,234.5", "g", "decimal comma"),
        ("-1", "g", "negative"),
        ("nan", "g", "not a finite number"),
        ("-inf", "g", "not a finite number"),
        ("1e400", "g", "not a finite number"),
        ("0.1-0.3", "%", "a range"),
        ("traces", "g", "not a number"),
        ("1", "", "no unit"),
        ("1", "cup", "unit 'cup'"),
        ("100.2", "%", "more than 100 %"),
    ],
)
def test_what_is_no_amount_says_why(value: str, unit: str, words: str) -> None:
    amount = read_amount(value, unit)
    assert words in amount.fault
    assert not amount.given


@pytest.mark.parametrize("value", ["<0.1", "≤ 0.1", "less than 0.1", "max. 0.1"])
def test_less_than_is_an_upper_bound(value: str) -> None:
    amount = read_amount(value, "massPercent")
    assert (amount.at_most, amount.share) == (True, pytest.approx(0.001))


@pytest.mark.parametrize(
    ("text", "count", "faulty"), [("4", 4.0, False), ("", None, False), ("0", None, True), ("-1", None, True)]
)
def test_a_count_that_nobody_gives_is_unknown(text: str, count: float | None, faulty: bool) -> None:
    found, fault = read_count(text)
    assert (found, bool(fault)) == (count, faulty)


@pytest.mark.parametrize(
    "written", ["7440-00-8", "07440-00-8", "0007440-00-8", "CAS 7440-00-8", "CAS-7440–00–8", "CAS No. 7440-00-8"]
)
def test_one_cas_number_in_many_spellings(written: str) -> None:
    assert normalised(written) == "7440-00-8"


# the last three are broken numbers of a real vendor's list (facts on materials, section 2)
@pytest.mark.parametrize(
    ("number", "holds"),
    [("7440-00-8", True), ("1313-97-9", True), ("1308-97-8", False), ("1313-07-9", False), ("11314-37-0", False)],
)
def test_the_check_digit_tells_broken_numbers(number: str, holds: bool) -> None:
    assert is_valid(number) is holds


@pytest.mark.parametrize(
    ("name", "cas_no", "materials"),
    [
        ("Neodymium", "7440-00-8", {"Nd": 1.0}),
        ("Neodymium oxide", "1313-97-9", {"Nd": 0.8574}),
        ("Nd2O3", "", {"Nd": 0.8574}),
        ("Neodymium oxide", "", {"Nd": None}),
        ("Neodymium acetate", "6192-13-8", {"Nd": None}),
        ("Neodymium-Praseodymium alloy", "7440-00-8", {"Nd": 1.0, "Pr": None}),
        ("SmCo5", "", {"Sm": None, "Co": None}),
        ("Aluminum", "", {"Al": 1.0}),
        ("In", "", {"In": 1.0}),
        ("Nickel-free steel", "", {}),
        ("PVC", "", {}),
        ("IN 718 coating", "", {}),
        ("Iron", "7439-89-6", {}),
    ],
)
def test_what_a_substance_holds_by_number_and_name(name: str, cas_no: str, materials: dict[str, float | None]) -> None:
    held = shipped_substances().held(name, cas_no)
    assert {each.material: each.fraction for each in held} == materials


@pytest.mark.parametrize(
    ("name", "elemental"),
    [
        ("Beryllium", True),
        ("Beryllium and its compounds", True),
        ("Beryllium/Beryllium compounds", True),
        ("Tungsten (W)", True),
        ("Cobalt dichloride", False),
        ("Dineodymium trioxide", False),
    ],
)
def test_only_the_element_itself_bears_a_limit(name: str, elemental: bool) -> None:
    (held,) = shipped_substances().held(name, "")
    assert held.elemental is elemental


@pytest.mark.parametrize(
    ("name", "is_magnet"),
    [
        ("Sintered NdFeB", True),
        ("Ring magnet", True),
        ("钕磁铁", True),
        ("Electromagnet coil", False),
        ("Magnetventil", False),
        ("Soft magnetic core", False),
        ("Magnet wire", False),
        ("电磁铁", False),
        ("Magnesium", False),
    ],
)
def test_a_homogeneous_material_called_magnet_is_one(name: str, is_magnet: bool) -> None:
    assert magnet(name) is is_magnet


def test_a_zero_with_an_absurd_exponent_is_zero() -> None:
    assert read_amount("0e999", "g").zero


def test_a_name_as_long_as_a_book_is_read() -> None:
    shipped_substances().held("A" * 1_000_000, "")
