"""Secrets are blotted out of all that a scan says: by the name of a field, and by the value wherever it turns up."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from riskplug.errors import RiskplugError, UsageError
from riskplug.extend.wording import blotted
from riskplug.secrets import BLOT, SecretRef, forms_of, password_in
from riskplug.workspace import Workspace

_FIELDS = frozenset(("token", "secret", "password", "passwd", "key", "dsn", "url", "authorization"))
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def secrets_of(workspace: Workspace) -> tuple[str, ...]:
    """The values of all secrets that a workspace refers to, and the passwords in addresses written out in it.

    What cannot be resolved is left out: whoever needs it will say so.
    """
    found: dict[str, None] = {}
    for value in _values(workspace):
        for form in forms_of(value):
            found[form] = None
    return tuple(found)


def names_a_secret(field: str) -> bool:
    """Whether a field of this name must not be shown, whatever its value is."""
    return any(word.lower() in _FIELDS for word in _WORDS.findall(field))


def redacted(value: Any, secrets: Sequence[str]) -> Any:
    """A value of a log line or document, without secrets at any depth."""
    if isinstance(value, str):
        return blotted(value, secrets)
    if isinstance(value, Mapping):
        return {
            blotted(str(name), secrets): BLOT if names_a_secret(str(name)) and inner else redacted(inner, secrets)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [redacted(inner, secrets) for inner in value]
    return value if value is None or isinstance(value, bool | int | float) else blotted(str(value), secrets)


def without_secrets(error: RiskplugError, secrets: Sequence[str]) -> RiskplugError:
    """The same error; what it says has no secret in it any more."""
    error.problems = tuple(
        replace(
            problem,
            what=blotted(problem.what, secrets),
            where=blotted(problem.where, secrets),
            fix=blotted(problem.fix, secrets),
            excerpt=blotted(problem.excerpt, secrets),
        )
        for problem in error.problems
    )
    error.what, error.where, error.fix = (blotted(text, secrets) for text in (error.what, error.where, error.fix))
    error.args = ("\n".join(map(str, error.problems)),)
    return error


def _values(settings: Any) -> Iterator[str]:
    """Every secret below some settings; of texts, those that are an address with a password."""
    if isinstance(settings, SecretRef):
        yield from _resolved(settings)
    elif isinstance(settings, BaseModel):
        for _, inner in settings:
            yield from _values(inner)
    elif isinstance(settings, Mapping):
        if len(settings) == 1 and next(iter(settings)) in ("env", "file"):
            yield from _resolved_mapping(settings)
        for inner in settings.values():
            yield from _values(inner)
    elif isinstance(settings, list | tuple):
        for inner in settings:
            yield from _values(inner)
    elif isinstance(settings, str) and "://" in settings:
        password = password_in(settings)
        if password:
            yield password


def _resolved(reference: SecretRef) -> Iterator[str]:
    try:
        yield reference.resolve().get_secret_value()
    except (UsageError, UnicodeDecodeError):
        return


def _resolved_mapping(reference: Mapping[str, Any]) -> Iterator[str]:
    try:
        yield from _resolved(SecretRef.model_validate(dict(reference)))
    except ValueError:
        return
