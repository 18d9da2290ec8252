"""What Prometheus is told of a scan. What is not known is not there: a failed scan has no rows and no findings."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from riskplug.model import ScanRecord
from riskplug.watch.exposition import Family, exposed, write_exposition
from riskplug.watch.night import Ended, Ledgers

SEVERITIES = ("critical", "warning", "info")
OUTCOMES = ("delivered", "waiting", "dead")
SOURCE_STATES = ("fresh", "stale", "unknown", "refused")
"""The best first; a source is what the worst of its tables is. ``unknown``: nobody knows how old its data are."""
_READ = ("accepted", "degraded")

Samples = tuple[tuple[Mapping[str, str], float], ...]


def write_metrics(path: Path, night: Ended) -> None:
    """The metrics file of a night."""
    write_exposition(path, exposed(families(night), {"workspace": night.workspace}))


def families(night: Ended) -> Iterator[Family]:
    """Everything that is known of a night."""
    yield from _ends(night)
    if night.record is not None:
        yield from _data(night.record, night.max_age_days)
        yield from _results(night.record)
    if night.ledgers is not None:
        yield from _ledgers(night.ledgers, night.receivers, night.ended)


def _ends(night: Ended) -> Iterator[Family]:
    past = night.past
    yield _one("last_attempt_timestamp_seconds", "When the last scan ended, well or not.", night.ended.timestamp())
    yield Family(
        "riskplug_last_success_timestamp_seconds",
        "When the last scan ended that was whole: exit code 0, or 1 for findings above the threshold.",
        _moment(past.last_success),
    )
    yield Family(
        "riskplug_last_complete_timestamp_seconds",
        "When the last scan ended that came to its end, degraded or not told to everybody included.",
        _moment(past.last_complete),
    )
    yield _one("scan_exit_code", "Exit code of the last scan.", night.exit_code)
    yield _one("scan_seconds", "How long the last scan took.", night.seconds)
    if night.business_date is not None:
        day = datetime.combine(night.business_date, datetime.min.time(), UTC)
        yield _one("scan_business_date_seconds", "Business date of the last scan, as midnight UTC.", day.timestamp())
    if night.peak_memory_bytes is not None:
        yield _one("scan_peak_memory_bytes", "Most memory that the process of the scan held.", night.peak_memory_bytes)
    yield Family(
        "riskplug_stage_seconds",
        "How long each finished stage of the last scan took.",
        tuple(({"stage": name}, seconds) for name, seconds in _by_stage(night).items()),
    )
    yield Family(
        "riskplug_scan_failures_total",
        "Scans of this workspace that were not a success, by exit code; 1 broke off unforeseen.",
        tuple(({"code": code}, count) for code, count in past.failures.items()),
        "counter",
    )


def _by_stage(night: Ended) -> dict[str, float]:
    seconds: dict[str, float] = {}
    for stage in night.stages:
        seconds[stage.name] = seconds.get(stage.name, 0.0) + stage.seconds
    return seconds


def _data(record: ScanRecord, max_age_days: float) -> Iterator[Family]:
    facts = record.facts["table"]
    keys = [dict(zip(("table", "source"), key, strict=True)) for key in _keys(facts)]
    counts = {
        "accepted": facts["rows"],
        "quarantined": facts["quarantined"],
        "refused": _refused_rows(facts, record),
        "dropped": facts["dropped"],
    }
    yield Family(
        "riskplug_table_rows",
        "Rows of each canonical table and source that were used, set aside, refused with their table, or left out.",
        tuple(
            ({**key, "verdict": verdict}, count)
            for verdict, column in counts.items()
            for key, count in zip(keys, column.tolist(), strict=True)
            if count == count
        ),
    )
    yield Family(
        "riskplug_table_age_days",
        "Days between extraction and the business date; not there where that is not known.",
        tuple((key, age) for key, age in zip(keys, facts["age_days"].tolist(), strict=True) if age == age),
    )
    states = source_states(facts, max_age_days)
    yield Family(
        "riskplug_sources",
        "Sources by the worst state of their tables.",
        tuple(({"state": state}, sum(found == state for found in states.values())) for state in SOURCE_STATES),
    )


def _keys(facts: pd.DataFrame) -> list[tuple[str, str]]:
    return [(str(table), str(source)) for table, source in zip(facts["table"], facts["source"], strict=True)]


def _refused_rows(facts: pd.DataFrame, record: ScanRecord) -> pd.Series:
    """Rows that were read for a table which was refused as a whole; missing where its file could not be read at all."""
    read: dict[tuple[str, str], int] = {}
    for file in record.files:
        read[file.table, file.source] = read.get((file.table, file.source), 0) + file.rows
    rows = pd.Series([float(read.get(key, float("nan"))) for key in _keys(facts)], index=facts.index)
    left = (rows - facts["quarantined"] - facts["dropped"]).clip(lower=0)
    return left.where(facts["verdict"].astype("str") == "refused", 0.0)


def source_states(facts: pd.DataFrame, max_age_days: float) -> dict[str, str]:
    """SOURCE_STATES by source, from the `table` facts."""
    ages = facts["age_days"]
    rank = pd.Series(SOURCE_STATES.index("fresh"), index=facts.index)
    rank = rank.mask(ages > max_age_days, SOURCE_STATES.index("stale"))
    rank = rank.mask(ages.isna(), SOURCE_STATES.index("unknown"))
    rank = rank.mask(~facts["verdict"].astype("str").isin(_READ), SOURCE_STATES.index("refused"))
    return {
        str(source): SOURCE_STATES[worst] for source, worst in rank.groupby(facts["source"].astype("str")).max().items()
    }


def _results(record: ScanRecord) -> Iterator[Family]:
    found = record.outcome.findings["severity"].astype("str").value_counts()
    yield Family(
        "riskplug_findings",
        "Findings of the last scan by severity.",
        tuple(({"severity": name}, int(found.get(name, 0))) for name in SEVERITIES),
    )
    undecided = int((record.outcome.undetermined["reason"] == "missing").sum())
    yield _one("undecided_rows", "Rows that a rule could not decide for lack of data.", undecided)
    yield _one("degraded_reasons", "Reasons to read the last scan with care.", len(record.degraded))
    yield _one("comparison_held", "1: no alert was compared, because the data are in doubt.", int(bool(record.held)))
    yield Family(
        "riskplug_deliveries",
        "Messages by receiver and what became of them in the last scan.",
        tuple(
            ({"receiver": receiver, "outcome": outcome}, counts.get(outcome, 0))
            for receiver, counts in record.posts.items()
            for outcome in OUTCOMES
        ),
    )


def _ledgers(ledgers: Ledgers, receivers: tuple[str, ...], now: datetime) -> Iterator[Family]:
    yield Family(
        "riskplug_alerts",
        "Alerts that live, by condition.",
        tuple(({"condition": name}, count) for name, count in ledgers.conditions.items()),
    )
    yield _one("alerts_held", "Alerts that the volume guard holds back.", ledgers.held)
    names = sorted({*receivers, *(row.receiver for row in ledgers.outbox)})
    waiting = {name: [row for row in ledgers.outbox if row.receiver == name and row.status != "dead"] for name in names}
    dead = {name: sum(row.receiver == name and row.status == "dead" for row in ledgers.outbox) for name in names}
    yield Family(
        "riskplug_outbox_messages",
        "Messages in the outbox by receiver: waiting to be sent, or given up.",
        tuple(
            sample
            for name in names
            for sample in (
                ({"receiver": name, "status": "waiting"}, len(waiting[name])),
                ({"receiver": name, "status": "dead"}, dead[name]),
            )
        ),
    )
    yield Family(
        "riskplug_outbox_oldest_seconds",
        "Age of the oldest message that waits, 0 where none does.",
        tuple(
            ({"receiver": name}, max(((now - row.created).total_seconds() for row in rows), default=0.0))
            for name, rows in waiting.items()
        ),
    )


def _moment(moment: datetime | None) -> Samples:
    return () if moment is None else (({}, moment.timestamp()),)


def _one(name: str, about: str, value: float) -> Family:
    return Family(f"riskplug_{name}", about, (({}, value),))
