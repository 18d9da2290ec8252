"""What arrives on the server, what does not, and how riskplug learns of it."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError
from riskplug_ntfy.notifier import MAX_BYTES, NtfyNotifier, NtfyOptions, in_bytes

from riskplug.extend.protocols import Delivery, Digest, DigestLine

KEY = "ab" * 32
LINE = DigestLine("critical", "new", "Stock runs out", "M-4711: 55 days left", "Purchasing", "k1")


def digest(*lines: DigestLine) -> Digest:
    return Digest("Sample", date(2025, 4, 28), "scan-1", "1 new critical", {"new": len(lines)}, lines)


def notifier(url: str, **more: Any) -> NtfyNotifier:
    return NtfyNotifier(NtfyOptions.model_validate({"url": url, "topic": "risk", **more}))


def delivery(made: NtfyNotifier, told: Digest, key: str = KEY) -> Delivery:
    return Delivery(key, made.render(told))


def test_a_digest_arrives_with_title_priority_and_text(ntfy: Any) -> None:
    made = notifier(ntfy.url)
    assert made.send(delivery(made, digest(LINE)), timeout=5).outcome == "delivered"
    (kept,) = ntfy.kept
    assert (kept["topic"], kept["title"], kept["priority"]) == ("risk", "1 new critical", 5)
    assert "M-4711: 55 days left" in kept["message"]
    assert kept["tags"] == ["rotating_light", "riskplug-abababababababab"]


def test_the_worst_alert_decides_the_priority() -> None:
    made = notifier("http://127.0.0.1:9/")
    mild, calm = replace(LINE, severity="warning"), replace(LINE, severity="info")
    nights = [(calm, LINE, mild), (calm, mild), (calm,), ()]
    assert [made.render(digest(*lines))["priority"] for lines in nights] == [5, 3, 2, 2]


def test_a_lost_answer_is_ambiguous_and_the_message_is_found(ntfy: Any) -> None:
    made, ntfy.lose = notifier(ntfy.url), True
    sent = delivery(made, digest(LINE))
    assert made.send(sent, timeout=5).outcome == "ambiguous"
    found = made.find(sent, timeout=5)
    assert found is not None and (found.outcome, found.reference) == ("delivered", {"id": "m0"})
    assert made.find(delivery(made, digest(LINE), key="cd" * 32), timeout=5) is None


@pytest.mark.parametrize(("status", "outcome"), [(400, "rejected"), (429, "not_accepted"), (500, "ambiguous")])
def test_what_the_server_says_becomes_an_outcome(ntfy: Any, status: int, outcome: str) -> None:
    made, ntfy.status = notifier(ntfy.url), status
    sent = delivery(made, digest(LINE))
    assert made.send(sent, timeout=5).outcome == outcome
    assert made.find(sent, timeout=5) is None


def test_the_token_is_sent_and_never_shown(ntfy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ntfy.token = "tk_secret"
    made = notifier(ntfy.url, token={"env": "NTFY_TOKEN"})
    sent = delivery(made, digest(LINE))
    monkeypatch.delenv("NTFY_TOKEN", raising=False)
    assert made.send(sent, timeout=5).outcome == "not_accepted"
    monkeypatch.setenv("NTFY_TOKEN", "tk_wrong")
    refused = made.send(sent, timeout=5)
    assert refused.outcome != "delivered" and "tk_wrong" not in refused.detail
    monkeypatch.setenv("NTFY_TOKEN", "tk_secret")
    assert made.send(sent, timeout=5).outcome == "delivered"


def test_a_message_that_lost_its_form_is_sent_too(ntfy: Any) -> None:
    made = notifier(ntfy.url)
    assert made.send(Delivery(KEY, {"text": "1 new critical"}), timeout=5).outcome == "delivered"
    assert ntfy.kept[0]["message"] == "1 new critical"


def test_a_long_message_in_another_script_is_cut_before_it_is_sent(ntfy: Any) -> None:
    made = notifier(ntfy.url)
    assert made.send(Delivery(KEY, {"text": "磁石 " * 1_300}), timeout=5).outcome == "delivered"
    assert MAX_BYTES - 50 < len(ntfy.kept[0]["message"].encode()) <= MAX_BYTES


@pytest.mark.parametrize("text", ["é" * 5_000, "word " * 2_000, "磁石" * 3_000, "short"])
def test_a_message_fits_in_the_bytes_of_the_server(text: str) -> None:
    shown = in_bytes(text)
    assert len(shown.encode()) <= MAX_BYTES
    assert shown == text if text == "short" else len(shown.encode()) > MAX_BYTES - 50


def test_nobody_listens(ntfy: Any) -> None:
    made = notifier("http://127.0.0.1:9/")
    assert made.send(delivery(made, digest(LINE)), timeout=5).outcome == "not_accepted"


@pytest.mark.parametrize("wrong", [{"topic": "a b"}, {"token": "tk_literal"}, {"url": "ftp://x/"}, {"channel": "x"}])
def test_wrong_options_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        NtfyOptions.model_validate({"url": "http://127.0.0.1:9/", "topic": "risk", **wrong})
