"""Where in its own files a plugin raised: not the line of a library that it called, nor one of ours."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points

from riskplug.extend.discovery import GROUP

# What plugins of folders are imported under.
FOLDERS = ("riskplug_local", "riskplug_plugins")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a plugin's file, as ``file:line``."""

    plugin: str
    place: str


def raised_in(error: BaseException) -> Line | None:
    """The last line in a plugin's own files that an exception went through; None where it went through none."""
    seen = list(_frames(error))
    roots = _installed({module.partition(".")[0] for module, _ in seen})
    for module, place in reversed(seen):
        first, _, rest = module.partition(".")
        if first in FOLDERS and rest:
            return Line(rest.partition(".")[0], place)
        if first in roots:
            return Line(roots[first], place)
    return None


def _frames(error: BaseException) -> Iterator[tuple[str, str]]:
    """Module and ``file:line`` of each frame, the innermost last."""
    step = error.__traceback__
    while step is not None:
        frame = step.tb_frame
        yield str(frame.f_globals.get("__name__", "")), f"{frame.f_code.co_filename}:{step.tb_lineno}"
        step = step.tb_next


def _installed(packages: set[str]) -> dict[str, str]:
    """Plugin by package, of the packages that bring one; ``riskplug`` itself is none."""
    points = {point.value.partition(":")[0].partition(".")[0]: point.name for point in entry_points(group=GROUP)}
    return {name: plugin for name, plugin in points.items() if name in packages and name != "riskplug"}


def advice(error: BaseException, name: str) -> str:
    """What to do about what a plugin raised."""
    if isinstance(error, ModuleNotFoundError):
        return f"install what provides {error.name!r}, or switch the plugin off: -p no:{name}"
    if isinstance(error, SystemExit):
        return "a plugin must not end the program: raise an exception"
    return f"repair the plugin, or switch it off: -p no:{name}"
