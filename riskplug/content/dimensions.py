"""Volumes out of texts: blocks 20x10x5, discs D20x5 or Ø20x5, rings 30x20x5 or OD30 ID20 H5, in millimetres.

Three numbers do not fix the volume of an arc or of a countersunk part: shapes.csv says what share of the block, disc
or ring around it such a part fills, and the volume is an interval. Two bare numbers say nothing without a word for a
disc, and a marked inch counts where it stands behind the numbers.
"""

import numpy as np
import pandas as pd

from riskplug.content.knowledge import Knowledge
from riskplug.content.texts import matches

VOLUMES = ("volume_min", "volume_typ", "volume_max")
_INCH = "(?:\"|''|″|INCH(?:ES)?|ZOLL|PULGADAS?|POUCES?|IN(?![A-Z])|英寸|インチ)"
_N = r"([0-9]{1,4}(?:[.,][0-9]{1,3})?|[.][0-9]{1,3})"
_BY = rf" ?(?:MM|{_INCH})? ?[X×*/] ?"
_UNIT = rf" ?(?:MM)? ?({_INCH})?"
_END = r"(?! ?(?:MM)? ?[X×*/] ?[.0-9])(?![0-9])"
_START = r"(?<![0-9.,X×*/])"
_ROUND = r"(?:(?<![0-9A-Z])D|Ø|⌀|∅|Φ|(?<![A-Z])DIA\.?(?:M\.)?|(?<![A-Z])OD|直径|外径|直徑) ?=? ?"
_INNER = r"(?:Ø|⌀|∅|Φ|ID|D|内径|孔径|內徑) ?=? ?"
_HEIGHT = r"(?:厚度?|长|高度?|H(?:EIGHT|OHE|T)?|L(?:ENGTH|G)?|T(?:HK|HICK)?|[ ]?DICKE|LG|HOCH) ?=? ?"
_THREE = rf"{_START}(?:L ?)?{_N}{_BY}(?:[WBDØ]|ID|ID ?)? ?{_N}{_BY}[HT]? ?{_N}{_END}{_UNIT}"
_ROUND_TWO = rf"{_ROUND}{_N}(?:{_BY}[HLT]?|[ ,]?(?:MM)?[ ,]?{_HEIGHT}) ?{_N}{_END}{_UNIT}"
_BARE_TWO = rf"{_START}{_N}{_BY}{_N}{_END}{_UNIT}"
_ROUND_THREE = rf"{_ROUND}{_N}{_BY}(?:{_INNER})?{_N}{_BY}[HLT]? ?{_N}{_END}{_UNIT}"
_NAMED_RING = rf"{_ROUND}{_N}[ ,X×*/]*(?:MM)?[ ,X×*/]*{_INNER}{_N}[ ,X×*/]*(?:MM)?[ ,X×*/]*{_HEIGHT}{_N}{_UNIT}"
_NAMED_BLOCK = rf"(?<![A-Z])L ?=? ?{_N}[ ,X×*]*(?:MM)?[ ,]*[BW] ?=? ?{_N}[ ,X×*]*(?:MM)?[ ,]*[HTD] ?=? ?{_N}{_UNIT}"
_RING = r"RING|ANNUL|TOROID|ANILLO|ANNEAU|磁环|环形|圆环|環|リング"
_DISC = r"DIS[CK]|SCHEIBE|(?<![A-Z])ROD(?![A-Z])|RUNDSTAB|CYL|ZYL|DISQUE|DISCO|ROUND|ROND|REDOND|圆|丸"
_NO_SOLID = r"HALBACH|[0-9]/[0-9]{1,2} ?(?:\"|''|″)"
_OTHER_UNIT = rf"[0-9] ?{_INCH}"
_CENTIMETRES = r"[0-9] ?CM(?![A-Z0-9])"
_MM3, _INCH3 = 1e-3, 2.54**3


def volumes_cm3(texts: pd.Series, knowledge: Knowledge) -> pd.DataFrame:
    """Volume of the solid each (normalised) text describes, cm3: VOLUMES and ``shape``; NaN where it describes none.

    "N42SH 20x10x5" is 1.0 cm3, all three alike. ``shape`` names the row of shapes.csv that made it an interval, else
    it is empty. Nominal dimensions: tolerances and coatings are left out.
    """
    box, inch = _solid(texts)
    cubic = np.where(texts.str.contains(_CENTIMETRES), 1.0, np.where(inch, _INCH3, _MM3))
    unsure = texts.str.contains(_NO_SOLID) | (texts.str.contains(_OTHER_UNIT) & ~inch)
    around = (box * cubic).mask(unsure | ~(box > 0))
    shape = _shapes(texts, around.notna(), knowledge)
    fills = knowledge["shapes"].set_index("shape")
    made = {
        name: around * shape.map(fills[name.replace("volume", "fill")]).astype("float64").where(shape != "", 1.0)
        for name in VOLUMES
    }
    return pd.DataFrame(made | {"shape": shape})


def _solid(texts: pd.Series) -> "tuple[pd.Series, pd.Series[bool]]":
    """Product of the sizes as a ring, disc or block, in cubes of their unit, and whether that unit is the inch."""
    is_ring, is_disc = texts.str.contains(_RING), texts.str.contains(_DISC)
    three, named = _numbers(texts, _THREE), _numbers(texts, _NAMED_RING)
    rings = named.combine_first(_numbers(texts, _ROUND_THREE)).combine_first(three.where(is_ring))
    flats = _numbers(texts, _ROUND_TWO).combine_first(_numbers(texts, _BARE_TWO).where(is_disc & ~is_ring))
    blocks = _numbers(texts, _NAMED_BLOCK).combine_first(three)
    volume, inch = blocks["0"] * blocks["1"] * blocks["2"], blocks["inch"]
    for sizes, solid in ((flats, _disc(flats)), (rings, _ring(rings))):
        told = sizes[[name for name in sizes if name != "inch"]].notna().all(axis=1)
        volume, inch = solid.where(told, volume), sizes["inch"].where(told, inch)
    return volume, inch.fillna(0.0) > 0


def _shapes(texts: pd.Series, sized: "pd.Series[bool]", knowledge: Knowledge) -> pd.Series:
    shape = pd.Series("", index=texts.index, dtype="str")
    for name, pattern in zip(knowledge["shapes"]["shape"], knowledge["shapes"]["pattern"], strict=True):
        open_ = texts[sized & (shape == "")]
        shape.loc[open_.index[matches(open_, pattern).to_numpy()]] = name
    return shape


def _numbers(texts: pd.Series, pattern: str) -> pd.DataFrame:
    """The sizes a pattern finds, and ``inch`` 1 where they are inches; a bare leading point without the mark is none.

    American lists write .5X.25 for inches, and half a millimetre is not what they mean.
    """
    found = texts.str.extract(pattern)
    unit = found.pop(found.columns[-1])
    found = found.set_axis([str(place) for place in range(found.shape[1])], axis=1)
    bare = pd.concat([column.str.startswith(".").fillna(False) for _, column in found.items()], axis=1).any(axis=1)
    found = found.mask(bare.astype(bool) & unit.isna())
    sizes = {name: pd.to_numeric(column.str.replace(",", ".")) for name, column in found.items()}
    sizes["inch"] = unit.notna().astype("float64").where(found["0"].notna())
    return pd.DataFrame(sizes, index=texts.index).astype("float64")


def _ring(sizes: pd.DataFrame) -> pd.Series:
    """Outer diameter x inner diameter x height; none where the hole is not inside the ring."""
    outer, inner, height = sizes["0"], sizes["1"], sizes["2"]
    return (np.pi / 4 * (outer**2 - inner**2) * height).where(outer > inner)


def _disc(sizes: pd.DataFrame) -> pd.Series:
    return np.pi / 4 * sizes["0"] ** 2 * sizes["1"]
