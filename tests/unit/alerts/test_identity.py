"""Which findings are the same alert."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskplug.alerts import alert_key, canonical, reconcile
from riskplug.errors import UsageError
from tests.unit.alerts.nights import covered, outcome


def test_the_key_is_what_anybody_can_compute_again() -> None:
    """The SHA-256 of ``[1,"w","r","part","{\\"part_no\\":\\"M-1\\"}"]``, computed with sha256sum."""
    known = "eee1f9c48e7db7547d76a3ae1535a199784b7fc18df65e0db98da7592f3496e9"
    assert alert_key("w", "r", "part", canonical({"part_no": "M-1"})) == known


def test_spelling_and_order_of_the_identity_do_not_matter() -> None:
    assert canonical({"site": "DE01", "part_no": " Mu\u0308ller "}) == canonical(
        {"part_no": "M\u00fcller", "site": "DE01"}
    )


@pytest.mark.parametrize(
    "other", [("x", "r", "part", "i"), ("w", "x", "part", "i"), ("w", "r", "x", "i"), ("w", "r", "part", "x")]
)
def test_workspace_rule_grain_and_identity_each_make_another_alert(other: tuple[str, str, str, str]) -> None:
    assert alert_key(*other) != alert_key("w", "r", "part", "i")


@given(st.text(), st.text(), st.text(), st.text())
def test_no_text_can_be_shifted_from_one_field_into_another(a: str, b: str, c: str, d: str) -> None:
    assert (canonical({"x": a, "y": b}) == canonical({"x": c, "y": d})) == (_plain(a, b) == _plain(c, d))


def _plain(*texts: str) -> list[str]:
    from unicodedata import normalize

    return [normalize("NFC", text.strip()) for text in texts]


def test_two_findings_of_one_identity_are_refused_with_examples() -> None:
    twice = outcome([("r", "M-1", "DE01", "info"), ("r", "M-1", "DE01", "critical")], [covered("r", "DE01")])
    with pytest.raises(UsageError, match=r"2 findings share an identity.*M-1") as refused:
        reconcile(None, twice, on=date(2025, 4, 28), workspace="w", known_rules={"r": ()})
    assert refused.value.problems[0].where == "rule r"
