"""The tutorial as its reader would do it: every file written, every edit made, every command run and compared."""

import doctest
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "tutorial-rules.md"
BLOCK = re.compile(r"(?P<prose>.*?)^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
SAME = doctest.OutputChecker()
RULE = "rules/magnet-stock.yaml"


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
        environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1"}
        done = subprocess.run(
            [program, *words[1:]],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.stdout


# What the prose tells the reader to do, by the words it is told in.
EDITS: dict[str, Callable[[Reader], None]] = {
    "Correct the line to `stock_runway_days < lead_time_days`": lambda reader: reader.change(
        RULE, "stock_runway <", "stock_runway_days <"
    ),
    "Copy the file to `wider.yaml`, write `60 days` for `14 days`": lambda reader: reader.change(
        RULE, "14 days", "60 days", to="wider.yaml"
    ),
    "Take the line `status: shadow` away": lambda reader: reader.change(RULE, "    status: shadow\n", ""),
}


def blocks() -> Iterator[tuple[str, str, str]]:
    for found in BLOCK.finditer(PAGE.read_text()):
        yield found["prose"], found["kind"], found["text"]


def commands(text: str) -> Iterator[tuple[str, str]]:
    for piece in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, output = piece.partition("\n")
        yield command, output


def follow(reader: Reader, prose: str, kind: str, text: str) -> None:
    for words, edit in EDITS.items():
        if words in prose:
            edit(reader)
    files = re.findall(r"`([\w/-]+\.(?:csv|yaml))`", prose)
    if kind == "csv" or (kind == "yaml" and text.startswith("schema:")):
        reader.write(files[-1], text)
    elif kind == "yaml" and text.lstrip().startswith("tests:"):
        reader.write(RULE, (reader.folder / RULE).read_text() + text)
    elif kind == "yaml":  # one row in place of the one with its part number
        (old,) = [line for line in (reader.folder / RULE).read_text().splitlines() if line.startswith(text[:25])]
        reader.change(RULE, old, text.rstrip("\n"))
    else:
        for command, wanted in commands(text):
            got = reader.run(command)
            assert SAME.check_output(wanted, got, doctest.ELLIPSIS), f"$ {command}\nwanted:\n{wanted}\ngot:\n{got}"


def test_everything_the_tutorial_says_happens(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    page = PAGE.read_text()
    assert [words for words in EDITS if words not in page] == []
    for prose, kind, text in blocks():
        follow(reader, prose, kind, text)
    assert len(reader.ran) == 13
