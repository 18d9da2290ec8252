"""Units of ERP exports and their factors.

A unit belongs to one dimension; conversion exists only inside a dimension or through a factor that the part itself
declares. No factor means unknown, never 1.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

# dimension, factor to the dimension's first unit. Definitions: SI; pound and ounce avoirdupois and the inch are
# exact by the international yard and pound agreement of 1959.
FACTORS: dict[str, tuple[str, float]] = {
    "pc": ("count", 1.0),
    "thousand": ("count", 1000.0),
    "hundred": ("count", 100.0),
    "dozen": ("count", 12.0),
    "pair": ("count", 2.0),
    "g": ("mass", 1.0),
    "mg": ("mass", 1e-3),
    "kg": ("mass", 1e3),
    "t": ("mass", 1e6),
    "lb": ("mass", 453.59237),
    "oz": ("mass", 28.349523125),
    "m": ("length", 1.0),
    "mm": ("length", 1e-3),
    "cm": ("length", 1e-2),
    "km": ("length", 1e3),
    "in": ("length", 0.0254),
    "ft": ("length", 0.3048),
    "m2": ("area", 1.0),
    "cm2": ("area", 1e-4),
    "mm2": ("area", 1e-6),
    "l": ("volume", 1.0),
    "ml": ("volume", 1e-3),
    "m3": ("volume", 1e3),
    "h": ("time", 1.0),
    "min": ("time", 1 / 60),
}

# Spellings of ERP systems (SAP internal and German, UN/ECE Recommendation 20, free text), upper case.
ALIASES: dict[str, str] = {
    "PC": "pc",
    "PCS": "pc",
    "PCE": "pc",
    "ST": "pc",
    "STK": "pc",
    "STÜCK": "pc",
    "EA": "pc",
    "EACH": "pc",
    "C62": "pc",
    "H87": "pc",
    "UNIT": "pc",
    "UNITS": "pc",
    "PIECE": "pc",
    "PZA": "pc",
    "UN": "pc",
    "TH": "thousand",
    "TST": "thousand",
    "MIL": "thousand",
    "DZ": "dozen",
    "DZN": "dozen",
    "PAA": "pair",
    "PR": "pair",
    "KG": "kg",
    "KGM": "kg",
    "G": "g",
    "GRM": "g",
    "MGM": "mg",
    "TO": "t",
    "TNE": "t",
    "LB": "lb",
    "LBS": "lb",
    "LBR": "lb",
    "OZ": "oz",
    "ONZ": "oz",
    "M": "m",
    "MTR": "m",
    "MM": "mm",
    "MMT": "mm",
    "CM": "cm",
    "CMT": "cm",
    "KM": "km",
    "IN": "in",
    "INH": "in",
    "FT": "ft",
    "FOT": "ft",
    "M2": "m2",
    "MTK": "m2",
    "CM2": "cm2",
    "MM2": "mm2",
    "L": "l",
    "LTR": "l",
    "ML": "ml",
    "MLT": "ml",
    "M3": "m3",
    "MTQ": "m3",
    "H": "h",
    "HUR": "h",
    "STD": "h",
    "MIN": "min",
}


def canonical(units: pd.Series) -> pd.Series:
    """The canonical name of each unit spelling; unmapped spellings and missing ones stay as they are."""
    values = pd.Series(units.unique()).dropna()
    names = {value: _canonical_one(str(value)) for value in values}
    return units.astype("object").map(lambda unit: names.get(unit, unit)).astype("category")


def _canonical_one(unit: str) -> str:
    stripped = unit.strip()
    return stripped if stripped in FACTORS else ALIASES.get(stripped.upper(), stripped)


def factor(unit: str, to: str) -> float:
    """Multiply by this to get from one unit to another; NaN where no factor is declared."""
    if unit == to:
        return 1.0
    if unit not in FACTORS or to not in FACTORS:
        return float("nan")
    (dimension, one), (wanted, other) = FACTORS[unit], FACTORS[to]
    return one / other if dimension == wanted else float("nan")


def factors(units: Iterable[object], to: Iterable[object]) -> npt.NDArray[np.float64]:
    """Row-wise ``factor``; a missing unit is taken as the target unit, an unknown factor is NaN.

    Both columns hold canonical names. Each distinct pair is looked up once.
    """
    pairs = pd.DataFrame({"unit": pd.Series(units).astype("object").array, "to": pd.Series(to).astype("object").array})
    codes, distinct = pd.factorize(pd.MultiIndex.from_frame(pairs), use_na_sentinel=False)
    found = [
        1.0 if pd.isna(unit) else (np.nan if pd.isna(target) else factor(str(unit), str(target)))
        for unit, target in distinct
    ]
    return np.asarray(found, dtype=float)[codes] if len(pairs) else np.empty(0)
