"""The card for Teams: small enough, inert, and posted over https alone."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from digests import CANARY, HOSTILE, KEY, delivery, digest, hostile, line, long
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from listener import Listener
from pydantic import ValidationError

from riskplug.extend.protocols import Delivery, Notifier
from tests.examples import examples
from tests.unit.notifiers.certificates import Certificate

Made = Callable[..., Notifier]
# MicrosoftDocs/msteams-docs, issue 11274: "max allowed size is 28672 bytes"
TEAMS_TAKES = 28_672


@pytest.fixture
def teams(made: Made, secure_web: Listener, this_host: Certificate, monkeypatch: pytest.MonkeyPatch) -> Notifier:
    monkeypatch.setenv("TEAMS", f"{secure_web.url}/workflows/1/triggers/manual/paths/invoke?sig={CANARY}")
    return made("teams", url={"env": "TEAMS"}, ca_file=str(this_host.cert))


def test_a_card_arrives_as_a_workflow_expects_it(teams: Notifier, secure_web: Listener) -> None:
    secure_web.say((202, {}, b""))
    assert teams.send(delivery(teams, digest(line(text="R&D <5 µm> *now*"))), timeout=5).outcome == "delivered"
    got = secure_web.got[0]
    assert got.headers["Content-Type"] == "application/json; charset=utf-8" and f"sig={CANARY}" in got.path
    (attachment,) = got.json()["attachments"]
    assert got.json()["type"] == "message"
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    assert card["fallbackText"] == "1 new or worse critical (Sample Drives, 2025-04-28)"
    assert "R&D <5 µm> *now*" in "".join(runs(card))


def size_as_teams_counts(card: dict[str, Any]) -> int:
    """The card as a text inside JSON, all but ASCII written out: the largest of the ways it could be counted."""
    return len(json.dumps({"card": json.dumps(card)}).encode("ascii"))


@pytest.mark.parametrize("text", ["x", "ä", '"', "\\", "{{", "\U0001f534", "long words " * 9])
def test_any_night_fits_and_says_what_it_leaves_out(teams: Notifier, text: str) -> None:
    told = [line(text=text * 600, title=text * 300, owner=text * 20, key=f"{n:064x}") for n in range(60)]
    card = teams.render(digest(*told, more=7))["card"]
    assert size_as_teams_counts(card) < TEAMS_TAKES - 4_000
    shown = sum(block.get("separator", False) for block in card["body"])
    assert f"and {67 - shown} more alerts: see the brief" in "".join(runs(card))
    assert shown > 0


def test_a_usual_night_is_shown_whole(teams: Notifier) -> None:
    told = [line(key=f"{n:064x}") for n in range(20)]
    card = teams.render(digest(*told))["card"]
    assert sum(block.get("separator", False) for block in card["body"]) == 20


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_an_erp_stands_in_runs_alone_and_is_inert(teams: Notifier, text: str) -> None:
    """Markdown is read in text blocks and facts only; a mention needs an entity; two braces begin a date."""
    card = teams.render(hostile(text))["card"]
    blocks = [part for part in card["body"] if part["type"] != "RichTextBlock"]
    assert [block["text"] for block in blocks] == ["riskplug"]
    assert all(set(run) <= {"type", "text", "weight", "size", "color", "isSubtle"} for run in inlines(card))
    assert set(card["msteams"]) == {"width"}
    assert not any("{{" in text for text in runs(card))


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=3000), st.integers(0, 60))
def test_no_text_makes_a_card_too_large(teams: Notifier, text: str, lines: int) -> None:
    assert size_as_teams_counts(teams.render(hostile(text, lines))["card"]) < TEAMS_TAKES


def test_a_long_night_arrives(teams: Notifier, secure_web: Listener) -> None:
    assert teams.send(delivery(teams, long()), timeout=10).outcome == "delivered"
    assert len(secure_web.got[0].body) < TEAMS_TAKES


def test_a_minimal_message_is_a_card_with_its_text(teams: Notifier, secure_web: Listener) -> None:
    teams.send(Delivery(KEY, {"text": "headline\n[critical] x"}), timeout=5)
    card = secure_web.got[0].json()["attachments"][0]["content"]
    assert runs(card) == ["headline\n[critical] x"]
    teams.send(Delivery(KEY, {"text": "\u00e4\n" * 100_000}), timeout=5)
    assert size_as_teams_counts(secure_web.got[1].json()["attachments"][0]["content"]) < TEAMS_TAKES


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ((429, {"Retry-After": "9"}, b""), "not_accepted"),
        ((413, {}, b""), "rejected"),
        ((404, {}, b""), "rejected"),
        ((502, {}, b""), "ambiguous"),
        ("drop", "ambiguous"),
    ],
)
def test_every_answer_has_its_outcome(teams: Notifier, secure_web: Listener, said: Any, outcome: str) -> None:
    secure_web.say(said)
    receipt = teams.send(delivery(teams), timeout=5)
    assert receipt.outcome == outcome and len(secure_web.got) == 1
    assert receipt.retry_after == (9 if outcome == "not_accepted" else None)


def test_only_https_and_only_by_reference(made: Made, web: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEAMS", web.url)
    plain = made("teams", url={"env": "TEAMS"})
    receipt = plain.send(delivery(plain), timeout=5)
    assert (receipt.outcome, receipt.detail) == ("not_accepted", "TEAMS: the address must be https")
    assert web.got == []
    with pytest.raises(ValidationError, match="must be a reference"):
        made("teams", url="https://prod-1.westeurope.logic.azure.com/workflows/1?sig=secret")


def inlines(card: dict[str, Any]) -> list[dict[str, Any]]:
    return [run for part in card["body"] if part["type"] == "RichTextBlock" for run in part["inlines"]]


def runs(card: dict[str, Any]) -> list[str]:
    return [run["text"] for run in inlines(card)]
