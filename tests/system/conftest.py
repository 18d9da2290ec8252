"""The installed command, run as users run it: another process, a folder of its own, exit code and both streams.

Scans are slow (each imports Great Expectations), so those that do not depend on each other are started early and two
at a time; every test of a chain looks at the same results.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from chains import CHAINS, FirstNight, SampleScan, Started
from command import FINISHED, Folder
from small_company import small_company


@pytest.fixture(scope="session")
def needs_program() -> Callable[[str], Path]:
    """The path of a program; without it the test is skipped, or fails where RISKPLUG_REQUIRE_PROGRAMS=1."""

    def find(name: str) -> Path:
        found = shutil.which(name)
        if found is None:
            refuse = pytest.fail if os.environ.get("RISKPLUG_REQUIRE_PROGRAMS") == "1" else pytest.skip
            refuse(f"needs the program {name}, which is not installed here")
        return Path(str(found))

    return find


@pytest.fixture(scope="session")
def started(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """The chains that tonight's tests ask for, running in the background."""
    asked = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    with ThreadPoolExecutor(max_workers=2) as pool:
        yield {
            name: pool.submit(chain, tmp_path_factory.mktemp(name)) for name, chain in CHAINS.items() if name in asked
        }


@pytest.fixture(scope="session")
def sample_scan(started: Started) -> SampleScan:
    """The sample scanned once, by `riskplug scan --format json`."""
    folder, ran = started["sample_scan"].result()
    assert ran.code in FINISHED, f"the sample scan ended with {ran.code}:\n{ran.err[-4000:]}"
    return SampleScan(folder, ran, ran.document(), (folder.state / "brief.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def former(started: Started) -> Folder:
    """A small company with an attacker's texts in its exports, scanned last night."""
    folder, ran = started["former"].result()
    assert ran.code in FINISHED, f"the scan ended with {ran.code}:\n{ran.err[-4000:]}"
    return Folder(folder.path)


@pytest.fixture(scope="session")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> FirstNight:
    """The small company after its first night, of which nobody was told."""
    folder = small_company(tmp_path_factory.mktemp("first") / "small")
    ran = folder.run("scan", "--format", "json", "--no-deliver")
    assert ran.code in FINISHED, f"the scan ended with {ran.code}:\n{ran.err[-4000:]}"
    return FirstNight(folder, ran)


@pytest.fixture
def sample_copy(tmp_path: Path) -> Folder:
    """The sample as a workspace that a test may spoil."""
    return Folder.sample(tmp_path / "sample")
