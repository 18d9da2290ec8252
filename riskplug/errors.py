"""What can go wrong, and how it is said.

    RiskplugError            carries what / where / fix and the exit code of docs/exit-codes.md
    |- UsageError            2   workspace, rule, profile or command line is wrong
    |- WorkFailed            2   workers could not do a part of a scan
    |- ScanDegraded          3   complete, but something was held or failed
    |- AlreadyScanned        0   the business date is done, and once was asked for
    |- LockHeld              5   another scan owns this business date
    |- DataRefused           6   an export cannot be trusted as a whole
    |- StateMissing         10   no state where one is needed
    |- StateUnusable        11   state of a newer version, or corrupt
    `- PluginFault           3   a plugin broke its contract

Anything else that ends a command was foreseen by nobody and has the exit code UNFORESEEN.

A message has three parts, each for a tired reader: what happened, where, what to do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import ClassVar, Literal

# EX_SOFTWARE of sysexits.h: no other exit code of ours, so that a monitor takes no fault for findings.
UNFORESEEN = 70


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong at one place, as the reader of a file needs it.

    ``where`` is ``file``, ``file:line`` or ``file:line:column``; ``excerpt`` is the line with a caret under it. A
    ``warning`` stops nothing.
    """

    what: str
    where: str
    fix: str
    code: str = ""
    excerpt: str = ""
    level: Literal["error", "warning"] = "error"

    @property
    def place(self) -> tuple[str, int | None, int | None]:
        """File, line and column; line and column are None where ``where`` does not have them."""
        file = self.where
        numbers: list[int] = []
        while len(numbers) < 2:
            head, colon, tail = file.rpartition(":")
            if not colon or not tail.isdigit():
                break
            file, numbers = head, [int(tail), *numbers]
        line, column = (*numbers, None, None)[:2]
        return file, line, column

    def __str__(self) -> str:
        head = f"{self.where}: {'warning: ' if self.level == 'warning' else ''}{self.what}" + (
            f" [{self.code}]" if self.code else ""
        )
        return "\n".join(line for line in (head, self.excerpt, f"  -> {self.fix}" if self.fix else "") if line)


class RiskplugError(Exception):
    """Base of all errors shown to a user; ``problems`` holds every one found, not just the first."""

    exit_code: ClassVar[int] = 2

    def __init__(self, what: str, where: str = "", fix: str = "", problems: Sequence[Problem] = ()) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems) or (Problem(what, where or "riskplug", fix),)
        self.what, self.where, self.fix = what, where, fix
        super().__init__("\n".join(map(str, self.problems)))

    @classmethod
    def of(cls, problems: Iterable[Problem]) -> "RiskplugError":
        """One error that reports all the given problems."""
        found = tuple(problems)
        return cls(found[0].what, found[0].where, found[0].fix, found)


class UsageError(RiskplugError):
    """Something that people wrote is wrong: settings, a rule, a profile, a command line."""

    exit_code = 2


class WorkFailed(RiskplugError):
    """A part of a scan that workers tried several times and could not do; nothing was changed."""

    exit_code = 2


class ScanDegraded(RiskplugError):
    exit_code = 3


class PluginFault(RiskplugError):
    exit_code = 3


class AlreadyScanned(RiskplugError):
    exit_code = 0


class LockHeld(RiskplugError):
    exit_code = 5


class DataRefused(RiskplugError):
    exit_code = 6


class StateMissing(RiskplugError):
    exit_code = 10


class StateUnusable(RiskplugError):
    exit_code = 11


def suggestion(word: str, known: Iterable[str]) -> str:
    """``did you mean 'x'?`` for the closest known word, or the list of known ones, or nothing."""
    names = sorted(set(known))
    close = get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known: {', '.join(names)}" if 0 < len(names) <= 20 else ""
