"""What a scan looks like on a terminal."""

import io

import pandas as pd
from rich.console import Console

from riskplug.cli.show import findings_table
from riskplug.model import FINDING_COLUMNS


def findings(*sites: str | None) -> pd.DataFrame:
    """One finding about one part, told at each of the sites in the same words."""
    rows = pd.DataFrame({name: pd.Series([""] * len(sites), dtype="str") for name in FINDING_COLUMNS})
    rows["site"] = pd.Series(sites, dtype="str")
    rows["metric"] = 1.0
    return rows.assign(rule="runway", severity=pd.Categorical(["critical"] * len(sites)), message="M-1: 3 days left")


def printed(rows: pd.DataFrame, with_site: bool) -> list[list[str]]:
    """The cells of the table's rows."""
    console = Console(file=io.StringIO(), width=100, highlight=False)
    console.print(findings_table(rows, with_site=with_site))
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines if line.startswith("│")]


def test_the_same_part_at_two_sites_is_told_apart_by_its_site() -> None:
    assert printed(findings("DE01", "US01"), with_site=True) == [
        ["critical", "DE01", "M-1: 3 days left", "runway"],
        ["critical", "US01", "M-1: 3 days left", "runway"],
    ]


def test_a_finding_of_no_site_leaves_the_column_blank() -> None:
    assert printed(findings(None), with_site=True) == [["critical", "", "M-1: 3 days left", "runway"]]


def test_a_workspace_of_one_site_does_not_repeat_its_name() -> None:
    assert printed(findings("DE01"), with_site=False) == [["critical", "M-1: 3 days left", "runway"]]
