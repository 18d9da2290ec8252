"""Where goods come from: the order, else the sources of supply, else the part master. Never the supplier's seat."""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

UNKNOWN = "?"


def part_codes(values: pd.Series, parts: pd.Index) -> npt.NDArray[np.int64]:
    """Positions of part numbers in an index; -1 for missing and unknown ones. Shared categories cost nothing."""
    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype) and dtype.categories.equals(parts):
        return np.asarray(values.cat.codes, dtype=np.int64)
    texts = values.astype("category").cat
    mapped = np.append(parts.get_indexer(texts.categories.astype(parts.dtype)), -1)
    return np.asarray(mapped[texts.codes.to_numpy()], dtype=np.int64)


def lookup(
    keys: npt.NDArray[np.int64], values: Sequence[object] | pd.Series, wanted: npt.NDArray[np.int64]
) -> pd.Series:
    """The value of the first row with each wanted key; missing where there is none (keys below 0 never match)."""
    rows = np.flatnonzero(np.isin(keys, wanted[wanted >= 0]))
    rows = rows[~pd.Series(keys[rows]).duplicated().to_numpy()]
    # a label of -1 is not there, and what is not there is missing
    row = np.append(rows, -1)[pd.Index(keys[rows]).get_indexer(pd.Index(wanted))]
    return pd.Series(values).reset_index(drop=True).reindex(row).reset_index(drop=True)


class Places:
    """Part x site as one number, for tables whose missing site means every site."""

    def __init__(self, parts: pd.Index, sites: Sequence[str]) -> None:
        self.parts, self.sites = parts, pd.Index(list(sites), dtype="str")

    def keys(self, frame: pd.DataFrame) -> npt.NDArray[np.int64]:
        """-1 where part or site is missing or not known."""
        part = part_codes(frame["part_no"], self.parts)
        site = part_codes(frame["site"], self.sites)
        return np.where((part < 0) | (site < 0), -1, part * len(self.sites) + site)

    def every_site(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Rows without a site repeated for each site, behind the rows that name one."""
        blank = frame["site"].isna().to_numpy()
        own = frame[~blank].assign(site=frame.loc[~blank, "site"].astype("str"))
        spread = [frame[blank].assign(site=site) for site in self.sites]
        return pd.concat([own, *(rows.astype({"site": "str"}) for rows in spread)], ignore_index=True)

    def part_of(self, keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Position of the part of each place key."""
        return np.where(keys < 0, -1, keys // max(len(self.sites), 1))

    def master(self, parts: pd.DataFrame, column: str, wanted: npt.NDArray[np.int64]) -> pd.Series:
        """A column of the part master for place keys: the site's own row before the one for every site."""
        blank = parts["site"].isna()
        own, every = (parts.loc[rows, ["part_no", "site", column]] for rows in (~blank, blank))
        here = lookup(self.keys(own), own[column], wanted).astype("str")
        anywhere = lookup(part_codes(every["part_no"], self.parts), every[column], self.part_of(wanted)).astype("str")
        return here.fillna(anywhere)


def valid_sources(sourcing: pd.DataFrame, on: date) -> pd.DataFrame:
    """Sources that may be bought from on the date: not blocked, within their validity."""
    day = pd.Timestamp(on)
    begun = sourcing["valid_from"].isna() | (sourcing["valid_from"] <= day)
    open_ = sourcing["valid_to"].isna() | (sourcing["valid_to"] >= day)
    blocked = sourcing["blocked"].fillna(False).astype(bool)
    return sourcing[begun & open_ & ~blocked]


def origin_sets(
    keys: npt.NDArray[np.int64], sources: pd.DataFrame, column: str = "country_of_origin"
) -> tuple[npt.NDArray[np.int64], pd.Series]:
    """Per distinct key, the countries its sources deliver from: ``CN|JP``, largest share first, ``?`` for unknown.

    A source with a share of zero delivers nothing and is left out. Loops over ranks (sources per key), not rows.
    """
    rows = pd.DataFrame(
        {
            "key": keys,
            "country": sources[column].astype("str").fillna(UNKNOWN).to_numpy(),
            "share": sources["share_pct"].fillna(-1.0).to_numpy(dtype=float),
        }
    )
    rows = rows[(rows["key"] >= 0) & (rows["share"] != 0)]
    shares = rows.groupby(["key", "country"], sort=False)["share"].sum().reset_index()
    shares = shares.sort_values(["key", "share", "country"], ascending=[True, False, True], kind="stable")
    rank = shares.groupby("key", sort=False).cumcount().to_numpy()
    found = shares.loc[rank == 0, ["key", "country"]].reset_index(drop=True)
    texts = found["country"]
    for n in range(1, int(rank.max(initial=0)) + 1):
        more = shares[rank == n].set_index("key")["country"].reindex(found["key"]).reset_index(drop=True)
        texts = texts.where(more.isna(), texts + "|" + more.fillna(""))
    return found["key"].to_numpy(dtype=np.int64), texts


def stage_column(sources: pd.DataFrame, stage: str, material: str) -> pd.DataFrame:
    """Sources with the country of one stage of one material: what a source says of the material before what it says of
    all; one row per source and country, unknown where it says nothing of it. ``sources`` carries ``key``."""
    named = sources["material"].astype("str")
    rank = np.select([(named == material).fillna(False), named.isna()], [0, 1], 2)
    said = sources.assign(rank=np.where(sources[stage].isna(), 2, rank))
    said = said.assign(**{stage: said[stage].astype("str").where(said["rank"] < 2)})
    best = said.groupby(["key", "supplier"], observed=True, dropna=False)["rank"].transform("min")
    return said[said["rank"] == best].drop_duplicates(["key", "supplier", stage])


def told_alike(sources: pd.DataFrame, asked: Mapping[str, Sequence[str]]) -> dict[tuple[str, str], tuple[str, str]]:
    """Per (material, stage) asked for, the (material, stage) whose countries ``stage_column`` finds in the same rows.

    Sources that name no material, most of them, say the same of every material they do not name: worked out once.
    """
    named = set(sources["material"].astype("str").dropna().unique())
    other = next((name for name in asked if name not in named), "")
    return {
        (name, stage): (name if name in named else other, stage) for name, stages in asked.items() for stage in stages
    }


def stage_texts(
    asked: Mapping[str, Sequence[str]], material: pd.Series, found: Mapping[tuple[str, str], pd.Series]
) -> pd.Series:
    """``country_of_mining=AU|?;...`` per row; empty where nobody asks about the row's material.

    ``found``: the countries of each row by (material, stage).
    """
    texts = pd.Series("", index=material.index, dtype="str")
    for name, stages in asked.items():
        here = np.flatnonzero(material == name)
        said = [f"{stage}=" + found[name, stage].iloc[here].astype("str").fillna(UNKNOWN) for stage in stages]
        for n, column in enumerate(said):
            texts.iloc[here] = texts.iloc[here] + (";" if n else "") + column
    return texts


def part_stages(
    places: Places,
    keys: npt.NDArray[np.int64],
    material: pd.Series,
    sourcing: pd.DataFrame,
    on: date,
    asked: Mapping[str, Sequence[str]],
) -> pd.Series:
    """Stage countries of the part and material of each row, over all its valid sources."""
    asked = {name: asked[name] for name in asked if (material == name).any()}
    wanted = material.isin(list(asked)).to_numpy(dtype=bool)
    texts = pd.Series("", index=material.index, dtype="str")
    if not asked:
        return texts
    distinct, at = np.unique(keys[wanted], return_inverse=True)
    rows = valid_sources(sourcing, on)
    own, every = rows[rows["site"].notna()], rows[rows["site"].isna()]
    alike = told_alike(rows, asked)
    countries = {
        (name, stage): _sourced(places, own, every, distinct, stage, name).take(at).reset_index(drop=True)
        for name, stage in dict.fromkeys(alike.values())
    }
    found = {pair: countries[like] for pair, like in alike.items()}
    texts[wanted] = stage_texts(asked, material[wanted].reset_index(drop=True), found).to_numpy()
    return texts


def _sourced(
    places: Places,
    own: pd.DataFrame,
    every: pd.DataFrame,
    wanted: npt.NDArray[np.int64],
    stage: str,
    material: str,
) -> pd.Series:
    """Countries of a stage per place: the sources of the site before those of every site."""
    if own[stage].isna().all() and every[stage].isna().all():
        return pd.Series(UNKNOWN, index=range(len(wanted)), dtype="str")
    here = stage_column(own.assign(key=places.keys(own)), stage, material)
    anywhere = stage_column(every.assign(key=part_codes(every["part_no"], places.parts)), stage, material)
    local = lookup(*origin_sets(here["key"].to_numpy(), here, stage), wanted)
    general = lookup(*origin_sets(anywhere["key"].to_numpy(), anywhere, stage), places.part_of(wanted))
    return local.astype("str").fillna(general.astype("str"))


def part_origins(
    places: Places,
    wanted: npt.NDArray[np.int64],
    parts: pd.DataFrame,
    sourcing: pd.DataFrame,
    on: date,
) -> pd.DataFrame:
    """``origins`` and ``origin_from`` per place key: its sources of supply, else the part master."""
    rows = valid_sources(sourcing, on)
    own, every = rows[rows["site"].notna()], rows[rows["site"].isna()]
    here = lookup(*origin_sets(places.keys(own), own), wanted)
    anywhere = lookup(*origin_sets(part_codes(every["part_no"], places.parts), every), places.part_of(wanted))
    sourced = here.astype("str").fillna(anywhere.astype("str"))
    mastered = places.master(parts, "country_of_origin", wanted)
    return first_known({"sourcing": sourced, "part": mastered})


def first_known(candidates: dict[str, pd.Series]) -> pd.DataFrame:
    """The first candidate with a known country in each row, and which one it was; ``?`` from nowhere otherwise."""
    texts = pd.Series(UNKNOWN, index=range(len(next(iter(candidates.values())))), dtype="str")
    names = pd.Series("", index=texts.index, dtype="str")
    for name, values in reversed(candidates.items()):
        text = values.astype("str")
        known = text.notna() & (text != UNKNOWN) & (text != "")
        texts, names = texts.mask(known, text), names.mask(known, name)
    return pd.DataFrame({"origins": texts, "origin_from": names})
