"""Receiver `file`: the digest as a text file, replaced whole each day."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from riskplug.extend import hookimpl
from riskplug.extend.protocols import Capabilities, Delivery, Digest, Limits, Notifier, Receipt
from riskplug.private import private_file


class FileOptions(BaseModel):
    """``path``: the file to write; a relative one is the workspace's."""

    model_config = ConfigDict(extra="forbid")
    path: Path


class FileNotifier:
    """Writes the digest to a file, readable by its owner alone. It appears by rename, never half written.

    Several messages of one business date stand below each other, each once; the next date begins anew.
    """

    kind: ClassVar[str] = "file"
    Options: ClassVar[type[Any]] = FileOptions
    limits: ClassVar[Limits] = Limits(text=10_000_000)
    capabilities: ClassVar[Capabilities] = Capabilities(idempotent=True)

    def __init__(self, options: FileOptions, /) -> None:
        self._path = options.path

    def render(self, digest: Digest) -> Mapping[str, Any]:
        """The digest as plain text."""
        lines = [f"{line.severity:<9}{line.change:<10}{line.title}: {line.text}" for line in digest.lines]
        more = [f"and {digest.more} more"] if digest.more else []
        notes = [f"note: {note}" for note in digest.notes]
        head = [f"{digest.workspace}, {digest.business_date}", digest.headline, ""]
        return {"text": "\n".join(map(_visible, [*head, *lines, *more, *notes])) + "\n"}

    def send(self, delivery: Delivery, *, timeout: float) -> Receipt:
        """Write the file; a folder that cannot be written is `not_accepted`, so that it is tried again."""
        draft = self._path.with_name(f".{self._path.name}.part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(private_file(draft), "w", encoding="utf-8") as out:
                out.write(self._with_today(str(delivery.payload["text"])))
            draft.replace(self._path)
        except OSError as error:
            return Receipt("not_accepted", f"{self._path}: {error.strerror}")
        return Receipt("delivered", reference={"path": str(self._path)})

    def _with_today(self, text: str) -> str:
        """The text below what the file holds of the same company and date."""
        known = self._path.read_text(encoding="utf-8", errors="replace") if self._path.exists() else ""
        day = text.partition("\n")[0]
        if not known.startswith(day + "\n"):
            return text
        return known if text in known else f"{known}\n{text}"

    def find(self, delivery: Delivery, *, timeout: float) -> Receipt | None:
        """Writing again is harmless, so nothing is looked for."""
        return None


def _visible(line: str) -> str:
    """Without control characters: a description must neither start a line of its own nor steer a terminal."""
    return "".join(mark if mark.isprintable() else " " for mark in line)


@hookimpl
def riskplug_notifiers() -> Iterable[type[Notifier]]:
    """This plugin's receiver kind."""
    return [FileNotifier]
