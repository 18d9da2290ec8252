"""A real SMTP server (aiosmtpd) on this host, over sockets, with TLS, a log-in, and faults on demand."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


@dataclass(frozen=True)
class Mail:
    """A mail that was taken in."""

    sender: str
    recipients: list[str]
    text: bytes


@dataclass
class MailServer:
    """``tls``: ``starttls``, ``implicit`` or ``none``. ``refuse``: answers by recipient. ``after_data``: the answer to
    a mail instead of 250. ``fault``: ``drop`` (takes the mail in, closes without a word), ``hang`` (takes it in, says
    nothing), ``drop_before`` (closes when the mail is offered).
    """

    cert: Path
    key: Path
    tls: str = "starttls"
    password: str = ""
    refuse: dict[str, str] = field(default_factory=dict)
    after_data: str = ""
    at_mail: str = ""
    fault: str = ""
    mails: list[Mail] = field(default_factory=list)
    offered: int = 0
    was_encrypted: bool = False
    logged_in: list[str] = field(default_factory=list)

    def __enter__(self) -> "MailServer":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)
        options: dict[str, Any] = {"hostname": "127.0.0.1", "port": 0, "ready_timeout": 10}
        if self.tls == "implicit":
            options["ssl_context"] = context
        if self.tls == "starttls":
            options |= {"tls_context": context, "require_starttls": True}
        if self.password:
            options |= {"authenticator": self._login, "auth_required": True}
        self._controller = _Bound(_Handler(self), **options)
        self._controller.start()
        self.port = self._controller.port
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._controller.stop(no_assert=True)

    def _login(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logged_in.append(data.login.decode())
        return AuthResult(success=data.password.decode() == self.password, handled=False)


class _Bound(Controller):
    def _trigger_server(self) -> None:
        """aiosmtpd tries the port that it was asked for, which was any."""
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class _Handler:
    def __init__(self, told: MailServer) -> None:
        self._told = told

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        self._told.offered += 1
        if self._told.fault == "drop_before":
            server.transport.abort()
        envelope.mail_from = address
        return self._told.at_mail or "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if address in self._told.refuse:
            return self._told.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        import asyncio

        self._told.was_encrypted = session.ssl is not None or self._told.tls == "implicit"
        if not self._told.after_data:
            self._told.mails.append(Mail(envelope.mail_from, list(envelope.rcpt_tos), envelope.content))
        if self._told.fault == "drop":
            server.transport.abort()
        if self._told.fault == "hang":
            await asyncio.sleep(5)
        return self._told.after_data or "250 taken"
