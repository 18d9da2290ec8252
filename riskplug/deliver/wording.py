"""A rule's message read back into its values, by the words of the rule itself.

No backtracking: each fixed word has an earliest and a latest place where it can stand, found from the left and from the
right. A value is certain where both its neighbours can stand in one place only; numbers, dates and flags narrow that,
because they can only look in one way.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for values: columns with their catalogue types; several where nothing stands between them."""

    columns: tuple[tuple[str, str], ...]


Wording = Sequence[str | Slot]
"""A message as fixed words and slots; empty where a rule has none, as rules in Python."""

_LACKING = re.compile(r" \(not known: [a-z0-9_, ]*\)$")
_NUMBER = re.compile(r"(?:over )?-?[\d.,]+(?:e[-+]?\d+)?%?|unknown|unlimited")
_SHAPES = {
    "date": re.compile(r"\d{4}-\d\d-\d\d|unknown"),
    "flag": re.compile(r"yes|no|unknown"),
    "choice": re.compile(r"\w+"),
    "country": re.compile(r"[A-Z]{2}|unknown"),
    **dict.fromkeys(("days", "number", "quantity", "grams", "kilograms", "pct", "probability", "money"), _NUMBER),
}
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """Fixed words, or a slot with its text. ``run`` numbers values that cannot be told apart; 0 for certain ones."""

    part: str | Slot
    text: str
    run: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """Pieces in order, and what a scan added behind them."""

    pieces: tuple[Piece, ...]
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
    places = _places(text, fixed, slots)
    return None if places is None else Reading(tuple(_pieces(wording, identity, text, fixed, slots, places)), rest)


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


def _places(text: str, fixed: Sequence[str], slots: Sequence[Slot]) -> list[Span] | None:
    """Earliest and latest start of each of the fixed words; None where they do not fit."""
    if not text.startswith(fixed[0]) or not text.endswith(fixed[-1]):
        return None
    if not slots:
        return [(0, 0)] if text == fixed[0] else None
    end = len(text) - len(fixed[-1])
    latest = _latest(text, fixed, end)
    if latest is None or end < len(fixed[0]):
        return None
    places, at = [(0, 0)], len(fixed[0])
    for n, words in enumerate(fixed[1:-1], start=1):
        first, last = text.find(words, at, end), latest[n]
        if first < 0 or first > last:
            return None
        shape = _shape(slots[n - 1])
        if shape and places[-1][0] == places[-1][1]:
            fits = [place for place in _all(text, words, first, last) if shape.fullmatch(text, at, place)]
            if not fits:
                return None
            first, last = fits[0], fits[-1]
        places.append((first, last))
        at = first + len(words)
    return [*places, (end, end)] if at <= end else None


def _latest(text: str, fixed: Sequence[str], end: int) -> dict[int, int] | None:
    places: dict[int, int] = {}
    for n in range(len(fixed) - 2, 0, -1):
        end = text.rfind(fixed[n], len(fixed[0]), end)
        if end < 0:
            return None
        places[n] = end
    return places


def _all(text: str, words: str, first: int, last: int) -> Iterator[int]:
    while 0 <= first <= last:
        yield first
        first = text.find(words, first + 1)


def _shape(slot: Slot) -> "re.Pattern[str] | None":
    return _SHAPES.get(slot.columns[0][1]) if len(slot.columns) == 1 else None


def _pieces(
    wording: Wording,
    identity: Mapping[str, str],
    text: str,
    fixed: Sequence[str],
    slots: Sequence[Slot],
    places: Sequence[Span],
) -> Iterator[Piece]:
    """The pieces in order; merged slots come once, identity slots with the value they have."""
    at, run, merged = 0, 0, 0
    for part in wording:
        if isinstance(part, str) or (known := _known(part, identity)) is not None:
            yield Piece(part, part if isinstance(part, str) else str(known))
        elif merged:
            merged -= 1
        else:
            sure = places[at][0] == places[at][1] and places[at + 1][0] == places[at + 1][1]
            # Between two words of which one stands for sure, a new run of doubtful values begins.
            run += not sure and places[at][0] == places[at][1]
            start, end = places[at][0] + len(fixed[at]), places[at + 1][0]
            yield Piece(slots[at], text[start:end], 0 if sure else run)
            merged, at = len(slots[at].columns) - len(part.columns), at + 1
