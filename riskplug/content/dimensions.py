"""Volumes out of texts: blocks 20x10x5, discs D20x5 or Ø20x5, rings 30x20x5, in millimetres.

Arcs and segments have no volume in three numbers and give none; nor do two bare numbers without a word that says disc.
"""

import numpy as np
import pandas as pd

_N = r"([0-9]{1,4}(?:[.,][0-9]{1,3})?)"
_BY = r" ?(?:MM)? ?[X×*/] ?"
_END = r"(?! ?(?:MM)? ?[X×*/] ?[0-9])(?![0-9])"
_START = r"(?<![0-9.,X×*/])"
_ROUND = r"(?:(?<![0-9A-Z])D|Ø|⌀|∅|Φ|(?<![A-Z])DIA\.?|(?<![A-Z])OD) ?"
_THREE = rf"{_START}(?:L ?)?{_N}{_BY}(?:[WBDØ]|ID|ID ?)? ?{_N}{_BY}[HT]? ?{_N}{_END}"
_ROUND_TWO = rf"{_ROUND}{_N}{_BY}[HLT]? ?{_N}{_END}"
_BARE_TWO = rf"{_START}{_N}{_BY}{_N}{_END}"
_ROUND_THREE = rf"{_ROUND}{_N}{_BY}(?:D|Ø|ID)? ?{_N}{_BY}[HLT]? ?{_N}{_END}"
_RING = r"RING|ANNUL|TOROID|ANILLO|ANNEAU|磁环|环形"
_DISC = r"DIS[CK]|SCHEIBE|(?<![A-Z])ROD(?![A-Z])|RUNDSTAB|CYLIND|ZYLIND|DISQUE|DISCO|圆片|圆柱"
_NO_SOLID = r"SEGMENT|(?<![A-Z])ARC(?![A-Z])|ARCS|BOGEN|SCHALE|TILE|TEJA|瓦|COUNTERSUNK|SENKUNG|HALBACH"
_OTHER_UNIT = r"[0-9] ?(?:\"|''|INCH|ZOLL|IN(?![A-Z]))"
_CENTIMETRES = r"[0-9] ?CM(?![A-Z0-9])"


def volumes_cm3(texts: pd.Series) -> pd.Series:
    """Volume of the solid each (normalised) text describes, cm3; NaN where it describes none.

    "N42SH 20x10x5" is 1.0 cm3. Nominal dimensions: tolerances and coatings are left out.
    """
    ring, disc = texts.str.contains(_RING), texts.str.contains(_DISC)
    block = _numbers(texts, _THREE)
    rings = _numbers(texts, _ROUND_THREE).where(lambda found: found.notna(), block.where(ring))
    flat = _numbers(texts, _ROUND_TWO)
    flat = flat.where(flat.notna(), _numbers(texts, _BARE_TWO).where(disc & ~ring))
    volume = _ring(rings)
    volume = volume.where(rings.notna().all(axis=1), _disc(flat))
    volume = volume.where(rings.notna().all(axis=1) | flat.notna().all(axis=1), block.prod(axis=1, skipna=False))
    unsure = texts.str.contains(_NO_SOLID) | texts.str.contains(_OTHER_UNIT)
    scale = np.where(texts.str.contains(_CENTIMETRES), 1.0, 1e-3)
    return (volume * scale).mask(unsure | ~(volume > 0))


def _numbers(texts: pd.Series, pattern: str) -> pd.DataFrame:
    found = texts.str.extract(pattern)
    return pd.DataFrame({name: pd.to_numeric(found[name].str.replace(",", ".")) for name in found}).astype("float64")


def _ring(sizes: pd.DataFrame) -> pd.Series:
    """Outer diameter x inner diameter x height; none where the hole is not inside the ring."""
    outer, inner, height = sizes[0], sizes[1], sizes[2]
    return (np.pi / 4 * (outer**2 - inner**2) * height).where(outer > inner)


def _disc(sizes: pd.DataFrame) -> pd.Series:
    return np.pi / 4 * sizes[0] ** 2 * sizes[1]
