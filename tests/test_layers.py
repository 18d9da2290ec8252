"""A module imports only from floors below its own, and the stages of floor 3 never import each other."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "riskplug"
FLOORS: dict[str, int] = {
    **dict.fromkeys(
        (
            "errors",
            "beside",
            "units",
            "cas",
            "cells",
            "lookalikes",
            "private",
            "tables",
            "catalogue",
            "collecting",
            "model",
        ),
        0,
    ),
    **dict.fromkeys(("workspace", "secrets", "documents", "reuse"), 1),
    "extend": 2,
    **dict.fromkeys(
        ("ingest", "validate", "content", "bom", "plan", "regimes", "rules", "alerts", "deliver", "report"), 3
    ),
    **dict.fromkeys(
        (
            "state",
            "facts",
            "analysis",
            "scan",
            "scenario",
            "schedule",
            "catchup",
            "serving",
            "scale",
            "explain",
            "legal",
            "starter",
            "stages",
            "trace",
            "loading",
            "doubts",
            "manifest",
            "hindsight",
            "pacing",
            "desk",
            "silencing",
            "authoring",
            "enriching",
            "telling",
            "suggesting",
            "chapters",
            "observing",
            "reusing",
            "watch",
        ),
        4,
    ),
    **dict.fromkeys(("cli", "web", "testing"), 5),
}
# On floors 0, 1 and 4 modules may use each other; a stage may not use another stage.
CLOSED = {3}


def modules() -> list[Path]:
    return [
        path
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0] not in {"_plugins", "_rules", "__init__.py", "__main__.py"}
    ]


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "riskplug" and len(parts) > 1 and parts[1] in FLOORS:
                yield parts[1]


def climbs(importer: str, imported: str) -> bool:
    if importer == imported:
        return False
    above = FLOORS[imported] > FLOORS[importer]
    return above or (FLOORS[imported] == FLOORS[importer] and FLOORS[importer] in CLOSED)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_module_imports_only_from_floors_below(path: Path) -> None:
    assert [found for found in imported_rooms(path) if climbs(room(path), found)] == []


def test_every_room_stands_on_a_floor() -> None:
    assert {room(path) for path in modules()} <= set(FLOORS)


def test_an_import_that_climbs_is_found() -> None:
    assert climbs("content", "bom")
    assert climbs("tables", "ingest")
    assert climbs("deliver", "state")
    assert not climbs("scan", "bom")
