"""A night in a channel with threads: a fixed number of messages, the worst first, the same bytes for the same night."""

import json
import time
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from riskplug.deliver import (
    AS_IT_IS,
    Chart,
    Message,
    Night,
    Planned,
    Posted,
    Reader,
    Redactor,
    Remarks,
    Silence,
    plan_digests,
)
from riskplug.deliver.grouping import grouped
from riskplug.extend.host import Choice, PluginHost
from riskplug.extend.protocols import Digest, Notifier
from riskplug.model import Change
from riskplug.workspace import Match, Route
from tests.unit.deliver.receivers import ON, Obedient, Talker, change

NIGHT = Night("Sample", ON, "s1", "Sample", 1)
LATER = Night("Sample", date(2025, 4, 29), "s2", "Sample", 1)


def plans(
    *news: Change,
    changes: tuple[Change, ...] = (),
    night: Night = NIGHT,
    notifier: Notifier | None = None,
    posted: tuple[Posted, ...] = (),
    reader: Reader | None = None,
    remarks: Remarks | None = None,
    **more: Any,
) -> tuple[Planned, ...]:
    return plan_digests(
        changes or news,
        news,
        night=night,
        routes=[Route(receivers=("one",))],
        notifiers={"one": notifier or Talker(), **more.pop("others", {})},
        readers={"one": reader or Reader(), **more.pop("readers", {})},
        posted=posted,
        remarks=remarks or Remarks(days=frozenset({"runway"})),
        draw=lambda bars: json.dumps(bars).encode(),
        charts=more.pop("charts", ()),
    )


def messages(*news: Change, **more: Any) -> tuple[Message, ...]:
    [plan] = plans(*news, **more)
    return plan.messages


def parts(sent: tuple[Message, ...]) -> list[str]:
    return [str(one.payload.get("part", one.operation)) for one in sent]


def many(count: int, **given: Any) -> tuple[Change, ...]:
    """Critical ones first, as the life-cycle gives them, of 40 owners and 17 materials."""
    return tuple(
        change(
            severity=("critical", "warning", "info")[min(n * 3 // count, 2)],
            key=f"{n:064d}",
            owner=f"owner {n % 40}",
            metric=float(n % 365),
            identity={"part_no": f"M-{n}", "site": f"S{n % 9}", "material": f"X{n % 17}"},
            **given,
        )
        for n in range(count)
    )


SLACK_KIND = PluginHost.load(Choice()).notifiers()["slack"]


def slack() -> Notifier:
    options = {"channel": "#a", "token": {"env": "UNSET"}, "app_token": {"env": "UNSET"}}
    return SLACK_KIND(SLACK_KIND.Options.model_validate(options))


def test_a_hundred_thousand_findings_are_seventeen_messages_and_one_set_of_files() -> None:
    began = time.monotonic()
    news = many(100_000)
    [plan] = plans(*news, notifier=slack())
    assert plan.fault == ""
    kinds = [one.operation for one in plan.messages]
    assert (kinds.count("post"), kinds.count("reply"), kinds.count("file")) == (11, 6, 1)
    [filed] = [one for one in plan.messages if one.operation == "file"]
    assert [file.name for file in filed.files] == ["riskplug-2025-04-28-1.csv", "riskplug-2025-04-28-1.png"]
    assert filed.files[0].content.count(b"\r\n") == 100_001
    assert time.monotonic() - began < 30


def test_equal_nights_give_equal_bytes() -> None:
    news = many(300)
    assert plans(*news, notifier=slack()) == plans(*news, notifier=slack())


def test_a_small_night_is_a_digest_its_critical_alerts_and_the_file() -> None:
    sent = messages(change(key="k1"), change(key="k2", severity="warning"))
    assert parts(sent) == ["parent", "single", "file"]
    assert [one.slot for one in sent] == ["digest:2025-04-28:1", "alert:k1:1", ""]
    assert sent[2].thread == "digest:2025-04-28:1"


def test_the_digest_says_what_is_open_against_the_last_scan() -> None:
    changes = (
        change("new", "critical", "a"),
        change("worse", "critical", "b", previous_severity="warning"),
        change("ongoing", "warning", "c", previous_severity="warning"),
        change("resolved", "warning", "d", previous_severity="warning"),
        change("unknown", "info", "e", previous_severity="info", reason="inventory refused"),
    )
    [plan] = plans(*changes)
    # before: b, c, d warnings and e; now: a, b critical, c a warning, e
    assert dict(plan.digest.open) == {"critical": (2, 2), "warning": (1, -2), "info": (1, 0)}
    assert plan.digest.gaps == ("1 alert not re-checked: inventory refused",)


def test_a_receiver_decides_how_many_messages_it_wants() -> None:
    sent = messages(*many(200), reader=Reader(replies=2, singles=0, top=5))
    assert parts(sent) == ["parent", "thread", "thread", "file"]
    assert (len(sent[0].payload["lines"]), sent[0].payload["left"]) == (5, 195)


def test_groups_are_the_coarsest_that_fit_and_the_rest_is_counted() -> None:
    by_owner = grouped(many(10), 20)
    assert (by_owner[0].dimension, len(by_owner)) == ("owner", 10)
    news = [change(key=f"{n}", owner="anna", identity={"site": f"S{n % 3}"}) for n in range(12)]
    assert [(group.dimension, group.value, len(group.changes)) for group in grouped(news, 6)] == [
        ("site", "S0", 4),
        ("site", "S1", 4),
        ("site", "S2", 4),
    ]
    crowded = grouped(many(400), 6)
    assert [group.rest for group in crowded] == [0, 0, 0, 0, 0, 4]  # 9 sites: 5 of their own, 4 others
    assert sum(len(group.changes) for group in crowded) == 400


def test_every_change_is_in_one_group() -> None:
    for count in (1, 2, 7, 50, 333):
        for most in (1, 2, 6):
            found = grouped(many(count), most)
            assert sorted(one.key for group in found for one in group.changes) == sorted(one.key for one in many(count))
            assert len(found) <= most


def out(slot: str, number: int = 1, payload_hash: str = "old", closed: bool = False) -> Posted:
    return Posted("one", slot, number, payload_hash, closed)


def test_an_ongoing_alert_is_edited_in_place_only_when_it_reads_differently() -> None:
    [_, single, _] = messages(change(key="k"))
    known = (out("digest:2025-04-28:1", 1), out("alert:k:1", 2, single.payload_hash))
    same = messages(changes=(change("ongoing", key="k"),), night=LATER, posted=known)
    assert [one.slot for one in same] == ["status"]
    [edit, status] = messages(changes=(change("ongoing", key="k", message="11 days left"),), night=LATER, posted=known)
    assert (edit.operation, edit.slot, edit.last_word) == ("update", "alert:k:1", False)
    assert (status.operation, status.slot) == ("post", "status")


@pytest.mark.parametrize(
    ("kind", "head", "last"),
    [("resolved", "Resolved on 2025-04-29", True), ("worse", "Worse on 2025-04-29", False)],
)
def test_what_happened_is_edited_in_and_said_in_the_thread(kind: str, head: str, last: bool) -> None:
    told = change(kind, key="k", message="3 days left")
    sent = messages(told, night=LATER, posted=(out("alert:k:1", 2),))
    edit, note = sent[-2:]
    assert (edit.operation, edit.last_word) == ("update", last)
    assert (note.operation, note.thread, note.payload["text"]) == ("reply", "alert:k:1", head)
    assert "single" not in parts(sent)[:-2]


def test_notes_and_new_single_messages_share_one_allowance() -> None:
    fresh = [change(key=f"n{n}") for n in range(8)]
    ended = [change("resolved", key=f"r{n}", message="gone") for n in range(8)]
    sent = messages(*fresh, *ended, night=LATER, posted=tuple(out(f"alert:r{n}:1", n) for n in range(8)))
    assert (parts(sent).count("single"), parts(sent).count("note")) == (16, 2)  # 8 posts, 8 edits, 2 notes
    assert [one.operation for one in sent].count("update") == 8


def test_an_escalated_alert_goes_to_those_it_names_beside_the_routes() -> None:
    told = change("escalated", key="k", to=("boss",))
    both = plans(told, others={"boss": Talker()})
    assert [(plan.receiver, plan.messages[1].slot) for plan in both] == [("one", "alert:k:1"), ("boss", "alert:k:1")]


def test_what_somebody_decided_is_edited_into_the_message_and_rings_no_bell() -> None:
    known = (out("alert:k:1", 2), out("digest:2025-04-29:1"))
    [edit] = messages(changes=(change("ongoing", key="k", handling="acknowledged"),), night=LATER, posted=known)
    assert (edit.operation, edit.payload["lines"][0][-1]) == ("update", "Acknowledged")
    snoozed = change("worse", key="k", suppression="snoozed")
    [edit] = messages(changes=(snoozed,), night=LATER, posted=known)
    assert (edit.operation, edit.payload["lines"][0][-1]) == ("update", "Snoozed")


def test_what_waits_for_another_scan_is_counted_and_not_open() -> None:
    changes = (
        change("pending", key="a"),
        change("held", key="b"),
        change("clearing", key="c", previous_severity="critical"),
    )
    [plan] = plans(change(key="d"), changes=(*changes, change(key="d")))
    assert dict(plan.digest.open) == {"critical": (2, 1)}
    assert plan.digest.counts == {"new": 1, "held": 1, "clearing": 1, "pending": 1}


def test_a_new_episode_is_a_new_message() -> None:
    sent = messages(change(key="k", episode=2), night=LATER, posted=(out("alert:k:1", 2, closed=True),))
    assert [one.slot for one in sent if one.payload.get("part") == "single"] == ["alert:k:2"]


def test_a_night_without_news_is_one_status_line_edited_from_then_on() -> None:
    going = (change("ongoing", key="k"), change("ongoing", "warning", "w"))
    [first] = messages(changes=going, night=LATER, posted=(out("digest:2025-04-28:1", 1),))
    assert (first.operation, first.payload["text"]) == ("post", "Nothing new on 2025-04-29: 2 open, 1 of them critical")
    next_night = replace(LATER, business_date=date(2025, 4, 30))
    [second] = messages(changes=going, night=next_night, posted=(out("digest:2025-04-28:1", 1), out("status", 5)))
    assert (second.operation, second.slot) == ("update", "status")
    [after] = messages(changes=going, night=next_night, posted=(out("status", 5), out("digest:2025-04-29:1", 9)))
    assert after.operation == "post"


def test_the_same_date_again_has_no_status_line() -> None:
    going = (change("ongoing", key="k"),)
    assert plans(changes=going, posted=(out("digest:2025-04-28:1"),)) == ()
    [once] = messages(changes=going, night=LATER)
    assert plans(changes=going, night=LATER, posted=(out("status", 5, once.payload_hash),)) == ()


def test_a_receiver_may_want_silence_and_one_without_edits_has_it() -> None:
    going = (change("ongoing", key="k"),)
    assert plans(changes=going, reader=Reader(heartbeat=False)) == ()
    assert plans(changes=going, notifier=Obedient()) == ()


def test_undelivered_messages_are_said_first_on_a_quiet_night_too() -> None:
    [status] = messages(changes=(change("ongoing"),), remarks=Remarks(dead_letters=2))
    assert str(status.payload["text"]).startswith("2 messages could not be delivered. Nothing new")


def test_silences_gaps_and_dates_are_part_of_the_digest() -> None:
    ends = Silence("M-1 until 2025-05-02, by anna", frozenset({"k1"}))
    said = Remarks(silences=(ends,), dates=("33 rules (pack abc), data of 2025-04-27",))
    [parent, *_] = messages(change(), remarks=said)
    assert parent.payload["more"] == [ends.text, *said.dates]


class Broken(Talker):
    def render(self, digest: Digest) -> dict[str, Any]:
        raise KeyError("no such template")


def test_a_broken_rendering_costs_the_form_of_every_message_and_loses_none() -> None:
    [plan] = plans(change(key="k1"), change(key="k2", severity="warning"), notifier=Broken())
    assert [one.operation for one in plan.messages] == ["post", "post", "file"]
    assert all("12 days left" in one.payload["text"] for one in plan.messages[:2])
    assert plan.fault.count("no such template") == 1


def test_the_fallback_is_worded_for_who_reads_it() -> None:
    other = Talker()
    [plan] = plans(change(), reader=Reader(fallback="two"), others={"two": other}, readers={"two": Reader()})
    fallback = plan.message.fallback
    assert fallback is not None and fallback.receiver == "two"
    assert str(fallback.payload["text"]).startswith("could not be delivered to one: 1 new or worse critical")
    assert fallback.payload["part"] == "whole" and fallback.payload["lines"]
    assert [one.fallback for one in plan.messages[1:]] == [None, None]


def route(*receivers: str, inner: tuple[Route, ...] = (), goes_on: bool = True, **match: Any) -> Route:
    wanted = {name: (value,) for name, value in match.items()}
    return Route.model_validate(
        {"match": Match.model_validate(wanted), "receivers": receivers, "routes": inner, "continue": goes_on}
    )


@pytest.mark.parametrize(
    ("routes", "told"),
    [
        ((route("a", site="DE01"), route("b")), ["a", "b"]),
        ((route("a", site="DE01", goes_on=False), route("b")), ["a"]),
        ((route("a", site="US01", goes_on=False), route("b")), ["b"]),
        ((route("a", site="DE01", inner=(route("b", owner="anna"),)),), ["b"]),
        ((route("a", site="DE01", inner=(route("b", owner="bert"),)),), ["a"]),
        ((route("a", site="US01", inner=(route("b", owner="anna"),)),), []),
        ((route(site="DE01", inner=(route("b", owner="bert"), route("c"))),), ["c"]),
        ((route("a", inner=(route("b", owner="anna", goes_on=False), route("c"))), route("d")), ["b", "d"]),
    ],
)
def test_the_route_inside_another_decides_and_a_last_one_ends_the_walk(
    routes: tuple[Route, ...], told: list[str]
) -> None:
    from riskplug.deliver import routed

    assert [name for name, found in routed([change()], routes).items() if found] == told


def test_the_balance_of_a_part_goes_to_whoever_is_told_of_it() -> None:
    drawn: list[str] = []

    def chart(part_no: str) -> Chart:
        return Chart(part_no, "S1", lambda: drawn.append(part_no) or part_no.encode(), f"{part_no} runs out.")  # type: ignore[func-returns-value]

    given = change(identity={"part_no": "M-1", "site": "S1"})
    [filed] = [one for one in messages(given, charts=[chart("M-1"), chart("M-2")]) if one.files]
    assert [(file.name, file.content, file.alt) for file in filed.files[-1:]] == [
        ("riskplug-2025-04-28-1-balance-1.png", b"M-1", "M-1 runs out.")
    ]
    assert drawn == ["M-1"]


@pytest.mark.parametrize("hidden", ["part_numbers", "quantities", "suppliers"])
def test_no_balance_goes_where_what_it_shows_is_hidden(hidden: str) -> None:
    reader = Reader(Redactor({**AS_IT_IS, hidden: "left_out"}))
    chart = Chart("M-1", "S1", lambda: b"M-1", "M-1 runs out.")
    given = change(identity={"part_no": "M-1", "site": "S1"})
    [filed] = [one for one in messages(given, charts=[chart], reader=reader) if one.files]
    assert not any("balance" in file.name for file in filed.files)
