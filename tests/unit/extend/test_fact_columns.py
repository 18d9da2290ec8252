"""Columns of plugins: known to rules and schemas, computed under guard, unknown and told where they fail."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pytest

from riskplug.analysis import Analysis
from riskplug.catalogue import GRAINS, frame
from riskplug.enriching import enriched
from riskplug.extend.host import PluginHost
from riskplug.extend.protocols import ScanContext
from riskplug.loading import catalogue_of
from riskplug.rules import RuleSet, evaluate, load_rules, rules_schema
from riskplug.tables import empty
from tests.unit.extend.test_host import folder, load

__all__ = ["folder"]
CONTEXT = ScanContext("s", date(2025, 4, 28), "EUR", 365)
PLUGIN = '''
import pandas as pd
from riskplug.catalogue import Fact
from riskplug.extend import hookimpl

class Classes:
    """The company's own classes of parts."""
    kind = "classes"
    grain = "part"
    columns = (
        Fact("abc_class", "choice", "Class by yearly value.", ("A", "B", "C")),
        Fact("shelf_days", "days", "Days it may lie.", unit="days"),
    )
    needs = frozenset({"inventory"})

    def enrich(self, facts, tables, context):
        made = pd.DataFrame(index=facts.index)
        made["abc_class"] = facts["part_no"].map({"M-1": "A", "M-2": "B"})
        made["shelf_days"] = float(len(tables["inventory"]) + 10)
        return made

@hookimpl
def riskplug_fact_columns():
    return [Classes]
'''
RULE = """schema: riskplug.rules/1
rules:
  - id: own-class
    title: T
    grain: part
    when: abc_class == "A" and shelf_days < 30 days
    severity: warning
    owner: '"x"'
    message: "{part_no} {abc_class}"
"""


@dataclass(frozen=True)
class Facts:
    """As much of an analysis as is looked at here."""

    facts: dict[str, pd.DataFrame]


def parts() -> pd.DataFrame:
    names = ["M-1", "M-2", "M-3"]
    return frame(GRAINS["part"], {"part_no": pd.Series(names, dtype="str"), "site": "X"}, 3)


def tonight(host: PluginHost) -> pd.DataFrame:
    tables = {"inventory": empty("inventory", pd.Index([], dtype="str"))}
    return enriched(cast(Analysis, Facts({"part": parts()})), tables, host, CONTEXT).facts["part"]


def rules(host: PluginHost, place: Path) -> RuleSet:
    (place / "r.yaml").write_text(RULE)
    return load_rules([place / "r.yaml"], catalogue_of(host))


def judged(host: PluginHost, place: Path) -> Any:
    facts = {"part": tonight(host)}
    return evaluate(rules(host, place), facts, on=CONTEXT.business_date, context=CONTEXT, tables={}, failed_tables={})


def test_a_rule_reads_the_column_of_a_plugin(folder: Path) -> None:
    outcome = judged(load(folder, classes=PLUGIN), folder)
    assert outcome.findings["message"].tolist() == ["M-1 A"]
    assert outcome.undetermined["identity"].tolist() == ['{"part_no":"M-3","site":"X"}']


def test_the_schema_of_rule_files_knows_it(folder: Path) -> None:
    host = load(folder, classes=PLUGIN)
    said = str(rules_schema(catalogue_of(host)))
    assert "abc_class" in said and "Class by yearly value." in said
    assert "abc_class" not in str(rules_schema())


def test_without_the_plugin_a_rule_over_its_column_is_refused(folder: Path) -> None:
    with pytest.raises(Exception, match="no column 'abc_class' in grain part"):
        rules(load(folder), folder)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("made = pd.DataFrame(index=facts.index)", "raise KeyError('gone')", "KeyError"),
        ("return made", "return made.iloc[:1]", "gave other rows than it was given"),
        ("return made", "return None", "gave NoneType, not a frame"),
        ("return made", "return made[['shelf_days']]", "left out abc_class"),
        ('"M-1": "A"', '"M-1": "Z"', "abc_class is never 'Z'"),
    ],
)
def test_a_fault_leaves_the_columns_unknown_and_the_rule_undetermined(
    folder: Path, old: str, new: str, said: str
) -> None:
    host = load(folder, classes=PLUGIN.replace(old, new))
    outcome = judged(host, folder)
    assert said in str(host.faults[0])
    assert outcome.findings.empty and len(outcome.undetermined) == 3 and outcome.faults == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('{"inventory"}', '{"stock"}', "needs 'stock', which there is not"),
        ('grain = "part"', 'grain = "parts"', "no grain 'parts'; did you mean 'part'?"),
        ('Fact("shelf_days"', 'Fact("on_hand"', "part.on_hand exists already"),
        ('Fact("shelf_days"', 'Fact("shelf days"', "'shelf days' is no column"),
    ],
)
def test_a_declaration_that_cannot_be_is_told_once_and_left_out(folder: Path, old: str, new: str, said: str) -> None:
    host = load(folder, classes=PLUGIN.replace(old, new))
    assert host.enrichers() == {} and host.enrichers() == {}
    assert len(host.faults) == 1
    assert said in str(host.faults[0])


def test_two_plugins_may_not_declare_the_same_column(folder: Path) -> None:
    host = load(folder, a=PLUGIN, b=PLUGIN.replace('kind = "classes"', 'kind = "other"'))
    assert host.enrichers() == {}
    said = [str(fault) for fault in host.faults if "column part.abc_class is also given by" in str(fault)]
    assert [("plugin a (" in one, "plugin b (" in one) for one in said] == [(False, True), (True, False)]


def test_the_facts_that_a_plugin_sees_are_its_own_copy(folder: Path) -> None:
    host = load(folder, classes=PLUGIN.replace("return made", 'facts["part_no"] = "changed"; return made'))
    assert tonight(host)["part_no"].tolist() == ["M-1", "M-2", "M-3"]
