"""The wheel carries the same plugins and rules as the checkout, and no stray top-level package."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    target = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    wheel = next(target.glob("riskplug-*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def committed(folder: str) -> set[str]:
    listed = subprocess.run(["git", "ls-files", folder], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return set(listed.split("\n")) - {""}


@pytest.mark.parametrize("folder", ["plugins", "rules"])
def test_every_committed_file_of_the_folder_is_in_the_wheel(names: set[str], folder: str) -> None:
    inside = {name.replace(f"riskplug/_{folder}/", f"{folder}/", 1) for name in names if f"/_{folder}/" in name}
    assert committed(folder)
    assert committed(folder) <= inside


def test_nothing_but_riskplug_is_installed_at_the_top(names: set[str]) -> None:
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"riskplug"}


def test_data_files_the_program_reads_are_there(names: set[str]) -> None:
    for name in (
        "riskplug/py.typed",
        "riskplug/report/templates/brief.html.j2",
        "riskplug/ingest/profiles/canonical.yaml",
        "riskplug/authoring/templates/notifier.plugin.txt",
    ):
        assert name in names
    assert any(name.startswith("riskplug/state/migrations/") for name in names)
