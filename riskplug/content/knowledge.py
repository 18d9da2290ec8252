"""What is known about materials: the tables of rules/materials, checked, with a workspace's own rows over them."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import pandas as pd

from riskplug.content.checks import problems_of
from riskplug.content.sheets import SHEETS, Sheet, read_sheet
from riskplug.errors import Problem, UsageError


@dataclass(frozen=True)
class Knowledge:
    """The knowledge tables by name, groups resolved where that is needed.

    ``sheets``: every table of SHEETS with its ``where`` (file:line). ``contents``: one row per grade and material
    (grade, material, form, pct_min, pct_typ, pct_max, probability). ``concentration``: one row per material, stage,
    year and country, groups resolved.
    """

    sheets: Mapping[str, pd.DataFrame] = field(repr=False)
    contents: pd.DataFrame = field(repr=False)
    concentration: pd.DataFrame = field(repr=False)

    def __getitem__(self, sheet: str) -> pd.DataFrame:
        return self.sheets[sheet]

    @property
    def materials(self) -> frozenset[str]:
        return frozenset(self.sheets["elements"]["material"])


def load_knowledge(folder: Path, overrides: Path | None = None) -> Knowledge:
    """Read the tables of ``folder``; rows of same-named files in ``overrides`` replace or add rows by key.

    Files that have not changed since are not read again in this process; the tables are the caller's own each time.
    Raises UsageError with every problem, each with file and line.
    """
    files = [path for place in (folder, overrides) if place for path in sorted(place.glob("*.csv"))]
    return deepcopy(_load(folder, overrides, tuple(_content(path) for path in files)))


def _content(path: Path) -> tuple[str, bytes]:
    try:
        return path.name, path.read_bytes()
    except OSError:
        return path.name, b""  # for read_sheet to report


@lru_cache(maxsize=2)
def _load(folder: Path, overrides: Path | None, content: tuple[tuple[str, bytes], ...]) -> Knowledge:
    """``content``: what the files hold, by which the cache knows them."""
    sheets, problems = {}, []
    for sheet in SHEETS.values():
        rows, wrong = _layered(sheet, folder, overrides)
        sheets[sheet.name] = rows
        problems += wrong
    problems += _unknown_files(overrides)
    problems = problems or problems_of(sheets)
    if problems:
        raise UsageError.of(problems)
    return Knowledge(sheets, _contents(sheets), _concentration(sheets))


def element_names(folder: Path, overrides: Path | None = None) -> dict[str, str]:
    """Symbol -> name of the materials in ``elements.csv``; mistakes there are for load_knowledge to report."""
    rows, _ = _layered(SHEETS["elements"], folder, overrides)
    return dict(zip(rows["material"], rows["name"], strict=True))


def top_producer(knowledge: Knowledge, material: str, stage: str | None = None) -> pd.Series | None:
    """The row of the largest producing country: of the given stage, else of the most concentrated stage.

    The latest year with a figure counts, sources of tier A and B before weaker ones; None when nothing is known.
    Never averaged over stages or denominators: 69 percent of mining and 94 percent of magnets are different facts.
    """
    rows = knowledge.concentration
    rows = rows[(rows["material"] == material) & (rows["measured"] == "production")]
    if stage is not None:
        rows = rows[rows["stage"] == stage]
    strong = rows[rows["tier"].isin(["A", "B"])]
    rows = strong if len(strong) else rows
    rows = rows[rows["year"] == rows.groupby("stage")["year"].transform("max")]
    return None if rows.empty else rows.sort_values(["share_pct", "stage"], ascending=[False, True]).iloc[0]


def _layered(sheet: Sheet, folder: Path, overrides: Path | None) -> tuple[pd.DataFrame, list[Problem]]:
    shipped, problems = read_sheet(sheet, folder / f"{sheet.name}.csv")
    problems += _repeated(sheet, shipped)
    own = overrides / f"{sheet.name}.csv" if overrides else None
    if own is None or not own.exists():
        return shipped, problems
    rows, wrong = read_sheet(sheet, own)
    wrong += _repeated(sheet, rows)
    key = list(sheet.key)
    # the workspace's rows stand first: order decides among variants and component types
    both = pd.concat([rows, shipped], ignore_index=True)
    return both[~both.duplicated(key, keep="first")].reset_index(drop=True), problems + wrong


def _repeated(sheet: Sheet, rows: pd.DataFrame) -> list[Problem]:
    repeats = rows[rows.duplicated(list(sheet.key))]
    return [
        Problem(
            f"{', '.join(sheet.key)} {tuple(row[k] for k in sheet.key)} is given twice",
            row["where"],
            "keep one of the rows",
            "repeated-row",
        )
        for row in repeats.to_dict("records")
    ]


def _unknown_files(overrides: Path | None) -> list[Problem]:
    found = sorted(overrides.glob("*.csv")) if overrides else []
    return [
        Problem(
            f"no material table is called {path.stem!r}", str(path), f"use one of {', '.join(SHEETS)}", "unknown-file"
        )
        for path in found
        if path.stem not in SHEETS
    ]


def _contents(sheets: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Compositions with groups resolved; a material named directly beats the same one out of a group."""
    rows = sheets["compositions"]
    direct = rows[rows["material"] != ""]
    grouped = (
        rows[rows["group"] != ""]
        .drop(columns=["material"])
        .merge(sheets["groups"][["group", "material", "share_min", "share_typ", "share_max"]], on="group")
    )
    for bound in ("min", "typ", "max"):
        grouped[f"pct_{bound}"] *= grouped[f"share_{bound}"]
    both = pd.concat([direct, grouped[[*direct.columns]]], ignore_index=True)
    both = both[~both.duplicated(["grade", "material"])]
    forms = sheets["grades"].set_index("grade")["form"]
    return both.assign(form=both["grade"].map(forms))[
        ["grade", "material", "form", "pct_min", "pct_typ", "pct_max", "probability"]
    ].reset_index(drop=True)


def _concentration(sheets: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    rows = sheets["concentration"]
    members = sheets["groups"][["group", "material"]]
    grouped = rows[rows["group"] != ""].drop(columns="material").merge(members, on="group")
    both = pd.concat([rows[rows["group"] == ""], grouped], ignore_index=True)
    return both.drop(columns=["group", "where"]).astype({"year": "int64"})
