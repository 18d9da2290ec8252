"""Tutorials as their reader would do them: every file written, every edit made, every command run and compared."""

import doctest
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import warm
from command import SECONDS

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"(?P<prose>.*?)^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
SAME = doctest.OutputChecker()


@dataclass
class Reader:
    """Somebody at a terminal: a folder, and what the prose asks for between the blocks."""

    folder: Path
    ran: list[str] = field(default_factory=list)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def change(self, name: str, old: str, new: str, to: str = "") -> None:
        text = (self.folder / name).read_text()
        assert old in text, f"{name} has no {old!r}"
        self.write(to or name, text.replace(old, new))

    def run(self, command: str) -> str:
        self.ran.append(command)
        words = shlex.split(command)
        if words[0] == "cd":
            self.folder = self.folder / words[1]
            return ""
        program = str(Path(sys.executable).with_name(words[0]))
        at_a_build = {"CI", "BUILD_NUMBER"}  # where one of them is set, pytest cuts no line of its summary
        environment = {k: v for k, v in os.environ.items() if k not in at_a_build} | {"COLUMNS": "80", "NO_COLOR": "1"}
        if words[0] == "riskplug":
            _, said, _ = warm.run(words[1:], self.folder, environment, SECONDS, as_one=True)
            printed = said.decode()
        else:
            printed = subprocess.run(
                [program, *words[1:]],
                cwd=self.folder,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            ).stdout
        # Away from a terminal a scan logs to stderr as JSON; whoever follows a page sits at one and sees none of it.
        return "".join(line for line in printed.splitlines(keepends=True) if not line.startswith('{"timestamp": "'))

    def follow(self, text: str) -> None:
        """Run the commands of a block; each prints what stands below it."""
        for command, wanted in commands(text):
            got = self.run(command)
            assert SAME.check_output(wanted, got, doctest.ELLIPSIS), f"$ {command}\nwanted:\n{wanted}\ngot:\n{got}"


Edits = Mapping[str, Callable[[Reader], None]]
"""What the prose tells the reader to do, by the words it is told in."""


def blocks(page: str) -> Iterator[tuple[str, str, str]]:
    """(prose before it, language, text) of each code block of a page."""
    for found in BLOCK.finditer((DOCS / page).read_text()):
        yield found["prose"], found["kind"], found["text"]


def commands(text: str) -> Iterator[tuple[str, str]]:
    """(command, what it prints) of a block of a terminal."""
    for piece in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, output = piece.partition("\n")
        yield command, output


def edited(reader: Reader, edits: Edits, prose: str) -> None:
    """Make the edits that the prose asks for."""
    for words, edit in edits.items():
        if words in flat(prose):
            edit(reader)


def flat(prose: str) -> str:
    """Prose without its line breaks."""
    return " ".join(prose.split())


def not_asked_for(edits: Edits, page: str) -> list[str]:
    """Edits whose words the page does not have."""
    text = flat((DOCS / page).read_text())
    return [words for words in edits if words not in text]
