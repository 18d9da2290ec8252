"""Secrets by reference: `{ env = "NAME" }` or `{ file = "/run/secrets/x" }`, never in the file itself."""

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, SecretStr, model_validator

from riskplug.errors import UsageError


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
