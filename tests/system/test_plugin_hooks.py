"""A whole scan with every kind of plugin beside the data: what they say is shown, what they break is told."""

import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from command import Folder, Ran
from jsonschema import Draft202012Validator
from small_company import small_company

FINDER = '''\
import pandas as pd

from riskplug.extend import hookimpl


class Next:
    """The next magnet may do."""

    kind = "next"
    needs = frozenset({"parts"})

    def find(self, part_nos, tables, context):
        asked = [name for name in part_nos if name in ("M-1", "M-2")]
        return pd.DataFrame(
            {"part_no": asked, "alternate_part_no": "M-3", "basis": "<b>same size</b>", "free_of": "Dy", "score": 0.75}
        )


@hookimpl
def riskplug_alternate_finders():
    return [Next]
'''
SECTION = '''\
from riskplug.extend import hookimpl
from riskplug.extend.protocols import Section


class Magnets:
    """Our magnets."""

    kind = "magnets"
    title = "Our <i>magnets</i>"
    needs = frozenset({"part"})

    def section(self, facts, context):
        names = sorted(name for name in facts["part"]["part_no"] if name.startswith("M-"))
        return Section(("<script>alert(1)</script>",), ("Part", "Count"), tuple((name, 1234) for name in names))


@hookimpl
def riskplug_report_sections():
    return [Magnets]
'''
OBSERVER = """\
import json
from pathlib import Path

from riskplug.extend import hookimpl

LOG = Path(__file__).parents[1] / "told.ndjson"


def told(name, **more):
    with LOG.open("a") as out:
        out.write(json.dumps({"told": name, **more}) + "\\n")


@hookimpl
def riskplug_scan_started(context):
    told("started", on=context.business_date.isoformat())


@hookimpl
def riskplug_stage_finished(context, stage, seconds, rows):
    told("stage", stage=stage, timed=seconds >= 0, rows=rows)


@hookimpl
def riskplug_alerts_changed(context, changes):
    told("alerts", changes=[change.kind for change in changes])


@hookimpl
def riskplug_scan_finished(context, summary):
    told("finished", summary=dict(summary))
"""
COMMAND = """\
from riskplug.extend import hookimpl
from riskplug.extend.protocols import Command


def parts(words):
    print("parts of", *words)
    return 5


@hookimpl
def riskplug_commands():
    return [Command("parts", "Lists parts.", parts)]
"""
GOOD = {"finder": FINDER, "section": SECTION, "observer": OBSERVER, "command": COMMAND}
BAD = {
    "finder": FINDER.replace('"M-3"', '"M-9"'),
    "section": SECTION.replace("return Section(", "raise RuntimeError('<b>broken</b>') or Section("),
    "observer": OBSERVER.replace('told("finished", summary', 'raise RuntimeError("late"); told("finished", summary'),
}


@dataclass(frozen=True)
class Night:
    """A scan with plugins, and what it left."""

    folder: Folder
    ran: Ran

    @property
    def document(self) -> dict[str, Any]:
        return self.ran.document()

    @property
    def brief(self) -> str:
        return (self.folder.state / "brief.html").read_text(encoding="utf-8")

    def told(self) -> list[dict[str, Any]]:
        return [json.loads(row) for row in (self.folder.path / "told.ndjson").read_text().splitlines()]


def night(path: Path, plugins: dict[str, str]) -> Night:
    folder = small_company(path / "small")
    for name, text in plugins.items():
        folder.write(f"plugins/{name}.py", text)
    return Night(folder, folder.run("scan", "--format", "json", "--fail-on", "critical"))


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Night:
    return night(tmp_path_factory.mktemp("good"), GOOD)


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Night:
    return night(tmp_path_factory.mktemp("bad"), BAD)


def schema(name: str) -> dict[str, Any]:
    return dict(json.loads((files("riskplug") / "schemas" / f"{name}.json").read_text(encoding="utf-8")))


def counts(of: Night) -> dict[str, float | None]:
    return {row["part_no"]: row["suggested_alternates"] for row in of.document["facts"]["part"]}


@pytest.mark.parametrize("which", ["good", "bad"])
def test_the_document_keeps_to_its_schema(which: str, request: pytest.FixtureRequest) -> None:
    of: Night = request.getfixturevalue(which)
    errors = Draft202012Validator(schema("scan")).iter_errors(of.document)
    assert [f"{error.json_path}: {error.message[:200]}" for error in errors] == []


def test_possible_alternates_are_counted_and_told_with_their_basis(good: Night) -> None:
    assert good.ran.code == 1
    known = counts(good)
    assert known["M-1"] == known["M-2"] == 1
    found = good.document["suggested_alternates"]
    assert [
        (one["part_no"], one["alternate_part_no"], one["free_of"], one["score"], one["finder"]) for one in found
    ] == [
        ("M-1", "M-3", "Dy", 0.75, "next"),
        ("M-2", "M-3", "Dy", 0.75, "next"),
    ]


def test_they_change_no_runway_and_no_finding(good: Night, bad: Night) -> None:
    def known(of: Night) -> list[dict[str, Any]]:
        return [
            {name: value for name, value in row.items() if name != "suggested_alternates"}
            for row in of.document["facts"]["part"]
        ]

    assert known(good) == known(bad)
    assert good.document["findings"] == bad.document["findings"]


def test_the_brief_shows_them_beside_the_part_escaped_and_not_approved(good: Night) -> None:
    words = "Possible alternates, not approved: M-3 by next (&lt;b&gt;same size&lt;/b&gt;, without Dy)"
    assert words in good.brief


def test_a_finder_that_names_an_unknown_part_leaves_the_count_unknown(bad: Night) -> None:
    assert bad.ran.code == 3
    assert set(counts(bad).values()) == {None}
    assert bad.document["suggested_alternates"] == []
    assert [one for one in bad.document["degraded"] if "part M-9, which is not in the part master" in one]
    assert "Possible alternates" not in bad.brief


def test_the_runway_of_a_part_names_them(good: Night) -> None:
    ran = good.folder.run("runway", "M-1")
    lines = ran.out.splitlines()
    at = lines.index("Possible alternates, named by plugins, not approved, counted nowhere")
    assert lines[at + 1].split() == ["M-3", "0.75", "<b>same", "size</b>,", "without", "Dy", "(by", "next)"]
    document = good.folder.run("runway", "M-1", "--format", "json").document()
    assert list(Draft202012Validator(schema("runway")).iter_errors(document)) == []
    assert [one["alternate_part_no"] for one in document["suggested_alternates"]] == ["M-3"]
    none = good.folder.run("runway", "M-1", "--format", "json", "-p", "no:finder").document()
    assert none["suggested_alternates"] is None
    assert {**document, "suggested_alternates": None} == none


def test_the_runway_of_a_part_says_which_finder_failed(bad: Night) -> None:
    ran = bad.folder.run("runway", "M-1", "--format", "json")
    assert ran.code == 0 and ran.document()["suggested_alternates"] is None
    assert "plugin finder, alternates next: ValueError" in ran.err


def test_a_section_is_in_the_brief_escaped_and_in_the_document_as_it_is(good: Night) -> None:
    assert "<script>" not in good.brief and "<i>" not in good.brief
    assert "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>" in good.brief
    assert ">Our &lt;i&gt;magnets&lt;/i&gt;</h2>" in good.brief
    assert '<tr><td>M-2</td><td class="n">1,234</td></tr>' in good.brief
    (one,) = good.document["sections"]
    assert one["title"] == "Our <i>magnets</i>" and one["rows"] == [["M-1", 1234], ["M-2", 1234], ["M-3", 1234]]
    assert one["fault"] is None


def test_a_section_that_fails_leaves_the_report_whole_with_one_line(bad: Night) -> None:
    line = "This section of plugin section is missing: RuntimeError: &lt;b&gt;broken&lt;/b&gt;"
    assert bad.brief.count(line) == 1
    assert 'id="h-runway"' in bad.brief and "</html>" in bad.brief
    assert "RuntimeError: <b>broken</b> (" in bad.document["sections"][0]["fault"]
    assert [one for one in bad.document["degraded"] if one.startswith("plugin section, section magnets: RuntimeError")]


def test_observers_are_told_of_everything_in_order(good: Night) -> None:
    told = good.told()
    assert told[0] == {"told": "started", "on": "2025-04-28"}
    stages = [one["stage"] for one in told if one["told"] == "stage"]
    assert stages[:3] == ["ingest", "validate", "snapshot"] and stages[-1] == "report"
    assert all(one["timed"] for one in told if one["told"] == "stage")
    changes = next(one["changes"] for one in told if one["told"] == "alerts")
    assert changes.count("new") == len(good.document["alerts"]["changes"])
    assert [one["told"] for one in told].count("finished") == 1 and told[-1]["told"] == "finished"


def test_the_end_is_told_with_exit_code_and_counts(good: Night) -> None:
    summary = good.told()[-1]["summary"]
    severities = [finding["severity"] for finding in good.document["findings"]]
    assert summary["status"] == "complete" and summary["exit_code"] == good.ran.code == 1 and summary["error"] == ""
    assert summary["findings"] == {word: severities.count(word) for word in ("critical", "warning", "info")}
    assert summary["changes"] == good.document["alerts"]["counts"]
    assert summary["deliveries"] == good.document["deliveries"] and summary["degraded"] == []
    assert summary["seconds"] > 0


def test_an_observer_that_breaks_at_the_end_degrades_the_scan_all_the_same(bad: Night) -> None:
    assert bad.ran.code == 3
    late = "plugin observer, riskplug_scan_finished: RuntimeError: late ("
    assert [why.startswith(late) for why in bad.document["degraded"]].count(True) == 1
    assert next(one["told"] for one in bad.told()) == "started"


def test_a_scan_that_fails_tells_its_end_too(tmp_path: Path) -> None:
    folder = small_company(tmp_path / "small")
    folder.write("plugins/observer.py", OBSERVER)
    folder.write("exports/parts.csv", "nothing,of,this\n1,2,3\n")
    ran = folder.run("scan")
    assert ran.code == 6
    told = [json.loads(row) for row in (folder.path / "told.ndjson").read_text().splitlines()]
    assert told[0]["told"] == "started" and told[-1]["told"] == "finished"
    summary = told[-1]["summary"]
    assert (summary["status"], summary["exit_code"]) == ("failed", 6)
    assert summary["error"] and summary["error"] in ran.err


def test_a_command_of_a_plugin_is_a_command(good: Night) -> None:
    ran = good.folder.run("parts", "M-1", "--all")
    assert (ran.code, ran.out, ran.err) == (5, "parts of M-1 --all\n", "")
