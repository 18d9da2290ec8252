"""Options that receivers share: strict, and without a secret in any message.

A notifier's own model derives from `ReceiverOptions`; `riskplug check` then names ``[receivers.X]`` and the key.
"""

import ipaddress
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict

from riskplug.errors import UsageError
from riskplug.secrets import SecretRef


class ReceiverOptions(BaseModel):
    """Refuses unknown keys; never repeats a value, because one of them may be a secret in the wrong place."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class WebOptions(ReceiverOptions):
    """Of a receiver reached by HTTP. ``ca_file``: a certificate authority of your own, beside the system's."""

    ca_file: Path | None = None


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this host."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def url_problem(url: str, *, plain_loopback: bool = True) -> str:
    """Why an address must not be asked, or empty. Says nothing of the address itself: its query may be a secret."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "is no web address"
    if not host or any(mark.isspace() or not mark.isprintable() for mark in url):
        return "is no web address"
    if parts.username or parts.password:
        return "must not hold a user or password: they have keys of their own"
    if parts.scheme == "https" or (plain_loopback and parts.scheme == "http" and is_loopback(host)):
        return ""
    return "must be https" + ("; plain http is for this host alone" if plain_loopback else "")


def _reference(value: object) -> object:
    if isinstance(value, str):
        raise ValueError('must be a reference such as { env = "NAME" } or { file = "/run/secrets/name" }')
    return value


def _address(value: object) -> object:
    problem = url_problem(value) if isinstance(value, str) else ""
    if problem:
        raise ValueError(problem)
    return value


Secret = Annotated[SecretRef, BeforeValidator(_reference)]
"""A secret by reference; the secret itself is refused without being repeated."""

Url = Annotated[SecretRef | str, BeforeValidator(_address)]
"""An https address (http to this host), written out or by reference; one by reference is checked when it is used."""


def secret(reference: SecretRef) -> str:
    """The secret; UsageError, which never repeats it, when there is none or it has control characters."""
    value = reference.resolve().get_secret_value()
    where = reference.env or str(reference.file)
    if not value.isprintable():
        raise UsageError("the secret has line breaks or control characters", where, "write it without them")
    return value


def url_of(url: SecretRef | str, *, plain_loopback: bool = True) -> str:
    """The address, checked; UsageError, which never repeats it, when it must not be asked."""
    if isinstance(url, str):
        return url
    found = secret(url)
    problem = url_problem(found, plain_loopback=plain_loopback)
    if problem:
        raise UsageError(f"the address {problem}", url.env or str(url.file), "correct it")
    return found
