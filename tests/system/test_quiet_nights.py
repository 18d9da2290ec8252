"""Several nights of one company with a silence, an inhibition and a reminder, through the command line.

M-1 has 118 days left (warning), M-2 41 (critical, below 60) and later 111 (warning), M-3 none to speak of. The rule
`stock-watch` (info) finds M-1 and M-2 as well. Of 1 May, a holiday in Germany, nothing is counted.
"""

from typing import Any

import pytest
from chains import Nights, Started
from command import FINISHED
from small_company import NIGHT


@pytest.fixture(scope="session")
def quiet(started: Started) -> Nights:
    played: Nights = started["quiet"].result()
    return played


def said(nights: Nights, name: str) -> dict[str, Any]:
    ran = nights.scans[name]
    assert ran.code in FINISHED, f"{name} ended with {ran.code}:\n{ran.err[-2000:]}"
    return ran.document()


def changes(nights: Nights, name: str) -> dict[tuple[str, str], tuple[str, str]]:
    """By rule and part what became of an alert, and what keeps it quiet."""
    found = said(nights, name)["alerts"]["changes"]
    ours = [change for change in found if change["rule"].startswith("stock-") and "part_no" in change["identity"]]
    return {
        (change["rule"], change["identity"]["part_no"]): (change["kind"], change["suppression"])
        for change in ours
        if change["rule"] in ("stock-low", "stock-watch")
    }


def new_text(nights: Nights, name: str, before: str) -> str:
    """What the receiver was told between two scans."""
    return nights.digests[name].removeprefix(nights.digests[before])


def test_a_silence_holds_alerts_to_come_and_an_inhibition_those_below_a_critical_one(quiet: Nights) -> None:
    assert changes(quiet, "first") == {
        ("stock-low", "M-1"): ("new", "silenced"),
        ("stock-low", "M-2"): ("new", ""),
        ("stock-watch", "M-1"): ("new", "silenced"),
        ("stock-watch", "M-2"): ("new", "inhibited"),
    }
    digest = quiet.digests["first"]
    told = "\n".join(line for line in digest.splitlines() if not line.startswith("note: silence by ida ends on"))
    assert "M-2" in told and "M-1" not in told and "watch" not in told
    assert "2 silenced, 1 inhibited" in digest


def test_the_same_night_again_tells_nobody_anything(quiet: Nights) -> None:
    assert quiet.digests["again"] == quiet.digests["first"]


def test_silences_say_what_they_hold_and_when_they_have_ended(quiet: Nights) -> None:
    def ours(name: str) -> dict[str, Any]:
        [one] = [one for one in said(quiet, name)["silences"] if one["matchers"]["part_no"] == ["M-1"]]
        return dict(one)

    made = ours("silence")
    assert (made["alerts"], made["set_on"], made["author"]) == (0, f"{NIGHT}", "ida")
    held = ours("silences")
    # the rules that ship with riskplug find M-1 and its order as well
    silenced = [one for one in said(quiet, "again")["alerts"]["changes"] if one["suppression"] == "silenced"]
    subjects = [one["identity"] for one in silenced]
    assert {one.get("part_no") or one["order_no"] for one in subjects} == {"M-1", "PO-1"}
    assert (held["state"], held["alerts"]) == ("ending", len(silenced))
    ended = ours("ended")
    assert (ended["state"], ended["alerts"]) == ("ended", 0)


def test_a_part_nobody_has_can_be_silenced_but_an_unknown_rule_is_an_error_with_its_line(quiet: Nights) -> None:
    assert quiet.scans["too early"].code == 0
    check = quiet.scans["check"]
    assert check.code == 2 and "no rule is like 'stock-wacth'" in check.err
    lines = quiet.folder.toml.read_text(encoding="utf-8").splitlines()
    line = next(n for n, text in enumerate(lines, start=1) if "stock-wacth" in text)
    assert f"riskplug.toml:{line}" in check.err


def test_when_the_silence_is_over_what_it_held_is_new(quiet: Nights) -> None:
    found = changes(quiet, "over")
    assert (found["stock-low", "M-1"], found["stock-watch", "M-1"]) == (("new", ""), ("new", ""))
    assert "M-1" in new_text(quiet, "over", "again")


def test_a_critical_alert_without_an_answer_is_brought_up_again(quiet: Nights) -> None:
    """Told on Monday; of the three working days that follow the third is Friday, as Thursday is a holiday."""
    assert changes(quiet, "over")["stock-low", "M-2"] == ("ongoing", "")
    assert changes(quiet, "reminded")["stock-low", "M-2"] == ("reminder", "")
    assert "still open and not answered" in new_text(quiet, "reminded", "over")


def test_when_the_source_is_no_longer_critical_what_it_covered_is_new(quiet: Nights) -> None:
    found = changes(quiet, "source gone")
    assert found["stock-low", "M-2"] == ("better", "")
    assert found["stock-watch", "M-2"] == ("new", "")


def test_history_has_the_business_date_and_the_clock_and_says_what_kept_it_quiet(quiet: Nights) -> None:
    events = said(quiet, "history")["events"]
    kinds = {(event["kind"], event["business_date"]) for event in events}
    assert {("silenced", "2025-04-28"), ("unsilenced", "2025-04-30"), ("inhibited", "2025-04-28")} <= kinds
    assert ("uninhibited", "2025-05-05") in kinds
    assert all(event["at"][:4] > "2025" for event in events)
