"""One scan at a time, however many schedulers there are and whatever dies."""

import multiprocessing
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest

from riskplug.errors import AlreadyScanned, LockHeld
from riskplug.state import State, this_owner
from tests.unit.state.conftest import Clock
from tests.unit.state.crowd import claim_with_others

ON = date(2025, 4, 28)


def test_a_second_claim_is_refused_and_says_by_whom(opened: Callable[[], State]) -> None:
    opened().claim_scan(ON, "w", "host-a")
    with pytest.raises(LockHeld, match="host-a") as held:
        opened().claim_scan(ON, "w", "host-b")
    assert held.value.exit_code == 5


def test_another_date_of_the_same_workspace_waits_too(state: State) -> None:
    state.claim_scan(ON, "w", "host-a")
    with pytest.raises(LockHeld):
        state.claim_scan(ON + timedelta(1), "w", "host-b")


def test_another_workspace_is_free(state: State) -> None:
    assert state.claim_scan(ON, "w", "a").scope != state.claim_scan(ON, "v", "a").scope


@pytest.mark.parametrize("status", ["complete", "failed"])
def test_a_finished_scan_may_be_run_again(state: State, status: str) -> None:
    first = state.claim_scan(ON, "w", "a")
    state.finish_scan(first, status, {})
    second = state.claim_scan(ON, "w", "a")
    assert (first.attempt, second.attempt) == (1, 2)
    assert [row.status for row in state.scans("w")].count(status) == 1


def test_an_expired_claim_is_taken_over(state: State, clock: Clock) -> None:
    state.claim_scan(ON, "w", "a", lease=timedelta(minutes=30))
    clock.pass_(minutes=29)
    with pytest.raises(LockHeld):
        state.claim_scan(ON, "w", "b")
    clock.pass_(minutes=2)
    assert state.claim_scan(ON, "w", "b").attempt == 2


def test_a_date_claimed_once_is_not_claimed_when_it_is_complete(state: State) -> None:
    first = state.claim_scan(ON, "w", "a", once=True)
    state.finish_scan(first, "failed", {})
    second = state.claim_scan(ON, "w", "a", once=True)
    state.finish_scan(second, "complete", {})
    with pytest.raises(AlreadyScanned):
        state.claim_scan(ON, "w", "a", once=True)
    assert sorted(row.attempt for row in state.scans("w")) == [1, 2]
    assert state.claim_scan(ON + timedelta(1), "w", "a", once=True).attempt == 1
    assert state.claim_scan(ON, "v", "a", once=True).attempt == 1


def test_a_missed_date_is_written_down_once_and_may_still_be_scanned(state: State) -> None:
    state.miss_scan(ON, "w", "a", "no exports")
    state.miss_scan(ON, "w", "b", "no exports")
    assert [(row.business_date, row.status) for row in state.scans("w")] == [(ON, "missed")]
    taken = state.claim_scan(ON, "w", "a", once=True)
    state.finish_scan(taken, "complete", {})
    state.miss_scan(ON, "w", "a", "no exports")
    assert sorted(row.status for row in state.scans("w")) == ["complete", "missed"]
    assert state.scan_dates("w", 9) == (ON,)


def test_an_expired_scan_is_seen_as_abandoned_before_anybody_takes_over(state: State, clock: Clock) -> None:
    state.claim_scan(ON, "w", "elsewhere:1:1", lease=timedelta(minutes=30))
    assert [row.status for row in state.scans("w")] == ["running"]
    clock.pass_(minutes=30)
    assert [row.status for row in state.scans("w")] == ["abandoned"]


def test_a_heartbeat_keeps_a_claim(state: State, clock: Clock) -> None:
    mine = state.claim_scan(ON, "w", "a", lease=timedelta(minutes=30))
    clock.pass_(minutes=29)
    state.heartbeat(mine, timedelta(minutes=30))
    clock.pass_(minutes=29)
    with pytest.raises(LockHeld):
        state.claim_scan(ON, "w", "b")


def test_the_claim_of_a_dead_process_is_taken_over_at_once(state: State) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    dead = f"{this_owner().rpartition(':')[0]}:{ended.pid}"
    state.claim_scan(ON, "w", dead)
    assert state.claim_scan(ON, "w", this_owner()).attempt == 2


def test_a_live_process_and_a_foreign_host_keep_their_claims(state: State) -> None:
    state.claim_scan(ON, "v", this_owner())
    state.claim_scan(ON, "w", "elsewhere:4026531836:1")
    for scope in ("v", "w"):
        with pytest.raises(LockHeld):
            state.claim_scan(ON, scope, this_owner())


def test_twelve_processes_at_once_and_exactly_one_claims(url: str, tmp_path: Path) -> None:
    """Into an empty database, so that they also migrate it all at once."""
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.unit.state.crowd"])
    with processes.Manager() as manager, ProcessPoolExecutor(12, mp_context=processes) as pool:
        start, end = manager.Barrier(12), manager.Barrier(12)
        crowd = [pool.submit(claim_with_others, url, tmp_path, start, end) for _ in range(12)]
        said = [process.result(timeout=120) for process in crowd]
    assert sorted(said) == ["claimed", *["held"] * 11]
