"""One SMTP session: TLS before anything else is said, each mail offered once, every end one of four outcomes.

A mail is the receiver's from its answer to the final full stop on (RFC 5321, 4.2.5). A line that breaks between that
full stop and the answer leaves it open whether the mail is out; one that breaks earlier does not.
"""

import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from riskplug.extend.wording import shortened, visible

# The server is about to close the line (RFC 5321, 3.8).
_CLOSING = 421
# A lease on a message lasts five minutes; a session must be over before.
_SESSION_SECONDS = 200.0
Outcome = Literal["delivered", "rejected", "not_accepted", "ambiguous"]


@dataclass(frozen=True, slots=True)
class Login:
    """User and password; neither is ever shown."""

    user: str
    password: str

    def __repr__(self) -> str:
        return "Login(***)"


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one mail."""

    outcome: Outcome
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """A mail server and the way to it. ``timeout``: seconds to get in, and again for each mail."""

    host: str
    port: int
    tls: str
    ca_file: Path | None
    login: Login | None
    timeout: float

    def send(self, sender: str, mails: Sequence[tuple[Sequence[str], bytes]]) -> list[Sent]:
        """An outcome for each mail, in their order."""
        try:
            session = _Session(self, _trusted(self.ca_file))
        except OSError as error:
            return [Sent("not_accepted", _reason(error))] * len(mails)
        sent: list[Sent] = []
        try:
            session.open()
            for recipients, text in mails:
                sent.append(session.mail(sender, recipients, text))
        except (OSError, smtplib.SMTPException, _Refused, ValueError) as error:
            sent.append(session.trouble(error))
        finally:
            session.close()
        return [*sent, *[session.unsent(sent[-1])] * (len(mails) - len(sent))]


class _Refused(Exception):
    """The server's answer to a command, and which one it was."""

    def __init__(self, what: str, code: int, said: bytes) -> None:
        super().__init__(f"{what}: {code} {_told(said)}")
        self.smtp_code = code


class _Session:
    """The line to the server, cut when the time of a step is up."""

    def __init__(self, post: Post, context: ssl.SSLContext) -> None:
        self._post, self._context = post, context
        me = socket.gethostname()
        # smtplib would ask the name service who we are, for as long as that takes.
        name = me if "." in me and me.isascii() else "[127.0.0.1]"
        if post.tls == "implicit":
            self._server: smtplib.SMTP = smtplib.SMTP_SSL(local_hostname=name, context=context, timeout=post.timeout)
        else:
            self._server = smtplib.SMTP(local_hostname=name, timeout=post.timeout)
        self._end = time.monotonic() + _SESSION_SECONDS
        self._clock = threading.Timer(0, self._cut)
        self._doubtful = self._expired = self._is_open = False

    def open(self) -> None:
        """Connect, TLS, log in. Whatever fails here, no mail was offered."""
        post, server = self._post, self._server
        self._wind()
        # The name that smtplib holds the certificate against, which it notes only when its constructor connects.
        server._host = post.host  # type: ignore[attr-defined]
        _must("connect", server.connect(post.host, post.port))
        server.ehlo_or_helo_if_needed()
        if post.tls == "starttls":
            if not server.has_extn("starttls"):
                raise smtplib.SMTPNotSupportedError("the server offers no STARTTLS; nothing was sent")
            server.starttls(context=self._context)
            server.ehlo()
        if post.login:
            server.login(post.login.user, post.login.password)
        self._is_open = True

    def mail(self, sender: str, recipients: Sequence[str], text: bytes) -> Sent:
        """Offer one mail; SMTPException and OSError when the line is lost."""
        self._wind()
        try:
            _must("MAIL FROM", self._server.mail(sender))
            refused = self._offer(recipients)
            if len(refused) < len(recipients):
                self._hand_over(text)
        except _Refused as error:
            return self._after(error)
        return self._told_of(recipients, refused)

    def trouble(self, error: Exception) -> Sent:
        """What a lost line or a refused log-in means for the mail that was on its way."""
        if self._doubtful:
            return Sent("ambiguous", f"no answer after the mail was handed over: {_reason(error)}")
        if self._expired:
            return Sent("not_accepted", f"not done within {self._post.timeout:g} seconds")
        return Sent("rejected" if getattr(error, "smtp_code", 0) >= 500 else "not_accepted", _reason(error))

    def unsent(self, last: Sent) -> Sent:
        """What the last mail's end means for those that were not offered."""
        return Sent("not_accepted" if self._is_open else last.outcome, last.detail)

    def close(self) -> None:
        """Say goodbye; what goes wrong now touches no mail."""
        with suppress(OSError, smtplib.SMTPException):
            self._server.quit()
        self._server.close()
        self._clock.cancel()

    def _offer(self, recipients: Sequence[str]) -> dict[str, tuple[int, str]]:
        """Recipients that the server does not take, and why."""
        refused: dict[str, tuple[int, str]] = {}
        for name in recipients:
            code, said = self._server.rcpt(name)
            if code == _CLOSING:
                raise _Refused("RCPT TO", code, said)
            if code not in (250, 251):
                refused[name] = (code, _told(said))
        return refused

    def _hand_over(self, text: bytes) -> None:
        code, said = self._server.docmd("DATA")
        if code != 354:
            raise _Refused("DATA", code, said)
        self._doubtful = True
        self._server.send(_stuffed(text))
        answer = self._server.getreply()
        self._doubtful = False
        _must("end of mail", answer)

    def _after(self, error: _Refused) -> Sent:
        if error.smtp_code == _CLOSING:
            raise error
        self._forget()
        return Sent("rejected" if error.smtp_code >= 500 else "not_accepted", str(error))

    def _told_of(self, recipients: Sequence[str], refused: Mapping[str, tuple[int, str]]) -> Sent:
        """A server that takes nobody now may do so later; who is refused while others are served stays refused."""
        if not refused:
            return Sent("delivered")
        told = "; ".join(f"refused {name}: {code} {said}" for name, (code, said) in refused.items())
        if len(refused) < len(recipients):
            return Sent("rejected", f"delivered to {len(recipients) - len(refused)}, {told}")
        self._forget()
        return Sent("rejected" if all(code >= 500 for code, _ in refused.values()) else "not_accepted", told)

    def _forget(self) -> None:
        """Ready for the next mail; a line that is lost by now shows there."""
        with suppress(OSError, smtplib.SMTPException):
            self._server.rset()

    def _wind(self) -> None:
        if time.monotonic() > self._end:
            raise TimeoutError("the time of one session was up")
        self._clock.cancel()
        self._clock = threading.Timer(self._post.timeout, self._cut)
        self._clock.daemon = True
        self._clock.start()

    def _cut(self) -> None:
        self._expired = True
        line = self._server.sock
        if line is not None:
            with suppress(OSError):
                socket.socket.shutdown(line, socket.SHUT_RDWR)


def _must(what: str, answer: tuple[int, bytes]) -> None:
    code, said = answer
    if not 200 <= code < 300:
        raise _Refused(what, code, said)


def _told(said: bytes) -> str:
    return shortened(visible(said.decode("utf-8", "replace")), 200)


def _stuffed(text: bytes) -> bytes:
    """The mail with its end: a line of one full stop, others doubled at the start of a line (RFC 5321, 4.5.2)."""
    lines = text.replace(b"\r\n.", b"\r\n..")
    return (b"." if text.startswith(b".") else b"") + lines + (b"" if text.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _trusted(ca_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except OSError as error:
            raise OSError(f"ca_file {ca_file}: {error.strerror or error}") from error
    return context


def _reason(error: Exception) -> str:
    """In the server's or the system's words; a log-in that was refused is told without what was tried."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"the log-in was refused: {error.smtp_code}"
    if isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException):
        return visible(error.strerror or str(error) or type(error).__name__)
    if isinstance(error, smtplib.SMTPException | _Refused):
        return shortened(visible(str(error)), 300)
    return type(error).__name__
