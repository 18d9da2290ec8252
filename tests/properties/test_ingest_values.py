"""Numbers and dates of text against slow, obvious readers: Decimal and datetime, one value at a time."""

import math
import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from riskplug.ingest import Profile
from riskplug.ingest.dates import read_dates
from riskplug.ingest.numbers import read_numbers

SETTLED = settings(max_examples=150, deadline=None, derandomize=True)
MARKS = st.sampled_from([(".", ""), (",", ""), (".", ","), (",", "."), (".", "'"), (",", "\u00a0\u202f"), (".", ", ")])
SIGNS = st.sampled_from(["leading", "trailing", "brackets"])
GROUPING = st.sampled_from(["three", "indian"])
SOUP = st.text(st.sampled_from("0123456789.,'-+()eE %/\u2212\u00a0\u202fx１"), max_size=10)
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9)


def profile(**declared: Any) -> Profile:
    return Profile.model_validate({"name": "test", "reader": "canonical", **declared})


def grouped(digits: str, mark: str, grouping: str) -> str:
    """The whole part with its thousands marks, written from the right by hand."""
    head, tail = digits[:-3], digits[-3:]
    width = 2 if grouping == "indian" else 3
    pieces = []
    while head:
        head, pieces = head[:-width], [head[-width:], *pieces]
    return mark.join([*pieces, tail]) if mark else digits


def written(value: Decimal, decimal: str, mark: str, sign: str, grouping: str) -> str:
    whole, _, rest = f"{abs(value):f}".partition(".")
    text = grouped(whole, mark, grouping) + (decimal + rest if rest else "")
    if value >= 0:
        return text
    return {"leading": f"-{text}", "trailing": f"{text}-", "brackets": f"({text})"}[sign]


def slowly(text: str, decimal: str, thousands: str, sign: str, grouping: str) -> Decimal | None:
    """What a text means as declared, by taking it apart character by character; None for what is not declared."""
    text = text.replace("\u2212", "-")
    negative = False
    if sign == "trailing" and text.endswith("-") and text[:1] not in ("+", "-"):
        negative, text = True, text[:-1].rstrip(" ")
    elif sign == "brackets" and text.startswith("(") and text.endswith(")"):
        negative, text = True, text[1:-1].strip(" ")
        if text[:1] in ("+", "-"):
            return None
    if text[:1] in ("+", "-") and not negative:
        negative, text = text[0] == "-", text[1:]
    mantissa, *exponent = re.split("[eE]", text)
    if len(exponent) > 1 or (exponent and not re.fullmatch("[+-]?[0-9]+", exponent[0])):
        return None
    whole, *rest = mantissa.split(decimal)
    if len(rest) > 1 or not all(re.fullmatch("[0-9]*", piece) for piece in rest):
        return None
    digits = ungrouped(whole, thousands, grouping)
    if digits is None or not (digits + "".join(rest)):
        return None
    found = Decimal(f"{digits or 0}.{''.join(rest) or 0}E{exponent[0] if exponent else 0}")
    return -found if negative else found


def ungrouped(whole: str, thousands: str, grouping: str) -> str | None:
    if re.fullmatch("[0-9]*", whole):
        return whole
    for mark in thousands:
        digits = whole.replace(mark, "")
        if re.fullmatch("[0-9]+", digits) and len(digits) > 3 and grouped(digits, mark, grouping) == whole:
            return digits
    return None


def read_one_number(text: str, **declared: Any) -> float | None:
    numbers, faults = read_numbers("quantity", pa.array(["1", text, "x"]), profile(**declared))
    first, found, _ = numbers.to_pylist()
    assert first == 1
    assert (1 in {row for fault in faults for row in fault.rows}) == (found is None)
    return found


@SETTLED
@given(NUMBERS, MARKS, SIGNS, GROUPING, st.integers(0, 1))
def test_what_was_written_as_declared_is_read_back_exactly(
    value: Decimal, marks: tuple[str, str], sign: str, grouping: str, which: int
) -> None:
    decimal, thousands = marks
    mark = thousands[which % len(thousands)] if thousands else ""
    text = written(value, decimal, mark, sign, grouping)
    declared = {"decimal": decimal, "thousands": thousands, "sign": sign, "grouping": grouping}
    assert read_one_number(text, **declared) == float(value)
    alone, faults = read_numbers("quantity", pa.array([text]), profile(**declared))
    assert alone.to_pylist() == [float(value)] and not faults


@SETTLED
@given(SOUP, MARKS, SIGNS, GROUPING)
@example("1.2345,00", (",", "."), "leading", "three")
@example("1e400", (".", ""), "leading", "three")
@example("1e-400", (".", ""), "leading", "three")
@example("-0", (".", ""), "trailing", "three")
def test_any_text_is_the_declared_number_or_set_aside(
    text: str, marks: tuple[str, str], sign: str, grouping: str
) -> None:
    decimal, thousands = marks
    text = text.strip(" ")
    if not text:
        return
    found = read_one_number(text, decimal=decimal, thousands=thousands, sign=sign, grouping=grouping)
    meant = slowly(text, decimal, thousands, sign, grouping)
    if meant is None or not math.isfinite(float(meant)) or (float(meant) == 0 and meant != 0):
        assert found is None
    else:
        assert found == float(meant)


@SETTLED
@given(st.text(max_size=12))
def test_no_text_at_all_breaks_the_reader_or_becomes_infinite(text: str) -> None:
    for declared in ({"decimal": "."}, {"decimal": ",", "thousands": ".", "sign": "trailing"}):
        numbers, faults = read_numbers("quantity", pa.array([text]), profile(**declared))
        (number,) = numbers.to_pylist()
        assert (number is None) == bool(faults)
        assert number is None or math.isfinite(number)


FORMATS = st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%Y%m%d", "%d-%b-%Y", "%Y%j", "%G-W%V-%u", "%d %B %Y"])
DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(9998, 12, 31))


def read_one_day(text: str, **declared: Any) -> date | None:
    days, faults = read_dates("date", pa.array([text]), profile(**declared))
    (found,) = days.to_pylist()
    assert found is None or not faults
    return found and found.date()


@SETTLED
@given(DAYS, FORMATS, st.sampled_from([str, str.lower, str.upper]))
def test_every_day_written_as_declared_is_read_back(day: date, pattern: str, case: Any) -> None:
    assert read_one_day(case(day.strftime(pattern)), date_formats=[pattern]) == day


@SETTLED
@given(DAYS.filter(lambda day: day.year < 2100))
def test_jd_edwards_days_are_counted_from_the_first_of_january(day: date) -> None:
    number = (day.year - 1900) * 1000 + (day - date(day.year, 1, 1)).days + 1
    text = f"{number:06d}"
    assert read_one_day(text, date_formats=["CYYDDD"]) == day


@SETTLED
@given(st.integers(1900, 2000), st.integers(0, 99), st.integers(0, 364))
def test_two_digit_years_lie_in_the_declared_century(first: int, short: int, days: int) -> None:
    years = [year for year in range(first, first + 100) if year % 100 == short]
    day = date(years[0], 1, 1) + timedelta(days=days)
    text = f"{day.day:02d}.{day.month:02d}.{short:02d}"
    assert read_one_day(text, date_formats=["%d.%m.%y"], years_from=first) == day


@SETTLED
@given(st.integers(0, 9999), st.integers(0, 60))
def test_a_week_is_its_monday_or_set_aside_where_the_year_has_no_such_week(year: int, week: int) -> None:
    found = read_one_day(f"{year:04d}-W{week:02d}", date_formats=["%G-W%V"])
    # by the rule itself: week 1 holds 4 January, and a week belongs to the year of its Thursday
    if not 1901 <= year <= 9998 or not 1 <= week <= 53:
        assert found is None or found.isocalendar()[:2] == (year, week)
        return
    fourth = date(year, 1, 4)
    monday = fourth - timedelta(days=fourth.weekday()) + timedelta(weeks=week - 1)
    assert found == (monday if (monday + timedelta(days=3)).year == year else None)


@SETTLED
@given(st.text(st.sampled_from("0123456789.-/:T W"), max_size=12) | st.text(max_size=12), FORMATS)
def test_any_text_is_a_day_the_format_gives_back_or_none(text: str, pattern: str) -> None:
    found = read_one_day(text, date_formats=[pattern])
    if found is not None:
        numbers = [int(piece) for piece in re.findall("[0-9]+", text)]
        same = [int(piece) for piece in re.findall("[0-9]+", found.strftime(pattern))]
        assert numbers == same
