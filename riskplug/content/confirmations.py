"""What people of the company have confirmed or ruled out: evidence of rank one, with author and date.

``evidence/confirmations.csv`` in the workspace, a journal (journal.py). A later entry supersedes an earlier one about
the same part, material and form (an empty form is every form); nothing is ever taken out. Verdicts:

=========  =====================================================================================================
present    the material is in the part, with the mass given (grams, or percent of the part); no mass is unknown
absent     it is not; material ``*``: the part holds no controlled material at all
forgotten  what was said before about the material (``*``: about the part) no longer counts
=========  =====================================================================================================

A missing typical value is the middle of the bounds; an upper bound alone starts at zero. What is left open is narrowed
by what is read from the part (reconcile.py).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from riskplug.content.checks import FORMS
from riskplug.content.evidence import CANDIDATE
from riskplug.content.journal import Cell, Entry, Field, Journal, locked, refuse
from riskplug.errors import Problem, suggestion
from riskplug.model import QUARANTINE_COLUMNS

FILE = Path("evidence") / "confirmations.csv"
EVERY = "*"
VERDICTS = ("present", "absent", "forgotten")
UNITS = ("g", "pct")
JOURNAL = Journal(
    (
        Field("recorded_on", "date", required=True),
        Field("author", required=True),
        Field("verdict", required=True, choices=VERDICTS),
        Field("part_no", required=True),
        Field("material", required=True),
        Field("form", choices=FORMS),
        Field("mass_min", "number"),
        Field("mass_typ", "number"),
        Field("mass_max", "number"),
        Field("mass_unit", choices=UNITS),
        Field("document"),
        Field("note"),
    )
)
MASSES = ("mass_min", "mass_typ", "mass_max")
# A rejection of everything answers for these even where nothing was suspected: it settles which magnet it is not.
ANSWERED = ("Nd", "Dy", "Tb", "Sm")
_EVIDENCE = "full_declaration"


@dataclass(frozen=True)
class Confirmed:
    """What confirmations say of the parts of a scan.

    ``rows``: CANDIDATE columns. ``prevails``: the position of each other candidate that they replace. ``aside``: those
    as part, text, signal, reason.
    """

    rows: pd.DataFrame
    prevails: pd.Index
    aside: pd.DataFrame


def read_confirmations(path: Path, materials: Collection[str] = ()) -> pd.DataFrame:
    """Every entry in file order, columns of JOURNAL and ``line``; an absent file is empty.

    UsageError with every problem as file:line:column; materials are checked where the known ones are given.
    """
    entries, problems = JOURNAL.read(path)
    refuse([*problems, *_problems(entries, materials)])
    return JOURNAL.frame(entries)


def add_confirmations(path: Path, entries: Sequence[Mapping[str, Cell]], materials: Collection[str] = ()) -> None:
    """Add entries, all or none. A file that is wrong, or would be, is left as it is: UsageError."""
    with locked(path):
        refuse(JOURNAL.read(path)[1])
        drafts, problems = JOURNAL.drafted(entries)
        problems += _problems(drafts, materials)
        refuse([replace(problem, where="command line", excerpt="") for problem in problems])
        JOURNAL.add(path, entries)


def _problems(entries: Sequence[Entry], materials: Collection[str]) -> list[Problem]:
    return [problem for entry in entries for problem in _wrong(entry, materials)]


def _wrong(entry: Entry, materials: Collection[str]) -> list[Problem]:
    """What is wrong with an entry beyond its single cells."""
    verdict, material = entry.text("verdict"), entry.text("material")
    found = []
    if material == EVERY and verdict == "present":
        what = f"{EVERY} cannot be confirmed"
        found.append(entry.problem("material", what, "name the material, one line each", "confirmation-material"))
    elif material != EVERY and materials and material not in materials:
        fix = suggestion(material, materials) or "use a symbol of rules/materials/elements.csv"
        found.append(entry.problem("material", f"no material {material!r}", fix, "confirmation-material"))
    if entry.text("form") and verdict != "present":
        what = f"a form beside {verdict}"
        found.append(entry.problem("form", what, "leave it empty: it is about every form", "confirmation-form"))
    given = [(name, entry.values[name]) for name in MASSES if entry.values[name] is not None]
    if given and verdict != "present":
        what = f"a mass beside {verdict}"
        found.append(entry.problem(given[0][0], what, "leave the masses empty", "confirmation-mass"))
    elif given and not entry.text("mass_unit"):
        found.append(entry.problem("mass_unit", "a mass without unit", "write g or pct", "confirmation-unit"))
    else:
        found += _disorder(entry, given)
    return found


def _disorder(entry: Entry, given: list[tuple[str, Cell]]) -> list[Problem]:
    numbers = [(name, float(value)) for name, value in given if isinstance(value, float | int)]
    for (low, less), (high, more) in pairwise(numbers):
        if less > more:
            what = f"{low} {less:g} is above {high} {more:g}"
            return [entry.problem(low, what, "put them in order: min, typ, max", "confirmation-order")]
    if entry.text("mass_unit") == "pct" and numbers and numbers[-1][1] > 100:
        name, value = numbers[-1]
        return [entry.problem(name, f"{value:g} percent of the part", "at most 100", "confirmation-percent")]
    if numbers and numbers[-1][0] != "mass_min" and numbers[-1][1] == 0:
        fix = "write absent, or the mass"
        return [entry.problem(numbers[-1][0], "present with a mass of zero", fix, "confirmation-zero")]
    return []


def standing(entries: pd.DataFrame, on: date) -> pd.DataFrame:
    """What counts on a date: the last entry about each material and form of a part.

    Later is by date, then by place in the file. ``*`` ends what stood for the part before it. A ``forgotten`` entry
    stays in the result where an earlier ``*`` still stands, since it takes its material out of that.
    """
    known = entries[entries["recorded_on"] <= pd.Timestamp(on)]
    ordered = known.sort_values(["recorded_on", "line"], kind="stable")
    last: dict[str, dict[tuple[str, str], int]] = {}
    keys = (ordered.index, ordered["part_no"], ordered["material"], ordered["form"].fillna(""))
    # One step per entry, which people write: an entry may end several earlier ones.
    for at, part, material, form in zip(*keys, strict=True):
        before = last.get(part, {})
        last[part] = {key: place for key, place in before.items() if not _ends((material, form), key)}
        last[part][(material, form)] = at
    kept = ordered.loc[sorted(place for places in last.values() for place in places.values())]
    wholly = kept.loc[(kept["material"] == EVERY) & (kept["verdict"] == "absent"), "part_no"]
    return kept[(kept["verdict"] != "forgotten") | ((kept["material"] != EVERY) & kept["part_no"].isin(wholly))]


def _ends(entry: tuple[str, str], earlier: tuple[str, str]) -> bool:
    """Whether an entry supersedes an earlier one about the same part; both are material and form."""
    same_form = "" in (entry[1], earlier[1]) or entry[1] == earlier[1]
    return entry[0] == EVERY or (entry[0] == earlier[0] and same_form)


def confirmed(
    entries: pd.DataFrame, others: pd.DataFrame, index: pd.Index, unit_mass_g: pd.Series, form: pd.Series, on: date
) -> Confirmed:
    """Confirmations of known parts as candidates, beside the ``others`` (CANDIDATE columns).

    Declarations dated up to a confirmation are replaced by it: its author could know them. A later or undated one
    stays, and the two are reconciled like any equal evidence: a contradiction is a conflict. An entry without form
    takes that of the best other evidence, else ``form`` of its part.
    """
    kept = standing(entries, on)
    kept = kept.assign(part=index.get_indexer(pd.Index(kept["part_no"])))
    others = others[others["part"].isin(kept["part"])]
    kept = _spelt_out(kept[kept["part"] >= 0], others)
    said = others.reset_index(names="at").merge(
        kept[["part", "material", "recorded_on", "author"]], on=["part", "material"]
    )
    old = said[(said["evidence"] == _EVIDENCE) & (said["date"] <= said["recorded_on"])].drop_duplicates("at")
    remaining = said[~said["at"].isin(old["at"])]
    rows = _formed(kept, remaining, form)
    return Confirmed(_measured(rows, unit_mass_g), pd.Index(old["at"]), _replaced(old))


def _spelt_out(kept: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """``*`` as one row per material that anything suspects in the part, or that it answers for anyway."""
    wholly = kept["material"] == EVERY
    every = kept[wholly].drop(columns="material")
    suspected = others[["part", "material"]].drop_duplicates()
    answered = every[["part"]].merge(pd.DataFrame({"material": ANSWERED}), how="cross")
    materials = pd.concat([suspected[suspected["part"].isin(every["part"])], answered]).drop_duplicates()
    single = kept[~wholly]
    named = pd.MultiIndex.from_frame(single[["part", "material"]])
    left = materials[~pd.MultiIndex.from_frame(materials[["part", "material"]]).isin(named)]
    made = pd.concat([single, every.merge(left, on="part")], ignore_index=True) if len(every) else single
    return made[made["verdict"] != "forgotten"].reset_index(drop=True)


def _formed(kept: pd.DataFrame, others: pd.DataFrame, form: pd.Series) -> pd.DataFrame:
    """Entries with a form. An absence answers every form that a declaration still names, a presence its first."""
    declared = others["evidence"] == _EVIDENCE
    forms = others.assign(declared=declared).sort_values("declared", ascending=False, kind="stable")
    forms = forms[["part", "material", "form", "declared"]].drop_duplicates(["part", "material", "form"])
    first = ~forms.duplicated(["part", "material"])
    known = forms[first | forms["declared"]].rename(columns={"form": "other_form"})
    rows = kept.merge(known[["part", "material", "other_form"]], on=["part", "material"], how="left")
    once = (rows["verdict"] == "present") | rows["form"].notna()
    several = rows.duplicated(["part", "material", "line"]) & once
    rows = rows[~several].reset_index(drop=True)
    default = rows["part"].map(form).astype("str").fillna("component")
    return rows.assign(form=rows["form"].fillna(rows["other_form"]).fillna(default))


def _measured(rows: pd.DataFrame, unit_mass_g: pd.Series) -> pd.DataFrame:
    share = (rows["part"].map(unit_mass_g).astype("float64") / 100).where(rows["mass_unit"] == "pct", 1.0)
    low, typical, high = (rows[name] for name in MASSES)
    alone = low.isna() & high.isna()
    low = low.fillna(typical.where(alone))
    high = high.fillna(typical.where(alone))
    low = low.fillna((high * 0.0).where(high.notna()))
    masses = pd.DataFrame({"min": low, "typ": typical.fillna((low + high) / 2), "max": high}).mul(share, axis=0)
    absent = rows["verdict"] == "absent"
    made = rows.assign(
        **{f"mass_g_{bound}": masses[bound].mask(absent, 0.0) for bound in masses},
        probability=np.where(absent, 0.0, 1.0),
        evidence=_EVIDENCE,
        source=_source(rows),
        date=rows["recorded_on"],
    )
    dtypes = {"date": "datetime64[s]", "evidence": "str", "source": "str", "material": "str", "form": "str"}
    return made[list(CANDIDATE)].astype(dtypes)


def _source(rows: pd.DataFrame) -> pd.Series:
    """Who said it, when, and on which ground; a semicolon would part it in two sources."""
    word = rows["verdict"].map({"present": "confirmed", "absent": "ruled out"})
    when = rows["recorded_on"].dt.strftime("%Y-%m-%d")
    said = word + " by " + rows["author"] + " (" + when + ")" + (": " + rows["note"]).fillna("")
    said = said + (" [" + rows["document"] + "]").fillna("")
    plain: pd.Series = said.astype("str").str.replace("; ", ", ")
    return plain


def _replaced(old: pd.DataFrame) -> pd.DataFrame:
    when = old["recorded_on"].dt.strftime("%Y-%m-%d")
    return pd.DataFrame(
        {
            "part": old["part"],
            "text": (old["material"] + ": " + old["source"]).astype("str"),
            "signal": "declaration",
            "reason": ("replaced by what " + old["author"] + " said on " + when).astype("str"),
        }
    )


def strays(entries: pd.DataFrame, path: Path, part_nos: Collection[str], on: date) -> pd.DataFrame:
    """Standing entries for parts that are not in the part master, as QUARANTINE_COLUMNS: kept, but about nothing."""
    kept = standing(entries, on)
    # the few are looked for among the many: the other way round every part number of the company becomes an object
    master = pd.Index(part_nos)
    known = master[master.isin(kept["part_no"].unique())]
    lost = kept[~kept["part_no"].isin(known) & (kept["verdict"] != "forgotten")]
    reasons = {part: _stray(part, part_nos) for part in lost["part_no"].unique()}
    made = {
        "table": "confirmations",
        "source": "evidence",
        "file": str(path),
        "line": lost["line"],
        "column": "part_no",
        "value": lost["part_no"],
        "reason": lost["part_no"].map(reasons),
        "part_no": lost["part_no"],
        "site": "",
    }
    return pd.DataFrame(made, index=lost.index)[list(QUARANTINE_COLUMNS)].reset_index(drop=True)


def _stray(part_no: str, part_nos: Collection[str]) -> str:
    close = near_number(part_no, part_nos)
    return "no part has this number" + (f": {close}" if close else "")


def near_number(part_no: str, part_nos: Collection[str]) -> str:
    """``did you mean 'X'?`` for a part number that differs by little, or nothing; looks at a million in no time."""
    length = range(len(part_no) - 1, len(part_no) + 2)
    alike = [
        name for name in part_nos if len(name) in length and (name[:3] == part_no[:3] or name[-3:] == part_no[-3:])
    ]
    close = suggestion(part_no, alike[:5000])
    return close if close.startswith("did") else ""


def superseded(before: pd.DataFrame, after: pd.DataFrame, on: date) -> list[str]:
    """What stood before entries were added and no longer does, in words."""
    old, new = standing(before, on), standing(after, on)
    gone = old[~old["line"].isin(new["line"]) & (old["verdict"] != "forgotten")]
    columns = (gone["material"], gone["verdict"], gone["author"], gone["recorded_on"].dt.strftime("%Y-%m-%d"))
    return [f"replaces {m} {verdict}, said by {who} on {when}" for m, verdict, who, when in zip(*columns, strict=True)]


def history(entries: pd.DataFrame, part_no: str, on: date) -> list[dict[str, object]]:
    """Every entry about a part, oldest first, and whether it still counts on a date."""
    kept = standing(entries, on)
    rows = entries[entries["part_no"] == part_no].sort_values(["recorded_on", "line"], kind="stable")
    plain = rows.assign(
        recorded_on=rows["recorded_on"].dt.strftime("%Y-%m-%d"),
        counts=rows.index.isin(kept.index[kept["verdict"] != "forgotten"]),
    )
    plain = plain[
        ["recorded_on", "author", "verdict", "material", "form", *MASSES, "mass_unit", "document", "note", "counts"]
    ]
    shown = plain.astype("object")
    return [{str(k): v for k, v in row.items()} for row in shown.where(shown.notna(), None).to_dict("records")]
