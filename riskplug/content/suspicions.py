"""What suppliers say without a mass: it makes a guess likelier or less likely, and never a certainty.

The templates of the Responsible Minerals Initiative ask whether a metal is in the products, not how much, and class A
and B of IPC-1752 answer queries about groups. So nothing here gives a mass, and nothing here clears a part.
"""

import numpy as np
import pandas as pd

from riskplug.catalogue import EVIDENCE
from riskplug.content.evidence import CANDIDATE
from riskplug.model import Frames

# Of a supplier's word on one part; on all it delivers the word moves half of the way there.
P_RAISED = 0.9
P_LOWERED = 0.1
HALF = 0.5
GROUPS = {"REE"}
_WEAK = frozenset(EVIDENCE[EVIDENCE.index("description") :])


def weighed(
    candidates: pd.DataFrame, tables: Frames, index: pd.Index, form: pd.Series, rare_earths: frozenset[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(candidates weighed by what suppliers say, rejections).

    Only guesses move: descriptions, component types and categories; a grade or a declaration knows better. On one
    part `raises` gives at least 0.9 and makes a row of unknown mass where nothing was suspected, `lowers` at most 0.1;
    of a whole supplier either moves half of the way, and adds nothing to parts that nobody suspects. Both at once
    cancel out: the guess stays. Presence declared absent (probability 0) stays so.
    """
    said = tables.get("suspicions")
    if said is None or said.empty:
        return candidates, _rejections([], [], [])
    named = _of_parts(said, rare_earths)
    general = _of_suppliers(said, tables["sourcing"], rare_earths)
    moved = _moved(_moved(candidates, general, HALF), named, 1.0)
    new, unclear = _new(said, candidates, form)
    both = pd.concat([moved, new], ignore_index=True) if len(new) else moved
    return both[list(CANDIDATE)], _unclear(unclear)


def _spread(said: pd.DataFrame, rare_earths: frozenset[str]) -> pd.DataFrame:
    """Statements on a group of materials as statements on each member."""
    single = said[~said["material"].isin(GROUPS)]
    members = pd.DataFrame({"member": sorted(rare_earths)})
    grouped = said[said["material"].isin(GROUPS)].merge(members, how="cross")
    return pd.concat([single, grouped.assign(material=grouped["member"])[single.columns]], ignore_index=True)


def _directions(said: pd.DataFrame, part: pd.Series) -> pd.DataFrame:
    """1 raises, -1 lowers, 0 where both are said, by part and material; with the first text."""
    rows = pd.DataFrame(
        {
            "part": part.to_numpy(),
            "material": said["material"].astype("str").to_numpy(),
            "way": np.where(said["direction"].astype("str") == "raises", 1, -1),
            "said": (said["supplier"].astype("str") + ": " + said["text"].fillna("").astype("str")).to_numpy(),
        }
    )
    by = rows.groupby(["part", "material"])
    found = by.agg(high=("way", "max"), low=("way", "min"), said=("said", "first")).reset_index()
    return found.assign(way=np.where(found["high"] == found["low"], found["high"], 0))[
        ["part", "material", "way", "said"]
    ]


def _of_parts(said: pd.DataFrame, rare_earths: frozenset[str]) -> pd.DataFrame:
    rows = _spread(_plain(said[said["part_no"].notna()]), rare_earths)
    return _directions(rows, rows["part"])


def _of_suppliers(said: pd.DataFrame, sourcing: pd.DataFrame, rare_earths: frozenset[str]) -> pd.DataFrame:
    """What a supplier says of everything it delivers, on the parts it is a source of."""
    whole = said[said["part_no"].isna() & said["mpn"].isna() & said["supplier"].notna()]
    rows = _spread(_plain(whole), rare_earths).drop(columns="part")
    sources = pd.DataFrame(
        {"part": sourcing["part_no"].cat.codes.to_numpy(), "supplier": sourcing["supplier"].astype("str").to_numpy()}
    ).drop_duplicates()
    found = rows.merge(sources, on="supplier")
    return _directions(found, found["part"])


def _plain(said: pd.DataFrame) -> pd.DataFrame:
    words = {name: said[name].astype("str") for name in ("supplier", "material", "direction")}
    return said.assign(**words, part=said["part_no"].cat.codes.astype("int64"))


def _moved(candidates: pd.DataFrame, directions: pd.DataFrame, share: float) -> pd.DataFrame:
    """Guesses moved ``share`` of the way to where the word of a supplier puts them."""
    if directions.empty or candidates.empty:
        return candidates
    found = candidates[["part", "material"]].merge(directions, on=["part", "material"], how="left")
    way = found["way"].fillna(0).to_numpy()
    old = candidates["probability"].to_numpy(dtype=float)
    target = np.where(way > 0, np.maximum(old, P_RAISED), np.where(way < 0, np.minimum(old, P_LOWERED), old))
    open_ = candidates["evidence"].astype("str").isin(_WEAK).to_numpy() & (old > 0) & (way != 0)
    new = np.where(open_, old + share * (target - old), old)
    words = np.where(way > 0, " (likelier: ", " (less likely: ") + found["said"].fillna("").to_numpy(dtype=object) + ")"
    source = candidates["source"].astype("str").to_numpy(dtype=object)
    return candidates.assign(
        probability=new, source=pd.Series(np.where(open_, source + words, source), index=candidates.index, dtype="str")
    )


def _new(said: pd.DataFrame, candidates: pd.DataFrame, form: pd.Series) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows for parts of which nothing was suspected; and statements that name no single material."""
    rows = _plain(said[said["part_no"].notna() & (said["direction"].astype("str") == "raises")])
    unclear = rows[rows["material"].isin(GROUPS)]
    rows = _directions(rows[~rows["material"].isin(GROUPS)], rows.loc[~rows["material"].isin(GROUPS), "part"])
    known = pd.MultiIndex.from_frame(candidates[["part", "material"]])
    rows = rows[~pd.MultiIndex.from_frame(rows[["part", "material"]]).isin(known)]
    made = pd.DataFrame(
        {
            "part": rows["part"].to_numpy(),
            "material": rows["material"].to_numpy(),
            "form": form.reindex(rows["part"]).to_numpy(),
            "mass_g_min": np.nan,
            "mass_g_typ": np.nan,
            "mass_g_max": np.nan,
            "probability": P_RAISED,
            "evidence": "category",
            "source": ("supplier says so, without a mass: " + rows["said"]).to_numpy(),
            "date": np.datetime64("NaT", "s"),
        }
    )
    return made, unclear


def _unclear(rows: pd.DataFrame) -> pd.DataFrame:
    texts = (rows["supplier"] + ": " + rows["text"].fillna("").astype("str")).tolist() if len(rows) else []
    return _rejections(
        rows["part"].tolist(), texts, ["says rare earths and not which; guesses became likelier"] * len(rows)
    )


def _rejections(part: list[int], texts: list[str], reasons: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "part": pd.Series(part, dtype="int64"),
            "text": pd.Series(texts, dtype="str"),
            "signal": pd.Series(["suspicion"] * len(part), dtype="str"),
            "reason": pd.Series(reasons, dtype="str"),
        }
    )


def smelters_of(tables: Frames, part_no: str) -> list[dict[str, str | None]]:
    """Smelters and refiners that suppliers named for a part, or for all they deliver."""
    named, sourcing = tables["smelters"], tables["sourcing"]
    sources = sourcing.loc[sourcing["part_no"] == part_no, "supplier"].astype("str").unique()
    whole = named["part_no"].isna() & named["supplier"].astype("str").isin(sources)
    rows = named[whole | (named["part_no"] == part_no).fillna(False).astype(bool)]
    columns = ["material", "name", "smelter_id", "country", "supplier"]
    plain = rows[columns].astype("object").drop_duplicates().sort_values(columns[:2])
    return [
        {str(name): None if pd.isna(cell) else cell for name, cell in row.items()} for row in plain.to_dict("records")
    ]
