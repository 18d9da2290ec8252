"""While one alert is open, others that share labels with it are not told; none is lost, whatever the order."""

import itertools
from datetime import date, timedelta

import pytest

from riskplug.alerts import Decision, Inhibit, Policy, Reconciled
from riskplug.deliver import Night, Remarks, digest_of
from tests.unit.alerts.nights import Finding, Life, covered, outcome

FIRST = date(2025, 4, 28)
SITE: Finding = ("r1", "S", "DE01", "critical")
PART: Finding = ("r2", "P", "DE01", "warning")
OTHER: Finding = ("r2", "Q", "US01", "warning")
BY_SITE = Inhibit((("rule", ("r1",)),), (("rule", ("r2",)),), ("site",))


def life_of(*declared: Inhibit) -> Life:
    return Life(Policy(inhibit=declared))


def night(life: Life, days: int, *findings: Finding, failed: tuple[str, str] | None = None) -> Reconciled:
    coverage = [
        covered(rule, site, "failed" if (rule, site) == failed else "evaluated")
        for rule in ("r", "r1", "r2")
        for site in ("DE01", "US01")
    ]
    return life.night(FIRST + timedelta(days), outcome(findings, coverage))


def told(done: Reconciled) -> list[tuple[str, str]]:
    return sorted((change.identity["part_no"], change.kind) for change in done.news)


def quiet(done: Reconciled) -> set[str]:
    return {change.identity["part_no"] for change in done.changes if change.suppression == "inhibited"}


def key(life: Life, part: str) -> str:
    return str(life.ledger.set_index("part_no").loc[part, "alert_key"])


def test_a_target_with_equal_labels_is_counted_and_says_by_which_alert() -> None:
    life = life_of(BY_SITE)
    done = night(life, 0, SITE, PART, OTHER)
    assert (told(done), quiet(done)) == ([("Q", "new"), ("S", "new")], {"P"})
    kept = life.ledger.set_index("part_no").loc["P"]
    assert (kept["suppression"], kept["suppressed_by"], kept["condition"]) == ("inhibited", key(life, "S"), "open")
    [change] = [change for change in done.changes if change.identity["part_no"] == "P"]
    assert change.reason == f"covered by r1 S DE01 ({key(life, 'S')[:10]})"
    assert (FIRST, "inhibited", "", change.reason) in life.log
    counts = digest_of(Night("w", FIRST, "s"), done.changes, done.news, Remarks()).counts
    assert counts == {"new": 2, "inhibited": 1}


@pytest.mark.parametrize("order", list(itertools.permutations([SITE, PART, OTHER])))
def test_the_order_of_findings_does_not_matter(order: tuple[Finding, ...]) -> None:
    assert told(night(life_of(BY_SITE), 0, *order)) == [("Q", "new"), ("S", "new")]


def test_when_the_source_is_gone_the_target_speaks_as_if_new_and_once() -> None:
    life = life_of(BY_SITE)
    night(life, 0, SITE, PART)
    assert told(night(life, 1, SITE, PART)) == []
    done = night(life, 2, PART)
    assert told(done) == [("P", "new"), ("S", "resolved")]
    assert [c.reason for c in done.news if c.kind == "new"] == [
        f"no longer covered by r1 S DE01 ({key(life, 'S')[:10]})"
    ]
    assert told(night(life, 2, PART)) == told(night(life, 3, PART)) == []


def test_a_target_that_was_told_before_is_no_longer_silent() -> None:
    life = life_of(BY_SITE)
    night(life, 0, PART)
    assert told(night(life, 1, SITE, PART)) == [("S", "new")]
    assert told(night(life, 2, PART)) == [("P", "expired"), ("S", "resolved")]


def test_a_target_that_got_worse_meanwhile_speaks_with_what_it_is_now() -> None:
    life = life_of(BY_SITE)
    night(life, 0, SITE, PART)
    night(life, 1, SITE, ("r2", "P", "DE01", "critical"))
    done = night(life, 2, ("r2", "P", "DE01", "critical"))
    assert [(c.kind, c.severity) for c in done.news if c.kind == "new"] == [("new", "critical")]


def test_a_source_that_could_not_be_checked_is_not_gone() -> None:
    life = life_of(BY_SITE)
    night(life, 0, SITE, PART)
    done = night(life, 1, PART, failed=("r1", "DE01"))
    assert (told(done), quiet(done)) == ([("S", "unknown")], {"P"})


def test_a_target_that_could_not_be_checked_is_told_as_a_gap() -> None:
    life = life_of(BY_SITE)
    night(life, 0, SITE, PART)
    assert told(night(life, 1, SITE, failed=("r2", "DE01"))) == [("P", "unknown")]


def test_a_source_nobody_was_told_of_inhibits_nothing() -> None:
    from riskplug.alerts import Pace

    life = Life(Policy({"r1": Pace(for_scans=2)}, inhibit=(BY_SITE,)))
    assert told(night(life, 0, SITE, PART)) == [("P", "new")]
    assert told(night(life, 1, SITE, PART)) == [("S", "new")]


def test_a_source_that_people_know_of_inhibits_also_when_it_is_snoozed() -> None:
    life = life_of(BY_SITE)
    night(life, 0, SITE, PART)
    snooze = Decision(key(life, "S"), "snooze", "anna", until=FIRST + timedelta(9), severity="critical")
    life.decide(snooze)
    assert quiet(night(life, 1, SITE, PART)) == {"P"}


def test_an_alert_does_not_inhibit_itself() -> None:
    itself = Inhibit((("rule", ("r2",)),), (("rule", ("r2",)),), ("site", "part_no"))
    assert told(night(life_of(itself), 0, PART)) == [("P", "new")]


def test_alerts_that_fit_both_sides_do_not_inhibit_each_other() -> None:
    """Alertmanager, configuration, inhibit_rule: such an alert cannot be inhibited by one of which the same is true."""
    both = Inhibit((("rule", ("r*",)),), (("rule", ("r2",)),), ("site",))
    done = night(life_of(both), 0, PART, ("r2", "P2", "DE01", "warning"))
    assert told(done) == [("P", "new"), ("P2", "new")]
    # r1 fits the source alone
    assert quiet(night(life_of(both), 0, SITE, PART)) == {"P"}


def test_a_circle_over_two_declarations_silences_nobody() -> None:
    there = Inhibit((("rule", ("r1",)),), (("rule", ("r2",)),), ("site",))
    back = Inhibit((("rule", ("r2",)),), (("rule", ("r1",)),), ("site",))
    assert told(night(life_of(there, back), 0, SITE, PART)) == [("P", "new"), ("S", "new")]


@pytest.mark.parametrize("turned", [False, True])
def test_a_chain_has_one_head_whatever_the_order_of_declarations(turned: bool) -> None:
    first = Inhibit((("rule", ("r1",)),), (("rule", ("r2",)),), ("site",))
    second = Inhibit((("rule", ("r2",)),), (("rule", ("r",)),), ("site",))
    declared = (second, first) if turned else (first, second)
    third: Finding = ("r", "T", "DE01", "info")
    life = life_of(*declared)
    done = night(life, 0, SITE, PART, third)
    assert (told(done), quiet(done)) == ([("S", "new")], {"P", "T"})
    assert quiet(night(life, 1, PART, third)) == {"T"}


def test_a_label_that_neither_has_is_the_same_and_one_that_only_one_has_is_not() -> None:
    """Alertmanager, the same place: a missing label equals an empty one."""
    by_material = Inhibit(BY_SITE.source, BY_SITE.target, ("material",))
    assert quiet(night(life_of(by_material), 0, SITE, PART, OTHER)) == {"P", "Q"}
    dy = outcome([SITE, PART], [covered("r1", "DE01"), covered("r2", "DE01")])
    dy.findings["material"] = [None, "Dy"]
    assert quiet(life_of(by_material).night(FIRST, dy)) == set()


def test_without_equal_labels_one_source_covers_every_target() -> None:
    everywhere = Inhibit(BY_SITE.source, (("rule", ("r2",)), ("severity", ("warning",))))
    done = night(life_of(everywhere), 0, SITE, PART, ("r2", "Q", "US01", "critical"))
    assert quiet(done) == {"P"}


def test_the_most_severe_source_is_named() -> None:
    life = life_of(BY_SITE)
    night(life, 0, ("r1", "S0", "DE01", "warning"), SITE, PART)
    assert life.ledger.set_index("part_no").loc["P", "suppressed_by"] == key(life, "S")


def test_a_silence_says_why_before_an_inhibition_does() -> None:
    life = life_of(BY_SITE)
    life.silence(FIRST + timedelta(1), rule="r2")
    night(life, 0, SITE, PART)
    assert life.ledger.set_index("part_no").loc["P", "suppression"] == "silenced"
    assert quiet(night(life, 1, SITE, PART)) == {"P"}
    assert [entry[1] for entry in life.log if entry[1] in ("silenced", "unsilenced", "inhibited")] == [
        "silenced",
        "inhibited",
    ]


def test_an_alert_that_fits_both_sides_does_so_on_the_night_it_ends_as_well() -> None:
    both = Inhibit((("rule", ("r2",)),), (("rule", ("r2",)),), ("site",))
    life = life_of(both)
    night(life, 0, PART, ("r2", "P2", "DE01", "warning"))
    assert told(night(life, 1, ("r2", "P2", "DE01", "warning"))) == [("P", "resolved")]
