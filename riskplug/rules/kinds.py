"""Rules in Python: a plugin's class gets the frames it declared, and what it gives back is held to the contract."""

import time
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from riskplug.errors import PluginFault
from riskplug.extend.apart import Request, assess_apart
from riskplug.extend.contract import KEY, SUBJECT, Asked, allowed_findings, plain_findings
from riskplug.extend.guard import Guarded, call, worded
from riskplug.extend.lent import lent
from riskplug.extend.needs import FACTS, Needs, needs_of, undeclared
from riskplug.extend.protocols import ScanContext
from riskplug.model import FINDING_COLUMNS, Frames, RuleRun
from riskplug.rules.render import identities
from riskplug.rules.rule import Rule
from riskplug.rules.tree import Column

# Keys that the facts of the grain must have; what else is in an identity may be of the plugin's own making.
_KNOWN = ("part_no", "site", "supplier", "material")
_EXAMPLES = 3


@dataclass(frozen=True)
class Answer:
    """What a rule kind said, in FINDING_COLUMNS, and how it ran; no findings where ``run`` has a fault."""

    run: RuleRun
    findings: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(FINDING_COLUMNS)))


def assess(rule: Rule, tables: Frames, facts: Frames, context: ScanContext) -> Answer:
    """Ask a rule kind under guard: whatever it does wrong is the fault of its run."""
    assert rule.kind is not None
    started = time.perf_counter()
    asked = _asked(rule, facts)
    given: Guarded[pd.DataFrame] = Guarded(None, None, 0)
    try:
        needs = needs_of(rule.kind)
        frames = {name: _needed(name, columns, tables, facts) for name, columns in needs.items()}
        given = _given(rule, frames, needs, asked, context)
        if given.value is None:
            raise _explained(given, frames, needs)
        _need_known(given.value, rule, facts)
        findings = _findings(rule, given.value)
    except (PluginFault, ValueError) as error:
        return Answer(_run(rule, started, given, fault=worded(error)))
    return Answer(_run(rule, started, given, found=len(findings)), findings)


def who(rule: Rule) -> str:
    """The kind of a rule, whose it is and which version, in words."""
    assert rule.kind is not None
    plugin = f", plugin {rule.care.plugin} {rule.care.version}".rstrip() if rule.care.plugin else ""
    return f"kind {rule.kind.kind}{plugin}"


def _given(rule: Rule, frames: Frames, needs: Needs, asked: Asked, context: ScanContext) -> Guarded[pd.DataFrame]:
    """Plain findings of the kind, or what it raised."""
    assert rule.kind is not None
    kind = rule.kind
    if rule.care.isolation == "process":
        return assess_apart(Request(rule.care, kind.kind, dict(rule.given), context, asked), frames, needs)
    with lent(frames, needs) as seen:
        return call(
            rule.care.plugin,
            f"rule {rule.id}",
            lambda: plain_findings(kind(rule.options).assess(seen, context), asked),
        )


def _asked(rule: Rule, facts: Frames) -> Asked:
    rows = len(facts[rule.grain]) if rule.grain in facts else 0
    most = rule.care.max_findings
    return Asked(
        rule.id,
        rule.identity,
        allowed_findings(rows) if most is None else most,
        frozenset(name for name in rule.identity if rule.shape[name].type == "date"),
        rule.owner.column or ("owner" if not rule.owner.name else ""),
        {"rule_version": rule.version, "references": list(rule.references)},
    )


def _needed(name: str, columns: tuple[str, ...] | None, tables: Frames, facts: Frames) -> pd.DataFrame:
    source, key = (facts, name.removeprefix(FACTS)) if name.startswith(FACTS) else (tables, name)
    if key not in source:
        raise PluginFault(f"needs {name}, which this scan does not have", "", "correct `needs` of the kind")
    lacking = [column for column in columns or () if column not in source[key]]
    if lacking:
        what = f"needs {', '.join(lacking)} of {name}, which this scan does not have"
        raise PluginFault(what, "", "enable the plugin that adds it, or correct `needs` of the kind")
    return source[key]


def _explained(given: Guarded[pd.DataFrame], frames: Frames, needs: Needs) -> PluginFault:
    """What a kind raised, as a fault; a column that it did not declare is named as such."""
    hidden = undeclared(given.raised, needs, {name: list(frame.columns) for name, frame in frames.items()})
    if hidden:
        return PluginFault(hidden, "", "add it to `needs` of the kind")
    assert given.fault is not None
    return PluginFault(given.fault.message, "", given.fault.fix)


def _need_known(plain: pd.DataFrame, rule: Rule, facts: Frames) -> None:
    """PluginFault for findings about parts, sites, suppliers or materials that the grain does not have."""
    names = [name for name in _KNOWN if name in rule.shape.keys and KEY + name in plain]
    if not names or rule.grain not in facts or plain.empty:
        return
    mine = plain[[KEY + name for name in names]].set_axis(names, axis=1).dropna().drop_duplicates()
    theirs = facts[rule.grain][names]
    theirs = theirs[_is_in(theirs[names[0]], mine[names[0]])].astype("str").drop_duplicates()
    unknown = mine[mine.merge(theirs, on=names, how="left", indicator=True)["_merge"].eq("left_only").to_numpy()]
    if len(unknown):
        examples = [
            ", ".join(f"{name} {value}" for name, value in row.items())
            for row in unknown.head(_EXAMPLES).to_dict("records")
        ]
        what = f"findings about {len(unknown):,} keys that facts.{rule.grain} does not have: {'; '.join(examples)}"
        raise PluginFault(what, "", "take keys from the frames, unchanged")


def _is_in(texts: pd.Series, some: pd.Series) -> npt.NDArray[np.bool_]:
    """Where a long column has one of some texts; seven times as fast as Series.isin on a million part numbers."""
    found = pc.is_in(pa.array(texts.astype("str")), value_set=pa.array(some.astype("str")))
    return np.asarray(found, dtype=bool)


def _findings(rule: Rule, plain: pd.DataFrame) -> pd.DataFrame:
    keys = plain[[KEY + name for name in rule.identity]].set_axis(list(rule.identity), axis=1)
    made: dict[str, object] = {
        "rule": rule.id,
        "grain": rule.grain,
        "identity": identities(keys, [Column(name, "text") for name in rule.identity]),
        **{name: plain[name].astype(object) for name in ("severity", "message", "measures", "evidence")},
        "owner": plain["owner"].astype(object).fillna(rule.owner.name),
        "metric": plain["metric"],
    }
    for name in SUBJECT:
        made[name] = plain[KEY + name] if KEY + name in plain else float("nan")
    return pd.DataFrame(made, index=plain.index)[list(FINDING_COLUMNS)]


def _run(rule: Rule, started: float, given: Guarded[pd.DataFrame], *, found: int = 0, fault: str = "") -> RuleRun:
    assert rule.kind is not None
    care, seconds = rule.care, time.perf_counter() - started
    return RuleRun(
        rule.id,
        seconds,
        found,
        rule.kind.kind,
        care.plugin,
        care.version,
        care.isolation == "process",
        given.warnings,
        (*given.notes, *_notes(rule, seconds)),
        fault,
    )


def _notes(rule: Rule, seconds: float) -> tuple[str, ...]:
    limit = rule.care.time_limit_seconds
    if rule.care.isolation == "process" or seconds <= limit:
        return ()
    return (f"took {seconds:,.0f} s, its limit is {limit:,.0f} s: `isolation: process` would have ended it",)
