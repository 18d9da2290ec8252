"""Alerts and messages that were changed behind riskplug's back are noticed, on either database."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import text

from riskplug.alerts import LEDGER_COLUMNS, Reconciled, conform_ledger
from riskplug.deliver import Message
from riskplug.errors import StateUnusable
from riskplug.state import State
from tests.unit.alerts.nights import outcome

ON = date(2025, 4, 28)
LONG = "w", "ü \\ \t \u2028 🜂", 0.1, 12345678901234567890.0


def row(key: str, **values: Any) -> dict[str, Any]:
    dates = {"first_seen": ON, "last_seen": ON, "checked_on": ON}
    texts = {"identity": "{}", "rule": "r", "condition": "open", "severity": "warning", "message": LONG[1]}
    return {"alert_key": key, **texts, **dates, "metric": 0.1 + 0.2, "episode": 1, "version": 1, **values}


@pytest.fixture
def filled(state: State) -> State:
    """Two alerts and a message, with values that are easily read back as something else."""
    rows = [row("a"), row("b", metric=5, metric_told=LONG[3], message="", closed_on=ON, site="0012")]
    alerts = conform_ledger(pd.DataFrame(rows, columns=list(LEDGER_COLUMNS)))
    claim = state.claim_scan(ON, "w", "a")
    payload = {"text": LONG[1], "n": [1, 2.50, None, True, 0.1], "of": {"z": 1, "a": {"2": "b", "10": "c"}}}
    state.apply(claim, Reconciled(alerts=alerts), outcome(), [Message("one", "k", "k", payload)])
    state.finish_scan(claim, "complete", {})
    return state


def changed(state: State, statement: str) -> None:
    with state.engine.begin() as connection:
        assert connection.execute(text(statement)).rowcount == 1


def leased(state: State) -> Any:
    return state.lease(["one"], now=state.clock(), lease=timedelta(minutes=5), owner="a")


def test_what_was_written_is_read_back_as_it_was(filled: State, opened: Callable[[], State]) -> None:
    again = opened()
    assert again.check_rows() == 3
    assert again.ledger("w")["alert_key"].tolist() == ["a", "b"]
    assert leased(again).delivery.payload["text"] == LONG[1]


@pytest.mark.parametrize(
    "change",
    [
        "message = 'all is well'",
        "severity = 'info'",
        "condition = 'resolved'",
        "metric = 0.3",
        "metric = NULL",
        "first_seen = '2025-04-27'",
        "version = 2",
        "scope = 'w', part_no = 'x'",
        "checksum = '00'",
    ],
)
def test_an_alert_that_was_changed_is_refused(filled: State, change: str) -> None:
    changed(filled, f"UPDATE alert SET {change} WHERE alert_key = 'a'")
    for ask in (lambda: filled.ledger("w"), filled.check_rows):
        with pytest.raises(StateUnusable, match=r"rows of alert are not as they were written \(a\)") as refused:
            ask()
        assert refused.value.exit_code == 11 and "backup" in refused.value.fix


@pytest.mark.parametrize("change", ["payload = '{}'", "receiver = 'one', delivery_key = 'l'", "checksum = '00'"])
def test_a_message_that_was_changed_is_never_lent(filled: State, change: str) -> None:
    changed(filled, f"UPDATE outbox SET {change}")
    for ask in (lambda: leased(filled), filled.check_rows):
        with pytest.raises(StateUnusable, match="outbox are not as they were written"):
            ask()
    assert [waits.status for waits in filled.waiting()] == ["pending"]


def test_rows_from_before_there_were_checksums_are_taken_as_they_are(filled: State) -> None:
    changed(filled, "UPDATE outbox SET checksum = NULL, payload = '{}'")
    changed(filled, "UPDATE alert SET checksum = NULL, message = 'x' WHERE alert_key = 'a'")
    assert filled.check_rows() == 1
    assert len(filled.ledger("w")) == 2 and leased(filled).delivery.payload == {}
