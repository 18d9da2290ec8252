"""Options that receivers share: strict, and without a secret in any message.

A notifier's own model derives from `ReceiverOptions`; `riskplug check` then names ``[receivers.X]`` and the key.
"""

import ipaddress
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from riskplug.errors import Problem, UsageError, suggestion
from riskplug.extend import guard
from riskplug.secrets import SecretRef


class ReceiverOptions(BaseModel):
    """Refuses unknown keys; never repeats a value, because one of them may be a secret in the wrong place."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class WebOptions(ReceiverOptions):
    """Of a receiver reached by HTTP. ``ca_file``: a certificate authority of your own, beside the system's.

    ``private_hosts``: hosts that may be in a private network, by name as in the address; others there are refused.
    """

    ca_file: Path | None = None
    private_hosts: tuple[str, ...] = ()


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


def made_with(
    kind: type[Any], values: Mapping[str, Any], where: Callable[[str], str], plugin: str, code: str = "bad-options"
) -> tuple[Any, list[Problem]]:
    """An object of a plugin's class, and what is wrong: every option at once, or why it cannot be made of them.

    ``where``: the place of an option by its name, of all of them for an empty one.
    """
    try:
        with guard.aside():
            options = kind.Options.model_validate(dict(values))
    except ValidationError as error:
        return None, option_problems(error, kind.Options, where, code)
    asked = guard.call(plugin, kind.kind, partial(_made, kind, options))
    if asked.fault is None:
        return asked.value, []
    return None, [Problem(str(asked.fault), where(""), "correct the options, or the plugin", code)]


def _made(kind: Callable[[Any], Any], options: BaseModel) -> Any:
    return kind(options)


def option_problems(
    error: ValidationError, model: type[BaseModel], where: Callable[[str], str], code: str = "bad-options"
) -> list[Problem]:
    """Every option that is wrong, without its value: one of them may be a secret in the wrong place."""
    found = []
    for item in error.errors(include_input=False, include_url=False):
        path = ".".join(map(str, item["loc"]))
        known = [field.alias or name for name, field in model.model_fields.items()]
        fix = suggestion(path, known) if item["type"] == "extra_forbidden" else ""
        what = f"{path or 'options'}: {item['msg'].removeprefix('Value error, ')}"
        key = str(item["loc"][0]) if item["loc"] else ""
        found.append(Problem(what, where(key), fix or "correct it in riskplug.toml", code))
    return found
