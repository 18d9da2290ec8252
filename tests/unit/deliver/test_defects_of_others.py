"""What other tools' users complain about, each as a night that we pass. In brackets: where it happened."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from riskplug.alerts import Reconciled
from riskplug.deliver import Message, Night, Planned, Remarks, Silence, plan_digests, send_outbox
from riskplug.extend.host import Choice, PluginHost
from riskplug.extend.protocols import Delivery, Digest, Notifier, Receipt
from riskplug.model import Change
from riskplug.state import State, open_state
from riskplug.testing.slack_server import SlackServer, active_marks, block_problems
from riskplug.workspace import Route
from tests.unit.alerts.nights import outcome
from tests.unit.deliver.receivers import ON, Clock, Obedient, Talker, change

KINDS = PluginHost.load(Choice()).notifiers()


class Killed(KeyboardInterrupt):
    """Goes through everything, as kill -9 does; of exceptions only an interrupt passes the guard around a receiver."""


@pytest.fixture
def server() -> Iterator[SlackServer]:
    with SlackServer() as running:
        yield running


@pytest.fixture
def slack(server: SlackServer, monkeypatch: pytest.MonkeyPatch) -> Notifier:
    monkeypatch.setenv("T", server.token)
    options = {"channel": "#procurement-risk", "token": {"env": "T"}, "base_url": server.base_url}
    return KINDS["slack"](KINDS["slack"].Options.model_validate(options))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(tmp_path: Path, clock: Clock) -> Iterator[Callable[[], State]]:
    states: list[State] = []

    def again() -> State:
        states.append(open_state("sqlite:///state.db", tmp_path, clock=clock, scope="w"))
        return states[-1]

    yield again
    for state in states:
        state.close()


@pytest.fixture
def state(opened: Callable[[], State]) -> State:
    return opened()


def queue(state: State, *messages: Message) -> None:
    claim = state.claim_scan(date(2025, 4, 28), "w", "a")
    state.apply(claim, Reconciled(), outcome(), messages)
    state.finish_scan(claim, "complete", {})


def message(key: str, receiver: str = "one", **other: Any) -> Message:
    return Message(receiver, key, f"remarks of {key}", {"text": key}, **other)


def send(state: State, clock: Clock, **notifiers: Notifier) -> dict[str, str]:
    outcomes = send_outbox(state, notifiers, clock=clock, owner="a", timeout=2)
    return {one.receiver: str(one) for one in outcomes}


def planned(notifier: Notifier, *news: Change, remarks: Remarks | None = None) -> Planned:
    night, routes = Night("w", ON, "s1", "w"), [Route(receivers=("one",))]
    [plan] = plan_digests(news, news, night=night, routes=routes, notifiers={"one": notifier}, remarks=remarks)
    return plan


def test_a_rate_limited_message_is_neither_slept_over_nor_given_up(
    state: State, clock: Clock, slack: Notifier, server: SlackServer
) -> None:
    """[c7n-mailer sleeps for Retry-After, then returns without sending and takes the message off the queue]"""
    queue(state, message("k"))
    server.retry_after = 300
    server.fail("rate_limit")
    began = time.monotonic()
    send(state, clock, one=slack)
    assert time.monotonic() - began < 60 and server.posts() == []
    [row] = state.waiting()
    assert row.not_before == clock() + timedelta(seconds=300)
    clock.pass_(seconds=301)
    assert send(state, clock, one=slack)["one"] == "1 delivered"


def test_a_rate_limit_in_the_middle_loses_no_message(
    state: State, clock: Clock, slack: Notifier, server: SlackServer
) -> None:
    """[SCPRv4#239: 2 of 5 messages arrived]"""
    queue(state, *(message(f"k{n}") for n in range(5)))
    for faults in (("", "", "rate_limit"), ("rate_limit",), ()):
        server.fail(*faults)
        send(state, clock, one=slack)
        clock.pass_(minutes=2)
    assert [one["text"] for one in server.posts()] == [f"k{n}" for n in range(5)]


@pytest.mark.parametrize("word", ["channel_not_found", "not_in_channel", "invalid_auth", "is_archived"])
def test_status_200_with_ok_false_is_no_success(
    state: State, clock: Clock, slack: Notifier, server: SlackServer, word: str
) -> None:
    """[Great Expectations' Slack action looks at the HTTP status alone; #5818, #8181, #10870]"""
    queue(state, message("k"))
    server.fail(word)
    assert send(state, clock, one=slack)["one"] == f"1 dead ({word})"


def test_a_page_of_a_proxy_is_no_success(state: State, clock: Clock, slack: Notifier, server: SlackServer) -> None:
    """[the same: status 200 from a log-in page]"""
    queue(state, message("k"))
    server.fail("portal")
    assert send(state, clock, one=slack)["one"].startswith("1 waiting")


def test_a_connection_that_fails_is_an_outcome_with_words(state: State, clock: Clock) -> None:
    """[Great Expectations: connection errors return None]"""
    queue(state, message("k"))
    options = {"channel": "c", "token": {"env": "PATH"}, "base_url": "http://127.0.0.1:1/api/"}
    away = KINDS["slack"](KINDS["slack"].Options.model_validate(options))
    assert "refused" in send(state, clock, one=away)["one"]


def test_a_crash_midway_repeats_nothing_that_was_sent(
    state: State, clock: Clock, slack: Notifier, server: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[elementary sends everything and marks all rows sent in one statement afterwards]"""
    queue(state, *(message(f"k{n}") for n in range(6)))
    sent = slack.send
    posted: list[str] = []

    def dies(delivery: Delivery, *, timeout: float) -> Receipt:
        receipt = sent(delivery, timeout=timeout)
        posted.append(delivery.key)
        if len(posted) == 3:
            raise Killed
        return receipt

    monkeypatch.setattr(slack, "send", dies)
    with pytest.raises(Killed):
        send(state, clock, one=slack)
    monkeypatch.undo()
    monkeypatch.setenv("T", server.token)
    clock.pass_(minutes=6)
    send(state, clock, one=slack)
    assert sorted(one["text"] for one in server.posts()) == [f"k{n}" for n in range(6)]


def test_every_message_has_a_text_for_telephones_and_screen_readers() -> None:
    """[elementary sends blocks without a fallback text]"""
    slack = KINDS["slack"](KINDS["slack"].Options.model_validate({"channel": "c", "token": {"env": "T"}}))
    plan = planned(slack, *(change(key=f"k{n}", owner=f"o{n % 3}") for n in range(30)))
    assert len(plan.messages) > 10 and all(str(one.payload["text"]).strip() for one in plan.messages)


def test_a_failed_receiver_is_tried_again_and_the_other_is_not_told_twice(state: State, clock: Clock) -> None:
    """[ElastAlert2: `alert_sent` is true when any alerter succeeded; several targets in one are repeated together]"""
    queue(state, message("a", "chat"), message("b", "mail"))
    chat, mail = Obedient(Receipt("not_accepted", "away")), Obedient()
    send(state, clock, chat=chat, mail=mail)
    clock.pass_(minutes=2)
    assert send(state, clock, chat=chat, mail=mail)["chat"] == "1 delivered"
    assert (len(chat.sent), len(mail.sent)) == (2, 1)


def test_an_edit_that_is_refused_becomes_a_new_message(
    state: State, clock: Clock, slack: Notifier, server: SlackServer
) -> None:
    """[Alertmanager gives up when chat.update answers ok:false]"""
    queue(state, message("root", slot="s"), message("edit", operation="update", slot="s"))
    server.fail("edit_window_closed", method="chat.update")
    assert send(state, clock, one=slack)["one"] == "2 delivered"
    old, new = server.posts()
    assert old["text"] == "root" and new["text"].startswith("edit\nTakes over from <https://test.slack.com/")


def test_a_message_taken_and_not_sent_is_sent_by_the_next(state: State, clock: Clock) -> None:
    """[Healthchecks marks a flip processed before it is sent]"""
    queue(state, message("k"))
    assert state.lease(["one"], now=clock(), lease=timedelta(minutes=5), owner="died") is not None
    clock.pass_(minutes=6)
    receiver = Obedient()
    send(state, clock, one=receiver)
    assert [one.key for one in receiver.sent] == ["k"]


def test_no_receipt_is_made_up(server: SlackServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """[Keep invents a ts for webhooks]"""
    monkeypatch.setenv("HOOK", server.webhook_url)
    hook = KINDS["slack_webhook"](KINDS["slack_webhook"].Options.model_validate({"url": {"env": "HOOK"}}))
    assert hook.send(Delivery("k", {"text": "t"}), timeout=5) == Receipt("delivered")


def test_a_webhooks_address_is_in_no_text_and_its_answer_is_read(
    server: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[sqlmesh keeps webhook addresses as plain text and ignores the answer]"""
    monkeypatch.setenv("HOOK", server.webhook_url)
    options = KINDS["slack_webhook"].Options.model_validate({"url": {"env": "HOOK"}})
    hook = KINDS["slack_webhook"](options)
    server.fail("no_service", method="webhook")
    receipt = hook.send(Delivery("k", {"text": "t"}), timeout=5)
    assert receipt.outcome != "delivered"
    assert server.webhook_url not in repr(options) + repr(vars(hook)) + repr(receipt)


def test_too_many_alerts_hide_none(server: SlackServer) -> None:
    """[Prometheus discards all alerts of a rule group over its limit; Alertmanager drops the new ones]"""
    news = [change(key=f"{n:064d}") for n in range(21_000)]
    [*_, filed] = planned(Talker(), *news).messages
    assert all(one.key.encode() in filed.files[0].content for one in news[::500])
    assert planned(Talker(), *news).digest.counts == {"new": 21_000}


class Broken(Talker):
    def render(self, digest: Digest) -> dict[str, Any]:
        raise KeyError("no such template")


def test_a_broken_template_drops_no_message(state: State, clock: Clock) -> None:
    """[alertmanager#3490, #2857, #5322: the checker passed, the notification was dropped]"""
    plan = planned(Broken(), change())
    assert "12 days left" in str(plan.message.payload["text"]) and plan.fault


@pytest.mark.parametrize("nights", [400])
def test_what_was_told_is_not_told_again_however_long_it_lasts(nights: int) -> None:
    """[alertmanager#1806, #2934: `do not repeat` ends when the memory of it does]"""
    ongoing = change("ongoing")
    for night in range(1, nights, 50):
        on = Night("w", ON + timedelta(days=night), "s", "w")
        routes = [Route(receivers=("one",))]
        assert plan_digests([ongoing], [], night=on, routes=routes, notifiers={"one": Obedient()}) == ()


def test_two_instances_at_once_post_once(
    opened: Callable[[], State], clock: Clock, slack: Notifier, server: SlackServer
) -> None:
    """[elastalert#1223: two instances, every alert twice]"""
    first = opened()
    queue(first, *(message(f"k{n}") for n in range(8)))
    states = [first, opened()]
    threads = [threading.Thread(target=lambda one=one: send(one, clock, one=slack)) for one in states]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one["text"] for one in server.posts()) == [f"k{n}" for n in range(8)]


def test_a_restart_floods_nobody(
    opened: Callable[[], State], clock: Clock, slack: Notifier, server: SlackServer
) -> None:
    """[elastalert#2711: about 200 mails after a restart]"""
    first = opened()
    queue(first, message("k"))
    send(first, clock, one=slack)
    first.close()
    clock.pass_(days=30)
    again = opened()
    queue(again, message("k"))
    send(again, clock, one=slack)
    assert len(server.posts()) == 1


def test_an_answer_that_is_lost_makes_no_second_post(
    state: State, clock: Clock, slack: Notifier, server: SlackServer
) -> None:
    """[openclaw#22780: two posts 77 ms apart; slack_sdk's own retry posts again when the line drops]"""
    queue(state, message("k"))
    server.fail("drop")
    assert send(state, clock, one=slack)["one"] == "1 delivered"
    assert len(server.posts()) == 1


@pytest.mark.parametrize("length", [3001, 40_000])
def test_long_data_is_shortened_and_costs_no_message(
    state: State, clock: Clock, slack: Notifier, server: SlackServer, length: int
) -> None:
    """[oncall#5121, sentry#103498, sentry#64928: a limit refuses the whole message]"""
    plan = planned(slack, *(change(key=f"k{n}", message="x" * length, owner=f"o{n}") for n in range(60)))
    assert plan.fault == ""
    assert [list(block_problems(list(one.payload.get("blocks", [])))) for one in plan.messages] == [[]] * len(
        plan.messages
    )


def test_blocks_that_slack_refuses_all_the_same_cost_the_form_alone(
    state: State, clock: Clock, slack: Notifier, server: SlackServer
) -> None:
    """[the same: a limit that we do not know yet]"""
    queue(state, message("k"))
    server.fail("invalid_blocks")
    assert send(state, clock, one=slack)["one"] == "1 delivered"
    assert [one["text"] for one in server.posts()] == ["k"]


@pytest.mark.parametrize("text", ["<!channel>", "<http://x|Approved>", "<@U1>", "<!subteam^S1>", "&lt;!here&gt;"])
def test_no_data_mentions_or_links(slack: Notifier, text: str) -> None:
    """[langfuse#13874, runlore#196, workglow#805: a description pings the channel or plants a link]"""
    news = [change(key=f"k{n}", message=text, owner=f"{text}{n}", identity={"part_no": text}) for n in range(12)]
    remarks = Remarks(notes=(text,), silences=(Silence(text, frozenset({"k1"})),))
    for one in planned(slack, *news, remarks=remarks).messages:
        assert active_marks(dict(one.payload)) == []


def test_one_message_a_failure_is_not_what_a_channel_gets() -> None:
    """[elementary#408, #1177, grafana#79939: noise]"""
    news = [change(key=f"k{n}", severity="warning", owner=f"o{n % 50}") for n in range(500)]
    assert [one.operation for one in planned(Talker(), *news).messages] == ["post", *["reply"] * 6, "file"]


def test_resolved_is_said_once(state: State, clock: Clock, slack: Notifier, server: SlackServer) -> None:
    """[alertmanager#964, #844, #1125: repeated `resolved`; goalert#19: an edit alone is missed]"""
    routes = [Route(receivers=("one",))]
    queue(state, replace(planned(slack, change(key="k")).messages[1], items=()))
    send(state, clock, one=slack)
    for night in (1, 2, 3):
        gone = change("resolved", key="k")
        plans = plan_digests(
            [gone],
            [gone] if night == 1 else [],
            night=Night("w", ON + timedelta(days=night), "s", "w"),
            routes=routes,
            notifiers={"one": slack},
            posted=state.posted(),
        )
        queue(state, *(replace(one, items=()) for plan in plans for one in plan.messages))
        send(state, clock, one=slack)
    single = server.roots()[0]
    assert (server.edits[single["ts"]], len(server.replies(single["ts"]))) == (1, 1)
    assert [one["text"].count("1 resolved") for one in server.roots()] == [0, 1, 0]
