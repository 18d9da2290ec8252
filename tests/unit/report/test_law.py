"""Legal changes in words and as documents."""

import json
from datetime import date
from importlib.resources import files

from jsonschema import Draft202012Validator, FormatChecker

from riskplug.model import LegalChange, LegalNews, Touched, Turn
from riskplug.report import diff_document, law_line, law_lines, touch_of, turn_of

TOUCHED = Touched(("M-1", "M-2"), ("M-3",), ("PO-1/10", "PO-2/10"), ("PO-3/10",), 1500.0, 1, ("P-1",))


def change(what: str = "status", touched: Touched | None = TOUCHED, **more: object) -> LegalChange:
    about = {
        "measure": "xx-1",
        "parent": "xx-1",
        "instrument": "Act 1",
        "title": "Example",
        "restricts": True,
        "names_goods": True,
        "from_status": "not_yet",
        "to_status": "in_force",
        "steps": (Turn(date(2025, 4, 4), "not_yet", "in_force"),),
        "touched": touched,
    }
    return LegalChange(what=what, **{**about, **more})  # type: ignore[arg-type]


def news(*changes: LegalChange, remark: str = "") -> LegalNews:
    return LegalNews("s1", date(2025, 4, 3), date(2025, 4, 4), changes, remark)


def test_a_line_says_measure_from_to_and_what_it_touches() -> None:
    assert law_line(change(), "EUR") == (
        "xx-1 (Act 1): not yet -> in force on 2025-04-04; found to touch 2 parts (1 more unknown), "
        "2 open order lines of at least EUR 1,500 (1 more unknown), 1 product"
    )


def test_the_way_between_two_dates_is_told() -> None:
    steps = (Turn(date(2025, 10, 9), "not_yet", "in_force"), Turn(date(2025, 11, 7), "in_force", "suspended"))
    assert turn_of(change(to_status="suspended", steps=steps)) == "not yet -> in force -> suspended on 2025-11-07"


def test_an_unknown_value_is_no_zero_and_nothing_found_no_clearance() -> None:
    unpriced = Touched(("M-1",), (), ("PO-1/10",), (), None, 1, ())
    assert "1 open order line of unknown value" in touch_of(change(touched=unpriced), "EUR")
    assert touch_of(change(touched=Touched()), "EUR") == "found to touch 0 parts, 0 open order lines, 0 products"
    assert touch_of(change(touched=None), "EUR") == "what it touches was not computed"
    assert touch_of(change(touched=None, names_goods=False), "EUR") == "names no goods that a part could be"


def test_an_added_and_a_removed_measure_say_where_they_come_from_and_go() -> None:
    assert turn_of(change("added", from_status="", steps=())) == "not in the register -> in force"
    assert (
        turn_of(change("removed", to_status="", from_status="in_force", steps=())) == "in force -> not in the register"
    )


def test_a_digest_has_one_line_each_the_touching_first_and_counts_the_rest() -> None:
    quiet = [change(measure=f"xx-{n}", touched=Touched()) for n in range(9)]
    lines = law_lines(news(*quiet, change(measure="yy-1"), change("stale", measure="zz-1")), "EUR")
    assert len(lines) == 9
    assert lines[0].startswith("law changed: yy-1 ")
    assert lines[-1] == "and 2 more changes of law: `riskplug regimes diff 2025-04-03 2025-04-04`"
    assert not any("zz-1" in line for line in lines)  # a finding says so


def test_what_could_not_be_compared_is_said() -> None:
    assert law_lines(news(remark="the register was not kept"), "EUR") == ("law: the register was not kept",)


def test_the_document_of_a_difference_is_as_its_schema_says() -> None:
    changes = [change(), change("removed", to_status=""), change("amended", touched=None), change("stale", why="old")]
    schema = json.loads((files("riskplug") / "schemas" / "regimes_diff.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    checker = Draft202012Validator(schema, format_checker=FormatChecker())
    document = diff_document(changes, date(2025, 4, 3), date(2025, 4, 4), "s1", "EUR")
    assert list(checker.iter_errors(document)) == []
    assert document["changes"][0]["touches"]["order_value"] == 1500.0
    assert list(checker.iter_errors({**document, "changes": [{}]}))
