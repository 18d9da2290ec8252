"""What of the company's data a receiver may read: as it is, hashed, or left out, class by class.

A message is text that a rule made from its columns. Its values are found again by the rule's own wording, so that each
is treated as its column asks; where that is not possible beyond doubt, every value of the message is left out. On top
of it, known names (suppliers, part numbers, descriptions) are looked for in every text, whoever wrote it.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from riskplug.deliver.known import NOTHING, Known, words_of
from riskplug.deliver.wording import Piece, Slot, Wording, read_back
from riskplug.model import Change

Treatment = Literal["as_is", "hashed", "left_out"]
CLASSES = ("part_numbers", "product_names", "suppliers", "quantities", "prices", "customers")
"""What a policy speaks of. Not in it, and always shown: sites, materials, measures, owners, order numbers, dates."""

NAMES = ("part_numbers", "product_names", "suppliers", "customers")
AS_IT_IS: Mapping[str, Treatment] = dict.fromkeys(CLASSES, "as_is")
CHAT: Mapping[str, Treatment] = {**AS_IT_IS, "prices": "left_out", "customers": "left_out"}
_WORDS = {
    "part_numbers": "part",
    "product_names": "product",
    "suppliers": "supplier",
    "quantities": "quantity",
    "prices": "price",
    "customers": "customer",
}
# Columns by name where the type does not say it; a name may belong to two classes, and the stricter one counts.
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "part_no": ("part_numbers",),
    "mpn": ("part_numbers",),
    "limiting_part": ("part_numbers",),
    "worst_product": ("part_numbers",),
    "alternatives": ("part_numbers",),
    "first_stop_part": ("part_numbers",),
    "first_product": ("part_numbers",),
    "lost_parts": ("part_numbers",),
    "buffer": ("part_numbers", "quantities"),
    "title": ("suppliers",),
    "id": ("part_numbers", "suppliers"),
    "name": ("product_names", "suppliers"),
    "description": ("product_names",),
    "supplier": ("suppliers",),
    "manufacturer": ("suppliers",),
    "parent_company": ("suppliers",),
    "entity_why": ("suppliers",),
    "data_warning": ("quantities",),
}
_TYPES = {"money": "prices", "quantity": "quantities", "grams": "quantities", "kilograms": "quantities"}
_CODES = (
    "AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF IDR INR JPY KRW MXN MYR NOK NZD PLN RMB RON SEK SGD THB TRY USD ZAR"
)
_NUMBER = r"\d(?:[\d.,'’\u00a0 ]*\d)?%?"
_SCALE = r"(?:\s?(?:k|m|mn|mio|bn|thousand|million|billion)\b\.?)?"
_SIGNS = rf"(?:\b(?:{'|'.join(_CODES.split())})\b|[€$£¥])"
_MONEY = re.compile(rf"{_SIGNS}\s?{_NUMBER}{_SCALE}|{_NUMBER}{_SCALE}\s?{_SIGNS}", re.IGNORECASE)
_ANY_NUMBER = re.compile(rf"(?<![\w-]){_NUMBER}(?![\w-])")


def classes_of(column: str, kind: str = "text") -> tuple[str, ...]:
    """The classes that a column's values belong to; none for what no policy hides."""
    if kind in _TYPES:
        return (_TYPES[kind],)
    if "customer" in column:
        return ("customers",)
    return _COLUMNS.get(column, ())


@dataclass(frozen=True)
class Redactor:
    """One receiver's policy at work. ``key`` makes hashes that nobody can guess from a list of part numbers.

    ``wordings``: by rule how it words its messages. ``known``: by class the names there are.
    """

    policy: Mapping[str, Treatment] = field(default_factory=lambda: AS_IT_IS)
    key: bytes = b""
    wordings: Mapping[str, Wording] = field(default_factory=dict)
    known: Known = NOTHING

    @property
    def hides(self) -> frozenset[str]:
        """The classes that are not shown as they are."""
        return frozenset(name for name in CLASSES if self.policy[name] != "as_is")

    def value(self, column: str, text: str, kind: str = "text") -> str:
        """A value of a column; free text is searched for names."""
        hidden = [name for name in classes_of(column, kind) if name in self.hides]
        if not hidden or not text:
            return self.free(text, numbers=False) if text and kind == "text" else text
        return self._treated(hidden, text)

    def message(self, change: Change) -> str:
        """A change's message. Values in doubt are left out; a message of a plugin is searched for names and numbers."""
        if not self.hides:
            return change.message
        found = read_back(self.wordings.get(change.rule, ()), change.message, change.identity)
        if found is None:
            return self.free(change.message)
        doubtful = {piece.run for piece in found.pieces if piece.run and self._hidden(piece.part)}
        said = ["[left out]" if piece.run in doubtful else self._piece(piece) for piece in found.pieces]
        return "".join(said) + found.rest

    def free(self, text: str, numbers: bool = True) -> str:
        """Text of unknown making: known names are treated, amounts of money, and any number where quantities hide."""
        hides = self.hides
        if not hides:
            return text
        if numbers and "prices" in hides:
            text = _MONEY.sub(lambda found: self._treated(["prices"], found.group()), text)
        text = self.known.replaced(text, hides, lambda name, found: self._treated([name], found))
        if numbers and "quantities" in hides:
            text = _ANY_NUMBER.sub(lambda found: self._treated(["quantities"], found.group()), text)
        return text

    def _piece(self, piece: Piece) -> str:
        hidden = self._hidden(piece.part)
        if hidden:
            return self._treated(hidden, piece.text)
        plain = isinstance(piece.part, Slot) and all(kind != "text" for _, kind in piece.part.columns)
        return piece.text if plain else self.free(piece.text, numbers=False)

    def _hidden(self, part: str | Slot) -> list[str]:
        columns = part.columns if isinstance(part, Slot) else ()
        return [name for column, kind in columns for name in classes_of(column, kind) if name in self.hides]

    def _treated(self, classes: Iterable[str], text: str) -> str:
        """The stricter of several treatments wins; what says that nothing is known hides nothing."""
        names = list(classes)
        if text in ("unknown", "unlimited"):
            return text
        out = [name for name in names if self.policy[name] == "left_out"]
        if out or not self.key:
            return f"[{_WORDS[(out or names)[0]]}]"
        spelt = " ".join(words_of(text)) or text
        digest = hmac.new(self.key, f"{names[0]}:{spelt}".encode(), hashlib.sha256).hexdigest()
        return f"{_WORDS[names[0]]}-{digest[:8]}"


OPEN = Redactor()
