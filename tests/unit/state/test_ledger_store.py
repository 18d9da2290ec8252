"""The ledger in the database: what was written is what is read, all or nothing, under a claim that still holds."""

from collections.abc import Callable
from datetime import date, timedelta

import pandas as pd
import pytest
from sqlalchemy import func, select

from riskplug.alerts import Reconciled, reconcile
from riskplug.deliver import Message
from riskplug.errors import LockHeld
from riskplug.model import Outcome
from riskplug.state import Claim, State
from riskplug.state.engine import reading
from riskplug.state.schema import alert, alert_event, coverage, metadata, outbox
from tests.unit.alerts.nights import covered, outcome

ON = date(2025, 4, 28)
TWO = [("r", "M-1", "DE01", "critical"), ("r", "Mü'\"; DROP--", "DE01", "info")]


def tonight(*found: tuple[str, str, str, str]) -> Outcome:
    return outcome(found, [covered("r", "DE01")])


def night(state: State, on: date, told: Outcome, *messages: Message) -> tuple[Claim, Reconciled]:
    claim = state.claim_scan(on, "w", "somebody")
    done = reconcile(state.ledger("w"), told, on=on, workspace="w", known_rules={"r": ()})
    state.apply(claim, done, told, messages)
    state.finish_scan(claim, "complete", {"findings": len(told.findings)})
    return claim, done


def count(state: State, table: object) -> int:
    with state.engine.begin() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]


def test_alerts_come_back_as_they_were_written(state: State) -> None:
    _, done = night(state, ON, tonight(*TWO))
    expected = done.alerts.sort_values("alert_key", ignore_index=True)
    pd.testing.assert_frame_equal(state.ledger("w"), expected)


def test_nights_follow_each_other_through_the_database(state: State) -> None:
    night(state, ON, tonight(*TWO))
    _, second = night(state, ON + timedelta(1), tonight(("r", "M-1", "DE01", "warning"), ("r", "M-3", "DE01", "info")))
    assert sorted(change.kind for change in second.changes) == ["better", "new", "resolved"]
    assert state.ledger("w")["condition"].value_counts().to_dict() == {"open": 2, "resolved": 1}
    assert count(state, alert_event) == 5


def test_the_same_night_again_adds_no_event(state: State) -> None:
    night(state, ON, tonight(*TWO))
    before = count(state, alert_event)
    _, again = night(state, ON, tonight(*TWO))
    assert (again.news, count(state, alert_event)) == ((), before)


def test_one_reading_is_of_one_moment_though_a_scan_writes_meanwhile(opened: Callable[[], State]) -> None:
    reader, writer = opened(), opened()
    with reading(reader.engine).begin() as connection:
        alerts = connection.execute(select(func.count()).select_from(alert)).scalar_one()
        night(writer, ON, tonight(*TWO))
        events = connection.execute(select(func.count()).select_from(alert_event)).scalar_one()
    assert (alerts, events) == (0, 0)
    assert (count(reader, alert), count(reader, alert_event)) == (2, 2)


def test_workspaces_in_one_database_do_not_see_each_other(state: State) -> None:
    night(state, ON, tonight(*TWO))
    assert len(state.ledger("another")) == 0


def test_a_failure_while_writing_leaves_nothing(state: State) -> None:
    broken = Message("a", "k", "n", {"text": object()})
    with pytest.raises(Exception, match="JSON"):
        night(state, ON, tonight(*TWO), broken)
    assert [count(state, table) for table in (alert_event, coverage, outbox)] == [0, 0, 0]
    assert len(state.ledger("w")) == 0


def test_a_scan_that_was_taken_over_writes_nothing(opened: Callable[[], State], clock: object) -> None:
    slow, quick = opened(), opened()
    late = slow.claim_scan(ON, "w", "slow", lease=timedelta(minutes=30))
    clock.pass_(minutes=31)  # type: ignore[attr-defined]
    quick.claim_scan(ON, "w", "quick")
    done = reconcile(None, tonight(*TWO), on=ON, workspace="w", known_rules={"r": ()})
    with pytest.raises(LockHeld, match="took over"):
        slow.apply(late, done, tonight(*TWO), [])
    with pytest.raises(LockHeld):
        slow.finish_scan(late, "complete", {})
    assert len(quick.ledger("w")) == 0


def test_ten_thousand_alerts_are_written_and_read(state: State) -> None:
    many = [("r", f"M-{number}", "DE01", "info") for number in range(10_000)]
    night(state, ON, tonight(*many))
    _, second = night(state, ON + timedelta(1), tonight(*many[100:]))
    assert sum(change.kind == "resolved" for change in second.changes) == 100
    assert len(state.ledger("w")) == 10_000


def test_every_table_is_declared_and_migrated_alike(state: State) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with state.engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "riskplug_version"})
        assert compare_metadata(context, metadata) == []
