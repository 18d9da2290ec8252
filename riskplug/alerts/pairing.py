"""Tonight's findings beside the alerts of the ledger: one row per alert that lives or is found."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from riskplug.alerts.ledger import LIVE
from riskplug.alerts.policy import Pace, Policy
from riskplug.catalogue import SEVERITIES

SHOWN = ("severity", "owner", "message", "content_hash", "metric", "site", "part_no", "material", "measure")
RANK = {name: len(SEVERITIES) - rank for rank, name in enumerate(SEVERITIES)}
_NAMED = {rank: name for name, rank in RANK.items()}
_PACE = ("for_scans", "resolve_after_scans", "reopen_days", "step", "worse", "days")


def paired(before: pd.DataFrame, tonight: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Ledger columns as they were, tonight's with ``_now``, ``known``, ``matched``, and the pace of its rule."""
    live = before["condition"].isin(LIVE)
    was = before[live | among(before["alert_key"], tonight["alert_key"])]
    now = tonight[["alert_key", "rule", "grain", "identity", *SHOWN]].copy()
    for name in ("site", "part_no", "material", "measure"):
        now[name] = now[name].astype("object").where(now[name].notna(), "").astype("str")
    now["metric"] = now["metric"].astype("float64")
    pairs = was.merge(now, on="alert_key", how="outer", suffixes=("", "_now"), indicator="seen")
    pairs = pairs.assign(known=pairs["seen"] != "right_only", matched=pairs["seen"] != "left_only")
    for name in ("rule", "grain", "identity", "site", "part_no"):
        pairs[name] = pairs[name].where(pairs["known"], pairs[f"{name}_now"])
    return _paced(pairs, policy)


def _paced(pairs: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    codes, rules = pd.factorize(pairs["rule"])
    paces = [policy.pace(str(rule)) for rule in rules] or [Pace()]
    columns = {name: np.array([getattr(pace, name) for pace in paces]) for name in _PACE if name != "step"}
    columns["step"] = np.array([np.nan if pace.step is None else pace.step for pace in paces])
    return pairs.assign(**{name: values[codes] if len(codes) else values[:0] for name, values in columns.items()})


def ranks(severities: pd.Series) -> pd.Series:
    """3 critical, 2 warning, 1 info, 0 where there is none."""
    return severities.map(RANK).fillna(0).astype("int64")


def severities(found: pd.Series) -> pd.Series:
    """The severities of ranks."""
    return found.map(_NAMED)


def among(texts: pd.Series, known: pd.Series) -> pd.Series:
    """Which texts are among some others; ``Series.isin`` makes an object of each of these, which is slow for many."""
    values, keys = (pa.array(column.astype("str"), type=pa.large_string()) for column in (texts, known))
    return pd.Series(pc.is_in(values, value_set=keys).to_numpy(zero_copy_only=False), index=texts.index)


def looked_up(keys: pd.Series, words: Mapping[str, str], default: str = "") -> pd.Series:
    """What a small mapping says of each key."""
    said = [words.get(key, default) for key in keys.tolist()] if words else default
    return pd.Series(said, index=keys.index, dtype="str")
