"""Brings content of parts together with the entries of a date: one decision per distinct situation, spread over rows.

The time grows with the kinds of evidence and with the rows that come out, not with rows times measures.
"""

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.regimes.judgement import STRENGTH, SURE, Case, decide, holder, is_coded
from riskplug.regimes.measures import Form
from riskplug.regimes.scope import FORM_UNKNOWN, Entry, Scope, codes_match
from riskplug.regimes.verdict import Verdict

Ints = npt.NDArray[np.int64]
MAGNET_HEADING = "8505"
_FORMS = frozenset(get_args(Form))
MASSES = ("mass_g_min", "mass_g_typ", "mass_g_max")
_VERDICT = ["applies", "why", "origin_country", "route"]
_ENTRY = ["measure", "measure_status", "measure_kind", "instrument"]


def normal(content: pd.DataFrame) -> pd.DataFrame:
    """Content that may be there, with text columns; a form outside the vocabulary counts as not known.

    A probability of zero is a declared absence and is left out; a missing one stays.
    """
    rows = content[~(content["probability"] == 0)].reset_index(drop=True)
    return rows.assign(
        material=_texts(rows["material"], str),
        form=_texts(rows["form"], lambda form: form if form in _FORMS else FORM_UNKNOWN),
        evidence=_texts(rows["evidence"], str),
    )


def _texts(values: pd.Series, reading: Callable[[str], str]) -> pd.Series:
    """Values as categories, each distinct one read once; missing ones become empty."""
    codes, texts = pd.factorize(values)
    return spread([*(reading(str(text)) for text in texts), ""], codes.astype(np.int64) % (len(texts) + 1)).set_axis(
        values.index
    )


def spread(values: Sequence[str | None], codes: Ints) -> pd.Series:
    """Text values taken by code, as categories: a missing value stays missing, as does code -1."""
    own, texts = pd.factorize(np.array(values, dtype=object))
    taken = np.append(own, -1)[codes]
    return pd.Series(pd.Categorical.from_codes(taken, categories=pd.Index(texts, dtype="str")))


def coded_content(about: pd.DataFrame, present: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    """Content that only the part's export-control code speaks of.

    ``about``: key, control_code, hs_code; ``present``: key, material of content that is known already. Under the
    customs heading of magnets the form is magnet, else it is not known.
    """
    coded = about[about["control_code"].notna()].drop_duplicates("key")
    magnet = coded["hs_code"].str.replace(r"\D", "", regex=True).str.startswith(MAGNET_HEADING).fillna(False)
    goods = _goods_of(coded["control_code"].unique(), scope)
    rows = coded.assign(magnet=magnet.astype(bool)).merge(goods, on=["control_code", "magnet"], how="inner")
    rows = rows[~_among(rows, present, ["key", "material"])]
    return rows[["key", "material", "form"]].assign(probability=np.nan, evidence="", **dict.fromkeys(MASSES, np.nan))


def _goods_of(codes: npt.ArrayLike, scope: Scope) -> pd.DataFrame:
    """control_code, magnet, material, form: what each distinct code speaks of."""
    rows = []
    for code in np.asarray(codes, dtype=object):
        for entry in scope.entries:
            form = "magnet" if "magnet" in entry.item.forms else FORM_UNKNOWN
            if (form == "magnet" or entry.whole) and codes_match(str(code), entry.item.codes):
                rows += [(code, form == "magnet", material, form) for material in entry.item.materials]
    frame = pd.DataFrame(rows, columns=["control_code", "magnet", "material", "form"]).drop_duplicates()
    return frame.astype({"control_code": "str", "magnet": "bool", "material": "str", "form": "str"})


def guessed_magnets(unproven: pd.DataFrame, present: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    """Rows for magnets of unproven grade: any material that a general measure lists as a magnet may be inside.

    ``unproven``: key of the magnets; ``present``: key, material of what is known or declared absent.
    """
    general = [n for n, entry in enumerate(scope.entries) if entry.measure.end_use is None]
    pairs = scope.pairs[(scope.pairs["form"] == "magnet") & scope.pairs["entry"].isin(general)]
    rows = unproven[["key"]].drop_duplicates().merge(pairs[["material", "form"]].drop_duplicates(), how="cross")
    rows = rows[~_among(rows, present, ["key", "material"])]
    return rows.assign(probability=np.nan, evidence="", unproven=True, **dict.fromkeys(MASSES, np.nan))


def _among(rows: pd.DataFrame, others: pd.DataFrame, keys: list[str]) -> npt.NDArray[np.bool_]:
    """Whether each row's key is one of the others'."""
    if rows.empty or others.empty:
        return np.zeros(len(rows), dtype=bool)
    known = others[others[keys[0]].isin(rows[keys[0]])].astype({"material": "str"})
    found = pd.MultiIndex.from_frame(rows[keys].astype({"material": "str"})).isin(pd.MultiIndex.from_frame(known[keys]))
    return np.asarray(found, dtype=bool)


def judged(rows: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    """Each row once per measure item that it falls under, with applies, why, origin_country, route and the entry's
    columns; ``row`` is its position in ``rows``.

    ``rows``: probability, hs_code and the columns of Case that do not follow from them. Where a measure lists the same
    good several times, the strongest answer stands.
    """
    code, cases = _situations(rows.reset_index(drop=True))
    table = _verdicts(cases, scope)
    starts = np.searchsorted(table["situation"].to_numpy(), np.arange(len(cases) + 1))
    counts = np.diff(starts)[code]
    row = np.repeat(np.arange(len(rows), dtype=np.int64), counts)
    ahead = np.cumsum(counts) - counts
    verdict = np.arange(len(row), dtype=np.int64) + np.repeat(starts[:-1][code] - ahead, counts)
    return table.drop(columns="situation").take(verdict).reset_index(drop=True).assign(row=row)


def _situations(rows: pd.DataFrame) -> tuple[Ints, list[Case]]:
    """The distinct cases, and which one each row is."""
    known = rows.assign(**_bands(rows), heading=_headings(rows["hs_code"]))
    names = [field.name for field in fields(Case) if field.name in known]
    columns = [_codes(known[name]) for name in names]
    code, first = distinct_rows([codes for codes, _ in columns])
    taken = [_listed(values, codes[first]) for codes, values in columns]
    return code, [Case(**dict(zip(names, one, strict=True))) for one in zip(*taken, strict=True)]


def _codes(values: pd.Series) -> tuple[Ints, pd.Index]:
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.codes.to_numpy().astype(np.int64), values.cat.categories
    codes, distinct = pd.factorize(values)
    return codes.astype(np.int64), pd.Index(distinct)


def _listed(values: pd.Index, codes: Ints) -> list[object]:
    """Values by code as plain Python ones; a missing text is empty."""
    plain = [*values.to_numpy(dtype=object).tolist(), ""]
    return [plain[code] for code in codes]


def distinct_rows(columns: Sequence[Ints]) -> tuple[Ints, Ints]:
    """Codes of the distinct rows of several code columns (-1 is a value too), and where each is first seen."""
    code = np.zeros(len(columns[0]), dtype=np.int64)
    room = 1
    for column in columns:
        size = int(column.max(initial=-1)) + 2
        if room * size >= 1 << 62:
            code = pd.factorize(code)[0].astype(np.int64)
            room = int(code.max(initial=-1)) + 1
        code = code * size + column + 1
        room *= size
    dense, distinct = pd.factorize(code)
    first = np.zeros(len(distinct), dtype=np.int64)
    first[dense[::-1]] = np.arange(len(code) - 1, -1, -1)
    return dense.astype(np.int64), first


def _bands(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """``percent`` and ``sure`` of rows with probability."""
    chance = rows["probability"].astype("float64")
    # floor to the five below, so that 0.49 is not shown as a likely 50
    percent = pd.Series(np.floor(chance * 20 + 1e-9) * 5, index=rows.index).fillna(-1).astype("int64")
    return {"percent": percent, "sure": chance >= SURE}


def _headings(codes: pd.Series) -> pd.Series:
    """Four digits of customs codes, each distinct one read once; empty where there are fewer."""

    def heading(code: str) -> str:
        digits = "".join(one for one in code if one.isdigit())[:4]
        return digits if len(digits) == 4 else ""

    return _texts(codes, heading)


def _verdicts(cases: Sequence[Case], scope: Scope) -> pd.DataFrame:
    """One row per situation and measure item that reaches it, in the order of both."""
    listed = {
        (str(material), str(form)): group.to_list()
        for (material, form), group in scope.pairs.groupby(["material", "form"])["entry"]
    }
    found: list[tuple[int, int, Verdict, str]] = []
    for n, case in enumerate(cases):
        best: dict[str, tuple[int, int, Verdict, str]] = {}
        for at in listed.get((case.material, case.form), ()):
            entry = scope.entries[at]
            verdict = decide(case, entry)
            if verdict is None:
                continue
            one = (n, at, verdict, _route(case, entry))
            if entry.id not in best or _rank(one) < _rank(best[entry.id]):
                best[entry.id] = one
        found += best.values()
    return _table(found, scope.entries)


def _route(case: Case, entry: Entry) -> str:
    return "embedded" if holder(case, entry) and not is_coded(case, entry) else "direct"


def _rank(one: tuple[int, int, Verdict, str]) -> tuple[int, bool]:
    return STRENGTH.index(one[2].applies), one[3] != "direct"


def _table(found: Sequence[tuple[int, int, Verdict, str]], entries: Sequence[Entry]) -> pd.DataFrame:
    at = [entries[n] for _, n, _, _ in found]
    texts: dict[str, Sequence[str | None]] = {
        "applies": [verdict.applies for _, _, verdict, _ in found],
        "why": [verdict.why for _, _, verdict, _ in found],
        "origin_country": [verdict.origin or None for _, _, verdict, _ in found],
        "route": [route for _, _, _, route in found],
        "measure": [entry.id for entry in at],
        "measure_status": [entry.standing.status for entry in at],
        "measure_kind": [entry.kind for entry in at],
        "instrument": [entry.measure.instrument for entry in at],
    }
    return pd.DataFrame(
        {
            "situation": np.array([n for n, _, _, _ in found], dtype=np.int64),
            **{name: spread(values, np.arange(len(values))) for name, values in texts.items()},
            "licence_days": np.array([entry.licence_days for entry in at], dtype=np.float64),
            "stops": np.array([entry.stops and entry.standing.status == "in_force" for entry in at], dtype=bool),
        }
    )


def strongest(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """One row per key, the strongest answer of each; ``keys`` identify the row a user sees."""
    rank = rows["applies"].map({word: n for n, word in enumerate(STRENGTH)}).astype("int64")
    order = (
        pd.DataFrame(
            {
                "rank": rank,
                "route": (rows["route"] != "direct").astype("int64"),
                "chance": -rows["probability"].fillna(-1.0),
            }
        )
        .sort_values(["rank", "route", "chance"], kind="stable")
        .index
    )
    return rows.loc[order].drop_duplicates(keys).sort_index()
