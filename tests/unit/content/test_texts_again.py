"""A text says the same in whatever company it is read, and in whatever night."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

import pandas as pd
import pytest
from content_tables import ROOT

from riskplug.content import Knowledge, TextReader, again, read_texts
from riskplug.content.signals import FRAMES, Readings
from riskplug.content.texts import normalise
from riskplug.documents import load_yaml
from riskplug.reuse import Reuse

CASES = load_yaml(ROOT / "tests/cases/content/text_signals.yaml").data["cases"]
TEXTS = list(normalise(pd.Series([case["text"] for case in CASES], dtype="str")).drop_duplicates())


def series(texts: Sequence[str]) -> pd.Series:
    return pd.Series(list(texts), dtype="str")


def assert_same(found: Readings, expected: Readings) -> None:
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(found, name), getattr(expected, name))


@pytest.fixture(scope="module")
def whole(knowledge: Knowledge) -> Readings:
    return read_texts(series(TEXTS), knowledge)


def picked(readings: Readings, order: Sequence[int]) -> Readings:
    """What some of the texts say, in another order."""
    places = {text: place for place, text in enumerate(order)}
    frames = {}
    for name in FRAMES:
        rows = getattr(readings, name)
        rows = rows[rows["text"].isin(places)].assign(text=lambda found: found["text"].map(places).astype("int64"))
        frames[name] = rows.sort_values("text", kind="stable", ignore_index=True)
    return Readings(**frames)


def test_nights_with_texts_that_come_and_go_say_what_one_reading_says(
    tmp_path: Path, knowledge: Knowledge, whole: Readings
) -> None:
    random = Random(20250428)
    before: set[int] = set()
    for share in (0.6, 0.3, 1.0):
        order = random.sample(range(len(TEXTS)), int(share * len(TEXTS)))
        night = Reuse(tmp_path, "1")
        found = TextReader(night)(series([TEXTS[text] for text in order]), knowledge)
        assert_same(found, picked(whole, order))
        assert [one.rows for one in night.done] == ([len(before & set(order))] if before else [])
        before = set(order)


def test_no_text_is_read_twice(tmp_path: Path, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def reading(texts: pd.Series, knowledge: Knowledge) -> Readings:
        read.extend(texts)
        return read_texts(texts, knowledge)

    monkeypatch.setattr(again, "read_texts", reading)
    for texts in (TEXTS[:3], TEXTS[4:0:-1]):
        TextReader(Reuse(tmp_path, "1"))(series(texts), knowledge)
    assert sorted(read) == sorted(TEXTS[:5])


def test_under_other_knowledge_or_code_every_text_is_read(tmp_path: Path, knowledge: Knowledge) -> None:
    TextReader(Reuse(tmp_path, "1"))(series(TEXTS[:3]), knowledge)
    for name in knowledge.sheets:
        changed = knowledge[name].iloc[1:]
        other = Knowledge({**knowledge.sheets, name: changed}, knowledge.contents, knowledge.concentration)
        night = Reuse(tmp_path, "1", writes=False)
        assert night.found("content", TextReader(night).key(other)) is None, name
    night = Reuse(tmp_path, "2", writes=False)
    assert night.found("content", TextReader(night).key(knowledge)) is None
    night = Reuse(tmp_path, "1", writes=False)
    assert night.found("content", TextReader(night).key(knowledge)) is not None
