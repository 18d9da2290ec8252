"""The packages of docs/examples as a stranger uses them: built, installed beside riskplug, enabled, tested, at work."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from command import ROOT, Folder

EXAMPLES = ROOT / "docs" / "examples"
PACKAGES = ("riskplug-commodity-watch", "riskplug-ntfy")
PLUGINS = ("commodity-watch", "ntfy")
# Sample Drives on 2025-04-28, 90 days after 2025-01-28. Dy: 338 / 245.5 = 1.3768, up 38 %. Sm: 21 / 20, up 5 %.
PRICES = """\
material,date,price_per_kg
Dy,2025-01-28,245.50
Dy,2025-04-25,338.00
Sm,2025-01-28,20.00
Sm,2025-04-25,21.00
"""
RECEIVER = """
[receivers.phones]
kind = "ntfy"
url = "{url}"
topic = "risk"

[[routes]]
match = {{ severity = ["critical", "warning"] }}
receivers = ["phones"]
"""


@dataclass(frozen=True)
class Installed:
    """An environment of its own, which sees riskplug and all it needs in ours, and the example packages in itself."""

    python: Path

    def run(self, *words: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
        env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
        return subprocess.run([str(self.python), *words], cwd=cwd, env=env, capture_output=True, text=True, check=False)

    def riskplug(self, *words: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
        return self.run("-m", "riskplug", *words, cwd=cwd)


def checked(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Both wheels built from copies of their folders and installed without a network."""
    place = tmp_path_factory.mktemp("stranger")
    checked(sys.executable, "-m", "venv", "--without-pip", str(place / "venv"))
    python = place / "venv" / "bin" / "python"
    for package in PACKAGES:
        shutil.copytree(EXAMPLES / package, place / package, ignore=shutil.ignore_patterns("__pycache__"))
        build = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place / "dist"))
        done = subprocess.run(build, cwd=place / package, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    purelib = subprocess.run(
        [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], capture_output=True, text=True
    ).stdout.strip()
    ours = sysconfig.get_path("purelib")
    Path(purelib, "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
    wheels = [str(wheel) for wheel in sorted((place / "dist").glob("*.whl"))]
    assert len(wheels) == len(PACKAGES)
    checked(sys.executable, "-m", "pip", "--python", str(python), "install", "--no-index", "--no-deps", "-q", *wheels)
    return Installed(python)


@pytest.fixture
def workspace(tmp_path: Path) -> Folder:
    """The sample as a workspace that has not enabled them yet."""
    return Folder.sample(tmp_path / "sample")


def enabled(folder: Folder) -> Folder:
    folder.replace("riskplug.toml", "enable = []", 'enable = ["commodity-watch", "ntfy"]')
    return folder


def test_they_need_the_riskplug_that_is_here(installed: Installed, tmp_path: Path) -> None:
    code = "import importlib.metadata as m; print(*[m.requires(n) for n in %r])" % (PACKAGES,)  # noqa: UP031
    said = installed.run("-c", code, cwd=tmp_path)
    assert said.stdout.count("riskplug<0.2,>=0.1") == 2, said.stdout + said.stderr


def test_installed_they_are_available_and_do_nothing(installed: Installed, workspace: Folder) -> None:
    listed = installed.riskplug("plugins", "list", "--format", "json", cwd=workspace.path)
    document = json.loads(listed.stdout)
    plugins = document["plugins"] if isinstance(document, dict) else document
    status = {plugin["name"]: plugin["status"] for plugin in plugins}
    assert [status[name] for name in PLUGINS] == ["available", "available"]


def test_enabled_they_pass_the_check(installed: Installed, workspace: Folder) -> None:
    done = installed.riskplug("plugins", "check", cwd=enabled(workspace).path)
    assert done.returncode == 0, done.stdout + done.stderr
    listed = installed.riskplug("plugins", "list", cwd=workspace.path).stdout
    assert {line.split()[0]: line.split()[1] for line in listed.splitlines() if line.startswith(PLUGINS)} == {
        name: "on" for name in PLUGINS
    }


@pytest.mark.parametrize("package", PACKAGES)
def test_their_own_tests_pass(installed: Installed, package: str, tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLES / package, tmp_path / package)
    shutil.rmtree(folder / "src")  # what is tested is what was installed
    done = installed.run("-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "tests", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout and "skipped" not in done.stdout


@pytest.fixture
def ntfy() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Address of a server that takes every message, and the messages."""
    kept: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

        def do_POST(self) -> None:
            kept.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", kept
    server.shutdown()
    server.server_close()


def test_a_scan_with_both_takes_prices_into_account_and_pushes_the_digest(
    installed: Installed, workspace: Folder, ntfy: tuple[str, list[dict[str, Any]]]
) -> None:
    url, kept = ntfy
    enabled(workspace)
    workspace.write("commodity_prices.csv", PRICES)
    rule = (EXAMPLES / PACKAGES[0] / "rules" / "price-jump.yaml").read_text(encoding="utf-8")
    workspace.write("sample_erp/rules/price-jump.yaml", rule)
    workspace.write("riskplug.toml", workspace.toml.read_text() + RECEIVER.format(url=url))
    done = installed.riskplug("scan", "--format", "json", "--fail-on", "never", cwd=workspace.path)
    assert done.returncode == 0, done.stderr[-3000:]
    document = json.loads(done.stdout)
    assert document["degraded"] == []
    prices = {row["material"]: row["price_per_kg"] for row in document["facts"]["material"]}
    assert (prices["Dy"], prices["Sm"], prices["Tb"]) == (338, 21, None)
    said = {one["identity"]["material"]: one for one in document["findings"] if one["rule"] == "price-jump"}
    assert said["Dy"]["severity"] == "warning"
    assert said["Dy"]["message"].startswith("Dy: 338.00 EUR/kg on 2025-04-25, up 38 % from 245.50.")
    assert "Sm" not in said
    assert said["Tb"]["severity"] == "info" and "no recent price on file" in said["Tb"]["message"]
    assert [message["topic"] for message in kept] == ["risk"]
    assert "critical" in kept[0]["title"] and kept[0]["priority"] == 5


def test_without_prices_the_scan_is_degraded_and_says_why(installed: Installed, workspace: Folder) -> None:
    workspace.replace("riskplug.toml", "enable = []", 'enable = ["commodity-watch"]')
    done = installed.riskplug("scan", "--format", "json", "--fail-on", "never", "--no-deliver", cwd=workspace.path)
    assert done.returncode == 3, done.stderr[-3000:]
    document = json.loads(done.stdout)
    assert any("commodity-watch" in why and "the prices cannot be read" in why for why in document["degraded"])
    assert all(row["price_per_kg"] is None for row in document["facts"]["material"])
