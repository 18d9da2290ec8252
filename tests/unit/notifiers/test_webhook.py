"""The signed webhook: what a receiver can check, what it can rely on, and what is in doubt."""

import json
import re
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from digests import CANARY, HOSTILE, KEY, delivery, digest, hostile, line, long
from listener import Got, Listener
from pydantic import ValidationError

from riskplug.extend.protocols import Delivery, Notifier

PAGE = Path(__file__).parents[3] / "docs" / "receivers.md"
SCHEMA = json.loads((files("riskplug") / "schemas" / "webhook.json").read_text(encoding="utf-8"))


@pytest.fixture
def hook(made: Callable[..., Notifier], web: Listener) -> Notifier:
    return made("webhook", url=web.url, secret={"env": "CANARY"})


def documented_check() -> Callable[..., bool]:
    """The function that docs/receivers.md tells receivers to use."""
    found = re.search(r"```python\n(.*?def is_from_riskplug.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    names: dict[str, Any] = {}
    exec(found[1], names)
    check: Callable[..., bool] = names["is_from_riskplug"]
    return check


def test_the_documented_check_accepts_what_we_send_and_nothing_else(hook: Notifier, web: Listener) -> None:
    check = documented_check()
    assert hook.send(delivery(hook), timeout=5).outcome == "delivered"
    got, key = web.got[0], CANARY.encode()
    assert check(got.headers, got.body, key)
    assert not check(got.headers, got.body + b" ", key)
    assert not check(got.headers, got.body, b"another key of some length")
    late = {**got.headers, "Riskplug-Timestamp": str(int(time.time()) - 600)}
    assert not check(late, got.body, key)
    assert not check({}, got.body, key)
    assert not check({**got.headers, "Riskplug-Timestamp": "soon"}, got.body, key)


def test_a_signature_worked_out_by_hand(kinds: dict[str, type[Notifier]]) -> None:
    """printf '1745800000.{"a":1}' | openssl dgst -sha256 -hmac 0123456789abcdef"""
    from riskplug_plugins.webhook import signature

    assert signature("0123456789abcdef", b'{"a":1}', 1745800000) == {
        "Riskplug-Timestamp": "1745800000",
        "Riskplug-Signature": "v1=0fcd53cc59cfe80c006fee3fbcc9ff4291d0d1782a1089ccbb5a62271eec417a",
    }


@pytest.mark.parametrize("told", [digest(), digest(line(), more=3), long(), *map(hostile, HOSTILE)])
def test_every_body_satisfies_its_schema(hook: Notifier, web: Listener, told: Any) -> None:
    assert hook.send(delivery(hook, told), timeout=10).outcome == "delivered"
    jsonschema.validate(web.got[0].json(), SCHEMA, format_checker=jsonschema.FormatChecker())


def test_the_minimal_body_satisfies_the_schema_too(hook: Notifier, web: Listener) -> None:
    hook.send(Delivery(KEY, {"text": "headline"}), timeout=5)
    assert web.got[0].json() == {"schema": "riskplug.webhook/1", "key": KEY, "text": "headline"}
    jsonschema.validate(web.got[0].json(), SCHEMA)


def test_the_body_tells_the_night(hook: Notifier, web: Listener) -> None:
    hook.send(delivery(hook, digest(line(episode=2), more=4, notes=("law changed",))), timeout=5)
    got: Got = web.got[0]
    body = got.json()
    assert (got.headers["Content-Type"], got.headers["Idempotency-Key"]) == ("application/json; charset=utf-8", KEY)
    assert (body["key"], body["business_date"], body["more"], body["notes"]) == (KEY, "2025-04-28", 4, ["law changed"])
    assert body["alerts"] == [
        {
            "key": "a1" * 32,
            "episode": 2,
            "rule": "runway-shorter-than-licence",
            "severity": "critical",
            "change": "new",
            "title": "Stock runs out before a licence can be expected · DE01 M-4711",
            "text": "14 days left",
            "owner": "anna.berg",
            "identity": {"site": "DE01", "part_no": "M-4711", "material": "Dy"},
        }
    ]


def test_a_second_attempt_has_the_same_body_and_key(hook: Notifier, web: Listener) -> None:
    told = delivery(hook)
    web.say((503, {}, b""), None)
    assert [hook.send(told, timeout=5).outcome for _ in range(2)] == ["ambiguous", "delivered"]
    first, second = web.got
    assert first.body == second.body and first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]


@pytest.mark.parametrize("fault", ["drop", "hang", (500, {}, b""), (503, {}, b"")])
def test_doubt_ends_where_the_receiver_takes_a_message_once(
    made: Callable[..., Notifier], web: Listener, fault: Any
) -> None:
    for idempotent, outcome in ((False, "ambiguous"), (True, "not_accepted")):
        hook = made("webhook", url=web.url, secret={"env": "CANARY"}, idempotent=idempotent)
        web.say(fault)
        assert hook.send(delivery(hook), timeout=0.5).outcome == outcome


def test_a_secret_that_can_be_guessed_signs_nothing(
    hook: Notifier, web: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY", "short")
    receipt = hook.send(delivery(hook), timeout=5)
    assert (receipt.outcome, web.got) == ("not_accepted", [])
    assert "shorter than 16" in receipt.detail and "short." not in receipt.detail


def test_an_address_by_reference_is_held_to_the_same(
    made: Callable[..., Notifier], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK", "http://10.0.0.1/?token=secret-part")
    hook = made("webhook", url={"env": "HOOK"}, secret={"env": "CANARY"})
    receipt = hook.send(delivery(hook), timeout=5)
    assert receipt.outcome == "not_accepted"
    assert receipt.detail == "HOOK: the address must be https; plain http is for this host alone"


@pytest.mark.parametrize("url", ["http://hooks.example.com/", "https://u:p@example.com/", "hooks.example.com"])
def test_an_address_in_the_open_is_refused_without_being_repeated(made: Callable[..., Notifier], url: str) -> None:
    with pytest.raises(ValidationError) as refused:
        made("webhook", url=url, secret={"env": "CANARY"})
    assert url not in str(refused.value)
