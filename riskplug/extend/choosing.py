"""Which plugins a command loads: what the workspace says, and what its options change. Decided before any import."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from os import sep
from pathlib import Path
from typing import TYPE_CHECKING

from riskplug.errors import Problem, UsageError, suggestion
from riskplug.extend.host import Choice

if TYPE_CHECKING:
    from riskplug.workspace import Workspace

OPTION = "-p"
_NOT = "no:"


def chosen(workspace: "Workspace | None", words: Sequence[str] = (), none: bool = False) -> Choice:
    """The choice of a workspace (without one: what ships), changed by the words after ``-p``.

    NAME loads an installed plugin or one that is switched off, PATH a file or package, no:NAME leaves one out.
    UsageError with every name that means nothing: a plugin that nobody has is not silently left out.
    """
    problems = list(_contradictions(words, none))
    choice = _with(_base(workspace), words, problems) if not none else Choice(none=True)
    if not none:
        problems += _unknown(choice, workspace, words)
    if problems:
        raise UsageError.of(problems)
    return choice


def _base(workspace: "Workspace | None") -> Choice:
    if workspace is None:
        return Choice()
    settings = workspace.plugins
    folders = tuple(workspace.resolve(path) for path in settings.paths)
    return Choice(frozenset(settings.enable), frozenset(settings.disable), folders, options=settings.options)


def _contradictions(words: Sequence[str], none: bool) -> Iterator[Problem]:
    for word in words:
        if not word or word == _NOT:
            yield Problem(f"{word!r} names no plugin", OPTION, "write -p NAME, -p PATH or -p no:NAME")
        elif none and not word.startswith(_NOT):
            yield Problem(f"{word} beside --no-plugins", OPTION, "leave one of the two out")
        elif f"{_NOT}{word}" in words:
            yield Problem(f"{word} beside {_NOT}{word}", OPTION, "leave one of the two out")


def _with(choice: Choice, words: Sequence[str], problems: list[Problem]) -> Choice:
    for word in words:
        if word.startswith(_NOT):
            choice = replace(choice, block=choice.block | {word.removeprefix(_NOT)})
        elif _is_path(word):
            path = Path(word).absolute()
            if not (path / "__init__.py").is_file() and not (path.is_file() and path.suffix == ".py"):
                what = f"{word} is no plugin" if path.exists() else f"no plugin at {word}"
                problems.append(Problem(what, OPTION, "name a .py file, or the folder of a package"))
                continue
            choice = replace(choice, files=(*choice.files, path))
        else:
            choice = replace(choice, enable=choice.enable | {word}, block=choice.block - {word})
    return choice


def _is_path(word: str) -> bool:
    return sep in word or word.endswith(".py")


def _unknown(choice: Choice, workspace: "Workspace | None", words: Sequence[str]) -> Iterator[Problem]:
    named = [(word.removeprefix(_NOT), OPTION) for word in words if not _is_path(word)]
    if workspace is not None:
        for key, names in (("enable", workspace.plugins.enable), ("disable", workspace.plugins.disable)):
            named += [(name, workspace.place("plugins", key)) for name in names]
    known = sorted({candidate.name for candidate in choice.candidates()}) if named else []
    for name, where in dict.fromkeys(named):
        if name and name not in known and where == OPTION and name in words and Path(name).exists():
            fix = (
                f"name a .py file, or the folder of a package as .{sep}NAME; without {sep!r} it is an installed plugin"
            )
            yield Problem(f"{name} is there, but is no plugin", where, fix, "unknown-plugin")
        elif name and name not in known:
            fix = suggestion(name, known) or "`riskplug plugins list` names every plugin there is"
            yield Problem(f"no plugin {name!r} is installed", where, fix, "unknown-plugin")
