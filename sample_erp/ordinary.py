"""Adds the ordinary parts to a site: seeded, plentiful, and of no interest to any measure.

They have two qualified suppliers in two countries and half a year of stock or more, so a scan stays silent on them.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import cycle, islice
from math import ceil
from random import Random
from typing import TypeVar

from sample_erp.commodities import ASSEMBLIES, CATEGORIES, FAMILIES, LANGUAGES, SHARE_OF_FAMILY, SUPPLIERS, Family
from sample_erp.company import BUSINESS_DATE, OPEN_END, Line, Order, Part, Site, Sourcing, Stock
from sample_erp.requirements import weekly_need

T = TypeVar("T")


def pick(rng: Random, values: Sequence[T]) -> T:
    """One of the values; of all of ``Random``, only ``random()`` is promised to be the same in every Python."""
    return values[int(rng.random() * len(values))]


def between(rng: Random, low: float, high: float, digits: int = 2) -> float:
    return round(low + rng.random() * (high - low), digits)


def add_ordinary(site: Site, rng: Random) -> None:
    """Ordinary parts, their assemblies, stock, suppliers and some open orders, in place."""
    bought = [(family, part) for family in FAMILIES for part in _members(family, site.name, rng)]
    site.parts += [_assembly(number, name, kind, site.name) for number, name, kind, _ in ASSEMBLIES[site.name]]
    site.parts += [part for _, part in bought]
    site.lines += _lines(bought, site.name, rng)
    need = weekly_need(site.lines, site.weekly)
    site.stock += [_stock(part, need[part.part_no], site.name, rng) for _, part in bought]
    site.suppliers += SUPPLIERS[site.name]
    site.sourcing += [source for family, part in bought for source in _sources(family, part, site.name)]
    site.orders += list(_orders(bought, need, site.name, rng))


def _members(family: Family, site: str, rng: Random) -> list[Part]:
    language, count = LANGUAGES[site], ceil(family.count * SHARE_OF_FAMILY[site])
    category = CATEGORIES[family.kind][language]
    return [
        Part(
            f"{family.prefix}-{101 + n:04d}",
            f"{family.names[language]} {family.sizes[n % len(family.sizes)]} {chr(65 + n // len(family.sizes))}",
            unit=family.unit,
            lead_time_days=pick(rng, (7, 14, 21, 28, 35, 42, 56)),
            cost=between(rng, *family.cost, digits=3),
            hs_code=family.hs_code,
            origin=family.origins[0],
            category=category,
            owner=category,
            purchasing_days=pick(rng, (0, 1)),
            receiving_days=pick(rng, (0, 1)),
        )
        for n in range(count)
    ]


def _assembly(number: str, name: str, kind: str, site: str) -> Part:
    return Part(number, name, procurement="make", category=CATEGORIES[kind][LANGUAGES[site]])


def _lines(bought: Sequence[tuple[Family, Part]], site: str, rng: Random) -> list[Line]:
    """Assemblies into their parents, and every ordinary part of a kind dealt out over the assemblies of that kind."""
    assemblies = ASSEMBLIES[site]
    lines = [Line(parent, number) for number, _, _, parents in assemblies for parent in parents]
    for kind in CATEGORIES:
        members = [(family, part) for family, part in bought if family.kind == kind]
        takers = [number for number, _, of_kind, _ in assemblies if of_kind == kind]
        deck = cycle(sorted(members, key=lambda member: rng.random()))
        each = ceil(len(members) / len(takers)) + 2
        lines += [
            _line(number, family, part, site, rng)
            for number in takers
            for family, part in islice(deck, min(each, len(members)))
        ]
    return lines


def _line(parent: str, family: Family, part: Part, site: str, rng: Random) -> Line:
    quantity, chance = float(pick(rng, family.per_unit)), rng.random()
    base = 100 if site == "DE01" and chance < 0.1 else 1
    return Line(
        parent,
        part.part_no,
        quantity * base,
        part.unit,
        base,
        scrap_pct=2.0 if 0.1 <= chance < 0.2 else None,
        valid_from=BUSINESS_DATE - timedelta(days=900) if 0.2 <= chance < 0.5 else None,
        valid_to=OPEN_END if 0.2 <= chance < 0.4 else None,
    )


def _stock(part: Part, need: float, site: str, rng: Random) -> Stock:
    """26 to 50 weeks of need, rounded up; now and then some of it elsewhere than on the shelf."""
    weeks, elsewhere = between(rng, 26, 50), rng.random()
    quantity = float(ceil(need * weeks / 10) * 10)
    shelf = {"DE01": ("0001", "0002"), "US01": ("MAIN", "BACK"), "MX01": ("A1", "B1")}[site]
    return Stock(
        part.part_no,
        quantity,
        unit=part.unit,
        location=pick(rng, shelf),
        quality=ceil(quantity / 50) if elsewhere < 0.1 else 0,
        blocked=ceil(quantity / 80) if elsewhere > 0.92 else 0,
    )


def _sources(family: Family, part: Part, site: str) -> list[Sourcing]:
    first, second = SUPPLIERS[site]
    return [
        Sourcing(part.part_no, first.supplier, family.origins[0], 60, 1, True, part.lead_time_days),
        Sourcing(part.part_no, second.supplier, family.origins[1], 40, 2, True, part.lead_time_days),
    ]


def _orders(bought: Sequence[tuple[Family, Part]], need: dict[str, float], site: str, rng: Random) -> Iterator[Order]:
    number = {"DE01": "45000020{:02d}", "US01": "PO-80{:02d}", "MX01": "OC-30{:02d}"}[site]
    step = {"DE01": "10", "US01": "1", "MX01": "1"}[site]
    ordered = [(family, part) for family, part in bought if rng.random() < 0.15]
    for n, (family, part) in enumerate(ordered, start=1):
        quantity = float(ceil(need[part.part_no] * 6 / 10) * 10)
        yield Order(
            number.format(n),
            step,
            part.part_no,
            SUPPLIERS[site][0].supplier,
            quantity,
            BUSINESS_DATE + timedelta(days=14 + 7 * int(rng.random() * 12)),
            unit=part.unit,
            ship_from=family.origins[0],
            origin=family.origins[0],
            price=part.cost,
        )
