"""The records of Sample Drives, before any ERP system has spelt them its own way.

``None`` is what the company does not know; a writer leaves it out in its format's way.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

BUSINESS_DATE = date(2025, 4, 28)
WEEKS = 52
OPEN_END = date(9999, 12, 31)


def week(number: int) -> date:
    """Monday ``number`` weeks after the business date (itself a Monday); week 1 is 2025-05-05."""
    return BUSINESS_DATE + timedelta(weeks=number)


@dataclass(frozen=True, slots=True)
class Part:
    """``deleted`` parts are flagged in the export and must be left out by the reader."""

    part_no: str
    description: str
    unit: str = "pc"
    procurement: str = "buy"
    lead_time_days: int | None = 0
    cost: float | None = None
    revenue: float | None = None
    mass_g: float | None = None
    hs_code: str = ""
    control_code: str = ""
    origin: str = ""
    manufacturer: str = ""
    mpn: str = ""
    category: str = ""
    owner: str = ""
    safety_stock: float = 0
    min_order_qty: float | None = None
    order_multiple: float | None = None
    purchasing_days: int = 0
    receiving_days: int = 0
    phantom: bool = False
    bulk: bool = False
    is_product: bool = False
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A BOM line. A negative quantity is an output; ``usage`` and ``active`` false keep it out of production."""

    parent: str
    component: str
    quantity: float = 1
    unit: str = "pc"
    base_quantity: float = 1
    fixed: bool = False
    scrap_pct: float | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    alternative: str = "1"
    usage: str = "production"
    active: bool = True
    alt_group: str = ""
    alt_priority: int | None = None
    alt_share_pct: float | None = None
    kind: str = "normal"
    deleted: bool = False
    position: int = 0


@dataclass(frozen=True, slots=True)
class Stock:
    part_no: str
    unrestricted: float = 0
    quality: float = 0
    blocked: float = 0
    transit: float = 0
    consignment: float = 0
    unit: str = "pc"
    location: str = "0001"
    lot: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """An order line; ``received`` counts towards it, ``completed`` and ``deleted`` ones bring nothing any more."""

    order_no: str
    line: str
    part_no: str
    supplier: str
    ordered: float
    due: date | None
    received: float = 0
    unit: str = "pc"
    confirmed: date | None = None
    shipped_on: date | None = None
    ship_from: str = ""
    origin: str = ""
    licence_no: str = ""
    licence_status: str = ""
    licence_valid_to: date | None = None
    price: float | None = None
    completed: bool = False
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Demand:
    part_no: str
    on: date
    quantity: float
    kind: str
    reference: str
    unit: str = "pc"


@dataclass(frozen=True, slots=True)
class Issue:
    """Past consumption; a negative quantity is a return to stock."""

    part_no: str
    on: date
    quantity: float
    unit: str = "pc"


@dataclass(frozen=True, slots=True)
class Receipt:
    """Goods that came in for an order line which is closed since."""

    order_no: str
    part_no: str
    supplier: str
    quantity: float
    due: date
    received: date
    unit: str = "pc"


@dataclass(frozen=True, slots=True)
class Supplier:
    supplier: str
    name: str
    country: str
    parent_company: str = ""


@dataclass(frozen=True, slots=True)
class Sourcing:
    part_no: str
    supplier: str
    origin: str = ""
    share_pct: float | None = None
    priority: int | None = None
    qualified: bool | None = True
    lead_time_days: int | None = None
    mining: str = ""
    refining: str = ""
    melting: str = ""
    material: str = ""
    recycled: bool | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Declaration:
    part_no: str
    supplier: str
    material: str
    form: str
    declared_on: date
    document: str
    mass_g: float | None = None
    mass_pct: float | None = None
    bound: str = "exact"
    status: str = "final"
    cas_no: str = ""
    mpn: str = ""


@dataclass(slots=True)
class Site:
    """Everything one plant's ERP system knows. ``weekly`` is the independent demand per week, by part."""

    name: str
    parts: list[Part] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    stock: list[Stock] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    weekly: dict[str, float] = field(default_factory=dict)
    demand: list[Demand] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    suppliers: list[Supplier] = field(default_factory=list)
    sourcing: list[Sourcing] = field(default_factory=list)
    declarations: list[Declaration] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)


def positioned(lines: Sequence[Line]) -> list[Line]:
    """Lines with item positions 10, 20, ... within each parent, alternative and usage."""
    seen: dict[tuple[str, str, str], int] = {}
    out = []
    for line in lines:
        key = (line.parent, line.alternative, line.usage)
        seen[key] = seen.get(key, 0) + 10
        out.append(replace(line, position=seen[key]))
    return out
