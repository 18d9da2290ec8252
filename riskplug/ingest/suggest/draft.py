"""The text of a proposed profile: settings that values prove, and the undecided ones as comments with their doubt."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

OPEN = "#? "
_MAX_SHOWN = 60


@dataclass(frozen=True)
class Doubt:
    """Something a person must decide. ``where``: file:line or file and column; ``evidence``: values as they stand."""

    what: str
    where: str
    evidence: str
    decide: str

    def __str__(self) -> str:
        return f"{self.what}\n   {self.where}: {self.evidence}\n   -> {self.decide}"


def quoted(text: str) -> str:
    """A YAML text in quotation marks; what cannot be seen on a screen is written as its number."""
    if text == '"':
        return f"'{text}'"
    return "".join(_visible(character) for character in json.dumps(text, ensure_ascii=False))


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def word(text: str) -> str:
    """A YAML word, in quotation marks unless it can only be read as itself."""
    reserved = text.casefold() in ("true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf")
    return text if re.fullmatch(r"[^\W\d_][\w]*(?: [\w]+)*", text) and not reserved else quoted(text)


def words_list(items: Iterable[str]) -> str:
    return f"[{', '.join(quoted(item) for item in items)}]"


def mapping(items: Iterable[tuple[str, str]]) -> str:
    return f"{{{', '.join(f'{quoted(key)}: {quoted(value)}' for key, value in items)}}}"


def shown(text: str, width: int = _MAX_SHOWN) -> str:
    """Text of a file for a comment or a terminal: one line, nothing invisible, not endless."""
    plain = "".join(character if character.isprintable() else "�" for character in text)
    return plain if len(plain) <= width else f"{plain[: width - 1]}…"


@dataclass
class Draft:
    """Collects lines and doubts; an open line names the doubt it waits for."""

    lines: list[str] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)

    def doubt(self, what: str, where: str, evidence: str, decide: str) -> str:
        """Add a doubt; returns the word to point to it with."""
        self.doubts.append(Doubt(*(shown(text, 400) for text in (what, where, evidence, decide))))
        return f"doubt {len(self.doubts)}"

    def say(self, text: str, why: str = "", indent: int = 0) -> None:
        self.lines.append(f"{'  ' * indent}{text}{f'  # {shown(why, 160)}' if why else ''}")

    def leave_open(self, text: str, why: str, indent: int = 0) -> None:
        self.lines.append(f"{'  ' * indent}{OPEN}{text}  # {shown(why, 160)}")

    def note(self, text: str, indent: int = 0) -> None:
        self.lines.append(f"{'  ' * indent}# {shown(text, 200)}")

    def blank(self) -> None:
        self.lines.append("")

    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


def some(values: Sequence[str], most: int = 3) -> str:
    """The first few values, and how many more there are."""
    rest = len(values) - most
    return ", ".join(repr(shown(value, 40)) for value in values[:most]) + (f" and {rest} more" if rest > 0 else "")
