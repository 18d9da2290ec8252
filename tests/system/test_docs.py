"""The pages kept by hand say what the code does."""

import ast
import inspect
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typer
from command import ROOT, Folder
from pydantic import BaseModel

from riskplug import errors, workspace
from riskplug.catalogue import GRAINS, frame
from riskplug.cli.app import app
from riskplug.extend import hookspecs, protocols
from riskplug.extend.checks import known_hooks
from riskplug.extend.host import Choice, PluginHost
from riskplug.ingest.profile import ColumnRule, Profile, TableRule
from riskplug.regimes import EntityList, Item, Measure, Span, load_measures
from riskplug.rules.rulefile import RuleEntry
from riskplug.scenario.overlays import MODELS

DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"])


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def sections(text: str) -> dict[str, str]:
    """What stands under each heading of the second level."""
    pieces = re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1:]
    return dict(zip(pieces[::2], pieces[1::2], strict=True))


def first_cells(text: str) -> list[str]:
    """The code words in the first column of the tables of a text, headings left out."""
    return re.findall(r"^\| `([^`|]+)`", text, flags=re.MULTILINE)


SETTINGS = {
    "[workspace]": workspace.WorkspaceSettings,
    "[sites.NAME]": workspace.Site,
    "[sources.NAME]": workspace.SourceSettings,
    "[policy]": workspace.Policy,
    "[recovery]": workspace.Recovery,
    "[rules]": workspace.RulesSettings,
    "[scenarios]": workspace.ScenariosSettings,
    "[plugins]": workspace.PluginsSettings,
    "[validate]": workspace.ValidateSettings,
    "[state]": workspace.StateSettings,
    "[scan]": workspace.ScanSettings,
    "[alerts]": workspace.AlertsSettings,
    "[watch]": workspace.WatchSettings,
    "[receivers.NAME]": workspace.Receiver,
}


@pytest.mark.parametrize("heading", SETTINGS)
def test_the_page_has_every_key_of_a_section(heading: str) -> None:
    table = sections(page("workspace.md"))[heading].split("In `[[alerts.escalation]]`")[0]
    assert first_cells(table) == list(SETTINGS[heading].model_fields)


def test_the_page_has_every_key_of_an_escalation_and_of_a_rules_pace() -> None:
    alerts, steps = sections(page("workspace.md"))["[alerts]"].split("In `[[alerts.escalation]]`")
    assert first_cells(steps) == list(workspace.EscalationStep.model_fields)
    row = next(line for line in alerts.splitlines() if line.startswith("| `rules`"))
    assert re.findall(r"`([a-z_]+)`", row.split("|")[3]) == list(workspace.AlertPace.model_fields)


def test_the_page_has_every_kind_of_overlay_with_its_keys() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", sections(page("scenarios.md"))["Kinds of overlay"], re.MULTILINE)
    told = {kind: set(re.findall(r"`([a-z_]+)`", re.sub(r"\([^)]*\)", "", keys))) for kind, keys in rows}
    known = {
        kind: {info.alias or name for name, info in model.model_fields.items()} - {"kind"}
        for kind, model in MODELS.items()
    }
    assert told == known


def test_the_page_has_every_key_of_routes() -> None:
    routes, match = sections(page("workspace.md"))["[[routes]]"].split("In `match`")
    assert first_cells(routes) == [field.alias or name for name, field in workspace.Route.model_fields.items()]
    assert first_cells(match) == list(workspace.Match.model_fields)


def test_the_page_has_every_key_of_lanes() -> None:
    known = [field.alias or name for name, field in workspace.Lane.model_fields.items()]
    assert first_cells(sections(page("workspace.md"))["[[lanes]]"]) == known


def test_the_page_has_every_section_of_the_file() -> None:
    named = [re.sub(r"[\[\]]|\.NAME", "", heading) for heading in sections(page("workspace.md"))]
    fields = workspace.Workspace.model_fields.items()
    assert sorted(named) == sorted(field.alias or name for name, field in fields if name != "root")


@pytest.mark.parametrize(
    ("heading", "key", "default"),
    [
        (heading, name, field.default)
        for heading, model in SETTINGS.items()
        for name, field in model.model_fields.items()
        if isinstance(field.default, str | int | float)
    ],
)
def test_the_page_gives_the_default_of_a_key(heading: str, key: str, default: object) -> None:
    row = next(line for line in sections(page("workspace.md"))[heading].splitlines() if line.startswith(f"| `{key}`"))
    written = f"{default:g}" if isinstance(default, float) else json.dumps(default)
    assert row.split("|")[2].strip() == f"`{written}`"


def commands(command: Any, path: tuple[str, ...] = ("riskplug",)) -> Iterator[tuple[str, list[str]]]:
    """Every command with its options."""
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            yield from commands(inner, (*path, name))
    else:
        yield " ".join(path), [word for option in command.params for word in option.opts if word.startswith("-")]


COMMANDS = dict(commands(typer.main.get_command(app)))
SHARED = {"--help", "-p", "--plugin", "--no-plugins"}
"""Said once, on top of the page."""


@pytest.mark.parametrize("command", COMMANDS)
def test_the_page_has_every_command_with_its_options(command: str) -> None:
    text = sections(page("commands.md"))[command]
    assert [option for option in COMMANDS[command] if option not in SHARED and f"`{option}" not in text] == []


def test_the_page_has_the_options_that_choose_plugins() -> None:
    top = page("commands.md").split("\n## ")[0]
    assert [option for option in SHARED - {"--help"} if f"`{option}" not in top] == []


def test_the_page_has_no_command_that_is_gone() -> None:
    named = {heading for heading in sections(page("commands.md")) if heading.startswith("riskplug ")}
    assert named == set(COMMANDS)


def test_the_page_has_every_exit_code_of_the_errors() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and hasattr(kind, "exit_code")]
    named = {int(code) for code in re.findall(r"^\| (\d+)", page("exit-codes.md"), flags=re.MULTILINE)}
    assert {kind.exit_code for kind in kinds} <= named


def written(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def test_the_page_has_every_key_of_a_profile() -> None:
    of = sections(page("profiles.md"))
    table, column = of["Keys of a table"].split("A column is the name")
    assert first_cells(of["Keys of a profile"]) == written(Profile)
    assert sorted(first_cells(table)) == sorted(written(TableRule))
    assert first_cells(column) == written(ColumnRule)


def test_the_page_has_every_key_of_a_rule() -> None:
    assert sorted(first_cells(sections(page("rules.md"))["Keys"])) == sorted(written(RuleEntry))


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("Keys of a measure", Measure),
        ("Keys of a span", Span),
        ("Keys of an item", Item),
        ("Named entities", EntityList),
    ],
)
def test_the_page_has_every_key_of_a_measure(heading: str, model: type[BaseModel]) -> None:
    assert first_cells(sections(page("measures.md"))[heading]) == written(model)


def test_the_measure_of_the_page_is_right(tmp_path: Path) -> None:
    (tmp_path / "ours.yaml").write_text(block("measures.md", "yaml"), encoding="utf-8")
    assert [one.id for one in load_measures([tmp_path])] == ["xx-2025-7"]


def test_the_page_has_every_hook_and_every_protocol() -> None:
    of = sections(page("plugins.md"))
    hooks = [name for name in vars(hookspecs) if name.startswith("riskplug_")]
    assert [cell.split("(")[0] for cell in first_cells(of["Hooks"])] == hooks
    kinds = ("Source", "Reshaper", "ContentMapper", "RuleKind", "AlternateFinder", "ReportSection", "Notifier")
    asked = [name for name in kinds if hasattr(protocols, name)]
    assert first_cells(of["What the classes must be"]) == asked


def test_the_page_has_the_signature_of_every_hook() -> None:
    of = sections(page("plugins.md"))["Hooks"]
    for name, hook in known_hooks().items():
        arguments = ", ".join(inspect.signature(hook).parameters)
        assert f"| `{name}({arguments})` |" in of


def test_every_plugin_of_the_page_loads(tmp_path: Path) -> None:
    """Each block of Python with a hook, as a plugin of its own: on, and without fault."""
    blocks = re.findall(r"^```python\n(.*?)^```", page("plugins.md"), flags=re.MULTILINE | re.DOTALL)
    plugins = {f"page_{n}": text for n, text in enumerate(blocks) if "@hookimpl" in text}
    # the two ways to write one rule kind share its name, and are held against each other below
    twins = [name for name, text in plugins.items() if "below_safety" in text]
    assert len(twins) == 2
    for name, text in plugins.items():
        plugins[name] = text.replace("below_safety", f"below_safety_{name}")
    assert len(plugins) >= 6
    for name, text in plugins.items():
        Folder(tmp_path).write(f"{name}.py", text)
    host = PluginHost.load(Choice(folders=(tmp_path,)))
    assert [str(fault) for fault in host.faults] == []
    assert {status.name for status in host.statuses if status.status == "on" and status.contributions} >= set(plugins)


def block(name: str, language: str) -> str:
    """The first code block of a page in a language."""
    found = re.search(rf"^```{language}\n(.*?)^```", page(name), flags=re.MULTILINE | re.DOTALL)
    assert found is not None
    return found.group(1)


def test_the_rule_of_the_page_is_a_right_rule(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.run("init", "plant")
    folder.write("plant/rules/ours.yaml", block("rules.md", "yaml"))
    ran = folder.run("rules", "check", "-w", "plant")
    assert ran.code == 0, ran.err


def test_the_plugin_of_the_page_loads_and_its_rule_is_right(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.run("init", "plant")
    folder.write("plant/plugins/late_supplier.py", block("plugins.md", "python"))
    folder.write("plant/rules/late-supplier.yaml", block("plugins.md", "yaml"))
    assert folder.run("plugins", "check", "-w", "plant").code == 0
    ran = folder.run("rules", "list", "-w", "plant")
    assert ran.code == 0, ran.err
    assert "late-supplier" in ran.out


def test_the_plugin_of_the_page_finds_late_suppliers(tmp_path: Path) -> None:
    Folder(tmp_path).write("late_supplier.py", block("plugins.md", "python"))
    kind: Any = PluginHost.load(Choice(folders=(tmp_path,))).rule_kinds()["late_supplier"]
    due = pd.to_datetime(["2025-04-01", "2025-04-27", "2025-04-01", "2025-04-28", None])
    lines = pd.DataFrame({"supplier": ["V-1", "V-1", "V-2", "V-2", "V-2"], "due_date": due})
    context = protocols.ScanContext("scan", date(2025, 4, 28), "EUR", 365)
    found = kind(kind.Options(orders=2)).assess({"purchase_orders": lines}, context)
    assert found["message"].tolist() == ["V-1: 2 order lines overdue"]


def test_the_check_of_single_parts_and_its_twin_over_columns_say_the_same(tmp_path: Path) -> None:
    text = sections(page("plugins.md"))["One part at a time"]
    part = frame(
        GRAINS["part"],
        {
            "part_no": pd.Series(["A", "B", "C", "D", "E"]),
            "site": "S",
            "on_hand": pd.Series([500.0, 2000.0, 1000.0, None, 10.0]),
            "safety_stock": pd.Series([2000.0, 2000.0, None, 20.0, 10.0]),
        },
        5,
    )
    context = protocols.ScanContext("scan", date(2025, 4, 28), "EUR", 365)
    found = []
    for name, code in zip(("single", "columns"), re.findall(r"```python\n(.*?)```", text, re.DOTALL), strict=True):
        (tmp_path / name).mkdir()
        Folder(tmp_path / name).write(f"{name}.py", code)
        kind: Any = PluginHost.load(Choice(folders=(tmp_path / name,))).rule_kinds()["below_safety"]
        made = kind(kind.Options()).assess({"facts.part": part.copy()}, context)
        found.append(made[["part_no", "site", "severity", "message", "metric"]].to_dict("records"))
    # 2,000 less 500 is 1,500; B and E have what they should, C and D are unknown
    message = "A: 1,500 below the safety stock"
    assert (
        found[0]
        == found[1]
        == [{"part_no": "A", "site": "S", "severity": "info", "message": message, "metric": 1500.0}]
    )


NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py::\w+)`", page("promises.md") + page("faults.md"))))


@pytest.mark.parametrize("name", NAMED)
def test_a_promise_and_a_fault_name_tests_that_are_there(name: str) -> None:
    path, _, function = name.partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def test_every_fault_is_told_and_has_tests() -> None:
    told = re.split(r"^\*\*F(\d+)\. ", page("faults.md"), flags=re.MULTILINE)[1:]
    faults = dict(zip(map(int, told[::2]), told[1::2], strict=True))
    assert sorted(map(int, told[::2])) == list(range(1, 26))
    assert [number for number, text in faults.items() if "\n- `tests/" not in text] == []


def test_every_promise_has_a_test() -> None:
    promises = sections(page("promises.md"))
    assert [heading[0] for heading in promises] == list("1234567")
    assert all("::" in text for text in promises.values())


def test_the_page_names_files_that_are_there() -> None:
    named = re.findall(r"`(?!riskplug/)(\w+/\w+\.py)`", page("how-it-computes.md"))
    assert len(named) > 20
    assert [name for name in named if not (ROOT / "riskplug" / name).is_file()] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_link_of_a_page_leads_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if not link.startswith("http")]
    assert [link for link in links if link and not (path.parent / link).exists()] == []
