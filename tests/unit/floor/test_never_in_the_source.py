"""What riskplug's own code never does, read off its syntax tree."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
SOURCES = sorted(path for folder in ("riskplug", "plugins") for path in (ROOT / folder).rglob("*.py"))
TESTING = ROOT / "riskplug" / "testing"


def calls(path: Path) -> Iterator[str]:
    """Names of what a file calls: `eval`, and of `frame.eval(...)` the last part, `.eval`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func
            yield name.id if isinstance(name, ast.Name) else f".{name.attr}" if isinstance(name, ast.Attribute) else ""


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module))
    return {name for module in found for name in (module, module.split(".")[0])}


def test_there_is_a_source_to_read() -> None:
    assert len(SOURCES) > 300 and "pickle" in imported(ROOT / "riskplug" / "extend" / "apart.py")
    assert ".dumps" in calls(ROOT / "riskplug" / "extend" / "apart.py")


def test_no_text_is_run_as_code() -> None:
    never = {"eval", "exec", "compile", ".eval", ".query", ".system", ".popen"}
    assert {path.name: found for path in SOURCES if (found := never & set(calls(path)))} == {}


def test_nothing_is_pickled_but_a_request_to_a_process_of_our_own() -> None:
    never = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
    assert {path.name for path in SOURCES if never & imported(path)} == {"apart.py", "kind_child.py", "shipping.py"}
    loads = {".read_pickle", ".to_pickle"}
    assert [path.name for path in SOURCES if loads & set(calls(path))] == []


def listens(path: Path, never: set[str], bound: set[str]) -> bool:
    """Whether a file makes a server, by a library or from a socket of its own."""
    has, does = imported(path), set(calls(path))
    return bool(never & has or bound & does or ("socket" in has and ".bind" in does))


def test_nothing_listens() -> None:
    never = {"http.server", "socketserver", "uvicorn", "starlette", "flask", "aiohttp", "wsgiref"}
    bound = {".create_server", ".start_server"}
    listening = {path.name for path in SOURCES if not path.is_relative_to(TESTING) and listens(path, never, bound)}
    assert listening == set()


def test_yaml_and_xml_are_read_by_the_strict_readers_alone() -> None:
    assert [path.name for path in SOURCES if "yaml" in imported(path)] == []
    reads = {".fromstring", ".XMLParser", ".iterparse", ".XML"}
    plain = {"xml.etree", "xml.dom", "xml.sax", "lxml"}
    wrong = [
        path.name
        for path in SOURCES
        if reads & set(calls(path)) and any(name.startswith(tuple(plain)) for name in imported(path))
    ]
    assert wrong == []
