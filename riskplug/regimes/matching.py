"""Brings content and control codes of parts together with the entries of a date: one row per match, ready to judge."""

from typing import get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.regimes.judgement import STRENGTH, bands, holder, judge_rows
from riskplug.regimes.measures import Form
from riskplug.regimes.scope import FORM_UNKNOWN, Scope

MAGNET_HEADING = "8505"
_FORMS = frozenset(get_args(Form))
MASSES = ("mass_g_min", "mass_g_typ", "mass_g_max")
CONTENT = ("material", "form", *MASSES, "probability", "evidence")


def normal(content: pd.DataFrame) -> pd.DataFrame:
    """Content that may be there, with text columns; a form outside the vocabulary counts as not known.

    A probability of zero is a declared absence and is left out; a missing one stays.
    """
    rows = content[~(content["probability"] == 0)].reset_index(drop=True)
    form = rows["form"].astype("str").fillna(FORM_UNKNOWN)
    return rows.assign(
        material=rows["material"].astype("str"),
        form=form.where(form.isin(_FORMS), FORM_UNKNOWN),
        evidence=rows["evidence"].astype("str").fillna(""),
    )


def with_entries(content: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    """Each content row once per entry that lists its material in its form, with the entry's position."""
    pairs = scope.pairs
    listed = pd.MultiIndex.from_frame(pairs[["material", "form"]])
    wanted = content[content["material"].isin(pairs["material"].unique())]
    kinds = wanted[["material", "form"]].drop_duplicates()
    known = kinds[pd.MultiIndex.from_frame(kinds).isin(listed)]
    return wanted.merge(known.merge(pairs, on=["material", "form"]), on=["material", "form"], how="inner")


def coded_content(about: pd.DataFrame, present: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    """Content that only the part's export-control code speaks of.

    ``about``: key, control_code, hs_code; ``present``: key, material of content that is known already. Under the
    customs heading of magnets the form is magnet, else it is not known.
    """
    coded = about[about["control_code"].notna()].drop_duplicates("key")
    magnet = coded["hs_code"].str.replace(r"\D", "", regex=True).str.startswith(MAGNET_HEADING).fillna(False)
    goods = _goods_of(coded["control_code"].unique(), scope)
    rows = coded.assign(magnet=magnet.astype(bool)).merge(goods, on=["control_code", "magnet"], how="inner")
    known = pd.MultiIndex.from_frame(present[["key", "material"]])
    rows = rows[~pd.MultiIndex.from_frame(rows[["key", "material"]]).isin(known)]
    return rows[["key", "material", "form"]].assign(probability=np.nan, evidence="", **dict.fromkeys(MASSES, np.nan))


def _goods_of(codes: npt.ArrayLike, scope: Scope) -> pd.DataFrame:
    """control_code, magnet, material, form: what each distinct code speaks of."""
    rows = []
    for code in np.asarray(codes, dtype=object):
        for entry in np.array(scope.entries, dtype=object)[scope.codes_match(str(code))]:
            form = "magnet" if "magnet" in entry.item.forms else FORM_UNKNOWN
            if form == "magnet" or entry.whole:
                rows += [(code, form == "magnet", material, form) for material in entry.item.materials]
    frame = pd.DataFrame(rows, columns=["control_code", "magnet", "material", "form"]).drop_duplicates()
    return frame.astype({"control_code": "str", "magnet": "bool", "material": "str", "form": "str"})


def judged(rows: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    """Rows with applies, why, origin_country, route and the entry's columns; those outside their measure dropped.

    ``rows``: entry, material, form, probability, evidence, rolled_up, unproven, hs_code, control_code, origins,
    origin_from, ship_from, destination.
    """
    rows = rows.reset_index(drop=True)
    coded = _coded(rows, scope)
    embedded = holder(rows, scope.entries)
    cases = rows.assign(
        **bands(rows), coded=coded, embedded=embedded, code=rows["control_code"].where(coded, "").fillna("")
    )
    found = judge_rows(cases, scope.entries)
    direct = (embedded == "").to_numpy() | coded
    out = rows.assign(**found.to_dict("series"), route=np.where(direct, "direct", "embedded"))  # type: ignore[arg-type]
    return _with_measure(out[out["applies"].notna()].reset_index(drop=True), scope)


def _coded(rows: pd.DataFrame, scope: Scope) -> npt.NDArray[np.bool_]:
    """Whether the part's own control code is one of the entry's; one look-up per distinct code."""
    codes, texts = pd.factorize(rows["control_code"])
    table = np.array([*(scope.codes_match(str(text)) for text in texts), np.zeros(len(scope.entries), dtype=bool)])
    return np.asarray(table[codes, rows["entry"].to_numpy()], dtype=bool)


def _with_measure(rows: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    at = rows["entry"].to_numpy()
    about = pd.DataFrame(
        {
            "measure": [entry.id for entry in scope.entries],
            "measure_status": [entry.standing.status for entry in scope.entries],
            "measure_kind": [entry.item.kind or entry.measure.kind for entry in scope.entries],
            "instrument": [entry.measure.instrument for entry in scope.entries],
            "licence_days": [entry.licence_days for entry in scope.entries],
            "stops": [entry.measure.stops and entry.standing.status == "in_force" for entry in scope.entries],
        }
    ).astype(
        {
            "measure": "str",
            "measure_status": "str",
            "measure_kind": "str",
            "instrument": "str",
            "licence_days": "float64",
            "stops": "bool",
        }
    )
    return pd.concat([rows, about.take(at).reset_index(drop=True)], axis=1)


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
