"""Rules over whole tables equal the row-by-row interpreter, missing values included; no text breaks the parser."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice

import numpy as np
import pandas as pd
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from riskplug.catalogue import APPLIES, GRAINS, RUNWAY_STATES, frame
from riskplug.errors import UsageError
from riskplug.rules import provable
from riskplug.rules.check import Scope, check_condition
from riskplug.rules.explain import show
from riskplug.rules.interpreter import interpret
from riskplug.rules.parse import Mistake, parse
from riskplug.rules.provable import always, covered, never
from riskplug.rules.tree import Literal, Node, day_number
from riskplug.rules.vector import FactColumns, decide
from tests.examples import examples

ON = date(2025, 4, 28)
HORIZON = 365.0
GRAIN = GRAINS["exposure"]
TODAY = day_number(ON)
HEAVY = (Literal("Dy", "text", last=TODAY), Literal("Tb", "text"), Literal("Nd", "text", first=TODAY + 1))
SCOPE = Scope(GRAIN, lists={"heavy": HEAVY})

days_columns = st.sampled_from(["restricted_runway_days", "all_runway_days", "lead_time_days", "licence_days"])
amounts = st.sampled_from(["0", "1", "30", "2.5", "365", "400", "30 days", "2 weeks", "53 weeks"])
dates = st.sampled_from(["2025-04-28", "2025-05-05", 'date("2024-02-29")'])
words = st.sampled_from(['"Dy"', '"Nd"', '"yes"', '""', "'dy'"])


def days_texts() -> st.SearchStrategy[str]:
    leaves = days_columns | days_columns | amounts | st.just("days_until(stock_out_date)")
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds("({} {} {})".format, inner, st.sampled_from("+-"), inner),
            st.builds("({} * {})".format, inner, st.sampled_from(["0", "2", "0.5", "-1"])),
            st.builds("({} / {})".format, inner, st.sampled_from(["2", "0", "-4", "products", "probability"])),
            st.builds("{}({}, {})".format, st.sampled_from(["min", "max", "coalesce"]), inner, inner),
            st.builds("abs({})".format, inner),
            st.builds("-{}".format, inner),
        ),
        max_leaves=4,
    )


text_columns = st.sampled_from(
    ["material", "part_no", "lower(material)", "coalesce(material, part_no)", 'coalesce(form, "Dy")']
)
comparisons = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
conditions_text = st.recursive(
    st.one_of(
        st.builds("{} {} {}".format, days_texts(), comparisons, days_texts()),
        st.builds("{0} < {1} <= {2}".format, amounts, days_columns, amounts),
        st.builds("{} {} {}".format, text_columns, st.sampled_from(["==", "!="]), words | text_columns),
        st.builds("{} {} [{}, {}]".format, text_columns, st.sampled_from(["in", "not in"]), words, words),
        st.builds("{} in [{}, {}]".format, days_columns, amounts, amounts),
        st.builds("stock_out_date {} {}".format, comparisons, dates),
        st.builds("{} is {}".format, days_columns | text_columns, st.sampled_from(["missing", "known"])),
        st.builds('applies in ["yes", {}]'.format, st.sampled_from(['"likely"', '"unknown"'])),
        st.sampled_from(
            [
                "is_product",
                "is_product == false",
                'in_list(material, "heavy")',
                "material in heavy",
                'starts_with(part_no, "D")',
                "coalesce(is_product, true)",
                "coalesce(is_product, licence_days > 3)",
            ]
        ),
    ),
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("(not {})".format, inner),
    ),
    max_leaves=5,
)

numbers = st.none() | st.sampled_from([0.0, 1.0, 2.5, 30.0, 60.0, 364.5, 365.0, 366.0, -3.0, 1e9])
texts = st.none() | st.sampled_from(["Dy", "dy", "Nd", "Dy,Nd", "", "Tb", "D-1"])
rows = st.lists(
    st.fixed_dictionaries(
        {
            "part_no": texts,
            "material": texts,
            "form": texts,
            "lead_time_days": numbers,
            "licence_days": numbers,
            "products": numbers,
            "probability": st.none() | st.sampled_from([0.0, 0.5, 1.0]),
            "restricted_runway_days": numbers,
            "restricted_runway_days_state": st.none() | st.sampled_from(RUNWAY_STATES),
            "all_runway_days": numbers,
            "all_runway_days_state": st.none() | st.sampled_from(RUNWAY_STATES),
            "applies": st.none() | st.sampled_from(APPLIES),
            "is_product": st.none() | st.booleans(),
            "stock_out_date": st.none() | st.integers(-5, 400).map(lambda days: ON + timedelta(days)),
        }
    ),
    min_size=1,
    max_size=8,
)


def table(records: list[dict[str, object]]) -> pd.DataFrame:
    names = list(records[0])
    return frame(GRAIN, {name: pd.Series([row[name] for row in records], dtype=object) for name in names})


@settings(max_examples=examples(400), deadline=None)
@given(text=conditions_text, records=rows)
def test_whole_tables_answer_as_single_rows_do(text: str, records: list[dict[str, object]]) -> None:
    try:
        node = check_condition(parse(text), SCOPE)
    except Mistake as mistake:  # only what the strategies may write without meaning it
        assert mistake.code in {"expr-constant", "expr-unit"} or "lower() is never" in mistake.what, (
            text,
            mistake.what,
        )
        return
    facts = table(records)
    whole = decide(node, FactColumns(facts, ON, HORIZON))
    single = [interpret(node, row, ON, HORIZON) for row in records]
    assert [True if yes else False if no else None for yes, no in zip(whole.yes, whole.no, strict=True)] == single
    assert not (whole.yes & whole.no).any()
    some = np.arange(0, len(facts), 2)
    part = decide(node, FactColumns(facts, ON, HORIZON).take(some))
    assert part.yes.tolist() == whole.yes[some].tolist()


@settings(max_examples=examples(300), deadline=None)
@given(text=conditions_text)
def test_a_condition_shown_again_means_the_same(text: str) -> None:
    assume("heavy" not in text)  # its list is shown as values, without the days on which they are ones
    try:
        node = check_condition(parse(text), SCOPE)
    except Mistake:
        return
    assert check_condition(parse(show(node)), SCOPE) == node


pieces = st.sampled_from(
    [
        "applies",
        "not",
        "and",
        "or",
        "in",
        "is",
        "missing",
        "(",
        ")",
        "[",
        "]",
        "<",
        "==",
        "+",
        "-",
        "*",
        "/",
        ",",
        '"yes"',
        "30",
        "30 days",
        "2025-04-28",
        "coalesce",
        "min",
        "lambda",
        ".",
        "True",
        "\n",
        "µ",
        "'",
    ]
)
yaml_pieces = st.sampled_from(
    [
        "- ",
        "a: ",
        "  ",
        "\n",
        "[",
        "]",
        "{",
        "}",
        "&x ",
        "*x",
        "!t ",
        "---",
        "|\n",
        ">",
        "'",
        '"',
        "0012",
        "~",
        "? ",
        "%",
        "#",
    ]
)


@settings(max_examples=examples(500), deadline=None)
@given(text=st.text(max_size=200) | st.lists(pieces, max_size=30).map(" ".join))
@example("not " * 600)
@example("(" * 1999)
@example("-" * 1999 + "1")
@example("a" + "+a" * 900)
@example("\x00")
@example("a\\\nb")
def test_no_text_breaks_the_parser(text: str) -> None:
    try:
        check_condition(parse(text), SCOPE)
    except Mistake as mistake:
        assert 0 <= mistake.at <= max(len(text), 0) and mistake.what and mistake.code


@settings(max_examples=examples(150), deadline=None)
@given(text=st.text(max_size=120) | st.lists(yaml_pieces, max_size=40).map("".join))
def test_no_text_breaks_the_yaml_reader(text: str) -> None:
    from riskplug.documents import parse_yaml

    try:
        document = parse_yaml(text)
    except UsageError as error:
        assert all(problem.code.startswith("yaml-") for problem in error.problems)
    else:
        assert document.position().line >= 1


possible = rows.map(
    lambda records: [
        {
            name: abs(value) if name.endswith("runway_days") and isinstance(value, float) else value
            for name, value in row.items()
        }
        for row in records
    ]
)


@settings(max_examples=examples(400), deadline=None)
@example(text="licence_days < 9 and licence_days > 20", records=[{"licence_days": 10.0}])
@example(text="(not is_product) and is_product", records=[{"is_product": True}])
@given(text=conditions_text, records=possible)
def test_what_is_proved_impossible_is_true_of_no_row_and_its_opposite_false_of_none(
    text: str, records: list[dict[str, object]]
) -> None:
    try:
        node = check_condition(parse(text), SCOPE)
    except Mistake:
        return
    truths = {interpret(node, row, ON, HORIZON) for row in records}
    if never(node, SCOPE):
        assert True not in truths
    if always(node, SCOPE):
        assert False not in truths


@settings(max_examples=examples(300), deadline=None)
@example(above="lead_time_days > 9", here="lead_time_days is missing", records=[{}])
@given(above=conditions_text, here=conditions_text, records=possible)
def test_a_condition_proved_to_cover_another_holds_of_each_of_its_rows(
    above: str, here: str, records: list[dict[str, object]]
) -> None:
    try:
        upper, lower = (check_condition(parse(text), SCOPE) for text in (above, here))
    except Mistake:
        return
    if covered(lower, [upper], SCOPE):
        held = [row for row in records if interpret(lower, row, ON, HORIZON) is True]
        assert {interpret(upper, row, ON, HORIZON) for row in held} <= {True}


@settings(max_examples=examples(200), deadline=None)
@given(text=conditions_text, other=conditions_text)
def test_a_condition_with_its_opposite_is_proved_impossible(text: str, other: str) -> None:
    try:
        check_condition(parse(f"({text})"), SCOPE)
        node = check_condition(parse(f"({text}) and ({other}) and not ({text})"), SCOPE)
    except Mistake:
        return
    plain = len(list(_plain_alternatives(node))) < 100
    assert never(node, SCOPE) or not plain


def _plain_alternatives(node: Node) -> Iterator[object]:
    return islice(provable._alternatives(provable._plain(node, True)), 200)
