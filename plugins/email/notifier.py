"""Who gets which mail, and what a night's mails come to as one outcome."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator
from riskplug_plugins.email.mails import bytes_of, mail_of

from riskplug.catalogue import SEVERITIES
from riskplug.errors import UsageError
from riskplug.extend.options import ReceiverOptions, Secret, is_loopback, secret
from riskplug.extend.protocols import Capabilities, Delivery, Digest, DigestLine, Limits, Receipt
from riskplug.extend.wording import blotted, digest_text, shortened

if TYPE_CHECKING:
    from riskplug_plugins.email.smtp import Sent

# One address without a name, in ASCII: nothing that could become a second address or a header.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_PORTS = {"starttls": 587, "implicit": 465, "none": 25}


def _address(value: object) -> object:
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        raise ValueError("must be one plain address such as buyers@example.com, in ASCII")
    return value


Address = Annotated[str, BeforeValidator(_address)]


class EmailOptions(ReceiverOptions):
    """``host``, ``port``: the SMTP server. ``tls``: ``starttls``, ``implicit``, or ``none`` to this host alone.

    ``allow_plain``: without TLS to other hosts too; a password never goes that way. ``user``, ``password``: the log-in.
    ``sender``: the From address. ``to``: who gets the digest. ``owners``: address of an owner, who then gets the alerts
    of that owner in a mail of their own; ``to`` gets the others.
    """

    host: str = Field(pattern=r"^[A-Za-z0-9.:-]+$")
    port: int | None = Field(default=None, ge=1, le=65535)
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    allow_plain: bool = False
    ca_file: Path | None = None
    user: str | None = None
    password: Secret | None = None
    sender: Address
    to: tuple[Address, ...] = Field(min_length=1, max_length=50)
    owners: dict[str, Address] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _nothing_in_the_open(self) -> "EmailOptions":
        local = is_loopback(self.host)
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password: give both or none")
        if self.tls == "none" and not (local or self.allow_plain):
            raise ValueError('tls: "none" is for this host alone; allow_plain = true sends mails unencrypted elsewhere')
        if self.tls == "none" and self.user is not None and not local:
            raise ValueError('tls: a password is not sent without TLS; use "starttls" or "implicit"')
        return self


class EmailNotifier:
    """Sends the digest as text and HTML. A mail that arrives twice carries the same Message-ID."""

    kind: ClassVar[str] = "email"
    Options: ClassVar[type[Any]] = EmailOptions
    limits: ClassVar[Limits] = Limits(text=100_000, blocks=200, per_second=1.0)
    capabilities: ClassVar[Capabilities] = Capabilities(file=True)

    def __init__(self, options: EmailOptions, /) -> None:
        self._options = options

    def render(self, digest: Digest) -> Mapping[str, Any]:
        """One mail per address or list: who gets it, subject, text and HTML."""
        mails = [mail_of(theirs, to, self.limits) for to, theirs in self._shared_out(digest)]
        return {"text": digest_text(digest, self.limits.text), "mails": mails}

    def send(self, delivery: Delivery, *, timeout: float) -> Receipt:
        """All mails in one session; each is tried, as long as the line holds."""
        from riskplug_plugins.email.smtp import Login, Post

        options, payload = self._options, delivery.payload
        mails = payload.get("mails") or [self._plain(str(payload["text"]))]
        try:
            login = Login(options.user, secret(options.password)) if options.user and options.password else None
        except UsageError as error:
            return Receipt("not_accepted", f"{error.where}: {error.what}")
        post = Post(options.host, options.port or _PORTS[options.tls], options.tls, options.ca_file, login, timeout)
        written = [(mail["to"], *bytes_of(mail, options.sender, delivery.key, delivery.files)) for mail in mails]
        receipt = _outcome(
            post.send(options.sender, [(to, text) for to, _, text in written]), [name for _, name, _ in written]
        )
        return replace(receipt, detail=blotted(receipt.detail, (login.password,))) if login else receipt

    def find(self, delivery: Delivery, *, timeout: float) -> Receipt | None:
        """A mail server cannot be asked what it passed on."""
        return None

    def _plain(self, text: str) -> dict[str, Any]:
        """A digest that lost its form, to the list."""
        return {"to": list(self._options.to), "text": shortened(text, self.limits.text)}

    def _shared_out(self, digest: Digest) -> list[tuple[list[str], Digest]]:
        """The digest of each address; the list gets what has no address of its own."""
        known = {owner.strip().casefold(): address for owner, address in self._options.owners.items()}
        theirs: dict[str, list[DigestLine]] = {}
        for line in digest.lines:
            theirs.setdefault(known.get(line.owner.strip().casefold(), ""), []).append(line)
        left = theirs.pop("", [])
        mails = [([address], _own(digest, lines)) for address, lines in sorted(theirs.items())]
        if left or digest.more or digest.notes or not mails:
            mails.append((list(self._options.to), _rest(digest, left)))
        return mails


def _own(digest: Digest, lines: Sequence[DigestLine]) -> Digest:
    """The lines of one owner, with a headline that counts them alone."""
    counted: Counter[str] = Counter(line.severity for line in lines)
    said = ", ".join(f"{counted[name]} {name}" for name in SEVERITIES if counted[name])
    who = ", ".join(dict.fromkeys(line.owner.strip() for line in lines))
    headline = f"{said} for {who} ({digest.workspace}, {digest.business_date})"
    return replace(digest, headline=headline, lines=tuple(lines), more=0)


def _rest(digest: Digest, lines: Sequence[DigestLine]) -> Digest:
    """What is left for the list, and how much of the night its readers do not see."""
    gone = len(digest.lines) - len(lines)
    note = (f"{gone} alerts were mailed to their owners alone",) if gone else ()
    return replace(digest, lines=tuple(lines), notes=(*digest.notes, *note))


def _outcome(sent: "Sequence[Sent]", message_ids: Sequence[str]) -> Receipt:
    """One word for all mails: what is in doubt or to be tried again comes first, a refusal is never hidden.

    Part of the recipients refused is a refusal too: the mail is out, but somebody waits for it in vain.
    """
    told = "; ".join(dict.fromkeys(result.detail for result in sent if result.detail))[:1000]
    done = sum(result.outcome == "delivered" for result in sent)
    counts = f"{done} of {len(sent)} mails delivered: {told}" if told else ""
    for outcome in ("ambiguous", "not_accepted", "rejected"):
        if any(result.outcome == outcome for result in sent):
            return Receipt(outcome, counts)
    return Receipt("delivered", counts, {"message_id": " ".join(message_ids)})
