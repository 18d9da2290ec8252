"""One request, one answer or none, and what is known of it; the time it may take is kept."""

import socket
import time
from pathlib import Path

import pytest
from digests import CANARY
from listener import Listener

from riskplug.extend.options import url_problem
from riskplug.extend.web import Answer, Request, ask, receipt_of
from tests.unit.notifiers.certificates import Certificate


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ((200, {}, b"ok"), "delivered"),
        ((202, {}, b""), "delivered"),
        ((204, {}, b""), "delivered"),
        ((301, {"Location": "https://elsewhere.example/"}, b""), "rejected"),
        ((307, {"Location": "/elsewhere"}, b""), "rejected"),
        ((400, {}, b"no"), "rejected"),
        ((401, {}, b""), "rejected"),
        ((404, {}, b""), "rejected"),
        ((413, {}, b""), "rejected"),
        ((408, {}, b""), "ambiguous"),
        ((429, {"Retry-After": "17"}, b""), "not_accepted"),
        ((500, {}, b""), "ambiguous"),
        ((503, {}, b"proxy"), "ambiguous"),
        ("drop", "ambiguous"),
        ("hang", "ambiguous"),
        ("drip", "ambiguous"),
    ],
)
def test_every_answer_has_its_outcome_and_is_asked_for_once(web: Listener, said: object, outcome: str) -> None:
    web.say(said)
    assert receipt_of(ask(Request(web.url, "POST", b"{}"), timeout=0.5)).outcome == outcome
    assert len(web.got) == 1


@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_the_time_is_kept_whatever_the_other_side_does(web: Listener, fault: str) -> None:
    web.say(fault)
    began = time.monotonic()
    answer = ask(Request(web.url, "POST", b"{}"), timeout=0.5)
    assert time.monotonic() - began < 1.5
    assert answer.status == 0 and answer.arrived


def test_the_wait_that_is_asked_for_is_handed_on_within_reason() -> None:
    def waits(given: str) -> float | None:
        return receipt_of(Answer(429, headers={"retry-after": given})).retry_after

    assert waits("17") == 17
    assert waits("1.5") == 1.5
    assert waits("99999999") == 86_400
    assert waits("Wed, 21 Oct 2026 07:28:00 GMT") == 60
    assert waits("-1") == 60


def test_what_may_be_sent_again_is_never_in_doubt() -> None:
    assert receipt_of(Answer(503), idempotent=True).outcome == "not_accepted"
    assert receipt_of(Answer(0, arrived=True), idempotent=True).outcome == "not_accepted"


def test_what_never_left_was_not_accepted() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        assert receipt_of(ask(Request(url, "POST", b"{}"), timeout=1)).outcome == "not_accepted"
    assert receipt_of(ask(Request("https://no-such-host.invalid/"), timeout=2)).outcome == "not_accepted"


def test_a_certificate_nobody_knows_or_of_another_is_refused_before_anything_is_said(
    secure_web: Listener, another_host: Certificate
) -> None:
    assert receipt_of(ask(Request(secure_web.url, "POST", b"{}"), timeout=2)).outcome == "not_accepted"
    with Listener(another_host.cert, another_host.key) as other:
        answer = ask(Request(other.url, "POST", b"{}", ca_file=another_host.cert), timeout=2)
        assert receipt_of(answer).outcome == "not_accepted" and other.got == []
    assert secure_web.got == []


def test_an_authority_of_ones_own_is_trusted(secure_web: Listener, this_host: Certificate) -> None:
    assert ask(Request(secure_web.url, "POST", b"{}", ca_file=this_host.cert), timeout=2).status == 200


def test_a_missing_authority_is_named(secure_web: Listener) -> None:
    answer = ask(Request(secure_web.url, ca_file=Path("/nowhere/ca.pem")), timeout=2)
    assert "ca_file /nowhere/ca.pem" in answer.detail and not answer.arrived


def test_a_redirect_is_not_followed_and_says_only_where_it_would_go(web: Listener) -> None:
    with Listener() as other:
        web.say((302, {"Location": f"{other.url}/?token={CANARY}"}, b""))
        answer = ask(Request(web.url, "POST", b"{}", {"Authorization": f"Bearer {CANARY}"}), timeout=2)
        assert other.got == []
    assert answer.detail == "refused a redirect to 127.0.0.1"


def test_a_secret_that_comes_back_is_blotted_out(web: Listener) -> None:
    web.say((403, {}, f"bad token {CANARY}".encode()))
    answer = ask(Request(web.url, headers={"Authorization": f"Bearer {CANARY}"}, secrets=(CANARY,)), timeout=2)
    assert answer.detail == "HTTP 403: bad token ***"
    web.say((403, {}, b"x" * 220 + CANARY.encode()))  # where the detail is cut
    assert CANARY[:4] not in ask(Request(web.url, secrets=(CANARY,)), timeout=2).detail


@pytest.mark.parametrize("value", [f"{CANARY}\n", f"{CANARY}\r\nX: y", f"{CANARY}\u20ac"])
def test_a_header_that_cannot_be_sent_is_not_repeated(web: Listener, value: str) -> None:
    answer = ask(Request(web.url, headers={"Authorization": value}), timeout=2)
    assert answer.status == 0 and CANARY not in repr(answer)
    assert web.got == []


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://hooks.example.com/x?sig=1", True),
        ("http://127.0.0.1:9093", True),
        ("http://localhost/", True),
        ("http://[::1]:8080/", True),
        ("http://10.0.0.1/", False),
        ("http://localhost.example.com/", False),
        ("https://user:pw@example.com/", False),
        ("ftp://127.0.0.1/", False),
        ("file:///etc/passwd", False),
        ("https://", False),
        ("https://exa mple.com/", False),
        ("https://example.com/\r\nHost: x", False),
        ("https://example.com:99999/", False),
        ("", False),
    ],
)
def test_only_https_or_this_host_is_asked(url: str, good: bool) -> None:
    assert (url_problem(url) == "") is good


def test_where_only_https_will_do_this_host_is_no_exception() -> None:
    assert url_problem("http://127.0.0.1/", plain_loopback=False) == "must be https"
