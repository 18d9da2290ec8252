"""The metrics file, read by another program's parser and by the grammar of the format's own page."""

import os
import re
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nights import a_night, a_record
from prometheus_client.parser import text_string_to_metric_families

from riskplug.catalogue import GRAINS, frame
from riskplug.watch.exposition import Family, exposed, write_exposition
from riskplug.watch.journal import NAME, Past, read_past, write_end
from riskplug.watch.metrics import families, source_states, write_metrics

LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\\\|\\"|\\n)*"'
NAMES = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(rf"({NAMES})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|NaN|[+-]Inf)")
HELP = re.compile(rf"# HELP ({NAMES}) (?:[^\\\n]|\\\\|\\n)*")
TYPE = re.compile(rf"# TYPE ({NAMES}) (?:counter|gauge)")
"""prometheus.io/docs/instrumenting/exposition_formats, less than what it allows: one blank, no timestamps."""


def strict(text: str) -> None:
    """Every line is HELP, then TYPE, then samples of that name alone; no name comes back, no series twice."""
    assert text.endswith("\n")
    seen, series, current, typed = set(), set(), "", False
    for line in text.splitlines():
        if found := HELP.fullmatch(line):
            assert found[1] not in seen
            current, typed = found[1], False
            seen.add(current)
        elif found := TYPE.fullmatch(line):
            assert found[1] == current and not typed
            typed = True
        else:
            found = SAMPLE.fullmatch(line)
            assert found, line
            assert found[1] == current and typed, line
            assert (found[1], found[2]) not in series, line
            series.add((found[1], found[2]))


def read(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Series and values, without the label that all have."""
    strict(text)
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            assert sample.timestamp is None
            assert sample.labels.pop("workspace") == "Small"
            found[sample.name, frozenset(sample.labels.items())] = sample.value
    return found


def told(night: object) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return read(exposed(families(night), {"workspace": "Small"}))  # type: ignore[arg-type]


def value(night: object, name: str, **labels: str) -> float | None:
    return told(night).get((f"riskplug_{name}", frozenset(labels.items())))


def test_a_whole_night_is_told() -> None:
    night = a_night()
    # 2025-04-28 02:11:30 UTC is 1745806290: 20206 days of 86400 s since 1970, and 2 h 11 min 30 s
    assert value(night, "last_attempt_timestamp_seconds") == 20206 * 86400 + 2 * 3600 + 11 * 60 + 30
    assert value(night, "scan_business_date_seconds") == 20206 * 86400
    assert value(night, "scan_exit_code") == 3
    assert value(night, "scan_seconds") == 90
    assert value(night, "scan_peak_memory_bytes") == 1024
    assert value(night, "stage_seconds", stage="validate") == 2.25
    assert value(night, "findings", severity="critical") == 2
    assert value(night, "findings", severity="warning") == 0
    assert value(night, "undecided_rows") == 1
    assert value(night, "degraded_reasons") == 2
    assert value(night, "comparison_held") == 0


def test_rows_are_told_by_verdict() -> None:
    night = a_night()
    assert value(night, "table_rows", table="parts", source="erp", verdict="accepted") == 100
    assert value(night, "table_rows", table="parts", source="erp", verdict="quarantined") == 2
    assert value(night, "table_rows", table="parts", source="erp", verdict="refused") == 0
    # 30 rows read, 5 of them set aside and 1 left out: 24 were good and fell with their table
    assert value(night, "table_rows", table="inventory", source="erp", verdict="refused") == 24
    assert value(night, "table_rows", table="inventory", source="erp", verdict="accepted") == 0


def test_the_rows_of_a_refused_table_that_could_not_be_read_are_unknown_not_zero() -> None:
    night = a_night(record=a_record(files=()))
    assert value(night, "table_rows", table="inventory", source="erp", verdict="refused") is None


def test_an_age_that_nobody_knows_is_not_there() -> None:
    night = a_night()
    assert value(night, "table_age_days", table="parts", source="erp") == 1
    assert value(night, "table_age_days", table="suppliers", source="plm2") is None


def test_sources_are_what_their_worst_table_is() -> None:
    night = a_night()
    assert [value(night, "sources", state=state) for state in ("fresh", "stale", "unknown", "refused")] == [0, 1, 1, 2]
    rows = {"table": ["parts", "demand"], "source": ["a", "a"], "verdict": ["accepted"] * 2, "age_days": [3.0, 3.1]}
    assert source_states(frame(GRAINS["table"], rows), 3.0) == {"a": "stale"}
    assert source_states(frame(GRAINS["table"], rows), 3.1) == {"a": "fresh"}


def test_messages_and_alerts_are_told_by_receiver_and_condition() -> None:
    night = a_night()
    assert value(night, "alerts", condition="open") == 4
    assert value(night, "alerts", condition="unknown") == 1
    assert value(night, "alerts_held") == 2
    assert value(night, "deliveries", receiver="desk", outcome="dead") == 2
    assert value(night, "outbox_messages", receiver="desk", status="waiting") == 1
    assert value(night, "outbox_messages", receiver="quiet", status="waiting") == 0
    assert value(night, "outbox_messages", receiver="old", status="dead") == 1
    assert value(night, "outbox_oldest_seconds", receiver="desk") == 86400
    assert value(night, "outbox_oldest_seconds", receiver="quiet") == 0
    assert value(night, "outbox_oldest_seconds", receiver="old") == 0


def test_a_failed_night_says_nothing_of_what_it_does_not_know() -> None:
    night = a_night(record=None, ledgers=None, exit_code=6, past=Past(failures={"6": 1, "11": 0}))
    names = {name for name, _ in told(night)}
    assert not names & {f"riskplug_{name}" for name in ("findings", "table_rows", "sources", "alerts", "deliveries")}
    assert "riskplug_last_success_timestamp_seconds" not in names
    assert value(night, "scan_failures_total", code="6") == 1
    assert value(night, "scan_failures_total", code="11") == 0


def test_every_code_is_there_from_the_first_night_on() -> None:
    found = {dict(labels)["code"] for name, labels in told(a_night()) if name == "riskplug_scan_failures_total"}
    assert found == {"2", "3", "4", "5", "6", "10", "11", "70", "130", "143"}


@pytest.mark.parametrize("name", ['a"b', "a\\b", "a\nb", "a\\nb", 'ends\\"', "plain", "", "ä,}{="])
def test_labels_come_back_as_they_were(name: str) -> None:
    text = exposed([Family("m", "h\\elp\nline", (({"x": name}, 1.0),))], {})
    strict(text)
    [family] = text_string_to_metric_families(text)
    assert family.samples[0].labels == {"x": name}
    assert family.documentation == "h\\elp\nline"


@pytest.mark.parametrize("number", [0, 1, -3, 0.1, 1e-9, 1745806290.25, 2**40, float("inf"), float("-inf")])
def test_numbers_come_back_as_they_were(number: float) -> None:
    text = exposed([Family("m", "h", (({}, number),))], {})
    strict(text)
    [family] = text_string_to_metric_families(text)
    assert family.samples[0].value == number


def test_the_file_is_for_the_collector_to_read_and_appears_whole(tmp_path: Path) -> None:
    path = tmp_path / "riskplug.prom"
    before = os.umask(0o077)
    try:
        write_metrics(path, a_night())
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [file.name for file in tmp_path.iterdir()] == ["riskplug.prom"]
    strict(path.read_text(encoding="utf-8"))


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "riskplug.prom"
    write_exposition(path, "old 1\n")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_exposition(path, "new 1\n")
    assert path.read_text(encoding="utf-8") == "old 1\n"
    assert [file.name for file in tmp_path.iterdir()] == ["riskplug.prom"]


def at(day: int) -> datetime:
    return datetime(2025, 4, day, 2, 0, tzinfo=UTC)


def test_the_journal_keeps_the_last_success_through_nights_that_were_none(tmp_path: Path) -> None:
    write_end(tmp_path, ended=at(1), scan_id="a", exit_code=0, complete=True)
    write_end(tmp_path, ended=at(2), scan_id="b", exit_code=1, complete=True)
    write_end(tmp_path, ended=at(3), scan_id="c", exit_code=3, complete=True)
    write_end(tmp_path, ended=at(4), scan_id="d", exit_code=6, complete=False)
    write_end(tmp_path, ended=at(5), scan_id="e", exit_code=70, complete=False)
    past = read_past(tmp_path)
    assert (past.last_success, past.last_complete) == (at(2), at(3))
    assert {code: count for code, count in past.failures.items() if count} == {"3": 1, "6": 1, "70": 1}


def test_half_a_line_spoils_neither_the_lines_before_nor_those_after_it(tmp_path: Path) -> None:
    write_end(tmp_path, ended=at(1), scan_id="a", exit_code=0, complete=True)
    with (tmp_path / NAME).open("a") as stream:
        stream.write('{"ended": "2025-04-02T0')
    write_end(tmp_path, ended=at(3), scan_id="c", exit_code=3, complete=True)
    past = read_past(tmp_path)
    assert (past.last_success, past.last_complete, past.failures["3"]) == (at(1), at(3), 1)


def test_without_a_journal_nothing_is_known(tmp_path: Path) -> None:
    assert read_past(tmp_path) == Past()
