"""Far too many findings of a rule: kept, held, said once; none cleared, none dropped, and somebody lets them pass."""

from collections.abc import Sequence
from datetime import date

import pandas as pd
import pytest

from riskplug.alerts import GUARD, Pace, Policy, Reconciled
from riskplug.model import Outcome
from tests.unit.alerts.nights import Life, covered, outcome

DAY = [date(2025, 4, 28 + day) for day in range(3)]
PACE = Pace(max_share_pct=50, max_jump=5, min_findings=10)
POPULATION = 100


def life_of(pace: Pace = PACE) -> Life:
    return Life(
        Policy({"r": pace, "q": pace}, pace), {"r": ("part", "part_no", "site"), "q": ("part", "part_no", "site")}
    )


def night(
    parts: Sequence[int], severity: str = "warning", rows: int = POPULATION, result: str = "evaluated"
) -> Outcome:
    """Rule r finds the numbered parts, rule q always part 1."""
    found = [("r", f"M-{number}", "DE01", severity) for number in parts]
    r = {**covered("r", "DE01", result), "rows": rows}
    return outcome([*found, ("q", "M-1", "DE01", "info")], [r, {**covered("q", "DE01"), "rows": rows}])


def kinds(done: Reconciled, rule: str = "r") -> dict[str, int]:
    return pd.Series([change.kind for change in done.changes if change.rule == rule]).value_counts().to_dict()


def conditions(life: Life, rule: str = "r") -> dict[tuple[str, str], int]:
    rows = life.ledger[life.ledger["rule"] == rule]
    return rows.groupby(["condition", "suppression"]).size().to_dict()


def test_findings_over_the_share_are_kept_and_held_and_told_as_one() -> None:
    life = life_of()
    done = life.night(DAY[0], night(range(51)))
    assert conditions(life) == {("open", "held"): 51}
    assert sorted(change.rule for change in done.news) == ["q", GUARD]
    [meta] = [change for change in done.news if change.rule == GUARD]
    assert (meta.kind, meta.severity, dict(meta.identity)) == ("new", "warning", {"rule": "r"})
    assert "51 of 100 rows match (51 %), more than 50 %" in meta.message
    assert "riskplug alerts release r" in meta.message
    assert done.degraded == ("alerts of rule r are held: 51 of 100 rows match (51 %), more than 50 %",)


@pytest.mark.parametrize("count", [9, 50])
def test_few_findings_or_half_of_the_rows_are_believed(count: int) -> None:
    rows = 10 if count == 9 else POPULATION
    done = life_of().night(DAY[0], night(range(count), rows=rows))
    assert (kinds(done), done.degraded) == ({"new": count}, ())


def test_five_times_the_last_complete_scan_is_held() -> None:
    life = life_of()
    life.night(DAY[0], night(range(8)))
    done = life.night(DAY[1], night(range(41)))
    assert kinds(done) == {"ongoing": 8, "held": 33}
    assert "41 rows match, after 8 in the last complete scan: more than 5 times" in done.degraded[0]
    assert kinds(life_after(8, 40)) == {"ongoing": 8, "new": 32}


def life_after(first: int, second: int) -> Reconciled:
    life = life_of()
    life.night(DAY[0], night(range(first)))
    return life.night(DAY[1], night(range(second)))


def test_a_held_night_is_no_measure_for_the_next_one() -> None:
    life = life_of()
    life.night(DAY[0], night(range(8)))
    for day in DAY[1:]:
        assert kinds(life.night(day, night(range(41))))["held"] == 33


def test_a_partial_night_is_no_measure_either() -> None:
    life = life_of()
    life.night(DAY[0], night(range(8)))
    life.night(DAY[1], night(range(1), result="failed"))
    assert kinds(life.night(DAY[2], night(range(40)))) == {"ongoing": 8, "new": 32}


def test_the_same_held_night_again_tells_nobody() -> None:
    life = life_of()
    life.night(DAY[0], night(range(60)))
    again = life.night(DAY[0], night(range(60)))
    assert (again.news, len(again.events)) == ((), 0)


def test_open_alerts_of_a_held_rule_are_neither_resolved_nor_made_milder_nor_worse() -> None:
    life = life_of()
    life.night(DAY[0], night(range(8), "warning"))
    done = life.night(DAY[1], night(range(4, 60), "critical"))
    assert kinds(done) == {"unknown": 4, "held": 56}
    mine = life.ledger[(life.ledger["rule"] == "r") & (life.ledger["opened_on"].notna())]
    assert set(mine["severity"]) == {"warning"} and "resolved" not in set(life.ledger["condition"])


def test_a_normal_night_after_it_goes_on_as_if_nothing_had_been() -> None:
    life = life_of()
    life.night(DAY[0], night(range(8)))
    life.night(DAY[1], night(range(60)))
    done = life.night(DAY[2], night(range(9)))
    assert kinds(done) == {"ongoing": 8, "new": 1, "lapsed": 51}
    assert [(c.rule, c.kind) for c in done.news] == [("r", "new"), (GUARD, "resolved")]
    assert done.degraded == ()


def released(life: Life) -> Life:
    assert life.volumes is not None
    held = life.volumes["held"]
    life.volumes = life.volumes.assign(
        released=life.volumes["seen"].where(held),
        released_by="anna",
        released_at=pd.Timestamp("2025-04-28", tz="UTC"),
        held=False,
    )
    return life


def test_what_was_released_is_told_and_stays_let_through() -> None:
    life = life_of()
    life.night(DAY[0], night(range(60)))
    released(life)
    assert kinds(life.night(DAY[0], night(range(60)))) == {"new": 60}
    assert kinds(life.night(DAY[1], night(range(70)))) == {"ongoing": 60, "new": 10}


def test_a_release_ends_with_the_first_night_that_needs_none() -> None:
    life = life_of()
    life.night(DAY[0], night(range(60)))
    released(life).night(DAY[0], night(range(60)))
    life.night(DAY[1], night(range(20)))
    assert "held" in kinds(life.night(DAY[2], night(range(60))))


def test_a_release_is_for_what_was_seen_not_for_five_times_as_much() -> None:
    life = life_of()
    life.night(DAY[0], night(range(60)))
    released(life)
    assert "held" in kinds(life.night(DAY[1], night(range(301), rows=310)))


def test_a_held_rule_that_fails_the_next_night_stays_held() -> None:
    life = life_of()
    life.night(DAY[0], night(range(60)))
    done = life.night(DAY[1], night([], result="failed"))
    assert kinds(done) == {"held": 60}
    assert kinds(done, GUARD) == {"ongoing": 1} and "unknown" not in conditions(life)


def test_another_rule_is_not_touched() -> None:
    life = life_of()
    assert kinds(life.night(DAY[0], night(range(60))), "q") == {"new": 1}


def test_no_limit_holds_nothing() -> None:
    assert kinds(life_of(Pace(min_findings=1)).night(DAY[0], night(range(100)))) == {"new": 100}


def test_the_guard_tells_of_a_rule_once_and_not_every_night() -> None:
    life = life_of()
    told = [[c.kind for c in life.night(day, night(range(60))).news if c.rule == GUARD] for day in DAY]
    assert told == [["new"], [], []]
