"""A measure as its file says it: schema riskplug.regimes/1, validated, frozen."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from riskplug.regimes.consistency import faults
from riskplug.regimes.countries import countries, country_hint
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
Limiting = Literal[
    "quota", "state_trading_whitelist", "sourcing_prohibition", "entity_ban", "entity_watch", "supply_disruption"
]
# ... and kinds that name, count, examine or concern know-how: never matched to parts.
Naming = Literal[
    "tech_ban",
    "tech_licence",
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
ELEMENTS = frozenset(re.findall(r"\w+", _SYMBOLS))
# Goods that a text lists as such and that no element stands for.
GOODS = frozenset(("graphite", "diamond", "li_ion_cell", "lfp_cathode", "ternary_precursor", "li_rich_mn_cathode"))
_MATERIAL, _COUNTRY, _HS = r"^([A-Z][a-z]?|[a-z][a-z_]+)$", r"^([A-Z]{2}|any)$", r"^[0-9]{4,10}$"


def _material(value: str) -> str:
    if value not in ELEMENTS and not re.fullmatch(r"[a-z][a-z_]+", value):
        what = "{value} is neither an element symbol nor a lower-case material name such as graphite"
        raise PydanticCustomError("unknown_material", what, {"value": repr(value)})
    return value


def _country(value: str) -> str:
    if value != ANY and value not in countries():
        what = "{value} is no ISO 3166 alpha-2 country code, nor `any`"
        raise PydanticCustomError("unknown_country", what, {"value": repr(value), "fix": country_hint(value)})
    return value


Material = Annotated[str, AfterValidator(_material), Field(json_schema_extra={"pattern": _MATERIAL})]
Country = Annotated[str, AfterValidator(_country), Field(json_schema_extra={"pattern": _COUNTRY})]
HsCode = Annotated[str, Field(pattern=_HS)]
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
    hs_codes: tuple[HsCode, ...] = ()
    tests: tuple[Threshold, ...] = ()
    note: str = ""

    def __str__(self) -> str:
        return self.name + (f" ({', '.join(map(str, self.tests))})" if self.tests else "")


class Item(Strict):
    """One listed good: materials in forms.

    ``control_codes`` decide; ``hs_codes`` are for reference; ``headings`` (4 digits) narrow: a part under another
    heading is taken for something that holds the good. ``named``: the alloys or targets the text names; an unnamed one
    is for review; ``variants`` are named goods with codes of their own. ``tests`` and ``needs``: what would settle it.
    ``not_confirmed``: what we could not read, in words. ``stages``: country columns of `sourcing` that the item looks
    at beside origin. ``kind``: where it differs from the measure's. ``label``: of a list that only names materials,
    as shown per material.
    """

    id: Id
    title: str = ""
    materials: tuple[Material, ...] = ()
    forms: tuple[Form, ...] = ()
    control_codes: tuple[str, ...] = ()
    hs_codes: tuple[HsCode, ...] = ()
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
    label: str = ""
    confidence: Confidence
    note: str = ""

    @property
    def codes(self) -> tuple[str, ...]:
        """Export-control codes of the item and its variants."""
        return (*self.control_codes, *(code for variant in self.variants for code in variant.control_codes))

    @property
    def names(self) -> tuple[str, ...]:
        """What the text names: something else of the same material and form is for review."""
        return (*self.named, *map(str, self.variants))


class EndUse(Strict):
    """The measure binds only some uses or users, which ERP data seldom say; ``field`` would settle it."""

    only: str
    field: str = "end_use"


class Assemblies(Strict):
    """What becomes of goods that merely hold a listed good: ``covered`` judges them alike."""

    applies: Literal["unlikely", "covered"] = "unlikely"
    why: str = "the measure lists this form, not goods that hold it"
    confidence: Confidence = "M"


class Exemption(Strict):
    """What the text lets pass when every one of ``tests`` is met, in its own period where it has one."""

    name: str
    tests: tuple[Threshold, ...] = ()
    starts: date | None = Field(default=None, alias="from")
    through: date | None = None
    note: str = ""


class ValueInputs(Strict):
    """What a test by value counts, as a share of the value of the listed good: goods of ``items`` from ``origin``.

    ``name`` is what reasons call them. The items' materials inside other goods count by their mass and declared price.
    """

    name: str
    origin: tuple[Country, ...]
    items: tuple[Id, ...] = Field(min_length=1)


class Measure(Strict):
    """One dated legal instrument (or an informal act), as data.

    ``follows``: ``export`` acts on what leaves a country of ``origin``; ``origin`` follows goods made there wherever
    they are; ``reexport`` is for goods made there that leave another country. ``same_items_as``: lists no goods of its
    own but those of other measures. ``value_inputs``: the numerator of tests on ``cn_ree_value_pct``. ``verify_by`` may
    be missing only for a measure that has ended.
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
    value_inputs: ValueInputs | None = None
    exclusions: tuple[str, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    licence_days: float | None = Field(default=None, ge=0)
    sources: tuple[str, ...] = Field(min_length=1)
    confidence: Confidence
    as_of: date
    verify_by: date | None = None
    note: str = ""

    @property
    def restricts(self) -> bool:
        return self.kind in RESTRICTING

    @property
    def names_goods(self) -> bool:
        """Restricts goods of its own, or of other measures, that a part can be matched with."""
        return self.restricts and (any(item.materials for item in self.items) or bool(self.same_items_as))

    def from_here(self, country: str) -> bool:
        """Whether goods from a country are in its reach."""
        return _within(country, self.origin, self.origin_except)

    def to_there(self, country: str) -> bool:
        """Whether goods bound for a country are in its reach."""
        return _within(country, self.destination, self.destination_except)

    @model_validator(mode="after")
    def _consistent(self) -> "Measure":
        found = [fault.what for fault in faults(self.model_dump(by_alias=True))]
        if found:
            raise PydanticCustomError("inconsistent", "{found}", {"found": "; ".join(found)})
        return self


class MeasureFile(Strict):
    """A file of measures: one authority, or one family of instruments."""

    schema_: Literal["riskplug.regimes/1"] = Field(alias="schema")
    measures: tuple[Measure, ...] = Field(min_length=1)


def _within(country: str, named: Sequence[str], excepted: Sequence[str]) -> bool:
    return country not in excepted and (ANY in named or country in named)
