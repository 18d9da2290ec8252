"""A measure as its file says it: schema riskplug.regimes/1, validated, frozen."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, model_validator

from riskplug.workspace import Strict

SCHEMA = "riskplug.regimes/1"

Confidence = Literal["H", "M", "L", "K"]
Form = Literal[
    "ore",
    "concentrate",
    "oxide",
    "compound",
    "metal",
    "alloy",
    "powder",
    "target",
    "magnet",
    "crystal",
    "wafer",
    "component",
]
SpanStatus = Literal["announced", "in_force", "suspended", "suspended_presumed", "ended"]
Operator = Literal[">", ">=", "<", "<="]

# Kinds under which a shipment waits for a decision or does not leave: their orders count as stopped ...
Stopping = Literal[
    "licence",
    "extraterritorial_licence",
    "ban",
    "informal_ban",
    "presumptive_denial",
    "enhanced_review",
    "supply_halt",
]
# ... kinds that limit goods without stopping an order by themselves ...
Limiting = Literal["quota", "state_trading_whitelist", "sourcing_prohibition", "entity_ban", "supply_disruption"]
# ... and kinds that name, count, examine or concern know-how: never matched to parts.
Naming = Literal[
    "tech_ban",
    "cost_ratio_threshold",
    "investigation",
    "suspension",
    "designation",
    "benchmark",
    "due_diligence",
]
Kind = Literal[Stopping, Limiting, Naming]
STOPPING: frozenset[str] = frozenset(get_args(Stopping))
RESTRICTING: frozenset[str] = STOPPING | frozenset(get_args(Limiting))

ANY = "any"
_SYMBOLS = """
H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr
Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir
Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf
"""
_ELEMENTS = frozenset(re.findall(r"\w+", _SYMBOLS))


def _material(value: str) -> str:
    if value not in _ELEMENTS and not re.fullmatch(r"[a-z][a-z_]+", value):
        raise ValueError(f"{value!r} is neither an element symbol nor a lower-case material name such as graphite")
    return value


def _country(value: str) -> str:
    if value != ANY and not re.fullmatch(r"[A-Z]{2}", value):
        raise ValueError(f"{value!r} is no ISO 3166 alpha-2 country code, nor `any`")
    return value


Material = Annotated[str, AfterValidator(_material)]
Country = Annotated[str, AfterValidator(_country)]
Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class Span(Strict):
    """A stretch of time with one status, both ends inclusive.

    Without ``from`` it began before our sources do; without ``through`` it is open.
    """

    status: SpanStatus
    starts: date | None = Field(default=None, alias="from")
    through: date | None = None
    basis: str = ""
    confidence: Confidence | None = None


class Threshold(Strict):
    """A parameter that the listed good must meet; ``value`` missing means that the figure is not confirmed."""

    field: str
    op: Operator
    value: float | None = None
    unit: str = ""
    basis: str = ""

    def __str__(self) -> str:
        value = "a value not confirmed" if self.value is None else f"{self.value:g} {self.unit}".strip()
        return f"{self.field} {self.op} {value}" + (f" by {self.basis}" if self.basis else "")


class Variant(Strict):
    """A substance or make that the text names inside an item, with the codes printed for it."""

    name: str
    control_codes: tuple[str, ...] = ()
    hs_codes: tuple[str, ...] = ()
    tests: tuple[Threshold, ...] = ()
    note: str = ""


class Item(Strict):
    """One listed good: materials in forms.

    ``control_codes`` decide; ``hs_codes`` are for reference; ``headings`` (4 digits) narrow: a part under another
    heading is taken for something that holds the good. ``named``: the alloys or targets the text names; an unnamed one
    is for review; ``variants`` are named goods with codes of their own. ``tests`` and ``needs``: what would settle it.
    ``not_confirmed``: what we could not read, in words. ``stages``: country columns of `sourcing` that the item looks
    at beside origin. ``kind``: where it differs from the measure's.
    """

    id: Id
    title: str = ""
    materials: tuple[Material, ...] = ()
    forms: tuple[Form, ...] = ()
    control_codes: tuple[str, ...] = ()
    hs_codes: tuple[str, ...] = ()
    hs_confidence: Confidence | None = None
    headings: tuple[Annotated[str, Field(pattern=r"^\d{4}$")], ...] = ()
    named: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = ()
    not_confirmed: tuple[str, ...] = ()
    tests: tuple[Threshold, ...] = ()
    needs: tuple[str, ...] = ()
    stages: tuple[Literal["country_of_mining", "country_of_refining", "country_of_melting"], ...] = ()
    starts: date | None = Field(default=None, alias="from")
    through: date | None = None
    licence_days: float | None = Field(default=None, ge=0)
    kind: Kind | None = None
    confidence: Confidence
    note: str = ""

    @property
    def codes(self) -> tuple[str, ...]:
        """Export-control codes of the item and its variants."""
        return (*self.control_codes, *(code for variant in self.variants for code in variant.control_codes))

    @property
    def names(self) -> tuple[str, ...]:
        """What the text names: something else of the same material and form is for review."""
        return (*self.named, *(variant.name for variant in self.variants))


class EndUse(Strict):
    """The measure binds only some uses or users, which ERP data seldom say; ``field`` would settle it."""

    only: str
    field: str = "end_use"


class Assemblies(Strict):
    """What becomes of goods that merely hold a listed good: ``covered`` judges them alike."""

    applies: Literal["unlikely", "covered"] = "unlikely"
    why: str = "the measure lists this form, not goods that hold it"
    confidence: Confidence = "M"


class Measure(Strict):
    """One dated legal instrument (or an informal act), as data.

    ``follows``: ``export`` acts on what leaves a country of ``origin``; ``origin`` follows goods made there wherever
    they are; ``reexport`` is for goods made there that leave another country. ``same_items_as``: lists no goods of its
    own but those of other measures. ``verify_by`` may be missing only for a measure that has ended.
    """

    id: Id
    title: str
    instrument: str
    authority: str
    kind: Kind
    origin: tuple[Country, ...] = ()
    origin_except: tuple[Country, ...] = ()
    destination: tuple[Country, ...] = (ANY,)
    destination_except: tuple[Country, ...] = ()
    follows: Literal["export", "origin", "reexport"] = "export"
    end_use: EndUse | None = None
    assemblies: Assemblies = Assemblies()
    spans: tuple[Span, ...] = Field(min_length=1)
    items: tuple[Item, ...] = ()
    same_items_as: tuple[Id, ...] = ()
    exclusions: tuple[str, ...] = ()
    licence_days: float | None = Field(default=None, ge=0)
    sources: tuple[str, ...] = Field(min_length=1)
    confidence: Confidence
    as_of: date
    verify_by: date | None = None
    note: str = ""

    @property
    def restricts(self) -> bool:
        return self.kind in RESTRICTING

    @model_validator(mode="after")
    def _consistent(self) -> "Measure":
        problems = [*self._about_spans(), *self._about_items(), *self._about_dates()]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _about_spans(self) -> Iterable[str]:
        for span in self.spans:
            if span.starts and span.through and span.through < span.starts:
                yield f"span {span.status} ends on {span.through}, before it begins"
        for earlier, later in zip(self.spans, self.spans[1:], strict=False):
            if later.starts is None or earlier.through is None:
                yield (
                    f"spans {earlier.status} and {later.status}: every span but the last needs `through`, "
                    "every span but the first needs `from`"
                )
            elif later.starts != earlier.through + timedelta(days=1):
                yield f"span {later.status} must begin on the day after {earlier.status} ends ({earlier.through})"

    def _about_items(self) -> Iterable[str]:
        for item in self.items:
            if not item.id.startswith(f"{self.id}-"):
                yield f"item {item.id!r} must extend the measure's id: {self.id}-..."
            if bool(item.materials) != bool(item.forms):
                yield f"item {item.id!r} needs both materials and forms, or neither"
        for twice in _repeated([item.id for item in self.items]):
            yield f"item {twice!r} is given twice"

    def _about_dates(self) -> Iterable[str]:
        if self.verify_by is None and self.spans[-1].status != "ended":
            yield "verify_by is missing; only a measure that has ended needs none"
        if self.verify_by is not None and self.verify_by < self.as_of:
            yield f"verify_by {self.verify_by} lies before as_of {self.as_of}"


class MeasureFile(Strict):
    """A file of measures: one authority, or one family of instruments."""

    schema_: Literal["riskplug.regimes/1"] = Field(alias="schema")
    measures: tuple[Measure, ...] = Field(min_length=1)


def _repeated(ids: Sequence[str]) -> list[str]:
    return sorted({one for one in ids if ids.count(one) > 1})
