"""What a scan may not conclude: tables that were refused, rules that failed, plugins that broke their contract."""

from riskplug.catalogue import UNTRUSTED
from riskplug.errors import DataRefused, Problem
from riskplug.extend.host import PluginHost
from riskplug.model import Ingested, Outcome, Validated
from riskplug.validate.files import WHOLE


def refuse_without_parts(ingested: Ingested, validated: Validated) -> None:
    """DataRefused when no source's part master can be trusted: nothing could be said of anything."""
    facts = validated.facts
    if (~facts.loc[facts["table"] == "parts", "verdict"].isin(UNTRUSTED)).any():
        return
    problems = [Problem(f"{r.table} of source {r.source}: {r.reason}", r.where, r.fix) for r in ingested.refused]
    said = facts[(facts["table"] == "parts") & facts["verdict"].isin(UNTRUSTED)]
    problems = problems or [
        Problem(f"parts of source {source}: {why}", source, "correct the export or the profile")
        for source, why in zip(said["source"], said["why"], strict=True)
    ]
    raise DataRefused.of(
        problems or [Problem("no source delivers parts", "sources", "add an export of the part master")]
    )


def untrusted_tables(validated: Validated) -> dict[str, str]:
    """``table@source`` of refused and missing tables, with the reason: no rule over them may resolve an alert."""
    facts = validated.facts
    rows = facts[facts["verdict"].isin(UNTRUSTED)]
    return {
        f"{table}@{source}": why for table, source, why in zip(rows["table"], rows["source"], rows["why"], strict=True)
    }


def doubts(validated: Validated, outcome: Outcome, host: PluginHost, max_age_days: float) -> tuple[str, ...]:
    """Why the scan is degraded, in words; empty when it is whole. Rows set aside alone do not degrade a scan."""
    facts = validated.facts
    words = {"refused": "was refused", "missing": "is missing"}
    how = [words.get(verdict, "") for verdict in facts["verdict"].astype("str")]
    said = zip(facts["table"], facts["source"], how, facts["why"], strict=True)
    refused = [f"{table}@{source} {word}: {why}" for table, source, word, why in said if word]
    old = facts[((facts["age_days"] > max_age_days) | (facts["age_days"] < 0)) & ~facts["verdict"].isin(UNTRUSTED)]
    stale = [
        f"{table}@{source}: {why}" for table, source, why in zip(old["table"], old["source"], old["why"], strict=True)
    ]
    cut = _cut_off(validated)
    faults = dict.fromkeys([*map(str, host.faults), *outcome.faults])
    return (*refused, *stale, *cut, *faults)


def _cut_off(validated: Validated) -> list[str]:
    """Files that may be cut off, of tables that were not refused for it."""
    checks = validated.checks[validated.checks["expectation"] == WHOLE]
    named = [f"{table}@{source}" for table, source in zip(checks["table"], checks["source"], strict=True)]
    refused = untrusted_tables(validated)
    return [f"{name}: {note}" for name, note in zip(named, checks["note"], strict=True) if name not in refused]
