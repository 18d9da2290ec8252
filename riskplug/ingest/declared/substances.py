"""Which watched materials a declared substance holds, by its CAS number and its name.

The same tables as the content stage reads (rules/materials, and a workspace's own rows over them); here they only say
which rows are of interest. The stoichiometric share itself is content's, by the CAS number that stays in the row.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from riskplug.errors import UsageError
from riskplug.extend.discovery import shipped_folder

RARE_EARTHS = "REE"
LONGEST = 1000
_RARE_EARTH = re.compile(
    r"RARE[ -]?EARTH|SELTENE[NR]? ERD|TERRES RARES|TIERRAS RARAS|稀土|希土|レアアース|MISCHMETAL|DIDYMIUM"
)
_UNDISCLOSED = re.compile(
    r"PROPRIETARY|CONFIDENTIAL|TRADE SECRET|NOT DISCLOSED|NON[- ]DISCLOSED|UNDISCLOSED|WILD ?CARD|JOKER|UNSPECIFIED"
    r"|\b(MISC|MISCELLANEOUS|OTHERS?|REMAINDER|BALANCE|UNKNOWN)\b"
)
_MAGNET = re.compile(
    r"(?<!ELE[CK]TRO)(?<!ELE[CK]TRO[ -])MAGNET(?!IC|I[SZ]|VENTIL|SPUL|ITE|[ -]?(WIRE|COIL))|(?<!ELECTRO)AIMANT"
    r"|(?<![A-Z])IM[AÁ]N(?![A-Z])|(?<![电電])磁(石|铁|鐵|钢)"
    r"|(?<![A-Z])(ND-?FE-?B|SM-?2?-?CO)"
)
# words beside an element's name that leave it the element, or the element with all its compounds
_METAL = frozenset({"METAL", "METALLIC", "ELEMENTAL", "POWDER"})
_COMPOUNDS = frozenset({"COMPOUND", "COMPOUNDS", "VERBINDUNGEN", "COMPOSÉS", "COMPUESTOS"})
_FILLERS = frozenset({"AND", "ITS", "THEIR", "UND", "SEINE", "ET", "SES", "Y", "SUS"})
_COMPOUND = re.compile(
    r"OXID|OXYD|CHLORID|FLUORID|NITRAT|CARBONAT|SULFAT|SULPHAT|PHOSPH|HYDROXID|ACETAT|TITANAT|[A-Z]+ATE\b"
)
_OXIDE = re.compile(r"OXID|OXYD")
_COMPOUND_FORMS = ("oxide", "compound")
_SYMBOLS = frozenset(
    re.findall(
        r"[A-Z][a-z]?",
        "HHeLiBeBCNOFNeNaMgAlSiPSClArKCaScTiVCrMnFeCoNiCuZnGaGeAsSeBrKrRbSrYZrNbMoTcRuRhPdAgCdInSnSbTeIXeCsBaLaCePrNd"
        "PmSmEuGdTbDyHoErTmYbLuHfTaWReOsIrPtAuHgTlPbBiThU",
    )
)
_FORMULA = re.compile(r"(?:[A-Z][a-z]?[0-9.]*){2,}")


@dataclass(frozen=True, slots=True)
class Held:
    """A watched material in a substance.

    ``fraction``: share of the substance's mass, None where only the name says that it is inside. ``elemental``: the
    substance is the element itself, or the element with all its compounds, so that a limit on it limits the material.
    """

    material: str
    fraction: float | None
    form: str
    elemental: bool


@dataclass(frozen=True)
class Substances:
    """Watched materials by CAS number, by exact name, and by pattern of a name."""

    by_cas: Mapping[str, tuple[Held, ...]]
    by_name: Mapping[str, Held]
    patterns: Sequence[tuple[str, re.Pattern[str]]]
    read: dict[str, tuple[Held, ...]] = field(default_factory=dict, compare=False, repr=False)

    def held(self, name: str, cas_no: str) -> tuple[Held, ...]:
        """Materials inside, those of the CAS number first; a name may tell of more than the number does.

        Beside a CAS number a name gives no fraction: that of an unlisted number is not known.
        """
        named = {each.material: each for each in (*self._named(name), *self._exactly(name))}
        if not cas_no:
            return tuple(named.values())
        certain = self.by_cas.get(cas_no, ())
        known = {each.material for each in certain}
        return (*certain, *(replace(each, fraction=None) for each in named.values() if each.material not in known))

    def contradict(self, name: str, cas_no: str) -> bool:
        """Whether the name tells of watched materials and the CAS number only of others."""
        named = {each.material for each in (*self._exactly(name), *self._named(name))}
        return bool(named) and cas_no in self.by_cas and not named & {each.material for each in self.by_cas[cas_no]}

    def material(self, word: str) -> str | None:
        """The one material or group a metal's name stands for: Tin is Sn, rare earths are REE."""
        if rare_earths(word):
            return RARE_EARTHS
        named = {each.material for each in (*self._exactly(word), *self._named(word))}
        return named.pop() if len(named) == 1 else None

    def _exactly(self, name: str) -> tuple[Held, ...]:
        bare = " ".join(unicodedata.normalize("NFKC", name).split())
        found = self.by_name.get(bare) or self.by_name.get(bare.upper())
        return (found,) if found else ()

    def _named(self, name: str) -> tuple[Held, ...]:
        """By pattern; the same name is matched once."""
        if name not in self.read:
            self.read[name] = self._matched(name)
        return self.read[name]

    def _matched(self, name: str) -> tuple[Held, ...]:
        text = folded(name)
        found = {material: pattern for material, pattern in self.patterns if pattern.search(text)}
        form = "oxide" if _OXIDE.search(text) else "compound" if _COMPOUND.search(text) else ""
        told = {material: _beside(text, material, pattern, form) for material, pattern in found.items()}
        for material in self._in_formula(name):
            told.setdefault(material, Held(material, None, form, False))
        return tuple(told.values())

    def _in_formula(self, name: str) -> list[str]:
        """Watched elements of a formula such as SmCo5; PVC is none, since no symbol in it has its small letter."""
        bare = re.sub(r"[\s()-]", "", unicodedata.normalize("NFKC", name[:LONGEST]))
        symbols = re.findall(r"[A-Z][a-z]?", bare) if _FORMULA.fullmatch(bare) else []
        if not set(symbols) <= _SYMBOLS or max(map(len, symbols), default=0) < 2:
            return []
        return [symbol for symbol in dict.fromkeys(symbols) if symbol in self.by_name]


def _beside(text: str, material: str, pattern: re.Pattern[str], form: str) -> Held:
    """What the words beside the element's name make of it: patterns find its stem only."""
    left = set(re.findall(r"[^\W\d_]+", re.sub(rf"(?:{pattern.pattern})[A-Z]*", " ", text))) - _FILLERS
    beside = left - {material.upper()} - _METAL
    return Held(material, None if left & _COMPOUNDS or beside else 1.0, form, not beside - _COMPOUNDS)


def folded(text: str) -> str:
    """Upper case in one spelling of characters; what is longer than any name is cut, so that patterns stay quick."""
    return " ".join(unicodedata.normalize("NFKC", text[:LONGEST]).upper().split())


def rare_earths(name: str) -> bool:
    """Whether a name says rare earths and not which."""
    return _RARE_EARTH.search(folded(name)) is not None


def undisclosed(name: str) -> bool:
    return not name.strip() or _UNDISCLOSED.search(folded(name)) is not None


def magnet(name: str) -> bool:
    """Whether the name of a homogeneous material or a group says magnet."""
    return _MAGNET.search(folded(name)) is not None


def rare_earth_magnet(text: str) -> bool:
    """Whether a text speaks of magnets that may hold rare earths."""
    return magnet(text) and re.search(r"FERRIT|ALNICO", folded(text)) is None


def load_substances(folders: Iterable[Path]) -> Substances:
    """The substances of these folders of material tables, later ones over earlier ones by CAS number.

    UsageError where a table cannot be used; `riskplug check` names the row.
    """
    folders = tuple(folders)
    try:
        return _loaded(folders)
    except (OSError, UnicodeDecodeError, KeyError, ValueError, re.error) as error:
        where = ", ".join(map(str, folders))
        raise UsageError(f"material tables cannot be read: {error!r}", where, "run `riskplug check`") from error


def _loaded(folders: Sequence[Path]) -> Substances:
    rows: dict[str, list[Mapping[str, str]]] = {"substances": [], "elements": [], "names": []}
    for folder in folders:
        for sheet, found in rows.items():
            path = folder / f"{sheet}.csv"
            if path.exists():
                with path.open(encoding="utf-8-sig", newline="") as lines:
                    found += csv.DictReader(lines)
    return Substances(_by_cas(rows["substances"]), _by_name(rows["substances"], rows["elements"]), _patterns(rows))


@cache
def shipped_substances() -> Substances:
    return load_substances([shipped_folder("rules") / "materials"])


def _held(row: Mapping[str, str]) -> Held:
    fraction = float(row["fraction"])
    compound = row["form"] in _COMPOUND_FORMS
    return Held(row["material"], fraction, row["form"] if compound else "", not compound and fraction == 1.0)


def _by_cas(rows: Iterable[Mapping[str, str]]) -> dict[str, tuple[Held, ...]]:
    found: dict[str, dict[str, Held]] = {}
    for row in rows:
        found.setdefault(row["cas_no"], {})[row["material"]] = _held(row)
    return {cas_no: tuple(of.values()) for cas_no, of in found.items()}


def _by_name(substances: Iterable[Mapping[str, str]], elements: Iterable[Mapping[str, str]]) -> dict[str, Held]:
    """Formulas as written (`In` is indium, `IN` is not), names in upper case."""
    found: dict[str, Held] = {}
    for row in substances:
        found[row["formula"]] = found[row["substance"].upper()] = _held(row)
    for row in elements:
        element = Held(row["material"], 1.0, "", True)
        found |= {row["material"]: element, row["name"].upper(): element}
    return found


def _patterns(rows: Mapping[str, Sequence[Mapping[str, str]]]) -> list[tuple[str, re.Pattern[str]]]:
    words = [(row["material"], _expanded(row["pattern"])) for row in rows["names"]]
    names = [
        (row["material"], rf"(?<![A-Z])(?:DI|TRI|TETRA|HEXA)?{_spellings(row['name'])}(?![A-Z])")
        for row in rows["elements"]
    ]
    return [(material, re.compile(rf"(?:{words})(?![A-Z]*[- ]?FREE)")) for material, words in (*names, *words)]


def _spellings(name: str) -> str:
    return re.escape(name.upper()).replace("INIUM", "INI?UM").replace("CAES", "CA?ES")


def _expanded(pattern: str) -> str:
    return pattern.replace("{<}", "(?<![A-Z0-9])").replace("{>}", "(?![A-Z0-9])")
