"""The command itself: quick to answer, its JSON as the shipped schemas say, its schedules as the host takes them."""

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import scan_schema
from chains import SampleScan
from command import Folder, environment
from jsonschema import Draft202012Validator, FormatChecker

RUN_AS = files("riskplug") / "__main__.py"
"""What `schedule` takes for the command when it is run as `python -m riskplug`."""
HEAVY = ("great_expectations", "pandas", "numpy", "slack_sdk", "sqlalchemy", "scipy", "pyarrow", "altair")
IMPORTED = """\
import runpy, sys
sys.argv = ["riskplug", *{words!r}]
try:
    runpy.run_module("riskplug", run_name="__main__")
except SystemExit as end:
    assert not end.code, end.code
print(*sorted(set({heavy!r}) & set(sys.modules)), file=sys.stderr)
"""


def imported_by(folder: Folder, *words: str) -> list[str]:
    """The heavy packages that a command has imported when it ends."""
    code = IMPORTED.format(words=list(words), heavy=HEAVY)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder.path, env=environment(), capture_output=True, check=True, timeout=60
    )
    return done.stderr.decode().split()


@pytest.mark.parametrize("words", [("--help",), ("scan", "--help"), ("rules", "--help")])
def test_help_imports_nothing_heavy(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert imported_by(Folder(tmp_path), *words) == []


def test_a_heavy_import_would_be_noticed(sample_scan: SampleScan) -> None:
    assert "pandas" in imported_by(sample_scan.folder, "facts", "table")


def test_stdout_of_a_json_scan_is_one_document_and_stderr_has_no_warning(sample_scan: SampleScan) -> None:
    assert sample_scan.ran.out.startswith("{")
    assert "Warning" not in sample_scan.ran.err
    assert "Traceback" not in sample_scan.ran.err


def schema(name: str) -> dict[str, Any]:
    """A schema as it ships inside the package."""
    text = (files("riskplug") / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def problems(document: object, name: str) -> list[str]:
    checker = Draft202012Validator(schema(name), format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message[:200]}" for error in checker.iter_errors(document)][:10]


@pytest.mark.parametrize(
    "name",
    [
        "scan",
        "inspect",
        "suggestion",
        "explosion",
        "runway",
        "content",
        "review",
        "confirmation",
        "request",
        "requests",
        "problems",
        "regimes",
        "entities",
        "regimes_status",
        "regimes_timeline",
        "regimes_measure",
        "regimes_diff",
        "scenarios",
        "whatif",
        "run",
    ],
)
def test_a_shipped_schema_is_itself_valid(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))


def test_the_scan_document_is_as_its_schema_says(sample_scan: SampleScan) -> None:
    assert problems(sample_scan.document, "scan") == []


def test_the_manifest_of_a_scan_is_as_its_schema_says_and_names_every_input(sample_scan: SampleScan) -> None:
    [manifest] = sample_scan.folder.state.glob("scans/*/*/run.json")
    run = json.loads(manifest.read_text(encoding="utf-8"))
    assert problems(run, "run") == []
    assert problems({**run, "extra": 1}, "run") and problems({**run, "peak_memory_bytes": None}, "run")
    # of a database it is the rows that are hashed
    files = {read["path"]: read["sha256"] for read in run["manifest"]["inputs"] if read["path"].endswith(".csv")}
    assert len(files) >= 9
    for path, digest in files.items():
        assert hashlib.sha256((sample_scan.folder.path / path).read_bytes()).hexdigest() == digest
    settings = sample_scan.folder.toml
    # a name, a zero byte and the content, file by file
    expected = hashlib.sha256(settings.name.encode() + b"\0" + settings.read_bytes()).hexdigest()
    assert run["manifest"]["hashes"]["settings"] == expected
    assert 50e6 < run["peak_memory_bytes"] < 20e9
    assert {"ingest", "validate", "plan", "rules", "alerts"} <= {stage["name"] for stage in run["stages"]}


@pytest.mark.parametrize("name", scan_schema.MADE)
def test_a_made_schema_is_what_the_declarations_say(name: str) -> None:
    assert schema(name) == scan_schema.made(name), "run python tests/system/scan_schema.py"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("explosion", ("bom", "explode", "SC-20", "--site", "DE01")),
        ("runway", ("runway", "M-4711", "--site", "DE01")),
        ("runway", ("runway", "M-4790", "--site", "DE01")),
        ("disruptions", ("disruptions",)),
        ("disruptions", ("disruptions", "--name", "cn-2025-18")),
        ("content", ("content", "explain", "M-4711")),
        ("content", ("content", "explain", "V-7100")),
        ("regimes_status", ("regimes", "status", "--on", "2026-11-23", "--within", "90")),
        ("regimes_timeline", ("regimes", "timeline", "--on", "2025-11-08", "--days", "60")),
        ("regimes_measure", ("regimes", "show", "cn-2025-18-dy-magnet")),
        ("regimes_diff", ("regimes", "diff", "2025-04-03", "2025-11-08")),
        ("inspect", ("inspect", "inventory", "sample_erp/exports/de01/Bestand.csv", "--profile", "sap-list-de")),
        (
            "inspect",
            ("inspect", "purchase_orders", "sample_erp/exports/de01/Bestellungen.csv", "--profile", "sap-list-de"),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value[:3]),
)
def test_the_document_of_a_command_is_as_its_schema_says(
    sample_scan: SampleScan, name: str, words: tuple[str, ...]
) -> None:
    ran = sample_scan.folder.run(*words, "--format", "json")
    assert ran.code == 0, ran.err
    assert problems(ran.document(), name) == []


def test_a_difference_of_dates_says_what_of_the_last_scan_it_touches(sample_scan: SampleScan) -> None:
    ran = sample_scan.folder.run("regimes", "diff", "2025-04-03", "2025-04-04")
    assert ran.code == 0, ran.err
    assert "cn-2025-18" in ran.out and "M-4711" in ran.out and "4500001202/10" in ran.out and "SD-100" in ran.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("regimes", "show", "cn-2025-018"), "did you mean 'cn-2025-18'?"),
        (("regimes", "diff", "2025-04-04", "2025-04-03"), "name the earlier date first"),
        (("regimes", "diff", "4.4.2025"), "write it as YYYY-MM-DD"),
    ],
)
def test_a_wrong_question_about_the_law_is_answered_with_what_to_do(
    sample_scan: SampleScan, words: tuple[str, ...], said: str
) -> None:
    ran = sample_scan.folder.run(*words)
    assert (ran.code, ran.out) == (2, "")
    assert said in re.sub(r"\s+", " ", ran.err)


def test_a_document_that_lies_about_its_form_is_refused(sample_scan: SampleScan) -> None:
    wrong = {**sample_scan.document, "degraded": [1], "surprise": True, "findings": [{"rule": ""}]}
    assert len(problems(wrong, "scan")) >= 3


def test_inspect_refuses_a_file_with_exit_code_6(sample_copy: Folder) -> None:
    sample_copy.write("wrong.csv", "a,b\n1,2\n")
    ran = sample_copy.run("inspect", "inventory", "wrong.csv", "--format", "json")
    assert ran.code == 6
    document = ran.document()
    assert document["verdict"] == "refused"
    assert problems(document, "inspect") == []


def test_findings_are_also_written_as_lines(sample_scan: SampleScan) -> None:
    lines = (sample_scan.folder.path / "found.ndjson").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == sample_scan.document["findings"]


@pytest.mark.parametrize(
    "grain", ["part", "exposure", "order_line", "product", "material", "supplier", "failure_point", "table"]
)
def test_facts_come_out_as_csv(sample_scan: SampleScan, grain: str) -> None:
    ran = sample_scan.folder.run("facts", grain)
    assert ran.code == 0, ran.err
    header = ran.out.splitlines()[0].split(",")
    assert header == list(schema("scan")["properties"]["facts"]["properties"][grain]["items"]["required"])


def test_defence_is_listed_for_both_sides_of_the_step(sample_scan: SampleScan) -> None:
    words = ("regimes", "defence", "--on", "2026-11-23")
    rows = json.loads(sample_scan.folder.run(*words, "--format", "json").out)
    scopes = {(row["scope"], row["scope_from"], row["scope_through"]) for row in rows}
    assert scopes == {("now", None, "2026-12-31"), ("later", "2027-01-01", None)}
    columns = schema("scan")["properties"]["facts"]["properties"]["sourcing_prohibition"]["items"]["required"]
    assert list(rows[0]) == columns
    mined = next(row for row in rows if row["part_no"] == "M-4711" and row["scope"] == "later")
    assert mined["stage_gaps"] == "production CN, melting unknown, refining unknown, mining unknown"
    lines = sample_scan.folder.run(*words).out.splitlines()
    assert [line for line in lines if line.startswith("Scope")] == [
        "Scope through 2026-12-31: 18 part(s), hardest to clear first",
        "Scope from 2027-01-01: 18 part(s), hardest to clear first",
    ]


def test_a_fact_table_for_excel_holds_no_formula(sample_scan: SampleScan, tmp_path: Path) -> None:
    out = tmp_path / "part.csv"
    assert sample_scan.folder.run("facts", "part", "--out", str(out)).code == 0
    cells = [cell for line in out.read_text(encoding="utf-8").splitlines() for cell in line.split(",")]
    active = [cell for cell in cells if cell[:1] in "=@" and cell] + [
        cell for cell in cells if re.fullmatch(r"[+-][^0-9.].*", cell)
    ]
    assert active == []


def test_init_makes_a_workspace_that_checks(tmp_path: Path) -> None:
    outside = Folder(tmp_path)
    made = outside.run("init", "plant")
    assert made.code == 0, made.err
    assert (tmp_path / "plant" / "riskplug.toml").is_file()
    checked = outside.run("check", "-w", "plant")
    assert checked.code == 0, checked.err


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write("plant/notes.txt", "mine")
    ran = folder.run("init", "plant")
    assert ran.code == 2
    assert "not empty" in ran.err
    assert [path.name for path in (tmp_path / "plant").iterdir()] == ["notes.txt"]


def test_init_gives_templates_with_every_canonical_column(tmp_path: Path) -> None:
    from riskplug.tables import TABLES

    Folder(tmp_path).run("init", "plant")
    for name, table in TABLES.items():
        header = (tmp_path / "plant" / "templates" / f"{name}.csv").read_text(encoding="utf-8").strip()
        assert header.split(",") == list(table.column_names)


def schedule(folder: Folder, kind: str) -> str:
    ran = folder.run("schedule", kind)
    assert ran.code == 0, ran.err
    return ran.out


@pytest.mark.parametrize("kind", ["systemd", "cron", "windows", "k8s", "airflow"])
def test_every_kind_of_schedule_is_printed(sample_copy: Folder, kind: str) -> None:
    text = schedule(sample_copy, kind)
    assert "auto" in text and ("04:10" in text or "10 4 * * *" in text)


def test_a_kind_of_schedule_that_is_none_is_named(sample_copy: Folder) -> None:
    ran = sample_copy.run("schedule", "crn")
    assert (ran.code, ran.out) == (2, "")
    assert "no schedule kind 'crn'" in ran.err and "did you mean 'cron'?" in ran.err


def test_the_systemd_units_pass_systemds_own_check(
    sample_copy: Folder, tmp_path: Path, needs_program: Callable[[str], Path]
) -> None:
    units = re.split(r"# ---- (riskplug\.\w+)\n", schedule(sample_copy, "systemd"))[1:]
    assert units[::2] == ["riskplug.service", "riskplug.timer"]
    for name, text in zip(units[::2], units[1::2], strict=True):
        (tmp_path / name).write_text(text, encoding="utf-8")
    places = [str(tmp_path / name) for name in units[::2]]
    done = subprocess.run(
        [needs_program("systemd-analyze"), "verify", *places], capture_output=True, text=True, check=False, timeout=60
    )
    about_us = [line for line in done.stderr.splitlines() if "riskplug" in line]
    assert about_us == []
    assert done.returncode == 0, done.stderr


def test_the_timer_means_ten_past_four_in_the_workspaces_time_zone(
    sample_copy: Folder, needs_program: Callable[[str], Path]
) -> None:
    said = re.search(r"OnCalendar=(.*)", schedule(sample_copy, "systemd"))
    assert said is not None
    done = subprocess.run(
        [needs_program("systemd-analyze"), "calendar", said.group(1)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**environment(), "LC_ALL": "C"},
    )
    assert done.returncode == 0, done.stderr
    assert "04:10:00 Europe/Berlin" in done.stdout


def test_the_cron_line_has_five_times_and_the_command(sample_copy: Folder) -> None:
    lines = [line for line in schedule(sample_copy, "cron").splitlines() if line and not line.startswith("#")]
    jobs = [line for line in lines if not re.fullmatch(r"[A-Z_]+=.*", line)]
    assert len(jobs) == 1
    assert jobs[0].split()[:5] == ["10", "4", "*", "*", "*"]
    assert f"scan --business-date auto -w {sample_copy.path}" in jobs[0]
    assert "%" not in jobs[0], "cron takes a percent sign for a line end"


def test_cron_takes_the_line(sample_copy: Folder, needs_program: Callable[[str], Path]) -> None:
    crontab = sample_copy.write("crontab.txt", schedule(sample_copy, "cron"))
    done = subprocess.run(
        [needs_program("crontab"), "-n", str(crontab)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kind", ["systemd", "cron"])
def test_the_scheduled_line_starts_a_scan_in_a_new_workspace(
    tmp_path: Path, needs_program: Callable[[str], Path], kind: str
) -> None:
    """A workspace that was never scanned: the scan itself says that there is no part master."""
    needs_program("flock")
    outside = Folder(tmp_path)
    assert outside.run("init", "plant").code == 0
    text = schedule(Folder(tmp_path / "plant"), kind)
    line = re.search(r"ExecStart=(.*)" if kind == "systemd" else r"10 4 \* \* \* (.*)", text)
    assert line is not None
    command = line.group(1).replace(str(RUN_AS), f"{sys.executable} -m riskplug")
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 6, done.stderr
    assert "parts" in done.stderr
