"""A workspace folder and the `riskplug` command in it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import warm

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "riskplug")
SECONDS = 240
FINISHED = (0, 1, 3, 4)
"""Exit codes of a scan that ran to its end."""


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    def document(self) -> dict[str, Any]:
        """stdout as one JSON document; anything beside it on stdout is a failure."""
        try:
            return dict(json.loads(self.out))
        except ValueError as error:
            raise AssertionError(
                f"stdout is not one JSON document ({error}); exit code {self.code}\n"
                f"--- stdout\n{self.out[:1500]}\n--- stderr\n{self.err[-2500:]}"
            ) from error


@dataclass(frozen=True)
class Folder:
    """A folder with (or without) a riskplug.toml."""

    path: Path

    @classmethod
    def sample(cls, path: Path) -> "Folder":
        """A copy of Sample Drives: its riskplug.toml, and all that it reads of sample_erp."""
        path.mkdir(parents=True)
        shutil.copy(ROOT / "riskplug.toml", path)
        for name in ("exports", "profiles", "scenarios", "rules", "lists"):
            shutil.copytree(ROOT / "sample_erp" / name, path / "sample_erp" / name)
        return cls(path)

    @property
    def state(self) -> Path:
        return self.path / ".riskplug"

    @property
    def toml(self) -> Path:
        return self.path / "riskplug.toml"

    def write(self, name: str, text: str) -> Path:
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        return target

    def replace(self, name: str, old: str, new: str) -> None:
        """Change a text that the file has exactly once."""
        text = (self.path / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {name}"
        self.write(name, text.replace(old, new))

    def run(self, *words: str, env: Mapping[str, str] | None = None) -> Ran:
        """Run a command to its end, forked from an interpreter that has its imports behind it where that can be."""
        if warm.can(env or {}):
            code, out, err = warm.run(words, self.path, environment(env), SECONDS)
            return Ran(code, out.decode(), err.decode())
        return self.run_cold(*words, env=env)

    def run_cold(self, *words: str, env: Mapping[str, str] | None = None) -> Ran:
        """Run a command to its end from the first import on."""
        done = subprocess.run(
            [*COMMAND, *words], cwd=self.path, env=environment(env), capture_output=True, timeout=SECONDS, check=False
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    def start(self, *words: str, env: Mapping[str, str] | None = None) -> "subprocess.Popen[bytes]":
        """Start a command and leave it running."""
        return subprocess.Popen(
            [*COMMAND, *words], cwd=self.path, env=environment(env), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )


def finish(process: "subprocess.Popen[bytes]") -> Ran:
    """Wait for a started command."""
    out, err = process.communicate(timeout=SECONDS)
    return Ran(process.returncode, out.decode(), err.decode())


def environment(added: Mapping[str, str] | None = None) -> dict[str, str]:
    """The caller's environment without what would make a child differ from a user's shell."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONWARNINGS")}
    return {**kept, "COLUMNS": "160", "NO_COLOR": "1", **(added or {})}
