"""Brings content and control codes of parts together with the entries of a date: one row per match, ready to judge."""

from collections.abc import Callable
from typing import get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.regimes.judgement import STRENGTH, bands, holder, judge_rows, spread
from riskplug.regimes.measures import Form
from riskplug.regimes.origins import part_codes
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
    return rows.assign(
        material=rows["material"].astype("str").astype("category"),
        form=_texts(rows["form"], lambda form: form if form in _FORMS else FORM_UNKNOWN),
        evidence=_texts(rows["evidence"], str),
    )


def _texts(values: pd.Series, reading: Callable[[str], str]) -> pd.Series:
    """Values as categories, each distinct one read once; missing ones become empty."""
    codes, texts = pd.factorize(values)
    return spread([*(reading(str(text)) for text in texts), ""], codes.astype(np.int64) % (len(texts) + 1)).set_axis(
        values.index
    )


def with_entries(content: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    """Each content row once per entry that lists its material in its form, with the entry's position."""
    kinds = content[["material", "form"]].drop_duplicates().astype("str").reset_index(drop=True)
    listed = kinds.assign(kind=kinds.index).merge(scope.pairs, on=["material", "form"])[["kind", "entry"]]
    materials, forms = (pd.Index(kinds[name].unique()) for name in ("material", "form"))
    number = pd.Series(kinds.index, index=_number(kinds, materials, forms))
    kind = number.reindex(_number(content, materials, forms)).to_numpy()
    at = pd.DataFrame({"kind": kind, "row": np.arange(len(content))})
    at = at[np.isin(kind, listed["kind"].unique())].merge(listed, on="kind", how="inner")
    return content.take(at["row"].to_numpy()).reset_index(drop=True).assign(entry=at["entry"].to_numpy())


def _number(rows: pd.DataFrame, materials: pd.Index, forms: pd.Index) -> npt.NDArray[np.int64]:
    """Material and form as one number."""
    return part_codes(rows["material"], materials) * max(len(forms), 1) + part_codes(rows["form"], forms)


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
    cases = rows.assign(**bands(rows), coded=coded, embedded=embedded, code=_code(rows, coded))
    found = judge_rows(cases, scope.entries)
    direct = (embedded == "").to_numpy() | coded
    out = rows.assign(**found.to_dict("series"), route=spread(["embedded", "direct"], direct.astype(np.int64)))  # type: ignore[arg-type]
    return _with_measure(out[out["applies"].notna()].reset_index(drop=True), scope)


def _code(rows: pd.DataFrame, coded: npt.NDArray[np.bool_]) -> pd.Series:
    """The control code where it is what decides, else empty."""
    codes, texts = pd.factorize(rows["control_code"])
    return spread([*map(str, texts), ""], np.where(coded, codes, len(texts)).astype(np.int64))


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
            "measure_kind": [entry.kind for entry in scope.entries],
            "instrument": [entry.measure.instrument for entry in scope.entries],
            "licence_days": [entry.licence_days for entry in scope.entries],
            "stops": [entry.stops and entry.standing.status == "in_force" for entry in scope.entries],
        }
    ).astype(dict.fromkeys(("measure", "measure_status", "measure_kind", "instrument"), "category"))
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
