"""Judging parts beside a plain pandas way, in one run: 50 restricting measures on a million parts of one site.

``python bench/regimes.py [--parts N] [--measures N] [--sample N] [--rounds N]``. Half of the parts hold something
controlled, two to five materials each: magnets and raw goods by their own evidence, assemblies through their
components. The measures are the shipped register and copies of those in force. riskplug's part is ``judge_parts``:
matching, decision, reasons, one row per key. The plain way merges content with part master and register and applies the
same decision row by row; it runs on a sample and is scaled up to all rows, and its answers must be those of riskplug.
Exits 1 when they are not.
"""

import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

sys.path[:0] = [str(Path(__file__).parents[1])]

from riskplug.catalogue import GRAINS, dtype_of  # noqa: E402
from riskplug.regimes import Measure, load_measures  # noqa: E402
from riskplug.regimes.status import standing  # noqa: E402
from riskplug.tables import empty  # noqa: E402
from riskplug.workspace import Policy  # noqa: E402

SEED = 20250428
ON = date(2025, 10, 20)
SITE, COUNTRY = "DE01", "DE"
RAW = (("Sm", "metal"), ("Gd", "oxide"), ("Y", "compound"), ("W", "powder"), ("Ga", "wafer"), ("Te", "compound"))
MAGNET, HELD = ("Nd", "Pr", "Dy", "Tb"), ("Nd", "Pr", "Dy", "Tb", "Sm")
MASSES = ("mass_g_min", "mass_g_typ", "mass_g_max")


def register(count: int) -> tuple[Measure, ...]:
    """The shipped measures, and copies of those in force until ``count`` of them restrict."""
    shipped = load_measures([Path(__file__).parents[1] / "rules" / "regimes"])
    live = [one for one in shipped if one.restricts and standing(one, ON, Policy()).status == "in_force" and one.items]
    missing = count - sum(one.restricts for one in shipped)
    return (*shipped, *(_copy(live[n % len(live)], f"copy-{n}") for n in range(missing)))


def _copy(measure: Measure, name: str) -> Measure:
    items = tuple(item.model_copy(update={"id": f"{name}{item.id.removeprefix(measure.id)}"}) for item in measure.items)
    return measure.model_copy(update={"id": name, "items": items})


def world(parts: int) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Canonical tables and rolled-up content of a company that buys a tenth and builds with it: seeded."""
    rng = np.random.default_rng(SEED)
    index = pd.Index([f"P-{n:08d}" for n in range(parts)], dtype="str")
    magnets, raw, built = (np.arange(a, b) for a, b in _cuts(parts, 0.06, 0.15, 0.5))
    rows = pd.concat(
        [
            *(_rows(rng, magnets, name, "magnet", False) for name in MAGNET),
            *(_rows(rng, raw[n :: len(RAW)], *RAW[n], False) for n in range(len(RAW))),
            *(_rows(rng, built, name, "magnet", True) for name in HELD),
        ],
        ignore_index=True,
    )
    rows = rows.sample(frac=0.8, random_state=SEED).sort_values("part", ignore_index=True)
    grain = GRAINS["content"]
    content = pd.DataFrame(
        {
            "part_no": pd.Categorical.from_codes(rows["part"], categories=index),
            "site": pd.Categorical.from_codes(np.zeros(len(rows), dtype=np.int8), categories=pd.Index([SITE])),
            **{name: rows[name].astype(dtype_of(grain[name])) for name in ("material", "form", *MASSES)},
            **{name: rows[name].astype(dtype_of(grain[name])) for name in ("probability", "evidence", "rolled_up")},
        }
    )
    return {"parts": _master(rng, index), "sourcing": empty("sourcing", index)}, content


def _cuts(parts: int, *shares: float) -> list[tuple[int, int]]:
    ends = [0, *(int(parts * share) for share in shares)]
    return list(zip(ends, ends[1:], strict=False))


def _rows(rng: np.random.Generator, parts: np.ndarray, material: str, form: str, rolled_up: bool) -> pd.DataFrame:
    typical = rng.random(len(parts)).round(3)
    chance = rng.choice(np.array([0.1, 0.3, 0.6, 0.8, 0.98, 1.0]), len(parts))
    evidence = rng.choice(np.array(["full_declaration", "grade", "description"]), len(parts))
    masses = {name: typical * factor for name, factor in zip(MASSES, (0.8, 1.0, 1.2), strict=True)}
    return pd.DataFrame({"part": parts, "material": material, "form": form, **masses, "probability": chance}).assign(
        evidence=evidence, rolled_up=rolled_up
    )


def _master(rng: np.random.Generator, index: pd.Index) -> pd.DataFrame:
    master = empty("parts", index).reindex(range(len(index)))
    origins = rng.choice(np.array(["CN", "JP", "DE", "US", ""]), len(index), p=[0.4, 0.2, 0.2, 0.1, 0.1])
    headings = rng.choice(np.array(["85051110", "85015230", "28053012", ""]), len(index))
    codes = np.where(rng.random(len(index)) < 0.02, "1C905.a", "")
    for name, values in (("country_of_origin", origins), ("hs_code", headings), ("control_code", codes)):
        master[name] = (
            pd.Series(values)
            .replace("", None)
            .astype(master[name].dtype if name != "country_of_origin" else "category")
        )
    return master.assign(part_no=pd.Categorical.from_codes(np.arange(len(index)), categories=index))
