"""What a benchmark found, kept as JSON in bench/results/ for docs/speed.md; small, and of no host in particular."""

import argparse
import json
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
SCHEMA = "riskplug.bench/1"
LIBRARIES = ("pandas", "numpy", "scipy", "pyarrow", "great-expectations", "sqlalchemy", "duckdb", "polars")


@dataclass(frozen=True)
class Figure:
    """A measured number. ``goal``: what it should not exceed, None where there is none. ``of``: contender or stage."""

    what: str
    value: float
    unit: str
    goal: float | None = None
    of: str = "riskplug"

    def __str__(self) -> str:
        goal = "" if self.goal is None else f"  wanted <= {self.goal:g}  {'yes' if self.value <= self.goal else 'NO'}"
        return f"{self.of + ': ' + self.what:<48}{self.value:>12,.3f} {self.unit}{goal}"


def wants_json(asked: argparse.ArgumentParser) -> None:
    asked.add_argument("--json", metavar="NAME", help="keep the figures as bench/results/NAME.json")


def keep(name: str | None, bench: str, sizes: Mapping[str, int], figures: Iterable[Figure]) -> None:
    """Write the figures where a name is given."""
    if name is None:
        return
    RESULTS.mkdir(exist_ok=True)
    found = {
        "schema": SCHEMA,
        "bench": bench,
        "sizes": dict(sizes),
        "machine": machine(),
        "figures": [asdict(one) | {"value": float(f"{one.value:.4g}")} for one in figures],
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def machine() -> dict[str, object]:
    """Cores, memory, load while this was measured, versions; no name of host, user or folder."""
    ram = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cores": os.cpu_count(),
        "ram_gb": round(ram),
        "load": round(os.getloadavg()[1], 1),
        "system": platform.system(),
        "python": platform.python_version(),
        "libraries": {name: known for name in LIBRARIES if (known := _version(name))},
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
