"""What is quiet and ends soon is told to who is told of its alert, on a quiet night too, and not night after night."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from riskplug.alerts import Reconciled
from riskplug.deliver import Message, Night, Planned, Reader, Remarks, Silence, plan_digests
from riskplug.extend.host import Choice, PluginHost
from riskplug.extend.protocols import Notifier
from riskplug.model import Change
from riskplug.state import open_state
from riskplug.workspace import Match, Route
from tests.unit.alerts.nights import outcome
from tests.unit.deliver.receivers import ON, Blind, Clock, Obedient, Talker, change

NIGHT = Night("w", ON, "s", "w")
ROUTES = [Route(match=Match(site=("DE01",)), receivers=("de",)), Route(match=Match(site=("US01",)), receivers=("us",))]
DE = change("ongoing", key="k1", suppression="snoozed", identity={"part_no": "M-1", "site": "DE01"})
US = change("ongoing", key="k2", suppression="snoozed", identity={"part_no": "M-2", "site": "US01"})
ENDS_DE = Silence("snooze by anna ends on 2025-05-02: M-1", frozenset({"k1"}), "k1 snooze 2025-05-02")
ENDS_US = Silence("waiver by bill ends on 2025-05-03: M-2", frozenset({"k2"}), "k2 waive 2025-05-03")


def plans(
    *changes: Change,
    news: tuple[Change, ...] = (),
    silences: tuple[Silence, ...] = (ENDS_DE, ENDS_US),
    night: Night = NIGHT,
    notifier: type[Obedient] = Blind,
    reader: Reader | None = None,
) -> dict[str, Planned]:
    made: dict[str, Notifier] = {"de": notifier(), "us": notifier()}
    readers = dict.fromkeys(made, reader or Reader())
    remarks = Remarks(silences=silences)
    planned = plan_digests(
        [*changes, *news], news, night=night, routes=ROUTES, notifiers=made, remarks=remarks, readers=readers
    )
    return {one.receiver: one for one in planned}


def test_a_silence_that_holds_nothing_wakes_nobody_and_is_said_beside_what_is_told() -> None:
    empty = Silence("silence by anna ends on 2025-05-02: silence 1, site=US01", frozenset(), "silence 1")
    assert plans(DE, US, silences=(empty,)) == {}
    told = plans(DE, news=(change(key="n1", identity={"part_no": "M-9", "site": "DE01"}),), silences=(empty,))
    assert told["de"].digest.silences == (empty.text,)


@pytest.mark.parametrize("notifier", [Blind, Talker])
def test_a_digest_says_what_ends_of_its_receivers_alerts_alone(notifier: type[Obedient]) -> None:
    fresh = [change(key=f"n{n}", identity={"part_no": "M-9", "site": site}) for n, site in enumerate(("DE01", "US01"))]
    told = plans(DE, US, news=tuple(fresh), notifier=notifier)
    assert told["de"].digest.silences == (ENDS_DE.text,)
    assert told["us"].digest.silences == (ENDS_US.text,)


def test_a_quiet_night_is_told_to_who_is_told_of_the_alert_and_to_nobody_else() -> None:
    told = plans(DE, US, silences=(ENDS_DE,))
    assert list(told) == ["de"]
    assert told["de"].digest.headline == "1 silence ends soon, 1 ongoing (w, 2025-04-28)"
    assert ENDS_DE.text in told["de"].digest.silences


def test_a_status_line_says_it_on_a_quiet_night() -> None:
    told = plans(DE, US, silences=(ENDS_DE,), notifier=Talker)
    [status] = told["de"].messages
    said = "Nothing new on 2025-04-28: 1 open, 1 of them critical"
    assert (status.slot, status.payload["text"]) == ("status", f"{said}; 1 silence ends soon")
    assert status.payload["more"] == [ENDS_DE.text]
    assert [one.payload["text"] for one in told["us"].messages] == [said]


def test_slack_shows_it_in_the_status_line() -> None:
    kind = PluginHost.load(Choice()).notifiers()["slack"]
    slack = kind(kind.Options.model_validate({"channel": "#a", "token": {"env": "UNSET"}}))
    remarks = Remarks(silences=(ENDS_DE,))
    [plan] = plan_digests([DE], [], night=NIGHT, routes=ROUTES[:1], notifiers={"de": slack}, remarks=remarks)
    assert ENDS_DE.text in str(plan.message.payload["blocks"])


def test_who_wants_no_status_line_gets_a_digest_for_it() -> None:
    told = plans(DE, silences=(ENDS_DE,), notifier=Talker, reader=Reader(heartbeat=False))
    assert [one.slot for one in told["de"].messages] == ["digest:2025-04-28:1"]
    assert plans(DE, silences=(), notifier=Talker, reader=Reader(heartbeat=False)) == {}


def test_many_are_counted() -> None:
    many = tuple(Silence(f"{n}", frozenset({"k1"})) for n in range(13))
    said = plans(DE, silences=many)["de"].digest.silences
    assert (said[0], said[9], said[10:]) == (
        "0",
        "9",
        ("3 more silences, snoozes, waivers and acknowledgements end soon",),
    )


def test_a_mail_comes_when_one_comes_within_sight_and_not_on_every_night(tmp_path: Path) -> None:
    state = open_state("sqlite:///state.db", tmp_path, clock=Clock())
    later = Silence("snooze by carl ends on 2025-05-06: M-1", frozenset({"k1"}), "k1 ack 2025-05-06")
    queued = list[int]()
    for n, silences in enumerate([(ENDS_DE,), (ENDS_DE,), (ENDS_DE, later), (later,), ()]):
        on = ON + timedelta(days=n)
        # the text says how the alert stands, another every night
        worded = tuple(replace(one, text=f"{one.text}, {9 - n} days left") for one in silences)
        told = plans(DE, silences=worded, night=replace(NIGHT, business_date=on, attempt=1))
        messages: list[Message] = [message for plan in told.values() for message in plan.messages]
        claim = state.claim_scan(on, "w", "a")
        state.apply(claim, Reconciled(), outcome(), messages)
        state.finish_scan(claim, "complete", {})
        queued.append(len(state.waiting()))
    assert queued == [1, 1, 2, 2, 2]
    state.close()


def test_what_is_degraded_is_still_told_on_its_date() -> None:
    def key(on: date, degraded: tuple[str, ...]) -> str:
        remarks = Remarks(silences=(ENDS_DE,), degraded=degraded)
        night = replace(NIGHT, business_date=on)
        [plan] = plan_digests([DE], [], night=night, routes=ROUTES[:1], notifiers={"de": Blind()}, remarks=remarks)
        return plan.message.key

    assert key(ON, ("x",)) != key(ON + timedelta(1), ("x",))
    assert key(ON, ()) == key(ON + timedelta(1), ())
