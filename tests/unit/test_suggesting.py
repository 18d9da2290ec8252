"""Possible alternates: asked about the right parts, held to their contract, unknown where nobody could say."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import cast

import pandas as pd
import pytest

from riskplug.analysis import Analysis
from riskplug.catalogue import GRAINS, frame
from riskplug.extend.host import PluginHost
from riskplug.extend.protocols import ScanContext
from riskplug.model import no_suggestions
from riskplug.report.figures import named_alternates
from riskplug.suggesting import MAX_PER_PART, suggest, suggested, suggestions_about
from tests.unit.extend.test_host import folder, load, status

__all__ = ["folder"]
CONTEXT = ScanContext("s", date(2025, 4, 28), "EUR", 365)
FINDER = '''
import pandas as pd
from riskplug.extend import hookimpl

class Twins:
    """Parts whose description is the same."""
    kind = "twins"
    needs = frozenset({"parts"})

    def find(self, part_nos, tables, context):
        assert set(tables) == {"parts"}
        texts = tables["parts"].assign(part_no=tables["parts"]["part_no"].astype("str"))[["part_no", "description"]]
        mine = texts[texts["part_no"].isin(part_nos)]
        pairs = mine.merge(texts.rename(columns={"part_no": "alternate_part_no"}), on="description")
        pairs = pairs[pairs["part_no"] != pairs["alternate_part_no"]]
        made = pairs[["part_no", "alternate_part_no"]].assign(basis="same description", score=0.5)
        return made

@hookimpl
def riskplug_alternate_finders():
    return [Twins]
'''


@dataclass(frozen=True)
class Facts:
    """As much of an analysis as is looked at here."""

    facts: dict[str, pd.DataFrame]
    suggested: pd.DataFrame = field(default_factory=no_suggestions)


def tables() -> dict[str, pd.DataFrame]:
    """A and B are alike, C and D are alike, E is alone."""
    words = {"A": "bolt", "B": "bolt", "C": "nut", "D": "nut", "E": "pin"}
    return {"parts": pd.DataFrame({"part_no": list(words), "description": list(words.values())}, dtype="str")}


def tonight() -> Analysis:
    """A is caught at one of its two sites, E runs out, C is neither; B and D nobody asks about."""
    part = {"part_no": ["A", "A", "C", "E"], "site": ["X", "Y", "X", "X"]}
    states = ["covered_to_horizon", "no_demand", "covered_to_horizon", "runs_out"]
    rows = frame(GRAINS["part"], {**part, "restricted_runway_days_state": pd.Series(states)})
    caught = {"part_no": ["A", "C"], "site": ["X", "X"], "measure": "m", "material": "Dy"}
    exposure = frame(GRAINS["exposure"], {**caught, "applies": pd.Series(["likely", "unlikely"])}, 2)
    return cast(Analysis, Facts({"part": rows, "exposure": exposure}))


def counts(host: PluginHost) -> list[float | None]:
    found = suggested(tonight(), tables(), host, CONTEXT).facts["part"]["suggested_alternates"]
    return [None if pd.isna(value) else float(value) for value in found]


def test_exposed_and_short_parts_are_asked_about_and_counted(folder: Path) -> None:
    host = load(folder, twins=FINDER)
    assert counts(host) == [1.0, 1.0, None, 0.0]  # A has B, at both sites; nobody asks about C; E has none
    rows = suggested(tonight(), tables(), host, CONTEXT).suggested
    assert rows.to_dict("records") == [
        {
            "part_no": "A",
            "alternate_part_no": "B",
            "basis": "same description",
            "free_of": rows["free_of"].iloc[0],
            "score": 0.5,
            "finder": "twins",
        }
    ]
    assert pd.isna(rows["free_of"].iloc[0]) and host.faults == []


def test_without_a_finder_nothing_is_known(folder: Path) -> None:
    host = load(folder)
    assert counts(host) == [None] * 4
    assert suggestions_about("A", tables(), host, CONTEXT) is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("return made", "raise KeyError('gone')", "KeyError"),
        ("return made", "raise SystemExit(3)", "SystemExit"),
        ("return made", "return None", "find() gave NoneType, not a frame"),
        ("return made", "return made[['part_no', 'score']]", "find() left out alternate_part_no, basis"),
        ("return made", "return made.assign(part_no='C')", "names part C, which it was not asked about"),
        ("return made", "return made.assign(alternate_part_no='Z')", "names part Z, which is not in the part master"),
        ("return made", "return made.assign(alternate_part_no='A')", "names part A, as its own alternate"),
        ("return made", "return made.assign(score=1.5)", "part A, with a score that is not from 0 to 1"),
        ("return made", "return made.assign(score=float('nan'))", "part A, with a score that is not from 0 to 1"),
        ("return made", "return made.assign(score='high')", "ValueError"),
        ("return made", "return made.assign(basis='')", "part A, without a basis"),
        ("return made", "return pd.concat([made, made])", "part A, with one alternate twice"),
    ],
)
def test_a_fault_leaves_the_count_unknown_and_the_other_finder_heard(
    folder: Path, old: str, new: str, said: str
) -> None:
    other = FINDER.replace('"twins"', '"other"')
    host = load(folder, twins=FINDER.replace(old, new), other=other)
    found = suggest(["A", "E"], tables(), host, CONTEXT)
    assert found.rows[found.rows["finder"] == "other"]["alternate_part_no"].tolist() == ["B"]
    assert len(host.faults) == 1 and said in str(host.faults[0]) and host.faults[0].plugin == "twins"
    assert set(found.rows["finder"]) == {"other"} and not found.answered
    assert counts(host) == [None] * 4
    assert len(host.faults) == 1


def test_what_a_finder_is_given_is_its_own(folder: Path) -> None:
    spoiling = "part_nos[:] = 'E'; tables['parts']['description'] = 'x'; assert set"
    host = load(folder, a=FINDER.replace("assert set", spoiling), b=FINDER.replace('"twins"', '"other"'))
    rows = suggest(["A", "E"], tables(), host, CONTEXT).rows
    assert rows[rows["finder"] == "other"]["alternate_part_no"].tolist() == ["B"]


def test_a_flood_is_a_fault(folder: Path) -> None:
    many = {"parts": pd.DataFrame({"part_no": [f"P{n:03}" for n in range(MAX_PER_PART + 2)], "description": "same"})}
    host = load(folder, twins=FINDER)
    assert not suggest(["P000"], many, host, CONTEXT).answered
    assert f"part P000, with more than {MAX_PER_PART} alternates" in str(host.faults[0])
    fewer = {"parts": many["parts"].iloc[:-1]}
    assert len(suggest(["P000"], fewer, host, CONTEXT).rows) == MAX_PER_PART


def test_a_finder_with_another_signature_is_refused_when_loaded(folder: Path) -> None:
    host = load(folder, twins=FINDER.replace("find(self, part_nos, tables, context)", "find(self, parts, tables)"))
    assert status(host, "twins").status == "failed"
    assert "Twins has another find: lacks 'part_nos'; lacks 'context'; asks for 'parts'" in str(host.faults[0])


def test_two_finders_that_agree_are_one_alternate_named_twice(folder: Path) -> None:
    host = load(folder, twins=FINDER, other=FINDER.replace('"twins"', '"other"').replace("score=0.5", "score=0.9"))
    assert counts(host)[0] == 1.0
    about = suggestions_about("A", tables(), host, CONTEXT)
    assert about is not None
    assert [(one["finder"], one["score"], one["free_of"]) for one in about] == [
        ("other", 0.9, None),
        ("twins", 0.5, None),
    ]


def test_the_brief_names_the_best_and_counts_the_rest() -> None:
    rows = pd.DataFrame(
        {
            "part_no": ["A"] * 5 + ["B"],
            "alternate_part_no": ["a1", "a1", "a2", "a3", "a4", "b1"],
            "basis": "why",
            "free_of": ["Dy, Tb", None, None, None, None, None],
            "score": [0.9, 0.8, 0.7, 0.6, 0.5, 1.0],
            "finder": "f",
        }
    )
    assert named_alternates(rows, "A") == "a1 by f (why, without Dy, Tb); a2 by f (why); a3 by f (why); and 1 more"
    assert named_alternates(rows, "C") == ""
