"""riskplug new: something of one's own that works and is tested from its first minute."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskplug.cli.options import WorkspaceDir, open_plugins, open_workspace, with_plugins
from riskplug.errors import UsageError

if TYPE_CHECKING:
    from riskplug.workspace import Workspace

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Start a rule or a plugin of your own, tested from the start."
)
Name = Annotated[str, typer.Argument(help="Its name: small letters, digits, hyphens.")]
_TEST = "tests/test_{}.py"


@app.callback()
def _new() -> None:
    """Start something of your own."""


@app.command("rule")
@with_plugins
def rule(
    name: Annotated[str, typer.Argument(help="Its id: small letters, digits, hyphens.")],
    python: Annotated[
        bool, typer.Option("--python", help="A rule in Python, for what the rule language cannot say.")
    ] = False,
    workspace: WorkspaceDir = None,
) -> None:
    """Write a rule with its tests into the workspace; with --python its plugin and a test file too."""
    from riskplug.authoring import new_rule
    from riskplug.loading import rule_folders
    from riskplug.rules import rule_ids

    opened = open_workspace(workspace)
    rules = _folder(opened, "rules")
    plugins = _folder(opened, "plugins") if python else "plugins"
    if python:
        _need_free_kind(opened, "rule", name)
    _told(opened, new_rule(opened.root, name, rules, plugins, python, rule_ids(rule_folders(opened))))
    more = f"; python -m pytest {_TEST.format(name.replace('-', '_'))}" if python else " --mutate"
    typer.echo(f"next: riskplug rules check; riskplug rules test {name}{more}")


@app.command("notifier")
@with_plugins
def notifier(name: Name, workspace: WorkspaceDir = None) -> None:
    """Write a receiver kind into the workspace, with its tests and a digest that they compare."""
    _plugin("notifier", name, workspace)


@app.command("source")
@with_plugins
def source(name: Name, workspace: WorkspaceDir = None) -> None:
    """Write a source into the workspace, with its tests, a small input file and the rows it must give."""
    _plugin("source", name, workspace)


@app.command("mapper")
@with_plugins
def mapper(name: Name, workspace: WorkspaceDir = None) -> None:
    """Write a content mapper into the workspace, with its tests, some parts and what is in them."""
    _plugin("mapper", name, workspace)


def _plugin(sort: str, name: str, workspace: Path | None) -> None:
    from riskplug.authoring import new_plugin

    opened = open_workspace(workspace)
    folder = _folder(opened, "plugins")
    _need_free_kind(opened, sort, name)
    sections: dict[str, tuple[str, Collection[str]]] = {
        "notifier": ("receivers", opened.receivers),
        "source": ("sources", opened.sources),
        "mapper": ("", ()),
    }
    section, names = sections[sort]
    taken = f"[{section}.{name}]" if name in names else ""
    made = new_plugin(sort, opened.root, name, folder, site=next(iter(opened.sites)), taken=taken)
    _told(opened, made.files)
    if made.settings:
        typer.echo(f"riskplug.toml needs, to use it:\n\n{made.settings}")
    typer.echo(f"next: riskplug plugins check; python -m pytest {_TEST.format(name.replace('-', '_'))}")


def _folder(opened: "Workspace", section: str) -> str:
    """The workspace's first folder for rules or plugins of its own; UsageError where it has none."""
    paths = opened.rules.paths if section == "rules" else opened.plugins.paths
    if not paths:
        raise UsageError(
            f"the workspace has no folder for {section} of its own",
            str(opened.root / "riskplug.toml"),
            f'add [{section}] paths = ["{section}"]',
        )
    return str(paths[0])


def _need_free_kind(opened: "Workspace", sort: str, name: str) -> None:
    """UsageError where a plugin or a kind of this sort has the name: the new one could not stand beside it."""
    host, module = open_plugins(opened), name.replace("-", "_")
    offers: dict[str, Mapping[str, type[object]]] = {
        "notifier": host.notifiers(),
        "source": host.sources(),
        "mapper": host.content_mappers(),
        "rule": host.rule_kinds(),
    }
    kind = next((offers[sort][one] for one in (module, name) if one in offers[sort]), None)
    plugin = next((one for one in host.statuses if one.name in (name, module)), None)
    if kind:
        what, where = f"there is a {sort} of kind {module!r}", f"plugin {host.provider(kind)}"
    elif plugin:
        what, where = f"there is a plugin {plugin.name!r}", plugin.where
    else:
        return
    raise UsageError(f"{what} already", where, "choose another name")


def _told(opened: "Workspace", files: Iterable[Path]) -> None:
    for path in files:
        typer.echo(str(path.relative_to(opened.root)) if path.is_relative_to(opened.root) else str(path))
