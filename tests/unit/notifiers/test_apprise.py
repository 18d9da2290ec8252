"""The bridge to Apprise: what it can know, what the address may not change, and how it says that Apprise is missing."""

import sys
from collections.abc import Callable
from typing import Any

import pytest
from digests import KEY, delivery, digest, line
from listener import Listener
from pydantic import ValidationError

from riskplug.extend.protocols import Capabilities, Delivery, Notifier

# Apprise imports a module that Python 3.13 no longer has, and has a substitute for it there.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
Made = Callable[..., Notifier]


@pytest.fixture
def bridge(made: Made, web: Listener, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Notifier]:
    """A receiver that posts JSON to this host by Apprise's json://."""

    def of(query: str = "", **options: Any) -> Notifier:
        monkeypatch.setenv("APPRISE_URL", f"json://{web.url.removeprefix('http://')}/{query}")
        return made("apprise", url={"env": "APPRISE_URL"}, **options)

    return of


def test_the_digest_arrives_as_plain_text(bridge: Callable[..., Notifier], web: Listener) -> None:
    notifier = bridge()
    assert (
        notifier.send(delivery(notifier, digest(line(text="R&D <5> *now* \\n :wave:"))), timeout=5).outcome
        == "delivered"
    )
    got = web.got[0].json()
    assert got["title"] == "1 new or worse critical (Sample Drives, 2025-04-28)"
    assert "R&D <5> *now* \\n :wave:" in got["message"]


@pytest.mark.parametrize("fault", [(403, {}, b""), (503, {}, b""), "drop", "hang"])
@pytest.mark.parametrize(("after_failure", "outcome"), [("resend", "ambiguous"), ("give_up", "rejected")])
def test_a_failure_is_in_doubt_because_apprise_does_not_say_more(
    bridge: Callable[..., Notifier], web: Listener, fault: Any, after_failure: str, outcome: str
) -> None:
    web.say(fault)
    notifier = bridge(after_failure=after_failure)
    assert notifier.send(delivery(notifier), timeout=0.5).outcome == outcome
    assert len(web.got) == 1


@pytest.mark.parametrize("query", ["?retry=3&wait=0", "?optional=yes", "?redirect=yes"])
def test_an_address_cannot_ask_for_repeats_or_for_a_failure_to_count_as_success(
    bridge: Callable[..., Notifier], web: Listener, query: str
) -> None:
    web.say((503, {}, b""))
    notifier = bridge(query)
    assert notifier.send(delivery(notifier), timeout=5).outcome == "ambiguous"
    assert len(web.got) == 1


def test_it_claims_nothing_but_that_many_may_read_it(bridge: Callable[..., Notifier]) -> None:
    assert bridge().capabilities == Capabilities(chat=True)


def test_without_apprise_it_says_what_to_do_and_the_message_waits(
    bridge: Callable[..., Notifier], web: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    receipt = bridge().send(Delivery(KEY, {"text": "x"}), timeout=5)
    assert (receipt.outcome, web.got) == ("not_accepted", [])
    assert "pip install apprise" in receipt.detail


def test_a_text_of_any_length_is_shortened(bridge: Callable[..., Notifier], web: Listener) -> None:
    notifier = bridge()
    assert notifier.send(Delivery(KEY, {"text": "new " * 50_000}), timeout=5).outcome == "delivered"
    assert len(web.got[0].json()["message"]) <= notifier.limits.text


def test_what_apprise_raises_is_in_doubt_and_not_repeated(
    bridge: Callable[..., Notifier], monkeypatch: pytest.MonkeyPatch
) -> None:
    import apprise

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("json://secret-part@host")

    monkeypatch.setattr(apprise.Apprise, "notify", broken)
    receipt = bridge().send(Delivery(KEY, {"text": "x"}), timeout=5)
    assert (receipt.outcome, receipt.detail) == ("ambiguous", "Apprise failed with RuntimeError")


def test_an_address_that_apprise_does_not_know_is_not_repeated(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPRISE_URL", "nonsense://secret-part")
    receipt = made("apprise", url={"env": "APPRISE_URL"}).send(Delivery(KEY, {"text": "x"}), timeout=5)
    assert receipt.outcome == "not_accepted" and "secret-part" not in repr(receipt)


def test_one_address_by_reference(made: Made) -> None:
    with pytest.raises(ValidationError, match="must be a reference"):
        made("apprise", url="json://127.0.0.1/")
