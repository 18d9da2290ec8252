"""What a rule kind may give back: every breach is a fault in words, with what to do."""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from riskplug.errors import PluginFault
from riskplug.extend.contract import Asked, allowed_findings, need_untouched, plain_findings

ASKED = Asked("r", ("part_no", "site"), 1_000, owner="owner", stamp={"rule_version": "v1", "references": []})


def good(rows: int = 2, **columns: Any) -> pd.DataFrame:
    made: dict[str, Any] = {
        "severity": ["warning"] * rows,
        "message": [f"m {n}" for n in range(rows)],
        "part_no": [f"P{n}" for n in range(rows)],
        "site": ["S"] * rows,
    }
    return pd.DataFrame({**made, **columns})


def fault(rows: object, asked: Asked = ASKED) -> str:
    with pytest.raises(PluginFault) as caught:
        plain_findings(rows, asked)
    assert caught.value.fix
    return f"{caught.value.what} -> {caught.value.fix}"


def test_findings_are_made_plain() -> None:
    frame = good(
        owner=["Ida", None],
        metric=[3, None],
        count=np.array([1, 2]),
        seen=pd.Series([date(2025, 4, 28), None], dtype="datetime64[s]"),
        measures=[{"b": 1.0, "a": "x"}, None],
        listed=[["a", 1], {"k": {"n": None}}],
    )
    plain = plain_findings(frame.set_index(pd.Index([7, 7])), ASKED)
    assert plain.index.tolist() == [0, 1]
    assert plain["key part_no"].tolist() == ["P0", "P1"]
    assert plain["owner"].tolist()[0] == "Ida" and pd.isna(plain["owner"][1])
    assert plain["metric"].tolist()[0] == 3.0 and pd.isna(plain["metric"][1])
    assert plain["measures"].tolist() == ['{"a":"x","b":1.0}', "{}"]
    assert plain["evidence"].tolist() == [
        '{"count":1,"listed":["a",1],"references":[],"rule_version":"v1","seen":"2025-04-28"}',
        '{"count":2,"listed":{"k":{"n":null}},"references":[],"rule_version":"v1","seen":null}',
    ]


@pytest.mark.parametrize(
    "empty", [good(0), good().iloc[:0], pd.DataFrame(columns=["severity", "message", "part_no", "site"])]
)
def test_no_findings_are_in_order(empty: pd.DataFrame) -> None:
    assert len(plain_findings(empty, ASKED)) == 0


@pytest.mark.parametrize(
    ("rows", "type_name"), [(None, "NoneType"), ([], "list"), (good()["message"], "Series"), ({}, "dict")]
)
def test_anything_but_a_frame_is_a_fault(rows: object, type_name: str) -> None:
    assert f"assess() gave {type_name}, not a frame" in fault(rows)


def test_a_missing_column_is_a_fault() -> None:
    assert "left out message, site" in fault(good().drop(columns=["message", "site"]))


def test_a_column_given_twice_is_a_fault() -> None:
    assert "two columns site" in fault(pd.concat([good(), good()[["site"]]], axis=1))


def test_a_column_without_a_text_name_is_a_fault() -> None:
    assert "named a column 0" in fault(good(**{}).assign(x=1).rename(columns={"x": 0}))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([["P0"], ["P1"]], "values of type list"),
        ([{"a": 1}, "P1"], "values of type dict and str"),
        ([b"P0", b"P1"], "values of type bytes"),
        ([1j, 2j], "dtype complex128"),
        (pd.to_timedelta([1, 2], unit="D"), "dtype timedelta64"),
        (pd.period_range("2025", periods=2, freq="Y"), "dtype period"),
        (pd.interval_range(0, 2), "dtype interval"),
        (pd.Categorical([("a",), ("b",)]), "values of type tuple"),
        ([object(), object()], "values of type object"),
    ],
)
@pytest.mark.parametrize("name", ["part_no", "severity", "message", "metric"])
def test_only_text_numbers_dates_and_flags_are_taken(name: str, values: Any, said: str) -> None:
    assert f"column {name} holds {said}" in fault(good(**{name: values}))


@pytest.mark.parametrize("name", ["severity", "message", "owner"])
def test_text_columns_hold_text(name: str) -> None:
    assert f"column {name} holds numbers" in fault(good(**{name: [1, 2]}))


@pytest.mark.parametrize(
    "values",
    [pd.Categorical(["P0", "P1"]), np.array(["P0", "P1"], dtype=object), pd.array(["P0", "P1"], dtype="string")],
)
def test_text_may_come_in_any_of_its_dtypes(values: Any) -> None:
    assert plain_findings(good(part_no=values), ASKED)["key part_no"].tolist() == ["P0", "P1"]


def test_whole_numbers_are_keys_as_they_are_written() -> None:
    assert plain_findings(good(part_no=[4711, 12]), ASKED)["key part_no"].tolist() == ["4711", "12"]


@pytest.mark.parametrize(
    "values",
    [
        [date(2025, 4, 28), date(2025, 5, 1)],
        [datetime(2025, 4, 28, 13), datetime(2025, 5, 1)],
        pd.to_datetime(["2025-04-28", "2025-05-01"]),
        ["2025-04-28", "2025-05-01"],
    ],
)
def test_a_date_in_an_identity_is_its_day(values: Any) -> None:
    asked = Asked("r", ("part_no", "due_date"), 10, frozenset({"due_date"}))
    plain = plain_findings(good(due_date=values), asked)
    assert plain["key due_date"].tolist() == ["2025-04-28", "2025-05-01"]


def test_what_is_no_date_cannot_be_one_in_an_identity() -> None:
    asked = Asked("r", ("part_no", "due_date"), 10, frozenset({"due_date"}))
    assert "column due_date holds what is no date" in fault(good(due_date=["soon", "later"]), asked)


def test_an_unknown_severity_is_a_fault_with_a_suggestion() -> None:
    said = fault(good(severity=["warning", "critcal"]))
    assert "gave severity critcal" in said and "did you mean 'critical'" in said
    assert "gave severity nothing" in fault(good(severity=["warning", None]))


@pytest.mark.parametrize("value", [None, "", "   "])
def test_a_missing_or_empty_key_is_a_fault(value: str | None) -> None:
    assert "1 findings have no site, which names them (row 1 of the frame)" in fault(good(site=["S", value]))


@pytest.mark.parametrize("value", [None, "", " \n"])
def test_an_empty_message_is_a_fault(value: str | None) -> None:
    assert "1 findings have no message (row 0 of the frame)" in fault(good(message=[value, "m"]))


def test_a_key_with_two_findings_is_a_fault_with_its_example() -> None:
    said = fault(good(3, part_no=["A", "B", "A"]))
    assert "1 keys have more than one finding, for example A/S" in said and "part_no, site" in said


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_an_infinite_metric_is_a_fault(value: float) -> None:
    assert "1 findings have an infinite metric (row 1 of the frame)" in fault(good(metric=[1.0, value]))


@pytest.mark.parametrize("values", [["many", "few"], [True, False]])
def test_a_metric_is_a_number(values: Any) -> None:
    assert "column metric holds" in fault(good(metric=values))


def test_a_metric_nobody_knows_is_missing() -> None:
    assert plain_findings(good(metric=[None, None]), ASKED)["metric"].isna().all()
    assert plain_findings(good(metric=pd.array([3, None], dtype="Int64")), ASKED)["metric"].tolist()[0] == 3.0


def test_flooding_is_a_fault_with_the_count() -> None:
    said = fault(good(40_000), Asked("r", ("part_no",), 1_000))
    assert "flooding: 40,000 findings, more than 1,000" in said and "max_findings" in said
    assert len(plain_findings(good(1_000), Asked("r", ("part_no",), 1_000))) == 1_000


def test_a_fifth_of_the_rows_and_a_thousand_in_any_case_may_have_findings() -> None:
    assert (allowed_findings(0), allowed_findings(5_000), allowed_findings(5_010), allowed_findings(1_000_000)) == (
        1_000,
        1_000,  # 20 % of 5,000
        1_002,  # 20 % of 5,010
        200_000,
    )


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"message": ["m" * 2_001, "m"]}, "message above 2,000 characters"),
        ({"part_no": ["P" * 301, "Q"]}, "part_no above 300 characters"),
        ({"owner": ["o" * 301, "o"]}, "owner above 300 characters"),
        ({"more": ["e" * 20_001, "e"]}, "evidence above 20,000 characters"),
        ({"measures": [{"x": "e" * 20_001}, {}]}, "measures above 20,000 characters"),
    ],
)
def test_texts_are_bounded(columns: dict[str, Any], said: str) -> None:
    assert said in fault(good(**columns))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([object(), 1], "column more holds a value of type object"),
        ([{1: "a"}, 1], "column more holds a key of type int"),
        ([pd.Timedelta(days=1), 1], "column more holds a value of type Timedelta"),
        ([b"x", 1], "column more holds a value of type bytes"),
        ([{"a": {"b": 1j}}, 1], "column more holds a value of type complex"),
    ],
)
def test_evidence_is_what_json_can_hold(values: Any, said: str) -> None:
    assert f"{said}, which JSON cannot hold" in fault(good(more=pd.Series(values, dtype=object)))


def test_evidence_that_contains_itself_is_a_fault() -> None:
    endless: list[Any] = []
    endless.append(endless)
    assert "nested deeper" in fault(good(more=pd.Series([endless, 1], dtype=object)))


def test_evidence_keeps_values_and_turns_what_is_not_finite_into_null() -> None:
    values = [np.float64(1.5), np.int32(3), Decimal("2.5"), np.nan, np.inf, pd.NaT, pd.NA, True, "ü", (1, 2)]
    plain = plain_findings(good(10, more=pd.Series(values, dtype=object)), ASKED)
    said = [json.loads(text)["more"] for text in plain["evidence"]]
    assert said == [1.5, 3, 2.5, None, None, None, None, True, "ü", [1, 2]]


def test_the_stamp_cannot_be_overwritten() -> None:
    plain = plain_findings(good(rule_version=["mine", "mine"]), ASKED)
    assert {json.loads(text)["rule_version"] for text in plain["evidence"]} == {"v1"}


@pytest.mark.parametrize("value", ["[1]", "no JSON", "3", 3])
def test_measures_are_an_object(value: object) -> None:
    assert "measures that are no JSON object" in fault(good(measures=pd.Series([value, None], dtype=object)))


def test_columns_of_the_subject_come_along() -> None:
    plain = plain_findings(good(material=["Dy", None]), ASKED)
    assert plain["key material"].tolist()[0] == "Dy" and pd.isna(plain["key material"][1])


@pytest.mark.parametrize(
    "change",
    [
        lambda plain: plain.drop(columns="message"),
        lambda plain: plain.assign(more="x"),
        lambda plain: plain.assign(metric="x"),
        lambda plain: plain.assign(message=1),
        lambda plain: plain.assign(evidence="[]"),
        lambda plain: plain.assign(measures="{"),
        lambda plain: plain.assign(severity="grave"),
        lambda plain: pd.concat([plain, plain], ignore_index=True),
    ],
)
def test_plain_findings_of_another_process_are_checked_again(change: Any) -> None:
    plain = plain_findings(good(), ASKED)
    need_untouched(plain, ASKED)
    with pytest.raises(PluginFault):
        need_untouched(change(plain), ASKED)
