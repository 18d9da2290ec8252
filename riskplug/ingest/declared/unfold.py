"""From a declaration to what one unit of a product holds: masses brought down the levels, and what cannot be believed.

Mass of a substance in one unit = its amount (a share is of its homogeneous material) times the counts of the
sub-products above it. Where a count or a mass on the way is not declared the mass is unknown, never that of one unit.
A share of the product, where it can be told, stands in for grams.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from riskplug import cas
from riskplug.ingest.declared.masses import NOTHING, Amount, read_amount
from riskplug.ingest.declared.statements import Material, Piece, Statement
from riskplug.ingest.declared.substances import RARE_EARTHS, Held, Substances, magnet, rare_earths, undisclosed
from riskplug.units import canonical_name

# Declared masses of materials and of the whole part are often rounded or nominal; beyond this they contradict.
OVERWEIGHT = 1.05
# What rounding may add to a sum of shares at most, however coarsely they are written.
ROUNDING = 0.005
Kind = Literal["exact", "unsure", "at_most", "absent"]

NO_MATERIAL = "holds no watched material"
UNDISCLOSED = "substance not disclosed"
LISTED_ONLY = "listed without an amount or a threshold"
COMPOUND_LIMIT = "limit on a compound, says nothing of the element"


@dataclass(frozen=True, slots=True)
class Told:
    """A substance that holds a watched material, in one unit of the product.

    ``grams`` of the substance; ``share`` of the product's mass, both None where unknown. ``kind``: unsure where the
    element's share of the substance is not known.
    """

    statement: Statement
    held: Held
    cas_no: str
    grams: float | None
    share: float | None
    kind: Kind
    form: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A statement that is set aside; ``materials`` are those it names, whose mass in the product is then unknown."""

    statement: Statement
    value: str
    reason: str
    materials: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dropped:
    statement: Statement
    rule: str


Outcome = Told | Refused | Dropped


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a statement stands. ``grams``: mass of what it stands in; ``times``: how often that is in one unit.

    ``share``: what all of them are of the product's mass. ``miscounted`` and ``misweighed`` say what is wrong with a
    count or a mass on the way down; an absolute mass does not need the latter.
    """

    grams: float | None
    times: float | None
    share: float | None
    inside: str = ""
    miscounted: str = ""
    misweighed: str = ""


def unfold(product: Piece, substances: Substances) -> list[Outcome]:
    """What becomes of every statement of a product, sub-products included."""
    whole = product.amount.grams
    top = _Place(whole, 1.0, 1.0, "", product.fault, product.amount.fault)
    heavy = _overweight(product, top, whole)
    found = [_believed(each, whole, heavy) for each in _piece(product, top, whole, substances)]
    once = product.count in (None, 1.0) and counted(product.unit)
    return found if once else [_by_share_only(each) for each in found]


def counted(unit: str) -> bool:
    """Whether a product's unit is a piece; unsaid counts as one."""
    return not unit.strip() or canonical_name(unit) == "pc" or unit.strip().lower() == "part"


def _by_share_only(each: Outcome) -> Outcome:
    """Masses per kilogram, metre or several pieces are not those of one base unit; the share of the mass still is."""
    return replace(each, grams=None) if isinstance(each, Told) else each


def _piece(piece: Piece, place: _Place, whole: float | None, substances: Substances) -> Iterator[Outcome]:
    for material in piece.materials:
        yield from _material(material, place, whole, substances)
    for statement in piece.statements:
        yield from _statement(statement, place, whole, substances)
    for inner in piece.pieces:
        yield from _piece(inner, _inside(inner, place, whole), whole, substances)


def _inside(inner: Piece, place: _Place, whole: float | None) -> _Place:
    """The place of a sub-product: what a share of its parent means with a count other than one is not said."""
    single = inner.count == 1.0
    grams = inner.amount.within(place.grams if single else None)
    times = None if place.times is None or inner.count is None else place.times * inner.count
    share = _share(grams, times, whole)
    if share is None and single and inner.amount.share is not None and place.share is not None:
        share = place.share * inner.amount.share
    miscounted = place.miscounted or inner.fault
    return _Place(grams, times, share, inner.name, miscounted, _misweighed(inner.amount, place))


def _misweighed(amount: Amount, place: _Place) -> str:
    return amount.fault or ("" if amount.grams is not None else place.misweighed)


def _share(grams: float | None, times: float | None, whole: float | None) -> float | None:
    return None if grams is None or times is None or not whole else grams * times / whole


def _placed(material: Material, place: _Place, whole: float | None) -> _Place:
    grams = material.amount.within(place.grams)
    share = _share(grams, place.times, whole)
    if share is None and material.amount.share is not None and place.share is not None:
        share = material.amount.share * place.share
    return _Place(grams, place.times, share, material.name, place.miscounted, _misweighed(material.amount, place))


def _material(material: Material, place: _Place, whole: float | None, substances: Substances) -> Iterator[Outcome]:
    inner = _placed(material, place, whole)
    reason = _too_much(material, inner.grams)
    for statement in material.statements:
        if reason:
            yield _refused(statement, statement.amount.text, reason, substances)
        else:
            yield from _statement(statement, inner, whole, substances)


def _overweight(product: Piece, top: _Place, whole: float | None) -> str:
    """Why the masses of the materials cannot be those of one product: together they are far more than it."""
    total = sum(grams for grams in _masses(product, top, whole) if grams is not None)
    if not whole or total <= OVERWEIGHT * whole:
        return ""
    return f"materials weigh {total:.6g} g together, the product {whole:.6g} g"


def _masses(piece: Piece, place: _Place, whole: float | None) -> Iterator[float | None]:
    for material in piece.materials:
        inner = _placed(material, place, whole)
        yield None if inner.grams is None or inner.times is None else inner.grams * inner.times
    for each in piece.pieces:
        yield from _masses(each, _inside(each, place, whole), whole)


def _too_much(material: Material, grams: float | None) -> str:
    """Why the amounts in a material cannot all be true: together they are more than all of it, rounding allowed."""
    amounts = [each.amount for each in material.statements if each.amount.given and not each.amount.at_most]
    shares = [pair for amount in amounts if (pair := _as_share(amount, grams)) is not None]
    total, slack = sum(share for share, _ in shares), sum(slack for _, slack in shares)
    if grams and material.amount.grams is not None and any(amount.grams is not None for amount in amounts):
        slack += material.amount.slack / grams
    if total <= 1 + min(slack, ROUNDING) + 1e-9:
        return ""
    return f"substances of {material.name or 'the material'} add up to {100 * total:.6g} % of it"


def _as_share(amount: Amount, grams: float | None) -> tuple[float, float] | None:
    if amount.share is not None:
        return amount.share, amount.slack
    if amount.grams is None or not grams:
        return None
    return amount.grams / grams, amount.slack / grams


def _statement(statement: Statement, place: _Place, whole: float | None, substances: Substances) -> Iterator[Outcome]:
    """Row, reject or drop of one statement; one row for each watched material in it."""
    cas_no = _cas_no(statement)
    wrong = _wrong(statement, place, cas_no, substances)
    held = substances.held(statement.name, cas_no)
    if wrong:
        yield _refused(statement, *wrong, substances)
    elif not held:
        yield _unwatched(statement)
    elif statement.listed and statement.over is None and not statement.amount.given:
        yield Dropped(statement, LISTED_ONLY)
    else:
        yield from _of_each(statement, held, place, whole, substances)


def _of_each(
    statement: Statement, held: Sequence[Held], place: _Place, whole: float | None, substances: Substances
) -> Iterator[Outcome]:
    """One outcome per material; a limit counts only where it is on the element itself."""
    under = statement.over is False and not statement.amount.given
    if under or statement.amount.at_most or statement.amount.zero:
        held = [each for each in held if each.elemental]
    amount = _limit(statement.limit) if under else statement.amount
    if not held:
        yield Dropped(statement, COMPOUND_LIMIT)
    elif amount.fault:
        yield _refused(statement, statement.limit, amount.fault, substances)
    else:
        yield from (_told(statement, each, amount, place, whole) for each in held)


def _cas_no(statement: Statement) -> str:
    """The CAS number as declared, in one spelling; empty where the identity is of another authority."""
    number = cas.normalised(statement.identity)
    if cas.stands_for_none(number):
        return ""
    return number if statement.authority.startswith("CAS") or cas.has_shape(number) else ""


def _wrong(statement: Statement, place: _Place, cas_no: str, substances: Substances) -> tuple[str, str] | None:
    """Value and reason, where a statement cannot be believed."""
    if statement.amount.fault:
        return statement.amount.text, statement.amount.fault
    if cas_no and not cas.has_shape(cas_no):
        return statement.identity, "not a CAS number"
    if cas_no and not cas.is_valid(cas_no):
        return statement.identity, "CAS number fails its check digit"
    if substances.contradict(statement.name, cas_no):
        return statement.identity, "CAS number and name are of different materials"
    above = place.miscounted or (place.misweighed if statement.amount.share is not None else "")
    return (statement.amount.text, f"what it stands in, {place.inside or 'the product'}: {above}") if above else None


_LIMIT = re.compile(r"(?:<=?|≤)?\s*([0-9]\S*?)\s*(ppm|ppb|(?:mass|weight|wt)?\s*%|mass ?percent)", re.IGNORECASE)


def _limit(words: str) -> Amount:
    """A threshold as an upper bound, from prose such as `0.1 mass% of article` or `0.1% by weight (1000 ppm)`."""
    found = _LIMIT.match(words.strip())
    amount = read_amount(found[1], "%" if found[2].endswith("%") else found[2]) if found else NOTHING
    if amount.given:
        return replace(amount, at_most=True)
    return Amount(fault=amount.fault or "below a threshold that is no share of mass", text=words)


def _unwatched(statement: Statement) -> Outcome:
    if rare_earths(statement.name):
        hint = () if statement.over is False or statement.amount.zero else (RARE_EARTHS,)
        return Refused(statement, statement.name, "says rare earths and not which", hint)
    return Dropped(statement, UNDISCLOSED if undisclosed(statement.name) else NO_MATERIAL)


def _told(statement: Statement, held: Held, amount: Amount, place: _Place, whole: float | None) -> Told:
    one = amount.within(place.grams)
    grams = None if one is None or place.times is None else one * place.times
    share = _share(grams, 1.0, whole)
    if share is None and amount.share is not None and place.share is not None:
        share = amount.share * place.share
    kind: Kind = "exact" if held.fraction is not None else "unsure"
    kind = "at_most" if amount.at_most else "absent" if amount.zero else kind
    form = held.form or ("magnet" if magnet(place.inside) or magnet(statement.name) else "")
    return Told(statement, held, _cas_no(statement), grams, share, kind, form)


def _refused(statement: Statement, value: str, reason: str, substances: Substances) -> Refused:
    held = substances.held(statement.name, _cas_no(statement))
    said = ": ".join(part for part in (statement.name or statement.identity, value) if part)
    return Refused(statement, said, reason, tuple(each.material for each in held))


def _believed(each: Outcome, whole: float | None, heavy: str) -> Outcome:
    """The outcome, refused where its mass is more than the product's, alone or with the others."""
    if not isinstance(each, Told) or not whole or each.kind == "at_most":
        return each
    reason = "" if each.statement.listed else heavy
    if each.grams is not None and each.grams > OVERWEIGHT * whole:
        reason = f"{each.grams:.6g} g in one product of {whole:.6g} g"
    value = f"{each.statement.name}: {each.statement.amount.text}"
    return Refused(each.statement, value, reason, (each.held.material,)) if reason else each
