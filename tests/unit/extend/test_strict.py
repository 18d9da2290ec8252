"""Every mistake of a plugin is told when it is loaded: which plugin, where, what, and what to do about it."""

from pathlib import Path

import pytest

from riskplug.extend.guard import Fault
from riskplug.extend.host import PluginHost
from tests.unit.extend.test_host import GOOD, folder, load, status

__all__ = ["folder"]
OBSERVER = "from riskplug.extend import hookimpl\n@hookimpl\ndef riskplug_scan_started(context):\n    pass\n"
EXPECTATIONS = """
from riskplug.extend import ExpectationSpec, hookimpl

@hookimpl
def riskplug_expectations(table):
    if table == "inventory":
        yield ExpectationSpec("inventory", "expect_column_values_to_not_be_null", {"column": "quantity"})
"""
NOTIFIER = '''
from pydantic import BaseModel
from riskplug.extend import hookimpl
from riskplug.extend.protocols import Capabilities, Limits

class Options(BaseModel):
    pass

class Push:
    """Pushes."""
    kind = "push"
    Options = Options
    limits = Limits()
    capabilities = Capabilities()
    def __init__(self, options): ...
    def render(self, digest): ...
    def send(self, delivery, *, timeout): ...
    def find(self, delivery, *, timeout): ...

@hookimpl
def riskplug_notifiers():
    return [Push]
'''


def line_of(text: str, word: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if word in line)


def only(host: PluginHost) -> Fault:
    assert len(host.faults) == 1, [str(fault) for fault in host.faults]
    return host.faults[0]


def refused(folder: Path, text: str, beside: str = GOOD) -> Fault:
    """The one fault of a bad plugin, of which nothing is left; the good one beside it works on."""
    host = load(folder, bad=text, good=beside.replace('"echo"', '"good"').replace('"push"', '"good"'))
    fault = only(host)
    assert fault.plugin == "bad"
    bad = status(host, "bad")
    assert (bad.status, bad.contributions) == ("failed", ())
    assert fault.message in bad.reason
    assert not host.manager.has_plugin("bad")
    assert "echo" not in host.rule_kinds() and "push" not in host.notifiers()
    assert status(host, "good").status == "on"
    return fault


HOOKS = [
    (
        GOOD.replace("riskplug_rule_kinds", "riskplug_rule_kind"),
        "@hookimpl",
        "riskplug_rule_kind is not a hook",
        "did you mean 'riskplug_rule_kinds'?",
    ),
    (
        GOOD.replace("riskplug_rule_kinds", "risk_plug_rule_kinds"),
        "@hookimpl",
        "risk_plug_rule_kinds is not a hook",
        "did you mean 'riskplug_rule_kinds'?",
    ),
    (
        GOOD.replace("@hookimpl\n", ""),
        "def riskplug_rule_kinds",
        "riskplug_rule_kinds is not marked",
        "put @hookimpl above it",
    ),
    (
        GOOD.replace("@hookimpl", "@hookimpl(wrapper=True)").replace("return [Echo]", "yield"),
        "@hookimpl",
        "riskplug_rule_kinds is a wrapper",
        "write a plain hook: plugins may not wrap those of others",
    ),
    (
        GOOD.replace("@hookimpl", '@hookimpl(specname="riskplug_sources")'),
        "@hookimpl",
        "riskplug_rule_kinds goes by another hook's name",
        "leave out specname",
    ),
    (
        GOOD.replace("def riskplug_rule", "async def riskplug_rule"),
        "@hookimpl",
        "riskplug_rule_kinds is a coroutine",
        "write it without async",
    ),
    (
        GOOD.replace("riskplug_rule_kinds()", "riskplug_rule_kinds(extra)"),
        "@hookimpl",
        "riskplug_rule_kinds takes 'extra', which the hook does not give",
        "write it as def riskplug_rule_kinds():",
    ),
    (
        OBSERVER.replace("(context)", "()"),
        "@hookimpl",
        "riskplug_scan_started lacks 'context'",
        "write it as def riskplug_scan_started(context):",
    ),
    (
        OBSERVER.replace("(context)", "(*, context)"),
        "@hookimpl",
        "riskplug_scan_started takes 'context' by keyword only",
        "write it as def riskplug_scan_started(context):",
    ),
    (
        OBSERVER.replace("(context)", "(context=None)"),
        "@hookimpl",
        "riskplug_scan_started has a default for 'context'",
        "write it as def riskplug_scan_started(context):",
    ),
    (
        OBSERVER.replace("(context)", "(context, **more)"),
        "@hookimpl",
        "riskplug_scan_started takes **more, which no hook gives",
        "write it as def riskplug_scan_started(context):",
    ),
]


@pytest.mark.parametrize(("text", "at", "what", "fix"), HOOKS, ids=[row[2] for row in HOOKS])
def test_a_hook_that_would_never_be_called_right(folder: Path, text: str, at: str, what: str, fix: str) -> None:
    fault = refused(folder, text)
    assert (fault.message, fault.fix) == (what, fix)
    assert fault.where == f"{folder / 'bad.py'}:{line_of(text, at)}"


def test_a_list_under_a_hooks_name_is_no_hook(folder: Path) -> None:
    fault = refused(folder, "riskplug_rule_kinds = []")
    assert fault.message == "riskplug_rule_kinds is not a function"
    assert fault.fix == "write it as def riskplug_rule_kinds():"


@pytest.mark.parametrize("number", ["99", "0", "'1'", "True", "1.0", "None"])
def test_an_interface_that_is_not_supported(folder: Path, number: str) -> None:
    fault = refused(folder, f"riskplug_api = {number}\n{GOOD}")
    assert fault.message == f"written for plugin interface {number}, this riskplug has 1"
    assert fault.where == str(folder / "bad.py")
    assert fault.fix.startswith("set riskplug_api = 1 if it fits")


def test_the_supported_interface_is_taken_and_shown(folder: Path) -> None:
    host = load(folder, good=f"riskplug_api = 1\n{GOOD}")
    assert (status(host, "good").status, status(host, "good").api) == ("on", 1)


@pytest.mark.parametrize(
    ("text", "line", "what", "fix"),
    [
        ("import does_not_exist", 1, "ModuleNotFoundError: No module named 'does_not_exist'", "install what provides"),
        ("\nimport sys\nsys.exit(3)", 3, "SystemExit: 3", "a plugin must not end the program"),
        ("x = 1\ndef broken(:", 2, "SyntaxError: ", "repair the plugin, or switch it off: -p no:bad"),
        ("\n\nraise ValueError('odd')", 3, "ValueError: odd", "repair the plugin, or switch it off: -p no:bad"),
    ],
    ids=["import", "exit", "syntax", "value"],
)
def test_a_module_that_cannot_be_imported(folder: Path, text: str, line: int, what: str, fix: str) -> None:
    fault = refused(folder, text)
    assert fault.message.startswith(what) and fault.fix.startswith(fix)
    assert fault.where == f"{folder / 'bad.py'}:{line}"


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("raise RuntimeError('no luck')", "riskplug_rule_kinds raised RuntimeError: no luck"),
        ("raise SystemExit(2)", "riskplug_rule_kinds raised SystemExit: 2"),
        ("yield Echo; raise KeyError('late')", "riskplug_rule_kinds raised KeyError: 'late'"),
        (
            "pass",
            "riskplug_rule_kinds raised TypeError: it gave None; return a list, an empty one where there is nothing",
        ),
        ("return 7", "riskplug_rule_kinds raised TypeError: it gave 7; return a list"),
    ],
    ids=["raises", "exits", "generator", "nothing", "no list"],
)
def test_a_hook_that_fails_takes_its_whole_plugin_with_it(folder: Path, body: str, what: str) -> None:
    text = GOOD.replace("return [Echo]", body)
    fault = refused(folder, text)
    assert fault.message == what
    assert fault.where.startswith(str(folder / "bad.py"))
    if "raise" in body:
        assert fault.where.endswith(f":{line_of(text, body)}")


def test_one_class_given_without_a_list(folder: Path) -> None:
    assert "it gave <class 'riskplug_local.bad.Echo'>" in refused(folder, GOOD.replace("[Echo]", "Echo")).message


def test_a_generator_is_a_hook_as_good_as_a_list(folder: Path) -> None:
    assert "echo" in load(folder, good=GOOD.replace("return [Echo]", "yield Echo")).rule_kinds()


CLASSES = [
    ('"""Says nothing."""', "", "Echo has no docstring", "say in its first line what it does: it is shown to users"),
    ('"echo"', '"Late Supplier"', "Echo has no usable kind: 'Late Supplier'", "name it in small letters"),
    ('"echo"', "7", "Echo has no usable kind: 7", "name it in small letters"),
    ("Options = Options", "Options = dict", "Echo has Options that are no pydantic model: <class 'dict'>", "derive"),
    (
        "frozenset()",
        'frozenset({"inventry"})',
        "Echo needs 'inventry', which there is not",
        "did you mean 'inventory'?",
    ),
    (
        "frozenset()",
        'frozenset({"facts.parts"})',
        "Echo needs 'facts.parts', which there is not",
        "did you mean 'facts.part'?",
    ),
    ("frozenset()", '"parts"', "Echo has needs that are no set: 'parts'", 'write needs = frozenset({"parts"})'),
    (
        "assess(self, tables, context)",
        "assess(self, tables)",
        "Echo has another assess: lacks 'context'",
        "write it as def assess(self, tables, context):",
    ),
    (
        "assess(self, tables, context)",
        "assess(self, context, tables)",
        "Echo has another assess: has 'tables' in another place; has 'context' in another place",
        "write it as",
    ),
    (
        "assess(self, tables, context)",
        "assess(self, frames, context)",
        "Echo has another assess: lacks 'tables'; asks for 'frames'",
        "write it as",
    ),
    (
        "assess(self, tables, context)",
        "assess(self, tables, context, more)",
        "Echo has another assess: asks for 'more'",
        "write it as",
    ),
    (
        "assess(self, tables, context)",
        "assess(self, tables, *, context)",
        "Echo has another assess: takes 'context' by keyword only",
        "write it as",
    ),
    ("assess(self, tables, context)", "assess(self, *frames)", "Echo has another assess: takes *frames", "write it as"),
    (
        "def assess(self, tables, context): return None",
        "assess = 5",
        "Echo has assess, which is no method",
        "write def",
    ),
    ("def assess", "async def assess", "Echo has a coroutine assess", "write it without async"),
    (
        "__init__(self, options)",
        "__init__(self)",
        "Echo has another __init__: lacks 'options'",
        "write it as def __init__(self, options)",
    ),
    (
        "__init__(self, options)",
        "__init__(self, options, clock)",
        "Echo has another __init__: asks for 'clock'",
        "write it as",
    ),
]


@pytest.mark.parametrize(("old", "new", "what", "fix"), CLASSES, ids=[row[2] for row in CLASSES])
def test_a_class_that_does_not_keep_to_its_protocol(folder: Path, old: str, new: str, what: str, fix: str) -> None:
    text = GOOD.replace(old, new)
    assert text != GOOD
    fault = refused(folder, text)
    assert fault.message == what
    assert fault.fix.startswith(fix)
    assert fault.where == f"{folder / 'bad.py'}:{line_of(text, 'class Echo')}"


def test_one_more_argument_with_a_default_is_the_authors_own(folder: Path) -> None:
    text = GOOD.replace("tables, context)", "tables, context, seed=7)").replace(
        "(self, options)", "(self, options, /, clock=None)"
    )
    assert "echo" in load(folder, good=text).rule_kinds()


@pytest.mark.parametrize("timeout", ["*, timeout", "timeout"])
def test_an_argument_given_by_keyword_may_be_taken_both_ways(folder: Path, timeout: str) -> None:
    assert "push" in load(folder, good=NOTIFIER.replace("*, timeout", timeout)).notifiers()


def test_an_argument_given_by_keyword_must_have_its_name(folder: Path) -> None:
    text = NOTIFIER.replace("send(self, delivery, *, timeout)", "send(self, delivery, *, seconds)")
    fault = refused(folder, text, NOTIFIER)
    assert fault.message == "Push has another send: lacks 'timeout'; asks for 'seconds'"
    assert fault.fix == "write it as def send(self, delivery, *, timeout):"


def test_an_object_instead_of_its_class(folder: Path) -> None:
    fault = refused(folder, GOOD.replace("[Echo]", "[Echo({})]"))
    assert "not a class" in fault.message and fault.fix == "return the class itself, without ()"


def test_every_mistake_of_a_plugin_is_told_at_once(folder: Path) -> None:
    text = GOOD.replace('"echo"', '"E"').replace('"""Says nothing."""', "").replace("frozenset()", 'frozenset({"x"})')
    said = [fault.message for fault in load(folder, bad=text).faults]
    assert said == ["Echo has no usable kind: 'E'", "Echo has no docstring", "Echo needs 'x', which there is not"]


@pytest.mark.parametrize(
    ("old", "new", "what", "fix"),
    [
        (
            'ExpectationSpec("inventory"',
            'ExpectationSpec("inventry"',
            "expectation on 'inventry', no canonical table",
            "did you mean 'inventory'?",
        ),
        (
            "expect_column_values_to_not_be_null",
            "not_null",
            "no expectation 'not_null'",
            "name it as Great Expectations",
        ),
        (
            '"quantity"})',
            '"quantity"}, "bad")',
            "expect_column_values_to_not_be_null has severity 'bad'",
            "use critical",
        ),
        ("yield ExpectationSpec", "yield dict", "riskplug_expectations raised TypeError", "repair"),
        ("yield ExpectationSpec(", "yield (", "riskplug_expectations gave tuple", "return ExpectationSpec objects"),
    ],
)
def test_an_expectation_that_cannot_be(folder: Path, old: str, new: str, what: str, fix: str) -> None:
    fault = refused(folder, EXPECTATIONS.replace(old, new))
    assert fault.message.startswith(what) and fault.fix.startswith(fix)


def test_expectations_are_asked_for_once_per_table(folder: Path) -> None:
    host = load(folder, good=EXPECTATIONS.replace('if table == "inventory":', "if True:"))
    assert [spec.table for spec in host.expectations(["inventory", "parts"])] == ["inventory"]
    assert host.expectations(["parts"]) == []


def test_the_same_expectation_of_two_plugins_is_given_by_neither(folder: Path) -> None:
    host = load(folder, one=EXPECTATIONS, two=EXPECTATIONS)
    assert host.expectations(["inventory"]) == []
    assert host.faults[0].message == (
        "expectation expect_column_values_to_not_be_null(column='quantity') on inventory is also given by plugin two "
        f"({folder / 'two.py'}); neither is used"
    )


def test_two_expectations_of_one_name_on_two_columns_are_two(folder: Path) -> None:
    host = load(folder, one=EXPECTATIONS, two=EXPECTATIONS.replace('"quantity"', '"unit"'))
    assert len(host.expectations(["inventory"])) == 2 and host.faults == []


def test_a_profile_that_is_not_there(folder: Path) -> None:
    text = "from riskplug.extend import hookimpl\n@hookimpl\ndef riskplug_profiles():\n    return ['/nowhere/x.yaml']\n"
    assert "/nowhere/x.yaml, which is not there" in refused(folder, text).message


def test_a_name_that_another_plugin_has(folder: Path) -> None:
    host = load(folder, console="raise RuntimeError('imported')")
    fault = only(host)
    assert fault.message.startswith("the name 'console' is taken by the shipped plugin in ")
    assert (fault.where, fault.fix) == (str(folder / "console.py"), "rename it")
    assert [(s.origin, s.status) for s in host.statuses if s.name == "console"] == [
        ("shipped", "on"),
        ("local", "failed"),
    ]
    assert "console" in host.notifiers()


def test_a_plugin_with_one_bad_class_gives_none_of_its_good_ones(folder: Path) -> None:
    fault = refused(folder, GOOD + NOTIFIER.replace('"""Pushes."""', ""))
    assert fault.message == "Push has no docstring"


def test_the_report_of_a_fault_has_its_four_parts(folder: Path) -> None:
    fault = refused(folder, GOOD.replace("@hookimpl\n", ""))
    line = line_of(GOOD.replace("@hookimpl\n", ""), "def riskplug_rule_kinds")
    assert str(fault) == (
        f"plugin bad, {folder / 'bad.py'}:{line}: riskplug_rule_kinds is not marked; put @hookimpl above it"
    )


def test_a_kind_that_is_missing_because_its_plugin_failed_says_so(folder: Path) -> None:
    host = load(folder, bad=GOOD.replace('"""Says nothing."""', ""), off="raise RuntimeError")
    assert host.rule_kinds().advice("echo").startswith(f"plugin bad failed: {folder / 'bad.py'}:")
    assert "plugin off failed" not in host.rule_kinds().advice("echo")
    assert f"plugin off failed: {folder / 'off.py'}:1: RuntimeError" in host.rule_kinds().advice("else")
