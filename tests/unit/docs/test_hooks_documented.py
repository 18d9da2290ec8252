"""Every hook is on the pages by its exact signature, has a test of its name, and is spelt so everywhere."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from test_pages import generate

from riskplug.extend.checks import known_hooks

ROOT = Path(__file__).parents[3]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
HOOKS = known_hooks()
# Names that begin like a hook and are none: what a module says of itself, and how plugins are packaged.
OTHERS = {"riskplug_api", "riskplug_local", "riskplug_plugins"}
# Metrics are named alike: those that the code writes, one by one.
METRICS = {
    name if name.startswith("riskplug_") else f"riskplug_{name}"
    for name in re.findall(
        r'(?:_one\(|Family\(|\()\s*"([a-z_]+)"', (ROOT / "riskplug/watch/metrics.py").read_text("utf-8")
    )
}


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def rows(text: str) -> list[str]:
    """First cells of the table below `## Hooks`."""
    table = text.split("\n## Hooks\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^\| `(riskplug_[^`]+)` \|", table, flags=re.MULTILINE)


def named_tests() -> dict[str, str]:
    """Hook name -> file of the test that has its name."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_riskplug_"):
                found[node.name.removeprefix("test_")] = path.name
    return found


def misspelt(text: str) -> list[str]:
    """Names of hooks that there are not, in what a page says."""
    named = set(re.findall(r"(?<![\w.-])riskplug_[a-z_]*[a-z](?![\w-])", text))
    return sorted(named - set(HOOKS) - OTHERS - METRICS)


def test_the_table_of_the_page_has_every_hook_by_its_signature() -> None:
    assert rows(page("plugins.md")) == [generate.signature(name, hook) for name, hook in HOOKS.items()]


@pytest.mark.parametrize("name", HOOKS)
def test_the_reference_has_a_heading_for_every_hook(name: str) -> None:
    assert f"\n### `{generate.signature(name, HOOKS[name])}`\n" in page("plugin-reference.md")
    assert (HOOKS[name].__doc__ or "").strip()


def test_every_hook_has_a_test_of_its_name_and_no_test_has_that_of_none() -> None:
    assert sorted(named_tests()) == sorted(HOOKS)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_page_misspells_a_hook(path: Path) -> None:
    assert misspelt(path.read_text(encoding="utf-8")) == []


def test_what_is_wrong_is_seen() -> None:
    assert misspelt("`riskplug_rule_kind()` and riskplug_notifiers") == ["riskplug_rule_kind"]
    assert rows("x\n## Hooks\n\n| `riskplug_sources(table)` | a |\n\n## Next\n| `riskplug_x()` | b |\n") == [
        "riskplug_sources(table)"
    ]

    def hook(context: Any, *, timeout: float) -> None:
        """Never called."""

    assert generate.signature("hook", hook) == "hook(context, *, timeout)"


def test_every_option_of_every_shipped_class_is_on_the_page() -> None:
    from riskplug.extend.host import Choice, PluginHost

    text = page("plugin-reference.md").split("\n## Options of shipped plugins\n")[1]
    for kind, offered in PluginHost.load(Choice()).notifiers().items():
        section = text.split(f"\n### receiver `{kind}`\n")[1].split("\n### ")[0]
        named = re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE)
        assert named == [field.alias or name for name, field in offered.Options.model_fields.items()]
