"""A declaration as any of the formats tells it: products, what is in them, and what is said of each substance."""

from dataclasses import dataclass

from riskplug.ingest.declared.masses import NOTHING, Amount


@dataclass(frozen=True, slots=True)
class Statement:
    """One substance element. ``listed``: said of the product as a whole, off a list of declarable substances.

    ``over``: whether it is above ``limit``, the reporting threshold; None where no threshold is declared.
    """

    line: int
    name: str
    identity: str = ""
    authority: str = ""
    amount: Amount = NOTHING
    listed: bool = False
    over: bool | None = None
    limit: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """A homogeneous material (IPC), a material (IEC)."""

    line: int
    name: str
    amount: Amount
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A question or statement with its yes or no: it raises or lowers suspicion and never weighs anything."""

    line: int
    text: str
    yes: bool | None


@dataclass(frozen=True, slots=True)
class Group:
    """A material group with a mass of its own and no substances (class B): a hint, no element mass."""

    line: int
    name: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A product, or a part inside one. ``count``: how often it is in what holds it, None when nothing says so."""

    line: int
    name: str
    part_no: str
    mpn: str
    unit: str
    amount: Amount
    count: float | None
    fault: str = ""
    materials: tuple[Material, ...] = ()
    statements: tuple[Statement, ...] = ()
    pieces: tuple["Piece", ...] = ()
    groups: tuple[Group, ...] = ()
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class Declaration:
    """One document. ``answers``: those of the document as a whole."""

    format: str
    version: str
    supplier: str
    declared_on: str
    status: str
    products: tuple[Piece, ...]
    answers: tuple[Answer, ...] = ()
