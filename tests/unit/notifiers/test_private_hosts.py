"""An address cannot lead into a private network that nobody named: the guard against server-side request forgery."""

from collections.abc import Callable

import pytest
from digests import delivery

from riskplug.extend.protocols import Notifier
from riskplug.extend.web import Request, ask, need_public
from riskplug.secrets import SecretRef
from riskplug.watch.ping import ping_start
from tests.watchers import Watcher, watcher

PRIVATE = [
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "127.0.0.1",
    "224.0.0.1",
    "::1",
    "::",
    "fd00::1",
    "fe80::1%eth0",
    "::ffff:10.0.0.1",
    "2002:0a00:0001::",
]
# This host as somebody writes it who wants to get past a list of names; the resolver takes each of them.
IN_DISGUISE = ("127.1", "2130706433", "0x7f000001", "0")


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_of_the_internet_is_refused(address: str) -> None:
    with pytest.raises(OSError, match="is a private address; name its host in private_hosts"):
        need_public(["8.8.8.8", address])


def test_what_is_of_the_internet_is_let_through() -> None:
    need_public(["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8"])


@pytest.mark.parametrize("host", IN_DISGUISE)
def test_a_host_that_turns_out_to_be_private_hears_nothing(host: str) -> None:
    with watcher() as server:
        asked = disguised(server, host)
        answer = ask(Request(asked, "POST", b"{}"), timeout=2)
        assert (answer.status, answer.arrived) == (0, False) and "is a private address" in answer.detail
        assert server.asked == []
        assert ask(Request(asked, "POST", b"{}", private_hosts=(host,)), timeout=2).status == 200


WEB: dict[str, dict[str, object]] = {
    "webhook": {"secret": {"env": "KEY"}},
    "teams": {},
    "alertmanager": {},
    "ticket": {"project": "RISK", "token": {"env": "KEY"}},
}


@pytest.mark.parametrize("kind", WEB)
def test_every_receiver_on_the_web_is_held_to_it(
    kind: str, made: Callable[..., Notifier], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY", "a-key-of-some-length")
    with watcher() as server:
        monkeypatch.setenv("WHERE", disguised(server, "127.1").replace("http:", "https:"))
        told = []
        for named in ({}, {"private_hosts": ["127.1"]}):
            receiver = made(kind, url={"env": "WHERE"}, **WEB[kind], **named)
            told.append(receiver.send(delivery(receiver), timeout=2))
        assert server.asked == []
    assert told[0].outcome == "not_accepted" and "is a private address" in told[0].detail
    # named, it is asked, and found to speak no TLS
    assert "private" not in told[1].detail and "SSL" in told[1].detail.upper()


def test_the_ping_address_is_held_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with watcher() as server:
        monkeypatch.setenv("PING", disguised(server, "127.1").replace("http:", "https:"))
        assert "is a private address" in ping_start(SecretRef(env="PING"))
        assert "private" not in ping_start(SecretRef(env="PING"), ("127.1",))
    assert server.asked == []


def disguised(server: Watcher, host: str) -> str:
    return server.url.replace("127.0.0.1", host)
