"""Whatever is written in a declared dialect is read back equal."""

import csv
import io
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskplug.ingest import Profile, inspect_file
from tests.examples import examples

# no control characters (NUL and line ends have cases of their own), no ASCII blanks at the ends (they are trimmed)
WORD = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8)
TEXT = st.lists(WORD, max_size=3).map(" ".join) | st.just('two\nlines; "quoted", a|b')
DAY = st.integers(0, 20000).map(lambda days: date(1990, 1, 1) + timedelta(days=days))
ROW = st.fixed_dictionaries(
    {
        "part_no": WORD.map(lambda word: f"P{word}"),
        "description": TEXT,
        "lead_time_days": st.none() | st.integers(0, 10**6),
        "unit_cost": st.none() | st.floats(0, 1e9, allow_subnormal=False),
        "phantom": st.sampled_from([None, True, False]),
        "base_unit": st.sampled_from(["pc", "kg", "ROL"]),
        "day": DAY,
    }
)
DIALECT = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from(",;\t|"),
        "decimal": st.sampled_from(".,"),
        "encoding": st.sampled_from(["utf-8", "utf-16"]),
        "date_formats": st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%Y%m%d"]),
        "true_words": st.sampled_from(["X", "true"]),
        "false_words": st.sampled_from(["N", "false"]),
    }
)
NEWLINE = st.sampled_from(["\n", "\r\n"])


def spelt(row: dict[str, Any], dialect: dict[str, str]) -> list[str]:
    flag = {None: "", True: dialect["true_words"], False: dialect["false_words"]}[row["phantom"]]
    numbers = [
        "" if row[name] is None else str(row[name]).replace(".", dialect["decimal"])
        for name in ("lead_time_days", "unit_cost")
    ]
    return [
        row["part_no"],
        row["description"],
        *numbers,
        flag,
        row["base_unit"],
        row["day"].strftime(dialect["date_formats"]),
    ]


@settings(max_examples=examples(80), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=st.lists(ROW, min_size=1, max_size=12, unique_by=lambda row: row["part_no"]), dialect=DIALECT, newline=NEWLINE
)
def test_a_written_table_is_read_back_equal(rows: list[dict[str, Any]], dialect: dict[str, str], newline: str) -> None:
    names = ["part_no", "description", "lead_time_days", "unit_cost", "phantom", "base_unit", "day"]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=dialect["delimiter"], lineterminator=newline)
    writer.writerows([names, *(spelt(row, dialect) for row in rows)])
    profile = Profile.model_validate(
        {
            "name": "x",
            **dialect,
            "tables": {
                "parts": {
                    "files": "x.csv",
                    "as_of": {"column": "day"},
                    "columns": {name: name for name in names if name != "day"},
                }
            },
        }
    )
    with TemporaryDirectory() as folder:
        file = Path(folder) / "x.csv"
        file.write_bytes(out.getvalue().encode(dialect["encoding"]))
        inspection = inspect_file("parts", [file], profile, None, date(2025, 4, 28))
    assert inspection.refused == () and inspection.quarantine.empty, inspection
    read = inspection.document()["rows"]
    wanted = [{name: row[name] if row[name] != "" else None for name in names if name != "day"} for row in rows]
    assert [{name: row[name] for name in wanted[0]} for row in read] == wanted
    extracted = inspection.files[0].extracted_at
    assert extracted is not None and extracted.date() == max(row["day"] for row in rows)
