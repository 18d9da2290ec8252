"""What is locked: every file by its hash, listed in a bill of materials, and held against known vulnerabilities."""

import json
import re
import subprocess
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.watchers import says, watcher

ROOT = Path(__file__).parents[3]
LOCKS = (ROOT / "requirements.lock", ROOT / ".ci" / "supply.lock")
TOOLS = ROOT / ".venv" / "supply" / "bin" / "python"
VALIDATE = """
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
sys.exit(JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1], encoding="utf-8").read()))
"""
# As in requirements.lock: two versions of one package, one of them for another Python.
SMALL = "".join(
    f"{pin} \\\n    --hash=sha256:{'0' * 64}\n"
    for pin in ("pint==0.25.3 ; python_full_version < '3.12'", "pint==0.26.2 ; python_full_version >= '3.12'")
)


def tools() -> Path:
    """The interpreter of the environment that the tools of the supply chain have for themselves."""
    assert TOOLS.exists(), f"{TOOLS} is not there: `make sbom` makes it"
    return TOOLS


def entries(lock: Path) -> list[str]:
    """The requirements of a lock file, each with its options on one line."""
    joined = lock.read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize(("lock", "least"), [(LOCKS[0], 100), (LOCKS[1], 40)])
def test_every_locked_package_is_pinned_and_hashed_and_names_no_index(lock: Path, least: int) -> None:
    assert len(entries(lock)) > least
    for entry in entries(lock):
        assert re.match(r"[a-z0-9.-]+(\[[a-z,-]+\])?==\S+ ", entry), entry[:80]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry), entry[:80]
        assert "://" not in entry and "index" not in re.sub(r"--hash=\S+", "", entry), entry[:80]


def test_an_environment_is_made_of_hashed_wheels_alone() -> None:
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8")
    install = [line for line in recipe.splitlines() if "$(INSTALL)" in line and " -r " in line]
    assert [line.rpartition(" ")[2] for line in install] == ["requirements.lock", ".ci/supply.lock"]
    assert all("--require-hashes --only-binary :all:" in line for line in install)


def test_the_bill_of_materials_is_valid_and_names_every_locked_package(tmp_path: Path) -> None:
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    found = re.search(r"^\t\$\(TOOLS\)/bin/python (.*-m cyclonedx_py .*)$", recipe, re.MULTILINE)
    assert found is not None
    made = tmp_path / "bill.json"
    words = [str(made) if word.startswith("dist/") else word for word in found[1].split()]
    subprocess.run([tools(), *words, "--no-validate"], cwd=ROOT, check=True, timeout=120)
    text = made.read_text(encoding="utf-8")
    subprocess.run([tools(), "-c", VALIDATE, made], check=True, timeout=120)
    listed = {(one["name"], one["version"]): str(one) for one in json.loads(text)["components"]}
    assert json.loads(text)["metadata"]["component"]["name"] == "riskplug"
    for entry in entries(LOCKS[0]):
        name, _, version = entry.split()[0].partition("==")
        hashes = re.findall(r"sha256:([0-9a-f]{64})", entry)
        assert all(each in listed[name.partition("[")[0], version] for each in hashes), entry[:60]
    assert len(listed) == len(entries(LOCKS[0]))


def advisories(vulnerable: str = "", *, knows: bool = True, status: int = 200) -> "subprocess.CompletedProcess[str]":
    """The audit of two packages, asked of a service on this host that thinks one version of one of them vulnerable."""

    def answer(asked: BaseHTTPRequestHandler) -> None:
        query = json.loads(server.asked[-1][2])
        bad = (knows and query["version"] == "2.4.1") or query["version"] == vulnerable
        known = {"vulns": [{"id": "GHSA-test", "affected": []}]} if bad else {}
        says(status, json.dumps(known).encode())(asked)

    with watcher(answer, "/v1/query") as server:
        return audit(server.url)


def audit(url: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [tools(), ROOT / ".ci" / "audit.py", "--lock", "/dev/stdin", "--service", url],
        input=SMALL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_known_vulnerability_fails_the_check() -> None:
    done = advisories("0.26.2")
    assert (done.returncode, done.stderr) == (1, "audit: pint 0.26.2: GHSA-test, mended in nowhere yet\n")


def test_no_known_vulnerability_passes() -> None:
    done = advisories()
    assert (done.returncode, done.stderr) == (0, "audit: 2 packages, no known vulnerability\n")


@pytest.mark.parametrize("status", [None, 403, 502])
def test_advisories_out_of_reach_are_said_and_pass(status: int | None) -> None:
    done = audit("http://127.0.0.1:1/v1/query") if status is None else advisories(status=status)
    assert done.returncode == 0
    assert "NOT DONE, advisories cannot be reached at http://127.0.0.1" in done.stderr


def test_a_service_that_knows_nothing_is_no_audit() -> None:
    done = advisories(knows=False)
    assert done.returncode == 1 and "its word is worth nothing" in done.stderr
