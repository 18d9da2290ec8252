"""What every shipped receiver keeps to, whatever it speaks."""

import json
import logging
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from benches import BENCHES, Bench
from certificates import Certificate
from digests import CANARY, HOSTILE, KEY, delivery, digest, hostile, line, long

from riskplug.deliver import build_notifiers
from riskplug.errors import UsageError
from riskplug.extend.protocols import Delivery, Notifier
from riskplug.workspace import Receiver

# Apprise imports a module that Python 3.13 no longer has, and has a substitute for it there.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
OURS = sorted(set(BENCHES) - {"console", "file", "slack", "slack_webhook"})
# Where a message goes to: without it nothing can be told.
ADDRESSES = {"webhook": "url", "alertmanager": "url", "ticket": "url", "email": "port"}
Made = Callable[..., Notifier]


@pytest.fixture
def bench(request: pytest.FixtureRequest, kind: str, this_host: Certificate, tmp_path: Path) -> Iterator[Bench]:
    with BENCHES[kind](this_host, tmp_path) as found:
        yield found


@pytest.fixture
def notifier(kind: str, bench: Bench, made: Made) -> Notifier:
    return made(kind, **bench.options)


def test_every_shipped_kind_is_held_to_it(kinds: dict[str, type[Notifier]]) -> None:
    assert sorted(kinds) == sorted(BENCHES)


@pytest.mark.parametrize("kind", BENCHES)
def test_equal_digests_make_equal_bytes(notifier: Notifier) -> None:
    told = digest(line(), line("warning", "worse", key="b2" * 32), notes=("one",), standing=(line(),))
    first, second = (json.dumps(notifier.render(told)) for _ in range(2))
    assert first == second and isinstance(notifier.render(told)["text"], str)


@pytest.mark.parametrize("kind", BENCHES)
def test_an_ordinary_night_arrives(notifier: Notifier, bench: Bench) -> None:
    assert notifier.send(delivery(notifier), timeout=5).outcome == "delivered"


@pytest.mark.parametrize("kind", BENCHES)
def test_a_message_that_lost_its_form_arrives(notifier: Notifier) -> None:
    assert notifier.send(Delivery(KEY, {"text": "headline\n[critical] new: x"}), timeout=5).outcome == "delivered"
    assert notifier.send(Delivery(KEY, {"text": "headline", "minimal": True}), timeout=5).outcome == "delivered"


@pytest.mark.parametrize("kind", OURS)
def test_a_message_that_lost_its_form_may_be_of_any_length(notifier: Notifier) -> None:
    endless = "headline\n" + '[critical] "new" \u00e4: x\n' * 20_000
    assert notifier.send(Delivery(KEY, {"text": endless}), timeout=10).outcome == "delivered"


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("kind", OURS)
def test_no_text_of_an_erp_steers_a_reader(notifier: Notifier, text: str) -> None:
    told = delivery(notifier, hostile(text))
    unseen = {mark for mark in said(told.payload) if unicodedata.category(mark) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}
    assert unseen <= {"\n"}
    assert notifier.send(told, timeout=5).outcome == "delivered"


@pytest.mark.parametrize("kind", OURS)
def test_a_long_night_is_shortened_and_says_so(notifier: Notifier) -> None:
    payload = notifier.render(long())
    assert len(payload["text"]) <= notifier.limits.text
    assert "more alerts: see the brief" in payload["text"] and "more remarks" in payload["text"]
    assert notifier.send(Delivery(KEY, payload), timeout=10).outcome == "delivered"


@pytest.mark.parametrize("kind", ADDRESSES)
def test_a_receiver_that_is_away_did_not_accept(kind: str, bench: Bench, made: Made) -> None:
    away: Any = 9 if kind == "email" else "http://127.0.0.1:9"
    gone = made(kind, **{**bench.options, ADDRESSES[kind]: away})
    assert gone.send(delivery(gone), timeout=2).outcome == "not_accepted"


@pytest.mark.parametrize("kind", OURS)
def test_an_unset_secret_is_named_and_nothing_is_sent(
    kind: str, bench: Bench, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CANARY")
    name = {"teams": "url", "apprise": "url", "webhook": "secret", "ticket": "token"}.get(kind, "password")
    unset = made(kind, **{**bench.options, name: {"env": "CANARY"}})
    receipt = unset.send(delivery(unset), timeout=2)
    assert (receipt.outcome, "CANARY" in receipt.detail) == ("not_accepted", True)
    assert bench.asked() == 0


@pytest.mark.parametrize("kind", OURS)
def test_the_secret_shows_nowhere(
    notifier: Notifier, bench: Bench, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told = delivery(notifier)
    receipts = [notifier.send(told, timeout=5)]
    assert bench.echo is not None
    bench.echo()
    receipts.append(notifier.send(told, timeout=5))
    assert receipts[1].outcome in {"rejected", "ambiguous"}
    out, err = capfd.readouterr()
    shown = repr(receipts) + repr(notifier) + repr(vars(notifier)) + repr(told) + out + err
    shown += "".join(record.getMessage() for record in caplog.records if record.name != "mail.log")  # the server's own
    assert CANARY not in shown


@pytest.mark.parametrize("kind", OURS)
def test_a_secret_written_out_is_refused_by_the_name_of_its_key(
    kind: str, bench: Bench, kinds: dict[str, type[Notifier]]
) -> None:
    name = {"teams": "url", "apprise": "url", "webhook": "secret", "ticket": "token"}.get(kind, "password")
    wrong = Receiver.model_validate({"kind": kind, **bench.options, name: CANARY, "nonsense": CANARY})
    with pytest.raises(UsageError) as refused:
        build_notifiers({"buyers": wrong}, kinds)
    said = str(refused.value)
    assert f"[receivers.buyers]: {name}: must be a reference" in said and "nonsense" in said
    assert CANARY not in said


@pytest.mark.parametrize("kind", OURS)
def test_nothing_is_asked_that_cannot_be_answered(notifier: Notifier, bench: Bench) -> None:
    """None of them can look for a message, and none says that it can."""
    assert notifier.capabilities.reconcile is False
    assert notifier.find(delivery(notifier), timeout=1) is None
    assert bench.asked() == 0


@pytest.mark.parametrize("kind", OURS)
def test_it_says_only_once_what_it_says(notifier: Notifier, bench: Bench) -> None:
    began = time.monotonic()
    notifier.send(delivery(notifier), timeout=5)
    once = 2 if notifier.kind == "ticket" else 1  # a ticket is looked for, then made
    assert bench.asked() == once
    assert time.monotonic() - began < 3


def test_loading_the_plugins_loads_no_network_and_none_of_what_others_bring() -> None:
    """A listing of plugins, and a scan that tells nobody, must not wait for it."""
    heavy = "{'apprise', 'slack_sdk', 'smtplib', 'ssl', 'urllib.request', 'http.client'}"
    code = (
        "import sys; from riskplug.extend.host import Choice, PluginHost; host = PluginHost.load(Choice());"
        f"assert not host.faults; print(sorted({heavy} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert ran.stdout.strip() == "[]"


def said(value: Any) -> str:
    """Every text in a payload."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "".join(said(part) for pair in value.items() for part in pair)
    return "".join(map(said, value)) if isinstance(value, list | tuple) else ""
