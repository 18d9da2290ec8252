"""Exports of an ERP under tests/cases/profiles, read through their profile and laid beside rows kept by hand."""

import csv
import io
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from riskplug.documents import load_yaml
from riskplug.extend.host import Choice, PluginHost
from riskplug.ingest import Profile, ingest
from riskplug.loading import profiles_of, reshapes_of
from riskplug.model import Ingested
from riskplug.workspace import Workspace

PROFILES = Path(__file__).parents[2] / "cases" / "profiles"
ON = date(2025, 4, 28)


@dataclass(frozen=True)
class Export:
    """A copy of a folder of exports, to be spoilt at will, and how it reads."""

    folder: Path
    read: Callable[..., Ingested]

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text that is there."""
        text = (self.folder / file).read_text(encoding="utf-8")
        assert old in text
        (self.folder / file).write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="session")
def host() -> PluginHost:
    """The shipped plugins."""
    return PluginHost.load(Choice())


@pytest.fixture(scope="session")
def known_profiles(host: PluginHost) -> Mapping[str, Profile]:
    """Shipped profiles and those of the plugins."""
    return profiles_of(host)


@pytest.fixture
def export(host: PluginHost, known_profiles: Mapping[str, Profile], tmp_path: Path) -> Callable[[str], Export]:
    """A case of tests/cases/profiles by name; `ours.yaml` there is its profile unless another is named."""

    def of(name: str) -> Export:
        folder = tmp_path / "exports"
        shutil.copytree(PROFILES / name, folder)

        def read(profile: str = "exports/ours.yaml", **source: object) -> Ingested:
            workspace = _workspace(tmp_path, profile, **(source or {"path": "exports"}))
            return ingest(workspace, known_profiles, ON, reshapes=reshapes_of(host))

        return Export(folder, read)

    return of


@pytest.fixture(scope="session")
def as_exported(host: PluginHost, known_profiles: Mapping[str, Profile]) -> Callable[[str], Ingested]:
    """A case as it stands, read once."""
    found: dict[str, Ingested] = {}

    def of(name: str) -> Ingested:
        if name not in found:
            found[name] = ingest(_workspace(PROFILES / name, "ours.yaml", path="."), known_profiles, ON, reshapes=made)
        return found[name]

    made = reshapes_of(host)
    return of


def _workspace(root: Path, profile: str, **source: object) -> Workspace:
    return Workspace.model_validate(
        {
            "root": root,
            "workspace": {"name": "test", "timezone": "Europe/Berlin"},
            "sites": {site: {"country": site[:2]} for site in ("DE01", "US01")},
            "sources": {"erp": {"profile": profile, **source}},
        }
    )


@pytest.fixture
def kept_by_hand() -> Callable[[str], dict[str, Any]]:
    """The expected rows of a case: canonical table to rows of texts, in the table's order."""

    def of(name: str) -> dict[str, Any]:
        data: dict[str, Any] = load_yaml(PROFILES / name / "expected.yaml").data
        return data | {"tables": {table: list(_rows(text)) for table, text in data["tables"].items()}}

    return of


def _rows(text: str) -> list[dict[str, str]]:
    return [
        {str(name).strip(): (word or "").strip() for name, word in row.items()}
        for row in csv.DictReader(io.StringIO(text))
    ]


@pytest.fixture
def shown() -> Callable[[Ingested, str, list[dict[str, str]]], list[dict[str, str]]]:
    """A canonical table as texts, in the columns that the expected rows name."""

    def of(ingested: Ingested, table: str, expected: list[dict[str, str]]) -> list[dict[str, str]]:
        frame = ingested.tables[table]
        return [
            {str(name): _text(value) for name, value in row.items()}
            for row in frame[list(expected[0])].astype("object").to_dict("records")
        ]

    return of


def _text(value: object) -> str:
    if value is None or value is pd.NA or value != value:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return f"{value:.9g}" if isinstance(value, float) else str(value)
