"""Reading labelled descriptions through the content stage, and scoring what came out."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from content_tables import ROOT

from riskplug.content import is_strong

CASES = ROOT / "tests/cases/content"
RARE_EARTHS = {"Sc", "Y", "La", "Ce", "Pr", "Nd", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu"}
COMPARED = RARE_EARTHS | {"Co", "Ga", "Ge", "In", "Sb", "Bi", "Te", "W", "Mo", "Ta", "graphite"}


@dataclass(frozen=True)
class Reading:
    """A labelled description and what was read out of it.

    ``wanted``: sets of alternatives, one of each has to be found. ``strong``: materials read as good as certain,
    ``seen``: every material with a probability above zero.
    """

    row: int
    text: str
    language: str
    strength: str
    wanted: tuple[frozenset[str], ...]
    strong: frozenset[str]
    seen: frozenset[str]

    @property
    def wrong(self) -> frozenset[str]:
        return self.strong - frozenset().union(*self.wanted)

    @property
    def found(self) -> bool:
        """Whether a row that anyone would be sure of is read in full, or a suspicion is shared."""
        claims = self.strong if self.strength == "strong" else self.seen
        return all(claims & alternatives for alternatives in self.wanted)


def read_rows(content, name: str) -> list[Reading]:
    """The rows of one file of CASES, as the stage reads them."""
    rows = list(csv.DictReader((CASES / name).read_text(encoding="utf-8").splitlines()))
    made = content([{"part_no": f"{place:04}", "description": row["text"]} for place, row in enumerate(rows, 1)])
    own = made.own[made.own["material"].isin(COMPARED) & (made.own["probability"] > 0)]
    strong, seen = _by_part(own[is_strong(own)]), _by_part(own)
    return [
        Reading(place, row["text"], row["language"], row["strength"], tuple(_wanted(row["materials"])), *pair)
        for place, row in enumerate(rows, 1)
        for pair in [(strong.get(place, frozenset()), seen.get(place, frozenset()))]
    ]


def _by_part(own: pd.DataFrame) -> dict[int, frozenset[str]]:
    return {int(part): frozenset(rows["material"]) for part, rows in own.groupby("part_no", observed=True)}


def _wanted(materials: str) -> Iterator[frozenset[str]]:
    return (frozenset(one.split("|")) for one in materials.split(";") if one)


def score(readings: list[Reading]) -> pd.DataFrame:
    """One row per language and all together: precision of strong materials and of rows, and recall."""
    rows = pd.DataFrame(
        {
            "language": [r.language for r in readings],
            "claims": [len(r.strong) for r in readings],
            "wrong": [len(r.wrong) for r in readings],
            "claimed_rows": [bool(r.strong) for r in readings],
            "wrong_rows": [bool(r.wrong) for r in readings],
            "strong": [r.strength == "strong" for r in readings],
            "strong_found": [r.strength == "strong" and r.found for r in readings],
            "weak": [r.strength == "weak" for r in readings],
            "weak_found": [r.strength == "weak" and r.found for r in readings],
            "clear": [not r.wanted for r in readings],
            "suspected": [not r.wanted and bool(r.seen) for r in readings],
        }
    )
    sums = pd.concat([rows.groupby("language").sum(), rows.drop(columns="language").sum().to_frame("all").T])
    return pd.DataFrame(
        {
            "precision": 1 - sums["wrong"] / sums["claims"],
            "row_precision": 1 - sums["wrong_rows"] / sums["claimed_rows"],
            "strong_recall": sums["strong_found"] / sums["strong"],
            "weak_recall": sums["weak_found"] / sums["weak"],
            "suspected_of_none": sums["suspected"] / sums["clear"],
        }
    ).astype("float64")
