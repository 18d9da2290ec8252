"""Whether an entry of a measure applies: one decision per distinct case, spread over all rows that share it.

The order of the evidence: form before element, the part's own control code before its customs code before the
probability of its content. Nothing here can say that something is free to go.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.catalogue import EVIDENCE
from riskplug.regimes.measures import ANY, Measure
from riskplug.regimes.scope import COMPONENT, FORM_UNKNOWN, Entry

# From this probability of presence on, content counts as there ...
SURE = 0.95
# ... and from this on as more likely there than not. Below it it is unlikely; zero is a declared absence.
LIKELY = 0.5
# Evidence that is a statement about this very part: with it, likely content is content.
STATED = frozenset(("full_declaration", "certificate"))
# Evidence that speaks of a type of assembly, whose magnets or ceramics are inside.
BY_TYPE = "component_type"

# Why a part is taken for a holder of the good, by code; the first is the good itself.
HOLDERS = (
    "",
    "holds it in a component",
    "the good is inside this type of part",
    "customs heading is not that of the good",
)
# How binding an answer is, strongest first: the one kept where several forms fall under one entry.
STRENGTH = ("yes", "likely", "unknown", "unlikely")
ORIGIN_FIELD = "country_of_origin"


@dataclass(frozen=True, slots=True)
class Case:
    """What decides about a row. ``percent``: probability rounded to five, -1 when not known. ``origins``: countries
    joined by ``|``, largest share first, ``?`` for an unknown one; ``ship_from``: empty when not known or not asked.
    ``embedded``: why the part is taken for a holder of the good, empty when it is the good itself.
    """

    entry: int
    percent: int
    sure: bool
    evidence: str
    coded: bool
    code: str
    embedded: str
    form: str
    unproven: bool
    origins: str
    origin_from: str
    ship_from: str
    destination: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """``applies`` with its reason, and the country that it rests on (empty when not known)."""

    applies: str
    why: str
    origin: str = ""


def decide(case: Case, entry: Entry) -> Verdict | None:
    """The verdict on one case; None where origin or destination puts the row outside the measure."""
    measure = entry.measure
    if not _within(case.destination, measure.destination, measure.destination_except):
        return None
    origin = _origin(case, measure, entry)
    if origin is None:
        return None
    if case.embedded and not case.coded and measure.assemblies.applies == "unlikely":
        why = f"{case.embedded}; {measure.assemblies.why}, confidence {measure.assemblies.confidence}"
        return Verdict("unlikely", why, origin.origin)
    content = _content(case, entry)
    doubts = [content.why, *_doubts(case, entry, content.applies), origin.why]
    unsettled = content.applies in ("yes", "likely") and (len(doubts) > 2 or origin.applies == "unknown")
    applies = "unknown" if unsettled else content.applies
    if applies == "yes" and origin.applies == "likely":
        applies = "likely"
    return Verdict(applies, "; ".join(doubt for doubt in doubts if doubt), origin.origin)


def _content(case: Case, entry: Entry) -> Verdict:
    good = f"{'/'.join(entry.item.materials)} {case.form or 'in a form not known'}"
    evidence = f" ({case.evidence.replace('_', ' ')})" if case.evidence else ""
    if case.coded:
        return Verdict("yes", f"control code {case.code} of the part is listed")
    if case.form == FORM_UNKNOWN:
        return Verdict(
            "unknown", f"form of {'/'.join(entry.item.materials)} not known: declarations.form would settle it"
        )
    if case.unproven and case.evidence not in STATED:
        return Verdict(
            "unknown",
            f"permanent magnet of unproven grade: a declaration of {'/'.join(entry.item.materials)} would settle it",
        )
    if case.percent < 0:
        return Verdict("unknown", f"presence of {good} not known: declarations.material would settle it")
    if case.sure:
        return Verdict("yes", f"{good}{evidence}")
    known = "likely" if case.percent >= LIKELY * 100 else "unlikely"
    return Verdict(known, f"{good} with probability about {case.percent} %{evidence}: a declaration would settle it")


def _doubts(case: Case, entry: Entry, applies: str) -> list[str]:
    """What keeps a present material from being a listed good for sure."""
    if applies == "unlikely":
        return []
    item, found = entry.item, []
    if not case.coded and (item.tests or item.needs):
        found.append("listed only with " + ", ".join([*map(str, item.tests), *item.needs]) + ": not in the data")
    if not case.coded and item.names:
        found.append(f"the text names {', '.join(item.names)}: review whether this is one of them")
    if not case.coded and item.not_confirmed:
        found.append(f"not confirmed: {', '.join(item.not_confirmed)}")
    if entry.measure.end_use is not None:
        found.append(f"binds only {entry.measure.end_use.only}: {entry.measure.end_use.field} is not in the data")
    if entry.standing.status == "unknown":
        found.append(entry.standing.basis)
    return found


def _origin(case: Case, measure: Measure, entry: Entry) -> Verdict | None:
    """Where the goods come from under the measure's own test; None when it is known not to reach them."""
    here = [one for one in case.origins.split("|") if one]
    caught = [one for one in here if one != "?" and _listed(one, measure)]
    if measure.follows == "reexport":
        return _reexport(case, measure, caught, here)
    if measure.follows == "export" and case.ship_from and _listed(case.ship_from, measure):
        return (
            None
            if case.ship_from == case.destination
            else Verdict("yes", f"shipped from {case.ship_from}", case.ship_from)
        )
    caught = [one for one in caught if one != case.destination]
    if caught and measure.follows == "export" and case.ship_from:
        return Verdict(
            "likely",
            f"origin {caught[0]}, but shipped from {case.ship_from}: what is sold from there has to be "
            f"replaced from {caught[0]}",
            caught[0],
        )
    if caught and (case.origin_from != "supplier" or len(here) == 1):
        return Verdict(
            "yes", f"origin {caught[0]}" + (f", one of {', '.join(here)}" if len(here) > 1 else ""), caught[0]
        )
    if caught:
        return Verdict(
            "likely",
            f"the supplier delivers from {', '.join(here)}: {ORIGIN_FIELD} of the order would settle it",
            caught[0],
        )
    if "?" in here or not here:
        return Verdict("unknown", f"origin not known: {ORIGIN_FIELD} would settle it")
    if entry.item.stages:
        return Verdict("unknown", f"origin {here[0]}, but {', '.join(entry.item.stages)} count too", here[0])
    return None


def _reexport(case: Case, measure: Measure, caught: Sequence[str], here: Sequence[str]) -> Verdict | None:
    if not caught:
        return (
            None
            if here and "?" not in here
            else Verdict("unknown", f"origin not known: {ORIGIN_FIELD} would settle it")
        )
    if case.ship_from:
        again = case.ship_from not in measure.origin and case.ship_from != case.destination
        return Verdict("yes", f"origin {caught[0]}, shipped from {case.ship_from}", caught[0]) if again else None
    return Verdict(
        "unknown",
        f"origin {caught[0]}; whether it comes from a third country is not known: ship_from_country would settle it",
        caught[0],
    )


def _listed(country: str, measure: Measure) -> bool:
    return _within(country, measure.origin, measure.origin_except)


def _within(country: str, named: Sequence[str], excepted: Sequence[str]) -> bool:
    return country not in excepted and (ANY in named or country in named)


def judge_rows(rows: pd.DataFrame, entries: Sequence[Entry]) -> pd.DataFrame:
    """``applies``, ``why`` and ``origin_country`` for rows with the columns of Case, aligned by position.

    Rows outside their measure are missing in all three. Decisions are taken once per distinct case, so the time grows
    with the kinds of evidence, not with the rows.
    """
    names = [field.name for field in fields(Case)]
    codes, first = _distinct([pd.factorize(rows[name])[0] for name in names])
    cases = rows[names].iloc[first].astype("object").itertuples(index=False)
    verdicts = [decide(Case(*case), entries[case[0]]) for case in cases]
    return pd.DataFrame(
        {
            "applies": spread([v.applies if v else None for v in verdicts], codes),
            "why": spread([v.why if v else None for v in verdicts], codes),
            "origin_country": spread([(v.origin or None) if v else None for v in verdicts], codes),
        },
        index=rows.index,
    )


def _distinct(columns: Sequence[npt.NDArray[np.intp]]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Codes of the distinct rows of several code columns, and the position where each is first seen."""
    codes = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        size = int(column.max(initial=-1)) + 2
        codes = pd.factorize(codes * size + column + 1)[0].astype(np.int64)
    _, first = np.unique(codes, return_index=True)
    return codes, first.astype(np.int64)


def spread(values: Sequence[str | None], codes: npt.NDArray[np.int64]) -> pd.Series:
    """Text values taken by code, as categories: a missing value stays missing, as does code -1."""
    own, texts = pd.factorize(np.array(values, dtype=object))
    taken = np.append(own, -1)[codes]
    return pd.Series(pd.Categorical.from_codes(taken, categories=pd.Index(texts, dtype="str")))


def bands(rows: pd.DataFrame) -> Mapping[str, pd.Series]:
    """``percent`` and ``sure`` of rows with probability and evidence."""
    chance = rows["probability"].astype("float64")
    stated = rows["evidence"].isin(STATED) & (chance >= LIKELY)
    # floor to the five below, so that 0.49 is not shown as a likely 50
    percent = pd.Series(np.floor(chance * 20 + 1e-9) * 5, index=rows.index).fillna(-1).astype("int64")
    return {"percent": percent, "sure": (chance >= SURE) | stated}


def holder(rows: pd.DataFrame, entries: Sequence[Entry]) -> pd.Series:
    """Why each row is taken for a holder of the listed good; empty when it is the good itself.

    ``rows``: entry, form, evidence, rolled_up, hs_code (digits, may be missing).
    """
    by_heading = _other_heading(rows, entries)
    # an entry that lists articles as such (a cell, a grinding wheel) means the component itself
    articles = np.array([COMPONENT in entry.item.forms and not entry.whole for entry in entries], dtype=bool)
    listed = articles[rows["entry"].to_numpy()] if len(entries) else np.zeros(len(rows), dtype=bool)
    by_type = ((rows["form"] == COMPONENT) & ~listed) | (rows["evidence"] == BY_TYPE)
    held = rows["rolled_up"].fillna(False).to_numpy(dtype=bool)
    codes = np.select([held, by_type, by_heading], [1, 2, 3], 0)
    return spread(HOLDERS, codes.astype(np.int64))


def _other_heading(rows: pd.DataFrame, entries: Sequence[Entry]) -> npt.NDArray[np.bool_]:
    """True where the customs heading of the part is known and none of the entry's; a statement outweighs it, but for
    magnets: the declaration of a motor names the magnet inside."""
    codes, texts = pd.factorize(rows["hs_code"])
    headings = [re.sub(r"\D", "", str(text))[:4] for text in texts]
    outside = [
        [len(one) == 4 and bool(entry.item.headings) and one not in entry.item.headings for entry in entries]
        for one in headings
    ]
    table = np.array([*outside, [False] * len(entries)], dtype=bool)
    stated = rows["evidence"].isin(STATED) & (rows["form"] != "magnet")
    return np.asarray(table[codes, rows["entry"].to_numpy()] & ~stated.to_numpy(), dtype=bool)


assert set(STATED) <= set(EVIDENCE)
