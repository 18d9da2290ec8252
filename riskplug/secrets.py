"""Secrets by reference: `{ env = "NAME" }` or `{ file = "/run/secrets/x" }`, never in the file itself.

What was resolved is remembered for the life of the process, for one purpose: `blot` takes it out of texts that code
which is not ours made (an exception's words, a warning), wherever such a text first comes in.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr, model_validator

from riskplug.errors import UsageError

BLOT = "***"
SHORTEST = 4
"""Shorter values are no secrets, and would blot out half of every text."""
_KEY_IN_PATH = re.compile(r"(?=.*\d)[\w.~%-]{8,}")
_RESOLVED: dict[str, None] = {}


def blot(text: str) -> str:
    """The text without the secrets that this process has resolved so far."""
    for secret in sorted(_RESOLVED, key=len, reverse=True):
        text = text.replace(secret, BLOT)
    return text


class SecretRef(BaseModel):
    """A reference to a secret outside the workspace file; exactly one of ``env`` and ``file``."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    env: str | None = None
    file: Path | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "SecretRef":
        if (self.env is None) == (self.file is None):
            raise ValueError("give exactly one of env and file")
        return self

    def resolve(self) -> SecretStr:
        """The secret; UsageError when the variable is unset or the file unreadable."""
        found = self._read()
        _RESOLVED.update(dict.fromkeys(forms_of(found.get_secret_value())))
        return found

    def _read(self) -> SecretStr:
        if self.env is not None:
            value = os.environ.get(self.env)
            if not value:
                raise UsageError(
                    f"environment variable {self.env} is not set", self.env, f"export {self.env} before the scan"
                )
            return SecretStr(value)
        try:
            return SecretStr(Path(str(self.file)).read_text(encoding="utf-8").strip())
        except OSError as error:
            raise UsageError(
                f"secret file cannot be read: {error.strerror}", str(self.file), "check path and rights"
            ) from error


def forms_of(value: str) -> Iterator[str]:
    """A secret as it may be repeated: whole, as JSON or Python write it, and of an address its password and its key."""
    for piece in [value, *_of_address(value)] if "://" in value else [value]:
        if len(piece) >= SHORTEST:
            yield piece
            yield json.dumps(piece)[1:-1]
            yield json.dumps(piece, ensure_ascii=False)[1:-1]
            yield repr(piece)[1:-1]


def password_in(url: str) -> str:
    """The password of an address as it stands there, or nothing; urlsplit would give up on odd marks in it."""
    authority = url.partition("://")[2].split("/")[0]
    user, at, _ = authority.rpartition("@")
    return user.partition(":")[2] if at else ""


def _of_address(url: str) -> Iterable[str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ()
    password = password_in(url)
    pieces = [*parts.path.split("/"), *(piece.partition("=")[2] for piece in parts.query.split("&"))]
    return [password, unquote(password), *(piece for piece in pieces if _KEY_IN_PATH.fullmatch(piece))]
