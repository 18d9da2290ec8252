"""Texts that were read in an earlier night are not read again: a text says the same in whatever company it stands."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from riskplug.content.knowledge import Knowledge
from riskplug.content.signals import FRAMES, Readings, put_together, read_texts
from riskplug.reuse import Kept, Reuse

STAGE = "content"
_TEXTS = "texts"


@dataclass(frozen=True)
class TextReader:
    """Reads texts as read_texts() does, with what the night before said of those that it had as well."""

    reuse: Reuse

    def key(self, knowledge: Knowledge) -> str:
        """All tables of materials: which of them a text is held against is of no use to know."""
        return self.reuse.key(STAGE, *(part for name in sorted(knowledge.sheets) for part in (name, knowledge[name])))

    def __call__(self, texts: pd.Series, knowledge: Knowledge) -> Readings:
        key = self.key(knowledge)
        kept = self.reuse.found(STAGE, key)
        if kept is None:
            readings = read_texts(texts, knowledge)
            self.reuse.keep(STAGE, key, _to_keep(texts, readings))
            return readings
        # where the texts of the night before stand tonight, -1 where they do not
        place = pd.Index(texts).get_indexer(pd.Index(kept.tables[_TEXTS].column(0).to_pandas(), dtype="str"))
        fresh = np.setdiff1d(np.arange(len(texts)), place)
        self.reuse.say(STAGE, "texts", len(texts) - len(fresh))
        added = read_texts(texts.iloc[fresh].reset_index(drop=True), knowledge)
        readings = put_together(_placed(added, fresh), _placed(_of_kept(kept, added), place))
        if len(fresh) or (place < 0).any():
            self.reuse.keep(STAGE, key, _to_keep(texts, readings))
        return readings


def _to_keep(texts: pd.Series, readings: Readings) -> Kept:
    frames = {name: pa.Table.from_pandas(getattr(readings, name), preserve_index=False) for name in FRAMES}
    return Kept({**frames, _TEXTS: pa.table({"text": pa.array(texts, pa.large_string())})})


def _of_kept(kept: Kept, like: Readings) -> Readings:
    """What is kept, its columns of the kinds that reading gives."""
    frames = {name: kept.tables[name].to_pandas().astype(getattr(like, name).dtypes.to_dict()) for name in FRAMES}
    return Readings(**frames)


def _placed(readings: Readings, place: npt.NDArray[np.integer]) -> Readings:
    """The readings of the texts that have a place, at that place."""
    return replace(readings, **{name: _moved(getattr(readings, name), place) for name in FRAMES})


def _moved(rows: pd.DataFrame, place: npt.NDArray[np.integer]) -> pd.DataFrame:
    there = place[rows["text"].to_numpy(dtype=np.int64)]
    moved: pd.DataFrame = rows.assign(text=there.astype(np.int64)).loc[there >= 0]
    return moved.reset_index(drop=True)
