"""Values of matched rows as canonical JSON."""

import json

import pytest

from riskplug.rules.render import number, objects


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.0, "3"),
        (-3.0, "-3"),
        (-0.0, "0"),
        (2.5, "2.5"),
        (0.1, "0.1"),
        (7.25, "7.25"),
        (999999999999999.0, "999999999999999"),
        (1e15, "1000000000000000.0"),
        (1e300, "1e+300"),
        (float("nan"), "null"),
        (float("inf"), "null"),
        (float("-inf"), "null"),
    ],
)
def test_a_number_is_written_as_short_as_it_can_be_and_an_endless_one_is_null(value: float, text: str) -> None:
    assert number(value) == text


def test_each_row_is_an_object_with_its_keys_in_order() -> None:
    made = objects({"b": ["1", "null"], 'a"': ['"x"', '"y"']}, 2)
    assert made == ['{"a\\"":"x","b":1}', '{"a\\"":"y","b":null}']
    assert [json.loads(text) for text in made] == [{'a"': "x", "b": 1}, {'a"': "y", "b": None}]
    assert objects({}, 2) == ["{}", "{}"]
    assert objects({"a": []}, 0) == []
