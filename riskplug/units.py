"""Units of ERP exports and their factors.

A unit belongs to one dimension; conversion exists only inside a dimension or through a factor that the part itself
declares. No factor means unknown, never 1. Packages (roll, box, pallet, set) have no factor here: only a part can say
how much is in its box.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

# dimension, factor to the dimension's first unit. Definitions: SI; pound, ounce and inch are exact by the international
# yard and pound agreement of 1959, the troy ounce is 480 of its grains, the US gallon 231 cubic inches, the imperial
# gallon by the UK's Weights and Measures Act of 1985, the metric carat by the metre convention of 1907.
FACTORS: dict[str, tuple[str, float]] = {
    "pc": ("count", 1.0),
    "thousand": ("count", 1000.0),
    "hundred": ("count", 100.0),
    "gross": ("count", 144.0),
    "dozen": ("count", 12.0),
    "pair": ("count", 2.0),
    "g": ("mass", 1.0),
    "ug": ("mass", 1e-6),
    "mg": ("mass", 1e-3),
    "cg": ("mass", 1e-2),
    "dg": ("mass", 1e-1),
    "dag": ("mass", 1e1),
    "hg": ("mass", 1e2),
    "kg": ("mass", 1e3),
    "dt": ("mass", 1e5),
    "t": ("mass", 1e6),
    "carat": ("mass", 0.2),
    "lb": ("mass", 453.59237),
    "oz": ("mass", 28.349523125),
    "ozt": ("mass", 31.1034768),
    "short_ton": ("mass", 907184.74),
    "long_ton": ("mass", 1016046.9088),
    "m": ("length", 1.0),
    "nm": ("length", 1e-9),
    "um": ("length", 1e-6),
    "mm": ("length", 1e-3),
    "cm": ("length", 1e-2),
    "dm": ("length", 1e-1),
    "km": ("length", 1e3),
    "in": ("length", 0.0254),
    "ft": ("length", 0.3048),
    "yd": ("length", 0.9144),
    "m2": ("area", 1.0),
    "dm2": ("area", 1e-2),
    "cm2": ("area", 1e-4),
    "mm2": ("area", 1e-6),
    "in2": ("area", 0.00064516),
    "ft2": ("area", 0.09290304),
    "l": ("volume", 1.0),
    "ul": ("volume", 1e-6),
    "ml": ("volume", 1e-3),
    "cl": ("volume", 1e-2),
    "dl": ("volume", 1e-1),
    "hl": ("volume", 1e2),
    "m3": ("volume", 1e3),
    "in3": ("volume", 0.016387064),
    "ft3": ("volume", 28.316846592),
    "us_gal": ("volume", 3.785411784),
    "uk_gal": ("volume", 4.54609),
    "h": ("time", 1.0),
    "min": ("time", 1 / 60),
    "s": ("time", 1 / 3600),
}

# Spellings by canonical name: SAP internal and commercial (German, English), UN/ECE Recommendation 20, and how people
# write in German, English, French, Spanish, Chinese and Japanese. Case, accents and a final point do not matter.
_SPELLINGS: dict[str, str] = {
    "pc": "PC PCS PCE PCES PIECE PIECES ST STK STCK STÜCK STÜCKE STUECK EA EACH C62 H87 NAR NMB NOS UN UNIT UNITS "
    "UNITÉ UNITÉS UD UDS UNID UNIDAD UNIDADES PZ PZA PZAS PIEZA PIEZAS PIÈCE PIÈCES "
    "个 個 箇 件 只 隻 颗 顆 粒 片 块 塊 支 枚 台 根 条 條 本 点 ヶ ケ コ",
    "thousand": "TH TST TSD MIL T3 THOUSAND TAUSEND MILLIER MILLIERS MILLAR MILLARES 千个 千個 千件",
    "hundred": "CEN HUNDRED HUNDERT 百个 百個",
    "gross": "GRO GROSS GROS",
    "dozen": "DZ DZN DOZ DOZEN DOZENS DUTZEND DTZ DOUZAINE DOUZAINES DOCENA DOCENAS 打 ダース",
    "pair": "PAA PR NPR PAIR PAIRS PAAR PAARE PAIRE PAIRES PAR PARES 双 雙 对 對 対",
    "g": "G GRM 克 公克 グラム",
    "ug": "ΜG UG 微克 マイクログラム",
    "mg": "MG MGM 毫克 ミリグラム",
    "cg": "CGM",
    "hg": "HGM",
    "kg": "KG KGS KGM KILO KILOS 千克 公斤 キログラム",
    "dt": "DTN",
    "t": "TO TNE 2U TONNE TONNES TONNEN TONELADA TONELADAS 吨 噸 公吨 公噸 トン",
    "carat": "CTM CARAT CARATS KARAT QUILATE QUILATES 克拉 カラット",
    "lb": "LB LBS LBR POUND POUNDS LIBRA LIBRAS 磅 ポンド",
    "oz": "OZ ONZ OUNCE OUNCES UNZE UNZEN ONCE ONCES ONZA ONZAS 盎司 オンス",
    "ozt": "OZT APZ FEINUNZE FEINUNZEN 金衡盎司",
    "short_ton": "STN",
    "long_ton": "LTN",
    "m": "M MTR LFM LFDM 米 公尺 メートル",
    "nm": "C45 纳米 ナノメートル",
    "um": "ΜM 4H 微米",
    "mm": "MM MMT 毫米 公厘 ミリメートル",
    "cm": "CM CMT 厘米 公分 センチメートル",
    "dm": "DM DMT 分米",
    "km": "KM KMT KTM 公里 千米 キロメートル",
    "in": "IN INH INCH INCHES ZOLL POUCE POUCES PULGADA PULGADAS 英寸 インチ",
    "ft": "FT FOT FOOT FEET FUSS PIED PIEDS PIE PIES 英尺 フィート",
    "yd": "YD YDS YRD YARD YARDS 码 ヤード",
    "m2": "M2 MTK QM SQM 平方米 平方公尺 平方メートル",
    "dm2": "DM2 DMK",
    "cm2": "CM2 CMK 平方厘米",
    "mm2": "MM2 MMK 平方毫米",
    "in2": "IN2 INK",
    "ft2": "FT2 FTK",
    "l": "L LTR DM3 DMQ 升 公升 リットル",
    "ml": "ML MLT CCM CM3 CMQ 毫升 ミリリットル",
    "cl": "CLT",
    "dl": "DLT",
    "hl": "HL HLT",
    "m3": "M3 MTQ CBM 立方米 立方公尺 立方メートル",
    "in3": "IN3 INQ",
    "ft3": "FT3 FTQ",
    "us_gal": "GLL",
    "uk_gal": "GLI",
    "h": "H HR HRS HUR STD HOUR HOURS STUNDE STUNDEN HEURE HEURES HORA HORAS 小时 小時 時間",
    "min": "MIN MINUTE MINUTES MINUTEN MINUTO MINUTOS 分钟 分鐘",
    "s": "SEC SEK SECOND SECONDS SEKUNDE SEKUNDEN SECONDE SECONDES SEGUNDO SEGUNDOS 秒",
}
_SPELLINGS_WITH_BLANKS: dict[str, tuple[str, ...]] = {
    "m2": ("square meter", "square metre", "square meters", "square metres", "mètre carré", "metro cuadrado"),
    "m3": ("cubic meter", "cubic metre", "cubic meters", "cubic metres", "mètre cube", "metro cúbico"),
    "t": ("metric ton", "metric tons", "tonne métrique", "tonelada métrica"),
    "ozt": ("troy ounce", "troy ounces", "once troy", "onza troy"),
    "short_ton": ("short ton", "short tons"),
    "long_ton": ("long ton", "long tons"),
    "us_gal": ("US gallon", "US gallons"),
    "uk_gal": ("imperial gallon", "imperial gallons"),
}
# Spelled-out metric names: prefix words x unit words, in German, English, French and Spanish.
_PREFIXES = {
    "": ("",),
    "u": ("micro", "mikro"),
    "m": ("milli", "mili"),
    "c": ("centi", "zenti"),
    "d": ("deci", "dezi"),
    "da": ("deca", "deka"),
    "h": ("hecto", "hekto"),
    "k": ("kilo", "kiló"),
}
_METRIC = {
    "g": ("gram", "gramm", "gramme", "gramo"),
    "m": ("meter", "metre", "metro"),
    "l": ("liter", "litre", "litro"),
}

# What a spelling may mean where it means several things of one kind or may be another letter case: left unmapped, so
# unknown, until the profile's `units` says. Matched as written first, in any case where no spelling above is the same.
DOUBTFUL: dict[str, tuple[str, ...]] = {
    "Mg": ("milligram", "megagram (tonne)"),
    "Mm": ("millimetre", "megametre"),
    "Ml": ("millilitre", "megalitre"),
    "st": ("piece (German)", "stone (English)"),
    "mil": ("thousand", "thousandth of an inch"),
    "Mil": ("thousand", "thousandth of an inch"),
    "T": ("tonne", "thousand"),
    "TON": ("tonne", "short ton", "long ton"),
    "TONS": ("tonne", "short ton", "long ton"),
    "MT": ("metric ton", "metre"),
    "MTS": ("metric tons", "metres", "metre per second"),
    "LT": ("litre", "long ton"),
    "CWT": ("US hundredweight", "imperial hundredweight"),
    "PFUND": ("500 g", "pound"),
    "LIVRE": ("500 g", "pound"),
    "LIVRES": ("500 g", "pound"),
    "MC": ("microgram", "cubic metre"),
    "GR": ("gram", "grain", "gross"),
    "GM": ("gram", "gram per square metre"),
    "CT": ("carat", "carton", "count"),
    "C": ("hundred", "carat"),
    "K": ("thousand", "kilogram"),
    "PA": ("pair", "packet", "pascal"),
    "GAL": ("US gallon", "imperial gallon"),
    "GALLON": ("US gallon", "imperial gallon"),
    "GALLONS": ("US gallon", "imperial gallon"),
    "CL": ("centilitre", "cylinder"),
    "斤": ("500 g (mainland China)", "600 g (Taiwan)"),
    "キロ": ("kilogram", "kilometre"),
}


def _folded(spelling: str) -> str:
    """A spelling without case, accents, final point and the marks of a power: `St.`, `m^2`, `Mètre`, full-width kg."""
    text = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", spelling)).strip().rstrip(".").rstrip()
    letters = unicodedata.normalize("NFKD", text.replace("**", "").replace("^", "").upper())
    # the marks of Latin letters only: a Japanese voicing mark makes another letter
    return unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", letters))


def _spellings() -> Iterator[tuple[str, str]]:
    for name, words in _SPELLINGS.items():
        yield from ((word, name) for word in words.split())
    for name, phrases in _SPELLINGS_WITH_BLANKS.items():
        yield from ((phrase, name) for phrase in phrases)
    for base, stems in _METRIC.items():
        for symbol, prefixes in _PREFIXES.items():
            if symbol + base in FACTORS:
                yield from ((prefix + stem, symbol + base) for prefix in prefixes for stem in stems)
                yield from ((f"{prefix}{stem}s", symbol + base) for prefix in prefixes for stem in stems)


ALIASES: dict[str, str] = {_folded(word): name for word, name in _spellings()}
_DOUBTFUL_IN_ANY_CASE = {_folded(word): word for word in DOUBTFUL if _folded(word) not in ALIASES}


def canonical(units: "pd.Series") -> "pd.Series":
    """The canonical name of each unit spelling; unmapped spellings and missing ones stay as they are."""
    import pandas as pd

    values = pd.Series(units.unique()).dropna()
    names = {value: canonical_name(str(value)) for value in values}
    return units.astype("object").map(lambda unit: names.get(unit, unit)).astype("category")


def canonical_name(spelling: str) -> str:
    """The canonical name of one spelling, or the spelling itself when it is unknown or doubtful."""
    exact = _exact(spelling)
    if exact in FACTORS:
        return exact
    if exact in DOUBTFUL:
        return spelling.strip()
    return ALIASES.get(_folded(spelling), spelling.strip())


def doubt(spelling: str) -> tuple[str, ...]:
    """What a spelling may mean where it is left unmapped for that; empty for known and for simply unknown ones."""
    exact = _exact(spelling)
    if exact in FACTORS:
        return ()
    return DOUBTFUL.get(exact) or DOUBTFUL.get(_DOUBTFUL_IN_ANY_CASE.get(_folded(spelling), ""), ())


def _exact(spelling: str) -> str:
    return unicodedata.normalize("NFKC", spelling).strip().rstrip(".")


def factor(unit: str, to: str) -> float:
    """Multiply by this to get from one unit to another; NaN where no factor is declared."""
    if unit == to:
        return 1.0
    if unit not in FACTORS or to not in FACTORS:
        return float("nan")
    (dimension, one), (wanted, other) = FACTORS[unit], FACTORS[to]
    return one / other if dimension == wanted else float("nan")


def factors(units: Iterable[object], to: Iterable[object]) -> "npt.NDArray[np.float64]":
    """Row-wise ``factor``; a missing unit is taken as the target unit, an unknown factor is NaN.

    Both columns hold canonical names. Each distinct pair is looked up once.
    """
    import numpy as np
    import pandas as pd

    (given, names), (wanted, targets) = (pd.factorize(pd.Series(column)) for column in (units, to))
    # a missing one has code -1, which is the last row and the last column
    table = np.full((len(names) + 1, len(targets) + 1), np.nan)
    table[-1] = 1.0
    known = (given >= 0) & (wanted >= 0)
    for pair in np.unique(given[known] * np.int64(len(targets)) + wanted[known]):
        unit, target = divmod(int(pair), len(targets))
        table[unit, target] = factor(str(names[unit]), str(targets[target]))
    return np.asarray(table[given, wanted])
