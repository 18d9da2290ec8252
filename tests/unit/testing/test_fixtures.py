"""The fixtures are there wherever riskplug is installed, say what they promise, and cost nobody anything."""

import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

import riskplug.testing
from riskplug.catalogue import GRAINS
from riskplug.catalogue import dtype_of as fact_dtype
from riskplug.errors import UsageError
from riskplug.extend import hookimpl
from riskplug.extend.host import PluginHost
from riskplug.extend.protocols import Digest, ScanContext
from riskplug.tables import CARRIED, TABLES, dtype_of
from riskplug.testing import SlackServer, fixtures

HEAVY = ("pandas", "numpy", "scipy", "great_expectations", "sqlalchemy", "slack_sdk", "pyarrow", "pydantic", "pluggy")
PLUGIN = """
from riskplug.extend import hookimpl


class Mapper:
    "Knows nothing."

    kind = "{kind}"

    def map_content(self, parts, context):
        raise NotImplementedError


@hookimpl
def riskplug_content_mappers():
    return [Mapper]
"""


def test_the_public_names_are_these() -> None:
    named = [
        "HttpServer",
        "SlackServer",
        "digest_of",
        "host_of",
        "offered_by",
        "read_case",
        "rule_cases",
        "rule_failures",
        "sample_digests",
        "sample_facts",
        "sample_tables",
        "table_of",
    ]
    assert sorted(riskplug.testing.__all__) == named == dir(riskplug.testing)
    assert all(callable(getattr(riskplug.testing, name)) for name in named)
    with pytest.raises(AttributeError, match="has no 'Slack'"):
        _ = riskplug.testing.Slack


@pytest.mark.parametrize("table", TABLES)
def test_sample_tables_have_the_columns_and_types_of_a_scan(table: str, sample_tables: dict[str, pd.DataFrame]) -> None:
    rows, columns = sample_tables[table], (*TABLES[table].columns, *CARRIED)
    assert list(rows) == [column.name for column in columns]
    parts = sample_tables["parts"]["part_no"].cat.categories
    for column in columns:
        wanted = dtype_of(column, parts)
        assert rows[column.name].dtype == ("category" if column.kind == "key" else wanted), column.name


def test_the_sample_has_what_a_rule_reads_and_keys_that_are_known(sample_tables: dict[str, pd.DataFrame]) -> None:
    for table, rows in sample_tables.items():
        for column in TABLES[table].required:
            assert rows[column].notna().all(), (table, column)
    filled = {table for table, rows in sample_tables.items() if len(rows)}
    assert {"parts", "bom_lines", "inventory", "purchase_orders", "demand", "suppliers", "sourcing"} <= filled


@pytest.mark.parametrize("_", [1, 2])
def test_what_one_test_does_to_the_sample_the_next_does_not_see(
    _: int, sample_tables: dict[str, pd.DataFrame], sample_facts: dict[str, pd.DataFrame]
) -> None:
    assert sample_tables["inventory"]["quantity"].tolist() == [50, 200, 2000, 0, 0]
    sample_tables["inventory"].loc[:, "quantity"] = -1
    assert sample_facts["part"]["site"].tolist() == ["S1"] * 5
    sample_facts["part"].loc[:, "stock_runway_days"] = -1


def test_sample_facts_are_those_of_the_catalogue_and_right(sample_facts: dict[str, pd.DataFrame]) -> None:
    assert sorted(sample_facts) == sorted(GRAINS)
    for grain, rows in sample_facts.items():
        assert [(name, str(rows[name].dtype)) for name in rows] == [
            (fact.name, str(pd.Series(dtype=fact_dtype(fact)).dtype))
            for fact in GRAINS[grain].columns  # type: ignore[arg-type]
        ]
    parts = sample_facts["part"].set_index("part_no")
    # 50 magnets, ten needed on days 7, 14, 21, 28, 35; day 42 is not covered. 200 magnets: day 147 is not.
    assert parts.loc[["M-1", "M-2"], "stock_runway_days"].tolist() == [41, 146]
    assert parts.loc["C-1", "stock_runway_days_state"] == "covered_to_horizon"


def test_the_context_is_that_of_the_sample(scan_context: ScanContext) -> None:
    assert (scan_context.business_date.isoformat(), scan_context.currency) == ("2025-04-28", "EUR")


def test_a_plugin_host_has_what_it_is_given_and_nothing_else(
    plugin_host: Callable[..., PluginHost], tmp_path: Path
) -> None:
    assert plugin_host().statuses == []
    file = tmp_path / "mine.py"
    file.write_text(PLUGIN.format(kind="of_file"))
    made = ModuleType("made")
    vars(made)["riskplug_measures"] = hookimpl(nothing)
    host = plugin_host(PLUGIN.format(kind="of_text"), file, made)
    assert host.faults == []
    assert sorted(host.content_mappers()) == ["of_file", "of_text"]
    assert [(status.name, status.status) for status in host.statuses] == [
        ("given_1", "on"),
        ("mine", "on"),
        ("made", "on"),
    ]


def nothing() -> list[Path]:
    return []


def test_a_plugin_host_says_what_is_wrong(plugin_host: Callable[..., PluginHost], tmp_path: Path) -> None:
    (fault,) = plugin_host("def riskplug_rule_kind(): ...").faults
    assert "riskplug_rule_kind is not a hook" in fault.message
    with pytest.raises(UsageError, match="there is no such plugin"):
        plugin_host(tmp_path / "gone.py")


def test_sample_digests_are_of_every_sort(sample_digests: Mapping[str, Digest]) -> None:
    assert sorted(sample_digests) == ["hostile", "long", "ordinary", "quiet"]
    assert len(sample_digests["long"].lines) == 500 and sample_digests["quiet"].lines == ()
    assert "<!channel>" in sample_digests["hostile"].headline


def test_every_fixture_is_on_the_page() -> None:
    page = (Path(__file__).parents[3] / "docs" / "plugin-tests.md").read_text(encoding="utf-8")
    named = {name for name, value in vars(fixtures).items() if type(value).__name__ == "FixtureFunctionDefinition"}
    told = set(re.findall(r"^\| `(\w+)`", page.split("## Fixtures")[1].split("\n## ")[0], flags=re.MULTILINE))
    assert told == named and len(named) == 7


def test_slack_runs_and_its_token_is_where_a_workspace_looks(
    fake_slack: SlackServer, slack_server: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fake_slack is slack_server and os.environ["SLACK_BOT_TOKEN"] == slack_server.token
    request = urllib.request.Request(
        f"{slack_server.base_url}auth.test", b"{}", {"Authorization": f"Bearer {slack_server.token}"}
    )
    with urllib.request.urlopen(request) as answer:
        assert b'"ok": true' in answer.read()


def run_elsewhere(folder: Path, text: str, *words: str) -> "subprocess.CompletedProcess[str]":
    """pytest in a folder that has nothing to do with riskplug."""
    (folder / "test_elsewhere.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_suite_that_does_not_use_it_loads_nothing_of_it(tmp_path: Path) -> None:
    text = f"""
import sys

def test_nothing_heavy_is_loaded():
    assert [name for name in {HEAVY!r} if name in sys.modules and name != "pluggy"] == []
    assert sorted(n for n in sys.modules if n.startswith("riskplug")) == [
        "riskplug", "riskplug.testing", "riskplug.testing.fixtures"
    ]
"""
    done = run_elsewhere(tmp_path, text)
    assert "1 passed" in done.stdout, done.stdout


def test_another_suite_has_the_fixtures_by_itself_and_by_name(tmp_path: Path) -> None:
    text = "def test_it(scan_context, sample_tables):\n    assert len(sample_tables['parts']) == 5\n"
    assert "1 passed" in run_elsewhere(tmp_path, text, "-W", "error").stdout
    assert (
        "fixture 'scan_context' not found" in run_elsewhere(tmp_path, text, "-p", "no:riskplug.testing.fixtures").stdout
    )
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["riskplug.testing.fixtures"]\n')
    assert "1 passed" in run_elsewhere(tmp_path, text).stdout


def test_a_fixture_of_the_same_name_is_the_suites_own(tmp_path: Path) -> None:
    own = "import pytest\n\n@pytest.fixture\ndef sample_tables():\n    return 'mine'\n\n"
    text = own + "def test_it(sample_tables):\n    assert sample_tables == 'mine'\n"
    assert "1 passed" in run_elsewhere(tmp_path, text).stdout
