"""A workspace around one folder of exports, as small as it can be."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from riskplug.ingest import ingest, load_profiles
from riskplug.model import Ingested
from riskplug.workspace import Workspace

Read = Callable[..., Ingested]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Ingest ``sources`` of a workspace in ``tmp_path``; by default its folder ``exports`` as canonical tables."""

    def ingest_sources(
        sources: dict[str, Any] | None = None, sites: tuple[str, ...] = ("DE01",), profiles: tuple[Path, ...] = ()
    ) -> Ingested:
        workspace = Workspace.model_validate(
            {
                "root": tmp_path,
                "workspace": {"name": "test", "timezone": "Europe/Berlin"},
                "sites": {site: {"country": site[:2]} for site in sites},
                "sources": sources or {"erp": {"path": "exports"}},
            }
        )
        return ingest(workspace, load_profiles(profiles), date(2025, 4, 28))

    return ingest_sources


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    """The folder of exports, holding a part master of two parts."""
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "parts.csv").write_text("part_no,base_unit,mpn\nA,EA,M-1\nB,KG,M-1\n")
    return folder
