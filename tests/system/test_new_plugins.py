"""`riskplug new`: what it writes passes at once, is typed, and takes effect in a scan."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import FINISHED, Folder, Ran, environment

from riskplug.testing import HttpServer

SORTS = {"notifier": "desk-bell", "source": "shelf-list", "mapper": "lab-report", "rule": "late-twice"}


@pytest.fixture(scope="module")
def bell() -> Iterator[HttpServer]:
    with HttpServer() as server:
        yield server


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """The sample with one new thing of each sort."""
    folder = Folder.sample(tmp_path_factory.mktemp("new") / "sample")
    folder.write("riskplug.toml", with_folders(folder.toml.read_text(encoding="utf-8")))
    return folder


@pytest.fixture(scope="module")
def made(sample: Folder) -> dict[str, Ran]:
    python = {"rule": ("--python",)}
    return {sort: sample.run("new", sort, name, *python.get(sort, ())) for sort, name in SORTS.items()}


def with_folders(toml: str) -> str:
    """The sample's settings with folders for plugins and rules of its own."""
    toml = toml.replace("[plugins]\n", '[plugins]\npaths = ["plugins"]\n', 1)
    return toml.replace('paths = ["sample_erp/rules"]', 'paths = ["rules", "sample_erp/rules"]')


def settings_of(ran: Ran) -> str:
    """What riskplug.toml needs, as the command prints it."""
    return ran.out.partition("to use it:\n")[2].partition("next:")[0]


def test_it_says_what_it_wrote_and_what_comes_next(made: dict[str, Ran], sample: Folder) -> None:
    for sort, ran in made.items():
        assert ran.code == 0, ran.err
        written = re.findall(r"^(?:plugins|rules|tests)/\S+$", ran.out, flags=re.MULTILINE)
        assert len(written) == {"source": 4}.get(sort, 3)
        assert all((sample.path / name).is_file() for name in written)
        assert "next: riskplug " in ran.out and "python -m pytest tests/test_" in ran.out
    assert set(tomllib.loads(settings_of(made["notifier"]))) == {"receivers", "routes"}
    assert tomllib.loads(settings_of(made["source"]))["sources"]["shelf-list"]["profile"] == "shelf_list"


def test_plugins_check_and_rule_tests_pass_at_once(made: dict[str, Ran], sample: Folder) -> None:
    for words in (("plugins", "check"), ("rules", "check"), ("rules", "test", "late-twice")):
        ran = sample.run(*words)
        assert ran.code == 0, ran.out + ran.err


def test_its_tests_pass_at_once(made: dict[str, Ran], sample: Folder) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "tests"]
    ran = subprocess.run(command, cwd=sample.path, env=environment(), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr
    assert "failed" not in ran.stdout and int(re.findall(r"(\d+) passed", ran.stdout)[0]) > 50


def test_it_is_typed(made: dict[str, Ran], sample: Folder) -> None:
    files = sorted(str(path) for path in sample.path.glob("plugins/*.py"))
    assert len(files) == 4
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir=.mypy_cache", *files]
    ran = subprocess.run(command, cwd=sample.path, env=environment(), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_a_scan_uses_all_of_them(made: dict[str, Ran], sample: Folder, bell: HttpServer) -> None:
    toml = sample.toml.read_text(encoding="utf-8")
    told = settings_of(made["notifier"]).replace("https://example.com/hook", bell.url)
    sample.write("riskplug.toml", toml + "\n" + told + "\n" + settings_of(made["source"]))
    ran = sample.run("scan", "--format", "json", env={"RISKPLUG_TOKEN": "secret-token"})
    assert ran.code in FINISHED, ran.err
    document = ran.document()
    (table,) = [one for one in document["tables"] if one["source"] == "shelf-list" and one["table"] == "parts"]
    assert table["rows"] == 2
    ((_, headers, body),) = bell.got
    assert headers["Authorization"] == "Bearer secret-token" and "[critical]" in body.decode()
    ran = sample.run("content", "explain", "M-5120", "--format", "json")
    assert ran.code == 0, ran.err
    assert "lab_report: analysis" in json.dumps(ran.document())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("notifier", "Bell"), "'Bell' is no name for a notifier"),
        (("source", "class"), "'class' is no name for a source"),
        (("notifier", "slack"), "there is a notifier of kind 'slack' already"),
        (("notifier", "single-origin"), "there is a plugin 'single_origin' already"),
        (("source", "sap"), "there is a plugin 'sap' already"),
        (("source", "de01"), "riskplug.toml has [sources.de01] already"),
        (("notifier", "file"), "there is a notifier of kind 'file' already"),
        (("rule", "single-origin", "--python"), "there is a rule of kind 'single_origin' already"),
    ],
)
def test_a_name_that_cannot_be_is_refused(sample_copy: Folder, words: tuple[str, ...], says: str) -> None:
    sample_copy.write("riskplug.toml", with_folders(sample_copy.toml.read_text(encoding="utf-8")))
    before = sorted(sample_copy.path.rglob("*"))
    ran = sample_copy.run("new", *words)
    assert (ran.code, says in ran.err) == (2, True), ran.err
    assert sorted(sample_copy.path.rglob("*")) == before


def test_nothing_is_overwritten_and_a_folder_is_needed(sample_copy: Folder) -> None:
    ran = sample_copy.run("new", "mapper", "lab")
    assert ran.code == 2 and 'add [plugins] paths = ["plugins"]' in ran.err
    sample_copy.write("riskplug.toml", with_folders(sample_copy.toml.read_text(encoding="utf-8")))
    kept = sample_copy.write("tests/test_lab.py", "mine = 1\n")
    ran = sample_copy.run("new", "mapper", "lab")
    assert ran.code == 2 and "test_lab.py exists already" in ran.err
    assert kept.read_text() == "mine = 1\n" and not (sample_copy.path / "plugins" / "lab.py").exists()


def test_a_change_of_a_case_is_noticed(made: dict[str, Ran], sample: Folder, tmp_path: Path) -> None:
    """The tests of a new plugin compare its case: another content, text or row makes them fail."""
    copy = Folder(tmp_path / "copy")
    for name in ("plugins", "tests"):
        shutil.copytree(sample.path / name, copy.path / name)
    copy.replace("tests/cases/desk-bell.yaml", "  1 new critical\n", "  2 new critical\n")
    copy.replace("tests/cases/shelf-list.yaml", "quantity: 120}", "quantity: 121}")
    text = (copy.path / "tests/cases/lab-report.yaml").read_text().replace("0.77", "0.78")
    copy.write("tests/cases/lab-report.yaml", text)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "tests",
        "-k",
        "of_the_case or expected_rows",
    ]
    ran = subprocess.run(command, cwd=copy.path, env=environment(), capture_output=True, text=True, check=False)
    failed = re.findall(r"^FAILED \S+::(\w+)", ran.stdout, flags=re.MULTILINE)
    assert sorted(failed) == [
        "test_the_digest_of_the_case_becomes_its_text",
        "test_the_expected_rows_are_read",
        "test_the_parts_of_the_case_have_its_content",
    ], ran.stdout
