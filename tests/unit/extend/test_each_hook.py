"""Each hook, by its name: what a plugin gives through it arrives, and what a plugin is told arrives there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from riskplug.extend.host import PluginHost
from riskplug.extend.protocols import ScanContext

Load = Callable[[str], PluginHost]


def plugin(hook: str, gives: str, before: str = "") -> str:
    """The text of a plugin with one hook."""
    return f"from riskplug.extend import *\n\n{before}\n\n@hookimpl\ndef {hook}():\n    return [{gives}]\n"


def shaped(name: str, members: str) -> str:
    """A class with these members, and a docstring."""
    return f'class {name}:\n    "One for a test."\n    kind = "mine"\n{members}'


def given(load: Load, hook: str, members: str) -> PluginHost:
    host = load(
        plugin(
            hook, "Mine", f"from riskplug.extend import *\nfrom pydantic import BaseModel\n{shaped('Mine', members)}"
        )
    )
    assert host.faults == []
    return host


@pytest.fixture
def load(plugin_host: Callable[..., PluginHost]) -> Load:
    return lambda text: plugin_host(text)


MADE = "    Options = BaseModel\n    def __init__(self, options):\n        pass\n"


def test_riskplug_profiles(load: Load, tmp_path: Path) -> None:
    (tmp_path / "erp.yaml").write_text("")
    host = load(plugin("riskplug_profiles", f"{str(tmp_path / 'erp.yaml')!r}"))
    assert (host.profiles(), host.faults) == ([tmp_path / "erp.yaml"], [])


def test_riskplug_measures(load: Load, tmp_path: Path) -> None:
    host = load(plugin("riskplug_measures", f"{str(tmp_path)!r}"))
    assert (host.measures(), host.faults) == ([tmp_path], [])


def test_riskplug_sources(load: Load) -> None:
    members = (
        MADE
        + "    def tables(self):\n        return frozenset()\n"
        + "    def read(self, table, context):\n        pass\n"
        + "    def extracted_at(self, table):\n        pass\n"
    )
    assert list(given(load, "riskplug_sources", members).sources()) == ["mine"]


def test_riskplug_reshapers(load: Load) -> None:
    members = "    def reshape(self, rows, inputs, business_date):\n        return rows\n"
    assert list(given(load, "riskplug_reshapers", members).reshapers()) == ["mine"]


def test_riskplug_expectations(load: Load) -> None:
    spec = "ExpectationSpec('parts', 'expect_column_values_to_not_be_null', {'column': 'owner'})"
    host = load(plugin("riskplug_expectations", spec).replace("expectations()", "expectations(table)"))
    assert host.faults == []
    assert [found.table for found in host.expectations(["parts"])] == ["parts"]
    assert host.expectations(["inventory"]) == []


def test_riskplug_content_mappers(load: Load) -> None:
    members = "    def map_content(self, parts, context):\n        return parts\n"
    assert list(given(load, "riskplug_content_mappers", members).content_mappers()) == ["mine"]


def test_riskplug_fact_columns(load: Load) -> None:
    members = (
        "    grain = 'part'\n    columns = (Fact('abc', 'text', 'A class.'),)\n    needs = frozenset()\n"
        "    def enrich(self, facts, tables, context):\n        return facts\n"
    )
    assert list(given(load, "riskplug_fact_columns", members).enrichers()) == ["mine"]


def test_riskplug_rule_kinds(load: Load) -> None:
    members = MADE + "    needs = frozenset({'parts'})\n    def assess(self, tables, context):\n        pass\n"
    assert list(given(load, "riskplug_rule_kinds", members).rule_kinds()) == ["mine"]


def test_riskplug_alternate_finders(load: Load) -> None:
    members = "    needs = frozenset()\n    def find(self, part_nos, tables, context):\n        pass\n"
    assert list(given(load, "riskplug_alternate_finders", members).alternate_finders()) == ["mine"]


def test_riskplug_report_sections(load: Load) -> None:
    members = "    title = 'Mine'\n    needs = frozenset()\n    def section(self, facts, context):\n        pass\n"
    assert list(given(load, "riskplug_report_sections", members).report_sections()) == ["mine"]


def test_riskplug_commands(load: Load) -> None:
    host = load(plugin("riskplug_commands", "Command('hello', 'Say hello.', lambda words: 0)"))
    assert host.faults == []
    assert [(one.hook, one.kind) for one in host.statuses[0].contributions] == [("commands", "hello")]


def test_riskplug_notifiers(load: Load) -> None:
    members = (
        MADE
        + "    limits = Limits()\n    capabilities = Capabilities()\n"
        + "    def render(self, digest):\n        return {}\n"
        + "    def send(self, delivery, *, timeout):\n        pass\n"
        + "    def find(self, delivery, *, timeout):\n        pass\n"
    )
    assert list(given(load, "riskplug_notifiers", members).notifiers()) == ["mine"]


def told(load: Load, hook: str, context: ScanContext, **more: Any) -> list[str]:
    """What an observer was told, by name."""
    names = ", ".join(["context", *more])
    text = (
        f"from riskplug.extend import *\n\nHEARD = []\n\n@hookimpl\ndef {hook}({names}):\n    HEARD.append([{names}])\n"
    )
    host = load(text)
    host.notify(hook, context=context, **more)
    assert host.faults == []
    ((_, module),) = host.manager.list_name_plugin()
    ((first, *others),) = vars(module)["HEARD"]
    assert first is context
    return [str(one) for one in others]


def test_riskplug_scan_started(load: Load, scan_context: ScanContext) -> None:
    assert told(load, "riskplug_scan_started", scan_context) == []


def test_riskplug_stage_finished(load: Load, scan_context: ScanContext) -> None:
    assert told(load, "riskplug_stage_finished", scan_context, stage="bom", seconds=1.5, rows=3) == ["bom", "1.5", "3"]


def test_riskplug_alerts_changed(load: Load, scan_context: ScanContext) -> None:
    assert told(load, "riskplug_alerts_changed", scan_context, changes=()) == ["()"]


def test_riskplug_scan_finished(load: Load, scan_context: ScanContext) -> None:
    assert told(load, "riskplug_scan_finished", scan_context, summary={"exit_code": 0}) == ["{'exit_code': 0}"]
