"""One row per material and form of a part.

Content reads several rows of one supplier for one part, material and form as claims about the same mass, so what
stands in several places of a part is added up here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from riskplug.ingest.declared.unfold import Kind, Told


@dataclass(frozen=True, slots=True)
class Row:
    """A row of canonical declarations without what its document says once; ``of``: the statements added up in it."""

    material: str
    form: str | None
    cas_no: str | None
    mass_g: str | None
    mass_pct: str | None
    bound: str
    of: tuple[Told, ...]


def merged(told: Sequence[Told], doubted: set[str]) -> Iterator[Row]:
    """Rows of one product; ``doubted``: materials of which another statement was refused."""
    groups: dict[tuple[str, str], list[Told]] = {}
    forms = _forms(told)
    for each in told:
        form = each.form or forms.get(each.held.material, "")
        groups.setdefault((each.held.material, form), []).append(each)
    for (material, form), group in sorted(groups.items(), key=lambda item: item[1][0].statement.line):
        yield _added(material, form, group, material in doubted)


def _forms(told: Sequence[Told]) -> dict[str, str]:
    """By material the first form other than a compound's: that of statements which tell none."""
    forms: dict[str, str] = {}
    for each in told:
        if each.form not in ("", "oxide", "compound"):
            forms.setdefault(each.held.material, each.form)
    return forms


def _added(material: str, form: str, group: Sequence[Told], doubted: bool) -> Row:
    """CAS number, mass and bound of the statements together.

    Statements that differ in kind have no single interval that one row could say: the material is then there, of
    unknown mass. So it is where another statement of the material was refused.
    """
    said = [each for each in group if each.kind != "absent"] or list(group)
    kinds: set[Kind] = {each.kind for each in said}
    known = len(kinds) == 1 and not doubted
    kind: Kind = said[0].kind if known else "exact"
    numbers = list(dict.fromkeys(each.cas_no for each in said))
    convert = len(numbers) > 1 or not numbers[0]
    grams = _sum([_mass(each.grams, each, convert) for each in said]) if known else None
    share = _sum([_mass(each.share, each, convert) for each in said]) if known and grams is None else None
    return Row(
        material,
        form or None,
        _cas_no(numbers, "unsure" in kinds),
        None if grams is None else _written(grams),
        None if share is None else _written(min(100.0 * share, 100.0)),
        "exact" if kind == "unsure" else kind,
        tuple(group),
    )


def _written(number: float) -> str:
    """Without an exponent, to twelve digits: what binary fractions add behind them was never declared."""
    return np.format_float_positional(number, precision=12, fractional=False, trim="-")


def _cas_no(numbers: Sequence[str], unsure: bool) -> str | None:
    """The number content converts by; where none is known, a text that makes it take the mass as an upper bound."""
    if unsure:
        return " / ".join(number for number in numbers if number) or "not given"
    return numbers[0] if len(numbers) == 1 and numbers[0] else None


def _mass(amount: float | None, each: Told, convert: bool) -> float | None:
    """The element's mass where no single CAS number is left to convert it by later, else the substance's."""
    if amount is None or not convert or each.held.fraction is None:
        return amount
    return amount * each.held.fraction


def _sum(amounts: Sequence[float | None]) -> float | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if len(known) == len(amounts) else None
