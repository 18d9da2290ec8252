"""How the rules of a scan ran: time and share of it, warnings, faults; and which of them people should hear of."""

from collections.abc import Mapping, Sequence

from riskplug.model import RuleRun, ScanRecord

# A rule is slow when it takes both: less than a second is nobody's night.
SLOW_SECONDS = 1.0
SLOW_SHARE_PCT = 10.0


def rule_runs(record: ScanRecord) -> list[dict[str, object]]:
    """One record per rule that was asked; ``share_pct`` is of the time of all stages so far, missing without any."""
    whole = sum(stage.seconds for stage in record.stages)
    on_trial = record.on_trial.runs if record.on_trial else ()
    return [
        *(_run(run, whole, False) for run in record.outcome.runs),
        *(_run(run, whole, True) for run in on_trial),
    ]


def conspicuous(runs: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """Rules that failed, warned, have a note, or are slow, the slowest first; ``what`` says which."""
    told = [{**run, "what": _what(run)} for run in runs]
    return sorted((run for run in told if run["what"]), key=lambda run: -float(str(run["seconds"])))


def _run(run: RuleRun, whole: float, on_trial: bool) -> dict[str, object]:
    return {
        "rule": run.rule,
        "kind": run.kind or None,
        "plugin": run.plugin or None,
        "version": run.version or None,
        "isolated": run.isolated,
        "on_trial": on_trial,
        "seconds": round(run.seconds, 4),
        "share_pct": round(100 * run.seconds / whole, 2) if whole > 0 else None,
        "findings": run.findings,
        "warnings": list(run.warnings),
        "notes": list(run.notes),
        "fault": run.fault or None,
    }


def _what(run: Mapping[str, object]) -> list[str]:
    share, seconds = run["share_pct"], run["seconds"]
    slow = isinstance(seconds, float) and seconds >= SLOW_SECONDS
    slow = slow and isinstance(share, float) and share >= SLOW_SHARE_PCT
    said = [f"failed: {run['fault']}"] if run["fault"] else []
    said += [f"slow: {share:.0f} % of the scan"] if slow else []
    for name, head in (("notes", ""), ("warnings", "warned: ")):
        texts = run[name]
        said += [f"{head}{text}" for text in texts] if isinstance(texts, list) else []
    return said
