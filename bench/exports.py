"""A manufacturer's exports of any size as Parquet files of the profile `canonical`, seeded.

Made once and kept in the temporary folder.

Per part 5.3 lines of bills, one stock row, half an open order line and two rows of demand. Parts come in families of
950 on ten levels that share a twentieth of all parts, screws and the like; a family lives at one of three sites. A
seventh of the families builds on magnets, a tenth on ceramic capacitors and semiconductors; the others hold no
restricted material that their texts tell of.
"""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

SEED = 20250428
ON = date(2025, 4, 28)
SITES = ("DE01", "US01", "MX01")
COUNTRIES = ("DE", "US", "MX")
LINES_PER_PART, FAMILY, OWN = 5.3, 1000, 950
# Of a family's parts, from products down to what is bought.
SHARES = (0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.07, 0.06, 0.05, 0.55)
WEEKS = 26
FORMAT = 2  # raised when other rows are made: what was kept of an older one is made anew

PLAIN = (
    "Screw M{a}x{b} A2",
    "Bracket {a}x{b} sheet steel",
    "Housing {a}-{b} AlSi12",
    "O-ring {a}x{b} FKM",
    "Cable harness {a}/{b}",
    "Resistor {a}k{b} 0603",
    "Bearing 6{a}{b} 2RS",
    "Shaft d{a} l{b} 42CrMo4",
    "Label {a}-{b}",
    "Connector {a} pole RM {b}",
)
MADE = ("Assembly {a}.{b}", "Drive unit {a}-{b}", "Baugruppe {a}/{b}", "Frame {a}x{b}", "Control box {a}-{b}")
MAGNETS = (
    "Magnet N42SH {a}x{b}x5",
    "Magnet NdFeB 38UH {a}x{b}x4",
    "Magnet SmCo 26 {a}x{b}x6",
    "Ferrite magnet Y30 {a}x{b}",
    "Magnet VACODYM 655 HR {a}x{b}x3",
)
ELECTRONICS = (
    "MLCC X7R {a}nF {b}V 0603",
    "GaN transistor {a}V {b}A",
    "Germanium lens d{a} f{b}",
    "Sputter target ITO {a}-{b}",
)

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Master:
    """The parts: level within the bills, site (-1: every site), kind of text."""

    level: Ints
    site: Ints
    kind: Ints
    names: pa.Array

    @property
    def bought(self) -> npt.NDArray[np.bool_]:
        return self.level == len(SHARES) - 1


def exports(parts: int) -> Path:
    """The folder with the exports, made when they are not there yet."""
    folder = Path(tempfile.gettempdir()) / "riskplug-bench" / f"exports-{FORMAT}-{parts}"
    if not folder.exists():
        building = folder.with_suffix(".part")
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(parents=True)
        _write(parts, building)
        building.rename(folder)
    return folder


def _write(parts: int, folder: Path) -> None:
    rng = np.random.default_rng(SEED)
    master = _master(rng, parts)
    parent, component, quantity = _lines(rng, master)
    _save(
        folder,
        "bom_lines",
        {
            "site": _sites(master.site[parent]),
            "parent": master.names.take(pa.array(parent)),
            "component": master.names.take(pa.array(component)),
            "quantity": quantity,
            "unit": _every("pc", len(parent)),
            "scrap_pct": np.where(rng.random(len(parent)) < 0.05, 2.0, 0.0),
        },
    )
    part, day, asked = _demand(rng, master)
    weekly = _weekly(master, parent, component, quantity, part, asked)
    here = np.where(master.site < 0, rng.integers(0, len(SITES), parts), master.site)
    _save(
        folder,
        "demand",
        {
            "part_no": master.names.take(pa.array(part)),
            "site": _sites(here[part]),
            "date": _dates(day),
            "quantity": asked,
            "unit": _every("pc", len(part)),
            "kind": _picked(("sales_order", "forecast"), (rng.random(len(part)) < 0.6).astype(int)),
            "reference": pa.array([f"SO-{n:08d}" for n in range(len(part))]),
        },
    )
    _parts(rng, master, folder)
    _stock(rng, master, here, weekly, folder)
    _supply(rng, master, here, weekly, folder)


def _master(rng: np.random.Generator, parts: int) -> Master:
    number = np.arange(parts)
    shared = parts // 20
    at = (number % OWN + 0.5) / OWN
    level = np.searchsorted(np.cumsum(SHARES), at).clip(max=len(SHARES) - 1)
    level[parts - shared :] = len(SHARES) - 1
    family = number // OWN
    site = np.where(number < parts - shared, family % len(SITES), -1)
    bought = (level == len(SHARES) - 1) & (site >= 0)
    kind = np.where(level < len(SHARES) - 1, 1, 0)
    kind[bought & (family % 7 == 0) & (rng.random(parts) < 0.03)] = 2
    kind[bought & (family % 10 == 3) & (rng.random(parts) < 0.03)] = 3
    names = pa.array([f"P-{n:08d}" for n in rng.permutation(parts)])
    return Master(level, site, kind, names)


def _lines(rng: np.random.Generator, master: Master) -> tuple[Ints, Ints, Floats]:
    """Four lines in five are for bought parts, a quarter of them shared ones; the others for the next levels."""
    parts = len(master.level)
    shared = parts - parts // 20
    made = np.flatnonzero(~master.bought)
    parent = np.sort(made[rng.integers(0, len(made), int(parts * LINES_PER_PART * 1.02))])
    family = parent // OWN * OWN
    # counted, not worked out again: a part one place beside its level would be its own component
    ends = np.searchsorted(master.level[:OWN], np.arange(len(SHARES) + 1))
    pick = rng.random(len(parent))
    below = np.minimum(master.level[parent] + rng.choice([1, 1, 1, 2], len(parent)), len(SHARES) - 1)
    below = np.where(pick < 0.8, len(SHARES) - 1, below)
    first, last = family + ends[below], np.minimum(family + ends[below + 1], shared)
    common = (pick < 0.2) | (first >= last)
    first, last = np.where(common, shared, first), np.where(common, parts, last)
    component = first + (rng.random(len(parent)) * (last - first)).astype(np.int64)
    cells = np.unique(parent * parts + component)
    cells = np.sort(rng.permutation(cells)[: int(parts * LINES_PER_PART)])
    quantity = rng.choice([1.0, 1.0, 1.0, 2.0, 4.0], len(cells))
    return cells // parts, cells % parts, quantity


def _demand(rng: np.random.Generator, master: Master) -> tuple[Ints, Ints, Floats]:
    """A quantity every week of half a year for all products and for spare parts, two rows a part overall."""
    parts = len(master.level)
    count = 2 * parts // WEEKS
    products = np.flatnonzero(master.level == 0)[:count]
    spare = rng.choice(np.flatnonzero((master.level > 0) & (master.site >= 0)), count - len(products), replace=False)
    part = np.repeat(np.sort(np.concatenate([products, spare])), WEEKS)
    return part, np.tile(7 * np.arange(WEEKS) + 7, count), rng.integers(1, 20, len(part)).astype(float)


def _weekly(master: Master, parent: Ints, component: Ints, quantity: Floats, part: Ints, asked: Floats) -> Floats:
    """What a part is asked for in a week if nothing lay in stock."""
    total = np.bincount(part, asked, minlength=len(master.level)) / WEEKS
    for level in range(len(SHARES) - 1):
        of = master.level[parent] == level
        total += np.bincount(component[of], total[parent[of]] * quantity[of], minlength=len(total))
    return total


def _parts(rng: np.random.Generator, master: Master, folder: Path) -> None:
    parts = len(master.level)
    a, b = rng.integers(2, 60, parts), rng.integers(2, 300, parts)
    words = (PLAIN, MADE, MAGNETS, ELECTRONICS)
    which = rng.integers(0, 20, parts)
    texts = [words[k][w % len(words[k])].format(a=x, b=y) for k, w, x, y in zip(master.kind, which, a, b, strict=True)]
    cost = np.round(rng.lognormal(1.5, 1.2, parts) * (1 + 3 * (len(SHARES) - 1 - master.level)), 2)
    product = master.level == 0
    _save(
        folder,
        "parts",
        {
            "part_no": master.names,
            "site": _sites(master.site),
            "description": pa.array(texts),
            "base_unit": _every("pc", parts),
            "procurement": _picked(("make", "buy"), master.bought.astype(int)),
            "is_product": product,
            "lead_time_days": np.where(master.bought, rng.integers(10, 120, parts), rng.integers(1, 6, parts)).astype(
                float
            ),
            "safety_stock": np.where(rng.random(parts) < 0.2, rng.integers(1, 50, parts), 0).astype(float),
            "unit_cost": cost,
            "unit_revenue": pa.array(np.round(cost * 2.2, 2), mask=~product),
            "currency": _every("EUR", parts),
            "unit_mass_g": pa.array(np.round(rng.lognormal(2, 1, parts), 2), mask=rng.random(parts) < 0.3),
            "hs_code": _picked(
                ("73181558", "85051110", "85322400", "84099100", None),
                np.select(
                    [master.kind == 2, master.kind == 3, master.kind == 1],
                    [1, 2, 3],
                    np.where(rng.random(parts) < 0.5, 0, 4),
                ),
            ),
            "category": _picked(("Mechanics", "Assemblies", "Magnets", "Electronics"), master.kind),
            "owner": _picked(tuple(f"Buyer {n:02d}" for n in range(40)), rng.integers(0, 40, parts)),
        },
    )


def _stock(rng: np.random.Generator, master: Master, here: Ints, weekly: Floats, folder: Path) -> None:
    parts = len(master.level)
    weeks = np.where(rng.random(parts) < 0.3, 0.0, rng.lognormal(1.5, 1.5, parts))
    _save(
        folder,
        "inventory",
        {
            "part_no": master.names,
            "site": _sites(here),
            "location": _picked(("MAIN", "WIP", "EXT"), rng.integers(0, 3, parts)),
            "stock_type": _picked(("unrestricted", "quality", "blocked"), rng.choice(3, parts, p=[0.95, 0.04, 0.01])),
            "quantity": np.round(weeks * weekly),
            "unit": _every("pc", parts),
            "as_of": _dates(np.zeros(parts, dtype=np.int64)),
        },
    )


def _supply(rng: np.random.Generator, master: Master, here: Ints, weekly: Floats, folder: Path) -> None:
    """Suppliers, who delivers what, open orders, and declarations for half of the magnets."""
    parts, count = len(master.level), max(20, len(master.level) // 500)
    seats = ("DE", "CN", "US", "JP", "MX", "PL", "IT")
    suppliers = pa.array([f"V-{n:06d}" for n in range(count)])
    seat = rng.choice(len(seats), count, p=[0.3, 0.25, 0.15, 0.1, 0.05, 0.1, 0.05])
    _save(
        folder,
        "suppliers",
        {
            "supplier": suppliers,
            "name": pa.array([f"Supplier {n} of {seats[s]}" for n, s in enumerate(seat)]),
            "country": _picked(seats, seat),
        },
    )
    bought = np.flatnonzero(master.bought)
    sourced = np.sort(rng.choice(bought, len(bought) // 2, replace=False))
    of = rng.integers(0, count, len(sourced))
    _save(
        folder,
        "sourcing",
        {
            "part_no": master.names.take(pa.array(sourced)),
            "site": _sites(here[sourced]),
            "supplier": suppliers.take(pa.array(of)),
            "country_of_origin": _picked(seats, seat[of]),
            "share_pct": np.full(len(sourced), 100.0),
            "qualified": np.ones(len(sourced), dtype=bool),
            "lead_time_days": rng.integers(10, 120, len(sourced)).astype(float),
        },
    )
    ordered = np.sort(bought[rng.integers(0, len(bought), parts // 2)])
    by = rng.integers(0, count, len(ordered))
    _save(
        folder,
        "purchase_orders",
        {
            "order_no": pa.array([f"PO-{n // 5:08d}" for n in range(len(ordered))]),
            "line": pa.array([str(10 * (n % 5 + 1)) for n in range(len(ordered))]),
            "part_no": master.names.take(pa.array(ordered)),
            "site": _sites(here[ordered]),
            "supplier": suppliers.take(pa.array(by)),
            "open_quantity": np.ceil(rng.integers(1, 8, len(ordered)) * weekly[ordered]),
            "unit": _every("pc", len(ordered)),
            "due_date": _dates(rng.integers(-10, 170, len(ordered))),
            "country_of_origin": _picked(seats, seat[by]),
            "unit_price": np.round(rng.lognormal(1.5, 1.2, len(ordered)), 2),
            "currency": _every("EUR", len(ordered)),
            "firm": rng.random(len(ordered)) < 0.8,
        },
    )
    magnets = np.flatnonzero(master.kind == 2)
    declared = magnets[rng.random(len(magnets)) < 0.5]
    _save(
        folder,
        "declarations",
        {
            "part_no": master.names.take(pa.array(declared)),
            "material": _picked(("Dy", "Tb", "Sm"), rng.choice(3, len(declared), p=[0.7, 0.1, 0.2])),
            "form": _every("magnet", len(declared)),
            "mass_g": np.round(rng.lognormal(-2, 1, len(declared)), 4),
            "status": _every("final", len(declared)),
            "declared_on": _dates(-rng.integers(10, 700, len(declared))),
        },
    )


def _sites(codes: Ints) -> pa.Array:
    return _picked((*SITES, None), np.where(codes < 0, len(SITES), codes))


def _picked(words: tuple[str | None, ...], codes: Ints) -> pa.Array:
    return pa.array(words).take(pa.array(codes))


def _every(word: str, rows: int) -> pa.Array:
    return _picked((word,), np.zeros(rows, dtype=np.int64))


def _dates(days: Ints) -> pa.Array:
    return pa.array(np.datetime64(ON, "D") + days.astype("timedelta64[D]"))


def _save(folder: Path, table: str, columns: Mapping[str, object]) -> None:
    pq.write_table(pa.table(dict(columns)), folder / f"{table}.parquet", dictionary_pagesize_limit=1 << 27)
