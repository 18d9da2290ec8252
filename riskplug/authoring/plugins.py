"""A plugin of one's own with its tests and a case: a receiver, a source, a content mapper."""

from dataclasses import dataclass
from importlib.resources import files as resources
from pathlib import Path

from riskplug.authoring.files import need_free, words_of, write
from riskplug.errors import UsageError


@dataclass(frozen=True, slots=True)
class Made:
    """``files``: what was written. ``settings``: what riskplug.toml needs to use it, empty where it needs nothing."""

    files: tuple[Path, ...]
    settings: str


# The templates of each sort, and where they go: {module} is the name with underscores.
MADE = {
    "notifier": {
        "plugin": "{plugins}/{module}.py",
        "test": "tests/test_{module}.py",
        "case": "tests/cases/{name}.yaml",
    },
    "source": {
        "plugin": "{plugins}/{module}.py",
        "test": "tests/test_{module}.py",
        "case": "tests/cases/{name}.yaml",
        "input": "tests/cases/{name}.json",
    },
    "mapper": {"plugin": "{plugins}/{module}.py", "test": "tests/test_{module}.py", "case": "tests/cases/{name}.yaml"},
}


def new_plugin(sort: str, root: Path, name: str, plugins: str, *, site: str = "", taken: str = "") -> Made:
    """Write a plugin of a sort of MADE below a workspace. UsageError for a name that none can have or that is taken.

    ``plugins``: the workspace's folder of plugins. ``site``: of the workspace, for the settings of a source. ``taken``:
    the section of riskplug.toml that has the name already, else empty.
    """
    words = words_of(name, sort)
    if taken:
        raise UsageError(f"riskplug.toml has {taken} already", f"new {sort}", "choose another name")
    words |= {"plugins": plugins, "site": site}
    words["root"] = root.resolve().as_posix()
    made = {root / place.format(**words): _filled(f"{sort}.{part}", words) for part, place in MADE[sort].items()}
    need_free(made, sort)
    return Made(tuple(write(made)), _filled(f"{sort}.settings", words))


def _filled(template: str, words: dict[str, str]) -> str:
    """A template with its words: name, module, cls, plugins, site, root in double braces."""
    text = (resources("riskplug.authoring") / "templates" / f"{template}.txt").read_text(encoding="utf-8")
    for word, value in words.items():
        text = text.replace("{{" + word + "}}", value)
    return text
