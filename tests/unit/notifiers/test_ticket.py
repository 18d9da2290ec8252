"""Tickets in a Jira-shaped server: found before one is made, commented once, reopened or left alone as people chose."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from digests import CANARY, HOSTILE, KEY, delivery, digest, hostile, line
from jira_server import JiraServer
from pydantic import ValidationError

from riskplug.extend.protocols import Notifier, Receipt

Made = Callable[..., Notifier]


@pytest.fixture
def jira() -> Iterator[JiraServer]:
    with JiraServer() as server:
        yield server


@pytest.fixture
def tickets(made: Made, jira: JiraServer) -> Callable[..., Notifier]:
    """A receiver of this Jira."""

    def of(**options: Any) -> Notifier:
        return made("ticket", **{"url": jira.url, "project": "MIN", "token": {"env": "CANARY"}, **options})

    return of


def tell(notifier: Notifier, *lines: Any, key: str = KEY, **night: Any) -> Receipt:
    return notifier.send(delivery(notifier, digest(*lines, **night), key), timeout=5)


def test_a_new_critical_alert_becomes_one_ticket(tickets: Callable[..., Notifier], jira: JiraServer) -> None:
    receipt = tell(tickets(fields={"priority": {"name": "High"}}), line())
    (issue,) = jira.issues
    assert (receipt.outcome, receipt.reference) == ("delivered", {"tickets": "MIN-1"})
    fields = issue["fields"]
    assert fields["project"] == {"key": "MIN"} and fields["issuetype"] == {"name": "Task"}
    assert fields["priority"] == {"name": "High"}
    assert fields["summary"] == "Stock runs out before a licence can be expected · DE01 M-4711"
    assert "14 days left" in fields["description"] and "part_no: M-4711" in fields["description"]
    assert fields["labels"][0] == "riskplug" and fields["labels"][2].endswith("-2025-04-28")


def test_milder_alerts_get_none_and_another_severity_can_be_asked_for(
    tickets: Callable[..., Notifier], jira: JiraServer
) -> None:
    assert tell(tickets(), line("warning")).outcome == "delivered"
    assert jira.issues == [] and jira.got == []
    tell(tickets(severity="warning"), line("warning"), line("info", key="b2" * 32))
    assert len(jira.issues) == 1


@pytest.mark.parametrize("fault", ["drop", "hang"])
def test_a_ticket_whose_answer_was_lost_is_found_and_not_made_again(
    tickets: Callable[..., Notifier], jira: JiraServer, fault: str
) -> None:
    tickets_ = tickets()
    jira.say(None, fault)
    first = tickets_.send(delivery(tickets_), timeout=0.5)
    assert (first.outcome, len(jira.issues)) == ("ambiguous", 1)
    assert tell(tickets_, line()).outcome == "delivered"
    assert len(jira.issues) == 1 and jira.comments == {}


def test_a_visit_that_was_cut_short_goes_on_where_it_stopped(
    tickets: Callable[..., Notifier], jira: JiraServer
) -> None:
    three = [line(key=mark * 32) for mark in ("a1", "b2", "c3")]
    jira.say(None, None, (429, {"Retry-After": "30"}, b""))
    receipt = tell(tickets(), *three)
    assert (receipt.outcome, receipt.retry_after, len(jira.issues)) == ("not_accepted", 30, 1)
    assert tell(tickets(), *three).outcome == "delivered"
    assert len(jira.issues) == 3 and jira.comments == {}


def test_what_happens_next_is_a_comment_said_once(tickets: Callable[..., Notifier], jira: JiraServer) -> None:
    tell(tickets(), line("critical", "new"))
    better = line("warning", "better", "40 days left")
    jira.say(None, None, "drop")
    assert tell(tickets(), better, key="e" * 64).outcome == "ambiguous"
    assert tell(tickets(), better, key="e" * 64).outcome == "delivered"
    assert len(jira.issues) == 1 and len(jira.comments["MIN-1"]) == 1
    assert "40 days left" in jira.comments["MIN-1"][0]
    tell(tickets(), line("critical", "worse"), key="f" * 64)
    assert len(jira.comments["MIN-1"]) == 2


def test_an_alert_that_is_over_is_commented_and_closed_where_that_is_asked_for(
    tickets: Callable[..., Notifier], jira: JiraServer
) -> None:
    tell(tickets(), line())
    tell(tickets(), line("critical", "resolved"), key="e" * 64)
    assert jira.issue("MIN-1")["fields"]["status"]["statusCategory"]["key"] == "new"
    tell(tickets(close="Close"), line("critical", "resolved"), key="f" * 64)
    assert jira.issue("MIN-1")["fields"]["status"]["statusCategory"]["key"] == "done"


@pytest.mark.parametrize(
    ("resolution", "on", "is_open", "issues"),
    [
        ("Done", "2025-04-20", True, 1),
        ("Done", "2025-03-29", True, 1),  # 30 days before the night: reopened
        ("Done", "2025-03-28", False, 2),  # 31 days: another ticket
        ("Won't Fix", "2025-04-20", False, 1),
        ("Won't Do", "2025-01-01", False, 1),
    ],
)
def test_a_resolved_ticket_is_reopened_followed_or_left_alone(
    tickets: Callable[..., Notifier], jira: JiraServer, resolution: str, on: str, is_open: bool, issues: int
) -> None:
    tell(tickets(), line(), business_date=date(2025, 3, 1))
    jira.resolve("MIN-1", resolution, on)
    for _ in range(2):
        assert tell(tickets(), line("critical", "reopened"), key="e" * 64).outcome == "delivered"
    assert (jira.issue("MIN-1")["fields"]["status"]["statusCategory"]["key"] == "new") is is_open
    assert len(jira.issues) == issues
    assert len(jira.comments.get("MIN-1", ())) == int(is_open)


def test_a_milder_return_touches_no_ticket_that_people_closed(
    tickets: Callable[..., Notifier], jira: JiraServer
) -> None:
    tell(tickets(), line())
    jira.resolve("MIN-1", "Done", "2025-04-20")
    tell(tickets(), line("warning", "unknown"), key="e" * 64)
    assert jira.comments == {} and jira.issue("MIN-1")["fields"]["status"]["name"] == "Done"


def test_another_episode_is_another_ticket(tickets: Callable[..., Notifier], jira: JiraServer) -> None:
    tell(tickets(), line())
    tell(tickets(), line(episode=2), key="e" * 64)
    assert len(jira.issues) == 2


def test_no_night_makes_more_than_its_bound_and_the_nights_after_make_the_rest(
    tickets: Callable[..., Notifier], jira: JiraServer
) -> None:
    five = [line(key=f"{n:064x}") for n in range(5)]
    assert "3 without a ticket" in tell(tickets(per_night=2), *five).detail
    assert len(jira.issues) == 2
    tell(tickets(per_night=2), *five, key="e" * 64)  # a second scan of the same night
    assert len(jira.issues) == 2
    standing = tuple(line("critical", "ongoing", key=f"{n:064x}") for n in range(5))
    for day, made_by_then in ((29, 4), (30, 5)):
        tell(tickets(per_night=2), key=str(day), standing=standing, business_date=date(2025, 4, day))
        assert len(jira.issues) == made_by_then
    assert "MIN-1" in jira.comments and len(jira.comments["MIN-1"]) == 1  # from the second scan alone


def test_what_jira_refuses_is_told_in_its_words_and_hides_no_other(
    tickets: Callable[..., Notifier], jira: JiraServer
) -> None:
    jira.say(None, (400, {}, {"errorMessages": [], "errors": {"customfield_1": "Cost centre is required."}}))
    receipt = tell(tickets(), line(), line(key="b2" * 32))
    assert receipt.outcome == "rejected" and len(jira.issues) == 1
    assert "customfield_1: Cost centre is required." in receipt.detail and "1 made" in receipt.detail


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ([(401, {}, {"errorMessages": ["You are not authenticated."], "errors": {}})], "rejected"),
        ([(503, {}, b"")], "not_accepted"),  # a search that failed has changed nothing
        (["drop"], "not_accepted"),
        ([(200, {}, b"<html>log in</html>")], "not_accepted"),
        ([None, (503, {}, b"")], "ambiguous"),
        ([None, (201, {}, b"<html>")], "ambiguous"),
    ],
)
def test_every_fault_has_its_outcome(
    tickets: Callable[..., Notifier], jira: JiraServer, answers: list[Any], outcome: str
) -> None:
    jira.say(*answers)
    assert tell(tickets(), line()).outcome == outcome
    assert len(jira.got) == len(answers)


def test_cloud_is_searched_where_cloud_still_answers(tickets: Callable[..., Notifier], jira: JiraServer) -> None:
    """printf 'anna@example.com:canary-1f6a2e90-secret' | base64"""
    jira.cloud = True
    jira.way_in = "Basic YW5uYUBleGFtcGxlLmNvbTpjYW5hcnktMWY2YTJlOTAtc2VjcmV0"
    cloud = tickets(product="cloud", user="anna@example.com")
    assert tell(cloud, line()).outcome == "delivered" and len(jira.issues) == 1
    assert CANARY not in repr(jira.issues)


def test_the_address_says_which_product_it_is(tickets: Callable[..., Notifier]) -> None:
    hosts = {"https://example.atlassian.net": True, "https://jira.example.com/jira": False}
    for url, is_cloud in hosts.items():
        assert tickets(url=url)._jira(1).is_cloud is is_cloud  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", [*HOSTILE, "{NoFormat} {  noformat} [~admin]"])
def test_text_of_an_erp_is_no_markup(tickets: Callable[..., Notifier], jira: JiraServer, text: str) -> None:
    """Two blocks opened, two closed, and nothing of the text outside of them."""
    tickets_ = tickets()
    assert tickets_.send(delivery(tickets_, hostile(text, 1)), timeout=5).outcome == "delivered"
    said = jira.issues[0]["fields"]["description"]
    assert said.lower().count("{noformat}") == 4
    outside = [part.strip() for part in said.split("{noformat}")[::2]]
    assert outside == ["", "", f"riskplug {KEY[:16]}"]
    assert "\n" not in jira.issues[0]["fields"]["summary"]


@pytest.mark.parametrize(
    "options", [{"project": 'MIN" OR project = "HR'}, {"project": "min"}, {"per_night": 0}, {"severity": "high"}]
)
def test_options_that_cannot_be_are_refused(tickets: Callable[..., Notifier], options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        tickets(**options)
