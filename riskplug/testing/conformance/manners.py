"""What holds for the class of any plugin: its form, its docstring, its options, and that importing it costs little."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, ClassVar, TypeVar

import pytest

from riskplug.extend.contributions import SET_BY_KIND
from riskplug.extend.host import PluginHost
from riskplug.testing.hosting import given, host_of

T = TypeVar("T")
HEAVY = ("great_expectations", "numpy", "pandas", "pyarrow", "scipy", "slack_sdk", "sqlalchemy")
_LOAD = """
import sys
sys.path[:] = {path!r}
from pathlib import Path
from riskplug.extend.discovery import at, shipped
{load}
print("heavy:", *[name for name in {heavy!r} if name in sys.modules])
"""


class PluginConformance:
    """Derive from the class of a sort, not from this one. ``offered``: the plugin's class."""

    offered: ClassVar[type[Any]]
    hook: ClassVar[str]
    sections: ClassVar[tuple[str, ...]] = ()

    def given_options(self) -> Mapping[str, Any]:
        """Options as a file would have them; override where the class needs some."""
        return {}

    def made(self) -> Any:
        """A new object of the class, made as a scan makes it."""
        options = getattr(self.offered, "Options", None)
        if options is None:
            return self.offered()
        return self.offered(options.model_validate(dict(self.given_options())))

    def host(self) -> PluginHost:
        """A host with this class alone."""
        options = {self.offered.kind: self.given_options()} if self.hook in SET_BY_KIND else {}
        return host_of(given(self.hook, [self.offered]), options=options)

    def test_it_is_what_a_plugin_must_be(self) -> None:
        """Loaded by the same door as in a scan."""
        faults = self.host().faults
        need(not faults, " / ".join(fault.message for fault in faults), " / ".join(fault.fix for fault in faults))

    def test_the_docstring_has_its_form(self) -> None:
        text = (self.offered.__doc__ or "").strip()
        first = text.splitlines()[0] if text else ""
        fix = "begin it with one sentence that says what it does: people choose by it"
        need(first.endswith(".") and len(first) <= 120, f"the docstring begins with {first!r}", fix)
        lacking = [f"{word}:" for word in self.sections if f"\n{word}:" not in _flush(text)]
        need(
            not lacking, f"the docstring has no {', '.join(lacking)}", "begin a line with it: it is the reference page"
        )

    def test_unknown_options_are_refused(self) -> None:
        options = getattr(self.offered, "Options", None)
        if options is None:
            return
        from pydantic import ValidationError

        try:
            options.model_validate(dict(self.given_options()))
        except ValidationError as error:
            need(False, f"its Options refuse given_options(): {error}", "override given_options()")
        try:
            options.model_validate({**self.given_options(), "no_such_option": 1})
        except ValidationError:
            return
        need(False, "Options take a key that there is not", 'give them model_config = ConfigDict(extra="forbid")')

    def test_importing_it_is_light(self) -> None:
        """In an interpreter of its own."""
        ran = _ran(_loading(self.offered))
        need(ran.returncode == 0, f"it cannot be imported: {ran.stderr[-500:]}", "import it from where a test finds it")
        heavy = ran.stdout.partition("heavy:")[2].split()
        fix = "import it inside the methods that use it, for types under `if TYPE_CHECKING:`"
        need(not heavy, f"importing it imports {', '.join(heavy)}", fix)


def _loading(offered: type[Any]) -> str:
    """Code that imports the plugin of a class: by its file where riskplug made the module of it, else by name."""
    words = offered.__module__.split(".")
    load = f"import {offered.__module__}"
    if words[0] == "riskplug_plugins":
        load = f"[one for one in shipped() if one.name == {words[1]!r}][0].load()"
    elif words[0] == "riskplug_local":
        load = f"at([Path({sys.modules['.'.join(words[:2])].__file__!r})])[0].load()"
    return _LOAD.format(path=sys.path, load=load, heavy=HEAVY)


@cache
def _ran(code: str) -> "subprocess.CompletedProcess[str]":
    """The end of a new interpreter that ran the code; classes of one module share it."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def _flush(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines())


def need(holds: object, what: str, fix: str) -> None:
    """Fail with what is wrong and what to do."""
    __tracebackhide__ = True
    if not holds:
        pytest.fail(f"{what} -> {fix}", pytrace=False)


def asked(function: Callable[[], T], where: str, fix: str) -> T:
    """What plugin code gives; a failure that says where it raised."""
    __tracebackhide__ = True
    try:
        return function()
    except (Exception, SystemExit) as error:
        pytest.fail(f"{where}: {type(error).__name__}: {error} -> {fix}", pytrace=False)
