"""What must hold across the knowledge tables: bounds in order, ids that exist, CAS numbers that add up."""

from collections.abc import Iterator, Mapping

import pandas as pd

from riskplug import cas
from riskplug.content.pattern_checks import pattern_faults
from riskplug.content.places import at_cell
from riskplug.errors import Problem, suggestion

FORMS = (
    "ore",
    "concentrate",
    "oxide",
    "compound",
    "metal",
    "alloy",
    "powder",
    "target",
    "magnet",
    "crystal",
    "wafer",
    "component",
)
KINDS = ("grade", "name", "brand", "word", "material", "component", "chem", "code")
PER = ("unit", "kW", "MW")
WHOLE = 100.5  # rounding of formulas and nominal percentages
SUPPRESSES = ("itself", "weak", "magnet", "all")

# sheet, column, sheet it points to, column there
REFERENCES = (
    ("substances", "material", "elements", "material"),
    ("groups", "material", "elements", "material"),
    ("grades", "density", "densities", "density"),
    ("compositions", "grade", "grades", "grade"),
    ("compositions", "material", "elements", "material"),
    ("compositions", "group", "groups", "group"),
    ("signals", "grade", "grades", "grade"),
    ("signals", "context", "contexts", "context"),
    ("variants", "signal", "signals", "signal"),
    ("variants", "grade", "grades", "grade"),
    ("names", "material", "elements", "material"),
    ("component_contents", "component_type", "component_types", "component_type"),
    ("component_contents", "grade", "grades", "grade"),
    ("component_contents", "group", "groups", "group"),
    ("component_contents", "material", "elements", "material"),
    ("commodity_codes", "grade", "grades", "grade"),
    ("commodity_codes", "material", "elements", "material"),
    ("concentration", "material", "elements", "material"),
    ("concentration", "group", "groups", "group"),
)
# sheet, lower bound, typical, upper bound, limit of the upper bound
INTERVALS = (
    ("compositions", "pct_min", "pct_typ", "pct_max", 100.0),
    ("groups", "share_min", "share_typ", "share_max", 1.0),
    ("densities", "g_per_cm3_min", "g_per_cm3_typ", "g_per_cm3_max", 25.0),
    ("shapes", "fill_min", "fill_typ", "fill_max", 1.0),
    ("component_types", "g_min", "g_typ", "g_max", float("inf")),
    ("concentration", "share_pct_min", "share_pct", "share_pct_max", 100.0),
)
UNIT_INTERVALS = (
    ("compositions", "probability"),
    ("component_types", "probability"),
    ("signals", "confidence"),
    ("commodity_codes", "probability"),
    ("substances", "fraction"),
)
CHOICES = (
    ("grades", "form", FORMS),
    ("substances", "form", FORMS),
    ("forms", "form", FORMS),
    ("signals", "kind", KINDS),
    ("component_types", "per", PER),
    ("false_friends", "suppresses", SUPPRESSES),
    ("commodity_codes", "form", FORMS),
)
EXACTLY_ONE = (
    ("compositions", ("material", "group")),
    ("component_contents", ("grade", "group", "material")),
    ("concentration", ("material", "group")),
)


def problems_of(sheets: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Every rule the tables break together."""
    return [
        *_references(sheets),
        *_intervals(sheets),
        *_probabilities(sheets),
        *_choices(sheets),
        *_one_of(sheets),
        *_cas(sheets),
        *_sums(sheets),
        *_patterns(sheets),
    ]


def _references(sheets: Mapping[str, pd.DataFrame]) -> Iterator[Problem]:
    for sheet, column, target, there in REFERENCES:
        rows, known = sheets[sheet], set(sheets[target][there])
        for row in _where(rows, (rows[column] != "") & ~rows[column].isin(known)):
            problem = Problem(
                f"{column} {row[column]!r} is not in {target}.csv",
                row["where"],
                suggestion(str(row[column]), known) or f"add it to {target}.csv",
                "unknown-id",
            )
            yield at_cell(problem, column)


def _intervals(sheets: Mapping[str, pd.DataFrame]) -> Iterator[Problem]:
    for sheet, low, typical, high, limit in INTERVALS:
        rows = sheets[sheet]
        wrong = (
            (rows[low] > rows[typical])
            | (rows[typical] > rows[high])
            | (rows[low] > rows[high])
            | (rows[low] < 0)
            | (rows[high] > limit)
        )
        for row in _where(rows, wrong):
            problem = Problem(
                f"{low} {row[low]}, {typical} {row[typical]}, {high} {row[high]} are not in order within "
                f"0 and {limit:g}",
                row["where"],
                "write minimum <= typical <= maximum",
                "bad-interval",
            )
            yield at_cell(problem, low)


def _probabilities(sheets: Mapping[str, pd.DataFrame]) -> Iterator[Problem]:
    for sheet, column in UNIT_INTERVALS:
        rows = sheets[sheet]
        for row in _where(rows, ~rows[column].between(0, 1)):
            problem = Problem(
                f"{column} {row[column]} is not between 0 and 1",
                row["where"],
                "write a share, not a percent",
                "bad-probability",
            )
            yield at_cell(problem, column)


def _choices(sheets: Mapping[str, pd.DataFrame]) -> Iterator[Problem]:
    for sheet, column, allowed in CHOICES:
        rows = sheets[sheet]
        for row in _where(rows, (rows[column] != "") & ~rows[column].isin(allowed)):
            problem = Problem(
                f"{column} {row[column]!r}", row["where"], suggestion(str(row[column]), allowed), "bad-choice"
            )
            yield at_cell(problem, column)


def _one_of(sheets: Mapping[str, pd.DataFrame]) -> Iterator[Problem]:
    for sheet, columns in EXACTLY_ONE:
        rows = sheets[sheet]
        for row in _where(rows, (rows[list(columns)] != "").sum(axis=1) != 1):
            problem = Problem(
                f"exactly one of {', '.join(columns)} is to be filled", row["where"], "keep one of them", "one-of"
            )
            yield at_cell(problem, columns[0])


def _cas(sheets: Mapping[str, pd.DataFrame]) -> Iterator[Problem]:
    for sheet in ("elements", "substances"):
        rows = sheets[sheet]
        for row in _where(rows, ~cas.valid(rows["cas_no"]).fillna(False).astype(bool)):
            problem = Problem(
                f"CAS number {row['cas_no']!r} fails its check digit",
                row["where"],
                "look the number up again",
                "bad-cas",
            )
            yield at_cell(problem, "cas_no")


def _sums(sheets: Mapping[str, pd.DataFrame]) -> Iterator[Problem]:
    """A grade cannot hold more than itself: neither what is surely in it nor what is expected."""
    rows = sheets["compositions"]
    expected = (rows["pct_typ"] * rows["probability"]).fillna(0.0)
    for bound, share in (("pct_min", rows["pct_min"]), ("pct_typ", expected)):
        total = share.groupby(rows["grade"]).sum()
        for grade in total.index[total > WHOLE]:
            problem = Problem(
                f"{bound} of the rows of {grade} add up to {total[grade]:.1f} percent",
                str(rows.loc[rows["grade"] == grade, "where"].iloc[-1]),
                "lower them to 100 in sum",
                "bad-sum",
            )
            yield at_cell(problem, bound)


def _patterns(sheets: Mapping[str, pd.DataFrame]) -> Iterator[Problem]:
    for rows in (rows for rows in sheets.values() if "pattern" in rows):
        # a loop over some hundred hand-written rows
        for pattern, where in zip(rows["pattern"], rows["where"], strict=True):
            for fault in pattern_faults(pattern):
                yield at_cell(Problem(f"the pattern {fault}", where, "rewrite it", "bad-pattern"), "pattern")


def _where(rows: pd.DataFrame, wrong: pd.Series) -> list[dict[str, str]]:
    return [{str(k): v for k, v in row.items()} for row in rows[wrong].to_dict("records")]
