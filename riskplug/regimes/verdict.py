"""What a test of a measure answers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """``applies`` with its reason, and the country that it rests on (empty when not known)."""

    applies: str
    why: str
    origin: str = ""
