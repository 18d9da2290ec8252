"""A whole scan with plugins: what is named and fails refuses to start, anything else degrades it, loudly."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from command import Folder, environment
from small_company import small_company

RULE_KIND = '''\
from pydantic import BaseModel

from riskplug.extend import hookimpl


class Quiet:
    """Finds nothing."""

    kind = "quiet"
    needs = frozenset({"facts.part"})

    class Options(BaseModel, extra="forbid"):
        days: int = 1

    def __init__(self, options):
        pass

    def assess(self, tables, context):
        return tables["facts.part"].iloc[:0].assign(severity="info", message="")


@hookimpl
def riskplug_rule_kinds():
    return [Quiet]
'''
RULE = """\
schema: riskplug.rules/1
rules:
  - id: quiet
    title: Never anything
    grain: part
    kind: quiet
"""
SOURCE = '''\
import pandas as pd
from pydantic import BaseModel

from riskplug.extend import hookimpl


class Nothing:
    """Gives no table."""

    kind = "nothing"

    class Options(BaseModel, extra="forbid"):
        rows: int
        name: str = ""

    def __init__(self, options):
        pass

    def tables(self):
        return frozenset()

    def read(self, table, context):
        return pd.DataFrame()

    def extracted_at(self, table):
        return None


@hookimpl
def riskplug_sources():
    return [Nothing]
'''
COLUMNS = '''\
from pydantic import BaseModel, Field

from riskplug.catalogue import Fact
from riskplug.extend import hookimpl


class Classes:
    """Our own classes of parts."""

    kind = "classes"
    grain = "part"
    columns = (Fact("abc_class", "text", "Our own class."),)
    needs = frozenset()

    class Options(BaseModel, extra="forbid"):
        letter: str = Field(default="A", max_length=1)
        top: int = 0

    def __init__(self, options):
        self.letter = options.letter

    def enrich(self, facts, tables, context):
        return facts[[]].assign(abc_class=self.letter)


@hookimpl
def riskplug_fact_columns():
    return [Classes]
'''


@pytest.fixture
def company(tmp_path: Path) -> Folder:
    return small_company(tmp_path / "small")


def line(folder: Folder, name: str, text: str) -> str:
    number = (folder.path / name).read_text(encoding="utf-8").splitlines().index(text) + 1
    return f"{folder.path / name}:{number}"


def test_a_rule_whose_plugin_failed_refuses_to_start(company: Folder) -> None:
    company.write(
        "plugins/quiet.py", RULE_KIND.replace("def assess(self, tables, context)", "def assess(self, tables)")
    )
    company.write("rules/quiet.yaml", RULE)
    ran = company.run("scan")
    assert ran.code == 2
    assert f"{company.path / 'rules/quiet.yaml'}:6" in ran.err and "no rule kind 'quiet'" in ran.err
    assert "plugin quiet failed" in ran.err and "Quiet has another assess: lacks 'context'" in ran.err
    assert "write it as def assess(self, tables, context):" in ran.err
    assert not (company.path / "digest.txt").exists()


def test_a_receiver_whose_plugin_is_switched_off_says_so(company: Folder) -> None:
    ran = company.run("scan", "-p", "no:file")
    assert ran.code == 2
    place = line(company, "riskplug.toml", 'kind = "file"')
    assert f"{place}: [receivers.desk] no notifier of kind 'file'" in ran.err
    assert "plugin file is switched off" in ran.err


def test_a_source_with_a_profile_that_nobody_gives(company: Folder) -> None:
    company.replace("riskplug.toml", 'profile = "canonical"', 'profile = "nothing"')
    ran = company.run("scan")
    assert ran.code == 2
    place = line(company, "riskplug.toml", 'profile = "nothing"')
    assert f"{place}: source 'erp' names profile 'nothing'" in ran.err


def test_every_wrong_option_of_every_plugin_is_told_with_its_line(company: Folder) -> None:
    company.write("plugins/nothing.py", SOURCE)
    company.write("plugins/classes.py", COLUMNS)
    text = company.toml.read_text(encoding="utf-8")
    more = """
[sources.other]
profile = "nothing"
[sources.other.options]
nam = "x"

[plugins.options.classes]
letter = "AB"
top = "many"

[plugins.options.class]
top = 1
"""
    company.write("riskplug.toml", text + more)
    for command in ("scan", "check"):
        ran = company.run(command)
        assert ran.code == 2
        said = [row for row in ran.err.splitlines() if row.startswith("riskplug: ")]
        expected = {
            "nam: Extra inputs are not permitted": 'nam = "x"',
            "letter: String should have at most 1 character": 'letter = "AB"',
            "top: Input should be a valid integer": 'top = "many"',
            "no plugin gives a kind 'class' that is set here": "[plugins.options.class]",
            "rows: Field required": "[sources.other.options]",
        }
        for words, at in expected.items():
            assert any(f"{line(company, 'riskplug.toml', at)}: {words}" in row for row in said), (words, said)
        assert "did you mean 'name'?" in ran.err and "did you mean 'classes'?" in ran.err


def test_a_plugin_that_nothing_names_degrades_the_scan_and_strictly_refuses_it(company: Folder) -> None:
    company.write("plugins/bad.py", "import does_not_exist\n")
    company.write("plugins/classes.py", COLUMNS)
    company.write(
        "riskplug.toml", company.toml.read_text(encoding="utf-8") + '\n[plugins.options.classes]\nletter = "B"\n'
    )
    refused = company.run("scan", "--strict-plugins")
    assert refused.code == 2
    assert f"{company.path / 'plugins/bad.py'}:1: plugin bad: ModuleNotFoundError" in refused.err
    ran = company.run("scan", "--format", "json")
    document = ran.document()
    assert ran.code == 3
    assert [reason for reason in document["degraded"] if reason.startswith(f"plugin bad, {company.path}")]
    assert {row["abc_class"] for row in document["facts"]["part"]} == {"B"}
    manifest = next((company.state / "snapshots").rglob("manifest.json"))
    digest = hashlib.sha256(COLUMNS.encode()).hexdigest()
    hashes = json.loads(manifest.read_text(encoding="utf-8"))["hashes"]
    assert hashes["plugin classes"] == digest
    assert "plugin bad" not in hashes and "plugin sap" not in hashes


def test_an_installed_plugin_that_nobody_enabled_is_named_once(company: Folder, tmp_path: Path) -> None:
    info = tmp_path / "site" / "quiet_plugin-1.2.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: quiet-plugin\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[riskplug]\nquiet = quiet_plugin\n")
    said = "plugins available, not enabled: quiet"
    code = "import runpy, sys; sys.argv = ['riskplug', *sys.argv[1:]]; sys.path.insert(0, {site!r});"
    code += " runpy.run_module('riskplug', run_name='__main__')"
    ran = subprocess.run(
        [sys.executable, "-c", code.format(site=str(tmp_path / "site")), "scan"],
        cwd=company.path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr.count(said) == 1
