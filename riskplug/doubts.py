"""What a scan may not conclude: tables that were refused, rules that failed, plugins that broke their contract."""

from riskplug.errors import DataRefused, Problem
from riskplug.extend.host import PluginHost
from riskplug.model import Ingested, Outcome, Validated
from riskplug.validate.files import WHOLE


def refuse_without_parts(ingested: Ingested, validated: Validated) -> None:
    """DataRefused when no source's part master can be trusted: nothing could be said of anything."""
    facts = validated.facts
    if (facts.loc[facts["table"] == "parts", "verdict"].astype("str") != "refused").any():
        return
    problems = [Problem(f"{r.table} of source {r.source}: {r.reason}", r.where, r.fix) for r in ingested.refused]
    said = facts[(facts["table"] == "parts") & (facts["verdict"].astype("str") == "refused")]
    problems = problems or [
        Problem(f"parts of source {source}: {why}", source, "correct the export or the profile")
        for source, why in zip(said["source"], said["why"], strict=True)
    ]
    raise DataRefused.of(
        problems or [Problem("no source delivers parts", "sources", "add an export of the part master")]
    )


def untrusted_tables(validated: Validated) -> dict[str, str]:
    """``table@source`` of refused tables, with the reason: no rule over them may resolve an alert."""
    facts = validated.facts
    refused = facts[facts["verdict"].astype("str") == "refused"]
    return {
        f"{table}@{source}": why
        for table, source, why in zip(refused["table"], refused["source"], refused["why"], strict=True)
    }


def doubts(validated: Validated, outcome: Outcome, host: PluginHost, max_age_days: float) -> tuple[str, ...]:
    """Why the scan is degraded, in words; empty when it is whole. Rows set aside alone do not degrade a scan."""
    refused = [f"{name} was refused: {why}" for name, why in untrusted_tables(validated).items()]
    facts = validated.facts
    old = facts[((facts["age_days"] > max_age_days) | (facts["age_days"] < 0)) & (facts["verdict"] != "refused")]
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
