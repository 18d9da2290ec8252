"""A rule's message read back into its values, by the words of the rule itself.

No backtracking: the fixed words are searched from the left and from the right. Where both searches agree there is no
other way to read the message; where they do not, the reading is not certain.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for values: columns with their catalogue types; several where nothing stands between them."""

    columns: tuple[tuple[str, str], ...]


Wording = Sequence[str | Slot]
"""A message as fixed words and slots; empty where a rule has none, as rules in Python."""

_LACKING = re.compile(r" \(not known: [a-z0-9_, ]*\)$")


@dataclass(frozen=True, slots=True)
class Reading:
    """Pieces with the text of each, and what a scan added behind. ``certain``: no other reading is possible."""

    pieces: tuple[tuple[str | Slot, str], ...]
    certain: bool
    rest: str = ""


def read_back(wording: Wording, message: str, identity: Mapping[str, str]) -> Reading | None:
    """The values in a message; None when the wording does not fit it (another version of the rule, or no wording).

    ``identity`` values are known for sure and used as fixed words.
    """
    if not wording:
        return None
    lacking = _LACKING.search(message)
    text, rest = (message[: lacking.start()], lacking.group()) if lacking else (message, "")
    fixed, slots = _alternating(wording, identity)
    left, right = _from_left(text, fixed), _from_right(text, fixed)
    if left is None or right is None:
        return None
    pieces: list[tuple[str | Slot, str]] = [*_pieces(wording, identity, slots, left)]
    return Reading(tuple(pieces), left == right, rest)


def _alternating(wording: Wording, identity: Mapping[str, str]) -> tuple[list[str], list[Slot]]:
    """Fixed words around slots: one more of them than slots, empty at an end where a slot stands there."""
    fixed, slots = [""], list[Slot]()
    for piece in wording:
        known = piece if isinstance(piece, str) else _known(piece, identity)
        if known is not None:
            fixed[-1] += known
        elif slots and not fixed[-1]:
            assert isinstance(piece, Slot)
            slots[-1] = Slot((*slots[-1].columns, *piece.columns))
        else:
            assert isinstance(piece, Slot)
            slots.append(piece)
            fixed.append("")
    return fixed, slots


def _known(slot: Slot, identity: Mapping[str, str]) -> str | None:
    return identity.get(slot.columns[0][0]) or None if len(slot.columns) == 1 else None


def _from_left(text: str, fixed: Sequence[str]) -> list[str] | None:
    if len(fixed) == 1:
        return [] if text == fixed[0] else None
    if not text.startswith(fixed[0]) or not text.endswith(fixed[-1]):
        return None
    found, at, end = list[str](), len(fixed[0]), len(text) - len(fixed[-1])
    for words in fixed[1:-1]:
        place = text.find(words, at, end)
        if place < 0:
            return None
        found.append(text[at:place])
        at = place + len(words)
    return [*found, text[at:end]] if at <= end else None


def _from_right(text: str, fixed: Sequence[str]) -> list[str] | None:
    backwards = _from_left(text[::-1], [words[::-1] for words in reversed(fixed)])
    return None if backwards is None else [value[::-1] for value in reversed(backwards)]


def _pieces(
    wording: Wording, identity: Mapping[str, str], slots: Sequence[Slot], values: Sequence[str]
) -> Sequence[tuple[str | Slot, str]]:
    """The pieces in order; merged slots come once, identity slots with the value they have."""
    made, at, merged = list[tuple[str | Slot, str]](), 0, 0
    for piece in wording:
        if isinstance(piece, str):
            made.append((piece, piece))
        elif (known := _known(piece, identity)) is not None:
            made.append((piece, known))
        elif merged:
            merged -= 1
        else:
            made.append((slots[at], values[at]))
            merged = len(slots[at].columns) - len(piece.columns)
            at += 1
    return made
