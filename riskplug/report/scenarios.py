"""The section of the brief on scenarios: what each says in a sentence, and the rows that get worse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from riskplug.model import Branch, WhatIf
from riskplug.report.whatif import answer, headline, worst

TOP_ROWS = 8
Row = Mapping[str, object]


@dataclass(frozen=True)
class Answer:
    """One answer to applications: its words (empty without one), the sentence, and what gets worst."""

    words: str
    headline: str
    products: list[Row]
    parts: list[Row]
    more_parts: int


@dataclass(frozen=True)
class Shown:
    """A scenario as the brief shows it. ``same``: the rows of all answers are those of the first."""

    title: str
    overlays: tuple[str, ...]
    answers: list[Answer]
    same: bool
    chances: list[Row]
    fault: str


def shown(found: Sequence[WhatIf], currency: str) -> list[Shown]:
    """All scenarios of a record, in order."""
    return [_shown(one, currency) for one in found]


def _shown(one: WhatIf, currency: str) -> Shown:
    answers = [_answer(branch, currency) for branch in one.branches]
    same = all(found.products == answers[0].products and found.parts == answers[0].parts for found in answers)
    known = one.expected.dropna(
        how="all", subset=[name for name in one.expected if str(name).startswith("p_stock_out")]
    )
    chances = _plain(known.head(TOP_ROWS))
    return Shown(one.title, one.overlays, answers, same, chances, one.fault)


def _answer(branch: Branch, currency: str) -> Answer:
    parts = worst([branch], "part", most=len(branch.rows["part"]))
    products = worst([branch], "product", TOP_ROWS)
    return Answer(
        answer(branch),
        headline(branch, currency),
        _plain(products),
        _plain(parts.head(TOP_ROWS)),
        max(0, len(parts) - TOP_ROWS),
    )


def _plain(frame: pd.DataFrame) -> list[Row]:
    if frame.empty:
        return []
    rows = frame.drop(columns="branch", errors="ignore").astype("object")
    return [
        {str(key): value for key, value in row.items()} for row in rows.where(rows.notna(), None).to_dict("records")
    ]
