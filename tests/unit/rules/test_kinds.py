"""A rule kind under guard: what it sees, what it may give, and that its faults stay its own."""

import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from riskplug.catalogue import GRAINS
from riskplug.errors import UsageError
from riskplug.extend.guard import Care
from riskplug.extend.host import Choice, PluginHost
from riskplug.loading import rules_of
from riskplug.model import Outcome, RuleRun
from riskplug.rules import RuleSet, evaluate, load_rules
from riskplug.rules.inputs import GRAIN_TABLES, tables_behind
from riskplug.tables import empty
from riskplug.workspace import load
from tests.unit.rules.test_evaluate import CONTEXT, HEAD, ON, RULE, THREE, NoOptions

KIND = "  - {{id: k, title: K, grain: part, kind: it{more}}}\n"


def kind(assess: Any, needs: Any = frozenset({"facts.part"})) -> Any:
    """A rule kind that does what the function says."""
    made = {"kind": "it", "Options": NoOptions, "needs": needs, "__init__": lambda self, options: None}
    return type("It", (), {**made, "assess": lambda self, tables, context: assess(tables)})


def loaded(tmp_path: Path, offered: Any, more: str = "", care: Care | None = None) -> RuleSet:
    (tmp_path / "r.yaml").write_text(HEAD + RULE + KIND.format(more=more))
    cares = {"it": care} if care else {}
    return load_rules([tmp_path], GRAINS, {"it": offered}, cares=cares)


def outcome(tmp_path: Path, offered: Any, more: str = "", care: Care | None = None, **given: Any) -> Outcome:
    rules = loaded(tmp_path, offered, more, care)
    tables = {"inventory": empty("inventory"), **given}
    return evaluate(rules, {"part": THREE}, on=ON, context=CONTEXT, tables=tables, failed_tables={})


def said(rows: pd.DataFrame, **more: Any) -> pd.DataFrame:
    return pd.DataFrame({"severity": "info", "message": "m", "part_no": rows["part_no"], "site": rows["site"], **more})


def fault(outcome: Outcome) -> str:
    """The one fault; the other rule's findings are there as ever."""
    (found,) = outcome.faults
    assert outcome.findings["rule"].unique().tolist() == ["short"]
    covered = outcome.coverage.groupby("rule")["outcome"].unique()
    assert covered["k"].tolist() == ["failed"] and covered["short"].tolist() == ["evaluated"]
    assert run_of(outcome).fault and run_of(outcome).findings == 0
    return found


def run_of(outcome: Outcome, rule: str = "k") -> RuleRun:
    return next(run for run in outcome.runs if run.rule == rule)


def test_a_kind_that_keeps_the_contract_has_its_findings(tmp_path: Path) -> None:
    found = outcome(tmp_path, kind(lambda tables: said(tables["facts.part"])))
    mine = found.findings[found.findings["rule"] == "k"]
    assert mine["identity"].tolist() == [
        '{"part_no":"A","site":"X"}',
        '{"part_no":"B","site":"Y"}',
        '{"part_no":"C","site":"Y"}',
    ]
    assert found.faults == () and run_of(found).findings == 3


@pytest.mark.parametrize("raised", [RuntimeError, SystemExit, RecursionError, StopIteration, AssertionError])
def test_whatever_it_raises_is_its_own_fault(tmp_path: Path, raised: type[BaseException]) -> None:
    def assess(tables: Any) -> Any:
        raise raised("so")

    assert f"{raised.__name__}: so" in fault(outcome(tmp_path, kind(assess)))


def test_an_endless_recursion_is_a_fault(tmp_path: Path) -> None:
    def assess(tables: Any) -> Any:
        return assess(tables)

    assert "RecursionError" in fault(outcome(tmp_path, kind(assess)))


def test_an_interruption_by_the_user_goes_through(tmp_path: Path) -> None:
    def assess(tables: Any) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        outcome(tmp_path, kind(assess))


def test_an_exception_that_cannot_say_what_it_is_is_a_fault_all_the_same(tmp_path: Path) -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    def assess(tables: Any) -> Any:
        raise Mute

    assert "Mute: (without words)" in fault(outcome(tmp_path, kind(assess)))


def test_a_fault_names_rule_kind_plugin_and_version(tmp_path: Path) -> None:
    care = Care(plugin="acme", version="1.2")
    found = outcome(tmp_path, kind(lambda tables: None), care=care)
    assert fault(found).startswith("rule k (kind it, plugin acme 1.2): assess() gave NoneType, not a frame -> ")
    assert (run_of(found).plugin, run_of(found).version) == ("acme", "1.2")


def test_a_finding_on_an_unknown_part_is_a_fault_with_its_example(tmp_path: Path) -> None:
    made = fault(outcome(tmp_path, kind(lambda tables: said(tables["facts.part"].replace({"part_no": {"C": "Z"}})))))
    assert "findings about 1 keys that facts.part does not have: part_no Z, site Y" in made


def test_a_known_part_at_a_site_that_does_not_have_it_is_a_fault(tmp_path: Path) -> None:
    """A is at X, B at Y; A at Y is nowhere."""
    crossed = pd.DataFrame({"severity": "info", "message": "m", "part_no": ["A"], "site": ["Y"]})
    assert "part_no A, site Y" in fault(outcome(tmp_path, kind(lambda tables: crossed)))


def test_too_many_findings_are_a_fault_where_the_rule_says_how_many(tmp_path: Path) -> None:
    it = kind(lambda tables: said(tables["facts.part"]))
    assert "flooding: 3 findings, more than 2" in fault(outcome(tmp_path, it, ", max_findings: 2"))
    assert "flooding: 3 findings, more than 1" in fault(outcome(tmp_path, it, care=Care(max_findings=1)))
    assert outcome(tmp_path, it, ", max_findings: 3", Care(max_findings=1)).faults == ()


def test_a_kind_sees_the_columns_that_it_declared_and_no_other(tmp_path: Path) -> None:
    seen: list[list[str]] = []

    def assess(tables: Any) -> Any:
        seen.append(list(tables["facts.part"]))
        return said(tables["facts.part"]).iloc[:0]

    assert outcome(tmp_path, kind(assess, {"facts.part": ("site", "part_no")})).faults == ()
    assert seen == [["site", "part_no"]]


@pytest.mark.parametrize(
    "read",
    [
        lambda part: part["on_hand"],
        lambda part: part[["part_no", "on_hand"]],
        lambda part: part[["on_hand"]],
        lambda part: part.on_hand,
        lambda part: part.loc[:, "on_hand"],
        lambda part: part.sort_values("on_hand"),
        lambda part: part.groupby("on_hand").size(),
        lambda part: part.drop(columns="on_hand"),
        lambda part: part[part["part_no"] != "A"]["on_hand"],
    ],
)
def test_reading_a_column_that_was_not_declared_says_so(tmp_path: Path, read: Any) -> None:
    found = outcome(tmp_path, kind(lambda tables: read(tables["facts.part"]), {"facts.part": ("part_no", "site")}))
    assert "reads on_hand of facts.part, which `needs` does not declare -> add it" in fault(found)


def test_reading_a_column_that_there_is_not_stays_the_error_that_it_is(tmp_path: Path) -> None:
    found = outcome(tmp_path, kind(lambda tables: tables["facts.part"]["nonsense"], {"facts.part": ("part_no",)}))
    assert "KeyError: 'nonsense'" in fault(found)


def test_reading_a_table_that_was_not_declared_says_so(tmp_path: Path) -> None:
    found = outcome(tmp_path, kind(lambda tables: tables["inventory"]))
    assert "reads inventory, which `needs` does not declare" in fault(found)


@pytest.mark.parametrize(
    ("needs", "said", "fix"),
    [
        (frozenset({"inventry"}), "`needs` names 'inventry', which is no table", "did you mean 'inventory'?"),
        (frozenset({"facts.prat"}), "`needs` names 'facts.prat', which is no table", "did you mean 'facts.part'?"),
        (frozenset({"part"}), "`needs` names 'part', which is no table", "did you mean 'parts'?"),
        ({"facts.part": ("part_nr",)}, "column 'part_nr', which facts.part does not have", "did you mean 'part_no'?"),
        ({"inventory": ("quantiy", "part_no")}, "column 'quantiy', which inventory", "did you mean 'quantity'?"),
        ({"inventory": "quantity"}, "`needs` gives 'quantity' for 'inventory': write a tuple", "correct `needs`"),
        ("inventory", "`needs` is 'inventory': write a frozenset", "correct `needs`"),
        (3, "`needs` is 3: write a frozenset", "correct `needs`"),
    ],
)
def test_needs_that_there_are_not_are_an_error_of_the_rule_file(
    tmp_path: Path, needs: Any, said: str, fix: str
) -> None:
    with pytest.raises(UsageError) as caught:
        loaded(tmp_path, kind(lambda tables: None, needs))
    (problem,) = caught.value.problems
    assert said in problem.what and fix in problem.fix
    assert (problem.code, problem.where.rsplit("/", 1)[1]) == (
        "rule-kind-needs",
        f"r.yaml:{len(RULE.splitlines()) + 3}:42",
    )


@pytest.mark.parametrize("needs", [{"inventory"}, ["inventory"], ("inventory",), {"inventory": ("part_no", "file")}])
def test_needs_may_come_in_any_collection(tmp_path: Path, needs: Any) -> None:
    assert tables_behind(loaded(tmp_path, kind(lambda tables: None, needs))["k"]) == {"inventory"}


@pytest.mark.parametrize(
    ("needs", "behind"),
    [
        ({"facts.part": ("part_no", "owner")}, {"parts", "bom_lines", "declarations"}),
        ({"facts.part": ("on_hand",)}, {"parts", "bom_lines", "declarations", "inventory"}),
        ({"facts.part": ("origin_country",), "demand": ("date",)}, {*GRAIN_TABLES["part"], "sourcing", "demand"}),
    ],
)
def test_a_failed_table_stops_the_kinds_that_read_what_is_computed_of_it(
    tmp_path: Path, needs: Any, behind: set[str]
) -> None:
    assert tables_behind(loaded(tmp_path, kind(lambda tables: None, needs))["k"]) == behind


def test_a_kind_that_declares_a_whole_fact_table_rests_on_all_that_is_behind_it(tmp_path: Path) -> None:
    behind = tables_behind(loaded(tmp_path, kind(lambda tables: None))["k"])
    assert behind > {"parts", "bom_lines", "declarations", "inventory", "purchase_orders", "demand", "sourcing"}


WAYS = (
    lambda part: part.__setitem__("all_runway_days", 1.0),
    lambda part: part.loc.__setitem__((0, "all_runway_days"), 1.0),
    lambda part: part.sort_values("part_no", ascending=False, inplace=True),
    lambda part: part.drop(columns=list(part), inplace=True),
    lambda part: setattr(part, "index", range(10, 13)),
    lambda part: part.attrs.update(x=1),
    lambda part: part["all_runway_days"].array.__setitem__(0, 1.0),
    lambda part: part["all_runway_days"].array._ndarray.__setitem__(0, 1.0),
    lambda part: part["procurement"].cat.categories.rename("x", inplace=True),
    lambda part: part["procurement"].array.codes.__setitem__(0, 1),
)


@pytest.mark.parametrize("way", range(len(WAYS)))
def test_what_a_kind_does_to_its_frames_changes_no_finding_of_others(tmp_path: Path, way: int) -> None:
    """The kind is asked before the rule `short`, which reads the same facts, and after it."""
    (tmp_path / "r.yaml").write_text(HEAD + RULE)
    facts = {"part": THREE.copy()}
    rules = load_rules([tmp_path], GRAINS)
    alone = evaluate(rules, facts, on=ON, context=CONTEXT, tables={}, failed_tables={})

    def assess(tables: Any) -> Any:
        WAYS[way](tables["facts.part"])
        return said(THREE)

    both = HEAD + KIND.format(more="").replace("id: k", "id: a") + RULE + KIND.format(more="").replace("id: k", "id: z")
    (tmp_path / "r.yaml").write_text(both)
    beside = load_rules([tmp_path], GRAINS, {"it": kind(assess)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = evaluate(beside, facts, on=ON, context=CONTEXT, tables={}, failed_tables={})
    mine = found.findings[found.findings["rule"] == "short"].reset_index(drop=True)
    pd.testing.assert_frame_equal(mine, alone.findings)
    pd.testing.assert_frame_equal(facts["part"], THREE)
    assert not facts["part"].attrs and facts["part"]["procurement"].cat.categories.name is None


def test_time_and_warnings_are_kept_of_each_rule(tmp_path: Path) -> None:
    def assess(tables: Any) -> Any:
        warnings.warn("this will go", FutureWarning, stacklevel=1)
        warnings.warn("this will go", FutureWarning, stacklevel=1)
        return said(tables["facts.part"])

    found = outcome(tmp_path, kind(assess))
    assert [(run.rule, run.kind, run.findings) for run in found.runs] == [("k", "it", 3), ("short", "", 2)]
    assert run_of(found).warnings == ("this will go",)
    assert all(run.seconds > 0 for run in found.runs)


def test_a_rule_in_the_scans_own_process_that_takes_too_long_is_told_so_afterwards(tmp_path: Path) -> None:
    it = kind(lambda tables: said(tables["facts.part"]))
    (note,) = run_of(outcome(tmp_path, it, ", time_limit_seconds: 0.000001")).notes
    assert "its limit is" in note
    assert run_of(outcome(tmp_path, it)).notes == ()


@pytest.mark.parametrize(
    "line", ["isolation: process", "max_findings: 5", "time_limit_seconds: 5", "memory_limit_mb: 500"]
)
def test_how_a_kind_is_called_belongs_to_rules_with_a_kind(tmp_path: Path, line: str) -> None:
    (tmp_path / "r.yaml").write_text(HEAD + RULE + f"    {line}\n")
    with pytest.raises(UsageError, match="belongs to a rule with a kind"):
        load_rules([tmp_path], GRAINS)


def test_how_a_kind_is_called_does_not_change_the_version_of_its_rule(tmp_path: Path) -> None:
    """A backtest compares versions: a limit says nothing other of any part."""
    it = kind(lambda tables: None)
    versions = {loaded(tmp_path, it, more)["k"].version for more in ("", ", max_findings: 5, isolation: process")}
    assert len(versions) == 1


def test_the_shipped_kind_rests_on_sourcing(tmp_path: Path) -> None:
    """It reads countries of origin: without sourcing data its silence proves nothing."""
    (tmp_path / "r.yaml").write_text(HEAD + "  - {id: k, title: K, grain: part, kind: single_origin, options: {}}\n")
    rules = load_rules([tmp_path], GRAINS, PluginHost.load(Choice()).rule_kinds())
    assert tables_behind(rules["k"]) == {"parts", "bom_lines", "declarations", "sourcing"}
    found = evaluate(rules, {"part": THREE}, on=ON, context=CONTEXT, tables={}, failed_tables={"sourcing@erp": "torn"})
    assert found.coverage["outcome"].unique().tolist() == ["failed"]


AUTHOR = '''\
from collections.abc import Mapping
from typing import Any, ClassVar

import pandas as pd

from riskplug.extend import hookimpl
from riskplug.extend.per_part import Finding, per_part
from riskplug.extend.protocols import RuleKind, ScanContext
from riskplug.model import Frames


class Whole:
    """Needs a whole table."""

    kind: ClassVar[str] = "whole"
    Options: ClassVar[type[Any]] = dict
    needs: ClassVar[frozenset[str]] = frozenset({"inventory"})

    def __init__(self, options: Any) -> None: ...

    def assess(self, tables: Frames, context: ScanContext) -> pd.DataFrame:
        return tables["inventory"]


class Some:
    """Needs some columns."""

    kind: ClassVar[str] = "some"
    Options: ClassVar[type[Any]] = dict
    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {"inventory": ("part_no",)}

    def __init__(self, options: Any) -> None: ...

    def assess(self, tables: Frames, context: ScanContext) -> pd.DataFrame:
        return tables["inventory"]


@per_part("one", columns=("on_hand",))
def one(row: Any, context: ScanContext) -> Finding | None:
    """One part."""
    return Finding("info", str(row.part_no))


@hookimpl
def riskplug_rule_kinds() -> list[type[RuleKind]]:
    return [Whole, Some, one]
'''


def test_an_author_may_type_needs_either_way_under_strict_mypy(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    (tmp_path / "author.py").write_text(AUTHOR)
    (tmp_path / "wrong.py").write_text(AUTHOR.replace('frozenset[str]] = frozenset({"inventory"})', "int] = 3"))
    command = [sys.executable, "-m", "mypy", "--config-file", str(root / "pyproject.toml"), "--strict"]
    files = ["--cache-dir", str(root / ".mypy_cache"), str(tmp_path / "author.py"), str(tmp_path / "wrong.py")]
    ran = subprocess.run([*command, *files], cwd=root, capture_output=True, text=True, check=False)
    [error] = [line for line in ran.stdout.splitlines() if " error: " in line]
    assert "wrong.py:" in error and 'expected "type[RuleKind]"' in error
    assert (ran.returncode, ran.stdout.splitlines()[-1]) == (1, "Found 1 error in 1 file (checked 2 source files)")


TOML = """\
[workspace]
name = "Small"

[sites.S1]
country = "DE"

[sources.erp]
path = "exports"

[rules]
paths = ["rules"]

[plugins]
isolation = "process"
max_findings = 7
time_limit_seconds = 9
memory_limit_mb = 100
"""


def test_the_workspace_says_how_kinds_are_called_and_a_rule_may_say_otherwise(tmp_path: Path) -> None:
    (tmp_path / "riskplug.toml").write_text(TOML)
    said = "isolation: none, max_findings: 8, memory_limit_mb: 60"
    own = f"  - {{id: own, title: K, grain: part, kind: single_origin, {said}}}\n"
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "r.yaml").write_text(HEAD + own)
    rules = rules_of(load(tmp_path / "riskplug.toml"), PluginHost.load(Choice()))
    kinds = {rule.id: rule.kind.kind for rule in rules if rule.kind is not None and rule.id != "own"}
    shipped = rules[next(name for name, kind in kinds.items() if kind == "single_origin")]
    cares = [
        (care.plugin, care.isolation, care.max_findings, care.time_limit_seconds, care.memory_limit_mb)
        for care in (shipped.care, rules["own"].care)
    ]
    assert cares == [("single_origin", "process", 7, 9, 100), ("single_origin", "none", 8, 9, 60)]
    assert len(shipped.care.version) == 12 and shipped.care.place is not None  # the start of the file's SHA-256
