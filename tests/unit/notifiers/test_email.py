"""Mail over real SMTP: what is said before TLS, what a broken line means, who gets which alerts, what a mail holds."""

import email
import email.policy
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

import pytest
from digests import CANARY, HOSTILE, KEY, delivery, digest, hostile, line, long
from mail_server import MailServer
from pydantic import ValidationError

from riskplug.extend.protocols import Attachment, Delivery, Notifier
from tests.unit.notifiers.certificates import Certificate

Made = Callable[..., Notifier]


@pytest.fixture
def server(this_host: Certificate) -> Iterator[MailServer]:
    with MailServer(this_host.cert, this_host.key) as running:
        yield running


@pytest.fixture
def to(made: Made, this_host: Certificate) -> Callable[..., Notifier]:
    """A receiver that mails through a server."""

    def of(server: MailServer, **options: Any) -> Notifier:
        given = {"host": "127.0.0.1", "port": server.port, "ca_file": str(this_host.cert), **SENDS, **options}
        return made("email", **given)

    return of


SENDS: dict[str, Any] = {"sender": "riskplug@example.com", "to": ["buyers@example.com"]}


def received(server: MailServer, number: int = -1) -> EmailMessage:
    return email.message_from_bytes(server.mails[number].text, policy=email.policy.default)  # type: ignore[return-value]


def part(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body((kind,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


def test_a_mail_arrives_encrypted_as_text_and_html(to: Callable[..., Notifier], server: MailServer) -> None:
    mails = to(server)
    receipt = mails.send(delivery(mails, digest(line(text="R&D <5 µm> left"))), timeout=5)
    mail = received(server)
    assert receipt.outcome == "delivered" and server.was_encrypted
    assert receipt.reference["message_id"] == mail["Message-ID"]
    assert mail["From"] == "riskplug <riskplug@example.com>" and mail["To"] == "buyers@example.com"
    assert mail["Subject"] == "riskplug: 1 new or worse critical (Sample Drives, 2025-04-28)"
    assert mail["Auto-Submitted"] == "auto-generated" and mail["List-Id"] == "<riskplug.example.com>"
    assert "R&D <5 µm> left" in part(mail, "plain")
    assert "R&amp;D &lt;5 µm&gt; left" in part(mail, "html")


def test_the_same_delivery_has_the_same_message_id_and_another_has_not(
    to: Callable[..., Notifier], server: MailServer
) -> None:
    mails = to(server)
    for key in (KEY, KEY, "e" * 64):
        mails.send(delivery(mails, key=key), timeout=5)
    ids = [received(server, number)["Message-ID"] for number in range(3)]
    assert ids[0] == ids[1] != ids[2]


def test_implicit_tls_works_too(to: Callable[..., Notifier], this_host: Certificate) -> None:
    with MailServer(this_host.cert, this_host.key, tls="implicit") as server:
        mails = to(server, tls="implicit")
        assert mails.send(delivery(mails), timeout=5).outcome == "delivered" and server.was_encrypted


def test_without_starttls_nothing_is_sent(to: Callable[..., Notifier], this_host: Certificate) -> None:
    with MailServer(this_host.cert, this_host.key, tls="none") as server:
        mails = to(server)
        receipt = mails.send(delivery(mails), timeout=5)
        assert (receipt.outcome, server.offered) == ("not_accepted", 0)
        assert "STARTTLS" in receipt.detail


@pytest.mark.parametrize(("tls", "password"), [("starttls", CANARY), ("implicit", "")])
def test_a_certificate_of_somebody_else_is_refused_before_the_log_in(
    to: Callable[..., Notifier], another_host: Certificate, tls: str, password: str
) -> None:
    with MailServer(another_host.cert, another_host.key, tls=tls, password=password) as server:
        options = {"tls": tls, "ca_file": str(another_host.cert), "user": "u", "password": {"env": "CANARY"}}
        mails = to(server, **options)
        assert mails.send(delivery(mails), timeout=5).outcome == "not_accepted"
        assert server.logged_in == [] and server.mails == []


def test_a_certificate_that_nobody_vouches_for_is_refused(to: Callable[..., Notifier], server: MailServer) -> None:
    mails = to(server, ca_file=None)
    receipt = mails.send(delivery(mails), timeout=5)
    assert (receipt.outcome, server.mails) == ("not_accepted", [])
    assert "certificate verify failed" in receipt.detail.lower()


@pytest.mark.parametrize(
    ("set_up", "outcome", "taken"),
    [
        ({"fault": "drop"}, "ambiguous", 1),
        ({"fault": "hang"}, "ambiguous", 1),
        ({"fault": "drop_before"}, "not_accepted", 0),
        ({"after_data": "421 closing"}, "not_accepted", 0),
        ({"after_data": "451 try later"}, "not_accepted", 0),
        ({"after_data": "552 too much"}, "rejected", 0),
        ({"at_mail": "421 closing"}, "not_accepted", 0),
        ({"at_mail": "550 not from you"}, "rejected", 0),
        ({"refuse": {"buyers@example.com": "450 later"}}, "not_accepted", 0),
        ({"refuse": {"buyers@example.com": "550 unknown"}}, "rejected", 0),
        ({"refuse": {"buyers@example.com": "421 closing"}}, "not_accepted", 0),
    ],
)
def test_every_fault_has_its_outcome_and_is_tried_once(
    to: Callable[..., Notifier], server: MailServer, set_up: dict[str, Any], outcome: str, taken: int
) -> None:
    for name, value in set_up.items():
        setattr(server, name, value)
    mails = to(server)
    began = time.monotonic()
    assert mails.send(delivery(mails), timeout=1).outcome == outcome
    assert (len(server.mails), server.offered) == (taken, 1)
    assert time.monotonic() - began < 3


def test_a_wrong_password_is_refused_for_good_and_not_repeated(
    to: Callable[..., Notifier], this_host: Certificate
) -> None:
    with MailServer(this_host.cert, this_host.key, password="another") as server:
        mails = to(server, user="riskplug", password={"env": "CANARY"})
        receipt = mails.send(delivery(mails), timeout=5)
        assert (receipt.outcome, server.mails) == ("rejected", [])
        assert "log-in was refused: 535" in receipt.detail and CANARY not in repr(receipt)


def test_who_is_refused_while_others_are_served_is_told(to: Callable[..., Notifier], server: MailServer) -> None:
    server.refuse = {"gone@example.com": "550 no such mailbox"}
    mails = to(server, to=["buyers@example.com", "gone@example.com"])
    receipt = mails.send(delivery(mails), timeout=5)
    assert server.mails[0].recipients == ["buyers@example.com"]
    assert receipt.outcome == "rejected"
    assert "delivered to 1, refused gone@example.com: 550 no such mailbox" in receipt.detail


OWNERS = {"Anna.Berg": "anna@example.com", "bert": "bert@example.com"}


def test_each_owner_gets_a_mail_of_their_own_and_the_list_gets_the_rest(
    to: Callable[..., Notifier], server: MailServer
) -> None:
    mails = to(server, owners=OWNERS)
    told = digest(
        line(text="for anna"),
        line("warning", text="for bert", owner="bert", key="b2" * 32),
        line(text="for carl", owner="carl", key="c3" * 32),
        line(text="for nobody", owner="", key="d4" * 32),
        more=5,
        notes=("scan incomplete: MX01",),
    )
    assert mails.send(delivery(mails, told), timeout=5).outcome == "delivered"
    texts = {mail.recipients[0]: part(received(server, n), "plain") for n, mail in enumerate(server.mails)}
    assert list(texts) == ["anna@example.com", "bert@example.com", "buyers@example.com"]
    anna, bert, rest = texts.values()
    assert anna.startswith("1 critical for anna.berg (Sample Drives") and "for anna" in anna and "for bert" not in anna
    assert bert.startswith("1 warning for bert") and "5 more" not in bert
    assert "for carl" in rest and "for nobody" in rest and "for anna" not in rest
    assert "and 5 more alerts" in rest and "2 alerts were mailed to their owners alone" in rest
    assert all("scan incomplete: MX01" in text for text in texts.values())


def test_a_night_of_owners_alone_makes_no_empty_mail(to: Callable[..., Notifier], server: MailServer) -> None:
    mails = to(server, owners=OWNERS)
    mails.send(delivery(mails, digest(line())), timeout=5)
    assert [mail.recipients for mail in server.mails] == [["anna@example.com"]]


def test_one_mail_that_is_refused_does_not_stop_the_others(to: Callable[..., Notifier], server: MailServer) -> None:
    server.refuse = {"anna@example.com": "550 no such mailbox"}
    mails = to(server, owners=OWNERS)
    told = digest(line(), line(owner="bert", key="b2" * 32))
    receipt = mails.send(delivery(mails, told), timeout=5)
    assert [mail.recipients for mail in server.mails] == [["bert@example.com"]]
    assert receipt.outcome == "rejected" and receipt.detail.startswith("1 of 2 mails delivered: refused anna@")


class Tags(HTMLParser):
    """Tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_an_erp_becomes_a_header_or_markup(
    to: Callable[..., Notifier], server: MailServer, text: str
) -> None:
    mails = to(server, owners={text: "anna@example.com"})
    assert mails.send(delivery(mails, hostile(text)), timeout=5).outcome == "delivered"
    for number in range(len(server.mails)):
        mail = received(server, number)
        assert mail["Bcc"] is None and mail["Cc"] is None and mail.get_all("To") is not None
        assert mail.defects == [] and len(mail.get_all("Subject") or []) == 1
        assert len(list(mail.walk())) == 3
        tags = Tags()
        tags.feed(part(mail, "html"))
        assert {tag for tag, _ in tags.found} <= {"html", "head", "meta", "title", "body", "div", "p", "h1"}
        assert not {"href", "src", "onclick", "background"} & {name for _, named in tags.found for name in named}
        assert "url(" not in part(mail, "html").replace(text, "")


def test_a_full_stop_at_the_start_of_a_line_arrives(to: Callable[..., Notifier], server: MailServer) -> None:
    mails = to(server)
    mails.send(Delivery(KEY, {"text": "headline\n.\n..\n.hidden"}), timeout=5)
    assert part(received(server), "plain") == "headline\n.\n..\n.hidden\n"


def test_a_long_night_reads_and_counts_what_is_left_out(to: Callable[..., Notifier], server: MailServer) -> None:
    mails = to(server)
    payload = mails.render(long())
    assert payload["mails"][0]["html"].count("border-left") == mails.limits.blocks
    assert "and 307 more alerts" in payload["mails"][0]["html"]
    assert mails.send(Delivery(KEY, payload), timeout=10).outcome == "delivered"
    assert max(map(len, server.mails[0].text.split(b"\r\n"))) <= 998


def test_files_come_with_the_mail(to: Callable[..., Notifier], server: MailServer) -> None:
    table = Attachment("alerts ü.csv", "text/csv", b"part;Tage\r\nM-4711;14\r\n")
    picture = Attachment("worst.png", "image/png", b"\x89PNG\r\n.\r\n" + bytes(range(256)), "M-4711: 14 days")
    mails = to(server)
    sends = replace(delivery(mails), files=(table, picture))
    assert mails.capabilities.file and mails.send(sends, timeout=5).outcome == "delivered"
    found = {part.get_filename(): part for part in received(server).iter_attachments()}
    assert {name: part.get_content_type() for name, part in found.items()} == {
        "alerts ü.csv": "text/csv",
        "worst.png": "image/png",
    }
    assert found["worst.png"].get_payload(decode=True) == picture.content
    assert found["worst.png"]["Content-Description"] == "M-4711: 14 days"
    assert found["alerts ü.csv"].get_payload(decode=True) == table.content
    assert "14 days left" in part(received(server), "plain") and "14 days left" in part(received(server), "html")


def test_files_that_no_server_would_take_are_named_instead(to: Callable[..., Notifier], server: MailServer) -> None:
    mails = to(server)
    large = Attachment("alerts.xlsx", "application/octet-stream", b"x" * 7_000_001)
    assert mails.send(replace(delivery(mails), files=(large,)), timeout=5).outcome == "delivered"
    assert list(received(server).iter_attachments()) == []
    for kind in ("plain", "html"):
        assert "too large for a mail: alerts.xlsx" in part(received(server), kind)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"host": "mail.example.com", "tls": "none"}, "is for this host alone"),
        (
            {"host": "mail.example.com", "tls": "none", "allow_plain": True, "user": "u", "password": {"env": "X"}},
            "TLS",
        ),
        ({"user": "riskplug"}, "give both or none"),
        ({"to": []}, "at least 1 item"),
        ({"to": ["a@example.com\r\nBcc: b@example.com"]}, "one plain address"),
        ({"to": ["a@example.com, b@example.com"]}, "one plain address"),
        ({"sender": "Risk <a@example.com>"}, "one plain address"),
        ({"owners": {"anna": "not an address"}}, "one plain address"),
        ({"host": "mail.example.com\r\n"}, "should match pattern"),
        ({"tls": "ssl"}, "should be 'starttls'"),
    ],
)
def test_options_that_would_leak_or_confuse_are_refused(made: Made, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        made("email", **{"host": "127.0.0.1", **SENDS, **options})


def test_plain_mail_to_another_host_has_to_be_asked_for(made: Made) -> None:
    assert made("email", host="mail.example.com", tls="none", allow_plain=True, **SENDS).kind == "email"
