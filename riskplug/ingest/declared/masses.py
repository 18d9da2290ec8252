"""Amounts as declarations write them: a mass, or a share of what the substance stands in.

Suppliers' tools write a decimal point. A comma may be a decimal or a thousands mark, so such a figure is set aside.
"""

import math
import re
from dataclasses import dataclass

GRAMS = {"g": 1.0, "mg": 1e-3, "kg": 1e3, "ug": 1e-6, "µg": 1e-6, "μg": 1e-6, "mcg": 1e-6, "t": 1e6}
SHARES = {
    "ppm": 1e-6,
    "ppb": 1e-9,
    "masspercent": 1e-2,
    "mass%": 1e-2,
    "percent": 1e-2,
    "%": 1e-2,
    "wt%": 1e-2,
    "w/w%": 1e-2,
    "%w/w": 1e-2,
}
_NUMBER = re.compile(r"\+?(?:[0-9]+(?:\.([0-9]*))?|\.([0-9]+))(?:[eE]([+-]?[0-9]{1,3}))?")
_UPPER = re.compile(r"(?:<=?|≤|less than|below|max\.?|up to)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Amount:
    """A declared amount: ``grams`` or ``share`` (0 to 1), neither where nothing is declared or it has a ``fault``.

    ``slack`` is half of the last written digit, in the same measure: what rounding may hide.
    """

    grams: float | None = None
    share: float | None = None
    slack: float = 0.0
    at_most: bool = False
    fault: str = ""
    text: str = ""

    @property
    def given(self) -> bool:
        return self.grams is not None or self.share is not None

    @property
    def zero(self) -> bool:
        return 0.0 in (self.grams, self.share)

    def within(self, grams: float | None) -> float | None:
        """Grams, where a share is taken of the given mass; None when that is unknown."""
        if self.share is None or self.grams is not None:
            return self.grams
        return None if grams is None else self.share * grams


NOTHING = Amount()


def read_amount(value: str, unit: str) -> Amount:
    """The amount in two attributes; `<0.1` and `less than 0.1` are upper bounds. Never a guess: faults say why."""
    text = f"{value} {unit}".strip()
    if not value.strip():
        return NOTHING
    upper = _UPPER.match(value.strip())
    number, half, fault = read_number(value.strip()[upper.end() if upper else 0 :])
    measure = "".join(unit.split()).lower()
    if fault:
        return Amount(fault=fault, text=text)
    if measure in GRAMS:
        scale = GRAMS[measure]
        return Amount(grams=number * scale, slack=half * scale, at_most=bool(upper), text=text)
    if measure not in SHARES:
        return Amount(fault=f"unit {unit!r} is none of mass, ppm and percent" if unit else "no unit", text=text)
    scale = SHARES[measure]
    if number * scale > 1 + half * scale:
        return Amount(fault="more than 100 %", text=text)
    return Amount(share=number * scale, slack=half * scale, at_most=bool(upper), text=text)


def read_number(text: str) -> tuple[float, float, str]:
    """The number, half of its last digit, and what is wrong with it."""
    bare = text.strip()
    written = _NUMBER.fullmatch(bare)
    if written is None:
        return math.nan, 0.0, _wrong(bare)
    number = float(bare)
    if not math.isfinite(number):
        return math.nan, 0.0, "not a finite number"
    digits = len(written[1] or written[2] or "") - int(written[3] or 0)
    return number, 0.5 * 10.0 ** -min(max(digits, -300), 300), ""


def _wrong(text: str) -> str:
    if text.lstrip("+-").lower() in ("nan", "inf", "infinity"):
        return "not a finite number"
    if re.fullmatch(r"[-−]\s*[0-9.,]+(?:[eE][+-]?[0-9]+)?", text):
        return "negative"
    if re.fullmatch(r"[0-9]*,[0-9]+|[0-9.]+,[0-9]+|[0-9,]+\.[0-9]+", text):
        return "decimal comma: cannot be told from a thousands mark"
    if re.fullmatch(r"[0-9.]+\s*(?:-|–|to|\.\.)\s*[0-9.]+", text):
        return "a range, not a value"
    return "not a number"


def read_count(text: str) -> tuple[float | None, str]:
    """How often a part is inside another, and what is wrong with it; None where nothing says so, never one."""
    if not text.strip():
        return None, ""
    number, _, fault = read_number(text)
    if fault or number <= 0:
        return None, f"count {text!r} is {fault or 'zero'}"
    return number, ""
