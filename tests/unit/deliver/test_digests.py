"""Who is told what, in which words, and how much of it."""

import json
from datetime import date
from typing import Any

import pytest

from riskplug.deliver import Night, Planned, Remarks, plain_text, plan_digests, takes
from riskplug.extend.protocols import Digest, Notifier
from riskplug.model import Change
from riskplug.workspace import Match, Route
from tests.unit.deliver.receivers import ON, Obedient, change

NIGHT = Night("Sample", ON, "s1", "Sample", 1)
ALL = Route(receivers=("one",))


def planned(
    *news: Change,
    changes: tuple[Change, ...] = (),
    routes: tuple[Route, ...] = (ALL,),
    night: Night = NIGHT,
    notifiers: dict[str, Notifier] | None = None,
    remarks: Remarks | None = None,
    **more: Any,
) -> tuple[Planned, ...]:
    receivers = {name: Obedient() for route in routes for name in route.receivers}
    return plan_digests(
        changes or news, news, night=night, routes=routes, notifiers=notifiers or receivers, remarks=remarks, **more
    )


def only(*args: Any, **more: Any) -> Digest:
    [plan] = planned(*args, **more)
    return plan.digest


def test_nothing_new_is_told_to_nobody() -> None:
    assert planned(changes=(change("ongoing"), change("unknown", key="k2"))) == ()


def test_a_degraded_scan_is_told_even_without_news() -> None:
    told = only(remarks=Remarks(degraded=("inventory of DE01 was refused",)))
    assert told.headline.startswith("scan incomplete")
    assert told.notes == ("inventory of DE01 was refused",)


LAW = "law changed: cn-2025-18 (No. 18): not yet -> in force on 2025-04-04; found to touch 9 parts"


def test_changed_law_is_told_even_without_news() -> None:
    told = only(remarks=Remarks(law=(LAW,)))
    assert told.headline == "law changed (Sample, 2025-04-28)"
    assert told.notes == (LAW,)
    assert LAW in plain_text(told)


def test_changed_law_is_one_message_whatever_attempt_tells_it() -> None:
    [first] = planned(remarks=Remarks(law=(LAW,)))
    [again] = planned(remarks=Remarks(law=(LAW,)), night=Night("Sample", ON, "s2", "Sample", 2))
    [other] = planned(remarks=Remarks(law=(LAW, "another")))
    assert first.message.key == again.message.key != other.message.key


def test_the_headline_says_the_worst_first() -> None:
    news = (change(), change("worse", key="k2"), change(severity="warning", key="k3"), change("resolved", key="k4"))
    told = only(*news, changes=(*news, change("ongoing", key="k5")))
    assert (
        told.headline == "2 new or worse critical, 1 new or worse warning, 1 resolved, 1 ongoing (Sample, 2025-04-28)"
    )
    assert dict(told.counts) == {"new": 2, "worse": 1, "resolved": 1, "ongoing": 1}


def test_undelivered_messages_are_the_first_thing_said() -> None:
    told = only(change(), remarks=Remarks(dead_letters=2))
    assert told.headline.startswith("2 messages could not be delivered")
    assert "riskplug outbox list" in told.notes[0]


def test_lines_stay_within_the_budget_and_the_rest_is_counted() -> None:
    news = tuple(change(key=f"k{number}") for number in range(100))
    told = only(*news, budget=20)
    assert (len(told.lines), told.more) == (20, 80)
    assert [line.key for line in told.lines] == [f"k{number}" for number in range(20)]
    assert "and 80 more" in plain_text(told)


def test_a_hundred_thousand_changes_are_one_message_a_receiver() -> None:
    news = tuple(change(key=f"k{number}") for number in range(100_000))
    [plan] = planned(*news)
    assert (len(plan.message.items), len(plan.digest.lines)) == (100_000, 20)


def test_a_line_shows_title_place_message_and_reason() -> None:
    told = only(change("unknown", reason="inventory refused"), remarks=Remarks(titles={"runway": "Stock runs out"}))
    [line] = told.lines
    assert (line.title, line.text) == ("Stock runs out · DE01 M-1", "12 days left (inventory refused)")


def test_a_retired_rule_is_said_in_words() -> None:
    [line] = only(change("retired", reason="rule_retired")).lines
    assert line.text.endswith("(its rule is no longer used)")


def test_suppliers_prices_and_customers_are_not_added() -> None:
    secret = {"supplier": "Acme Magnets", "unit_price": "12.50", "customer": "Kunde AG", "order_no": "4711"}
    [plan] = planned(change(identity={"part_no": "M-1", **secret}))
    said = json.dumps([plan.message.payload, plain_text(plan.digest)])
    assert not [word for word in secret.values() if word in said]


@pytest.mark.parametrize(
    ("match", "taken"),
    [
        ({}, True),
        ({"severity": ["critical"]}, True),
        ({"severity": ["info"]}, False),
        ({"rule": ["runway"]}, True),
        ({"rule": ["other"]}, False),
        ({"site": ["DE01", "US01"]}, True),
        ({"site": ["US01"]}, False),
        ({"owner": ["anna"]}, True),
        ({"owner": ["bert"]}, False),
        ({"material": ["Dy"]}, False),
        ({"severity": ["critical"], "site": ["US01"]}, False),
    ],
)
def test_a_route_takes_what_fits_all_it_asks_for(match: dict[str, list[str]], taken: bool) -> None:
    assert takes(Match.model_validate(match), change()) is taken


def test_who_was_told_of_the_critical_alert_is_told_that_it_improved() -> None:
    better = change("better", "info", previous_severity="critical")
    assert takes(Match(severity=("critical",)), better)


def test_two_routes_to_one_receiver_tell_it_once() -> None:
    routes = (Route(match=Match(severity=("critical",)), receivers=("one", "two")), ALL)
    assert [(plan.receiver, len(plan.digest.lines)) for plan in planned(change(), routes=routes)] == [
        ("one", 1),
        ("two", 1),
    ]


def test_equal_nights_give_equal_messages() -> None:
    news = (change(), change("resolved", key="k2"))
    assert planned(*news) == planned(*news)


@pytest.mark.parametrize(
    "other",
    [
        {"night": Night("Sample", date(2025, 4, 29), "s2", "Sample", 1)},
        {"night": Night("Sample", ON, "s2", "Sample", 2)},
        {"routes": (Route(receivers=("two",)),)},
    ],
)
def test_another_date_attempt_or_receiver_is_another_message(other: dict[str, Any]) -> None:
    assert planned(change())[0].message.key != planned(change(), **other)[0].message.key


def test_the_scan_id_does_not_make_another_message() -> None:
    again = Night("Sample", ON, "other", "Sample", 1)
    assert planned(change())[0].message.key == planned(change(), night=again)[0].message.key


class Broken(Obedient):
    def render(self, digest: Digest) -> dict[str, Any]:
        raise KeyError("no such template")


class Unstorable(Obedient):
    def render(self, digest: Digest) -> dict[str, Any]:
        return {"text": date(2025, 1, 1), "more": float("nan")}


@pytest.mark.parametrize("notifier", [Broken(), Unstorable()])
def test_a_rendering_that_fails_degrades_the_message_and_never_drops_it(notifier: Notifier) -> None:
    [plan] = planned(change(message="<!channel> 12 days left"), notifiers={"one": notifier})
    assert "12 days left" in plan.message.payload["text"] and "lost its form" in plan.message.payload["text"]
    assert "<" not in plan.message.payload["text"]
    assert plan.fault and any("plain text" in note for note in plan.digest.notes)


def test_a_receiver_whose_notifier_is_missing_still_gets_its_message_queued() -> None:
    [plan] = planned(change(), notifiers={"other": Obedient()})
    assert plan.fault == "no notifier for this receiver is loaded"
    assert plan.message.items == (("k1", "new"),)
