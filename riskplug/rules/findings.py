"""Rows of one rule as findings and as undetermined rows: only these are worded, never the whole table."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.extend.protocols import ScanContext
from riskplug.model import FINDING_COLUMNS
from riskplug.rules.check import NUMERIC, kind_of, state_of
from riskplug.rules.message import render
from riskplug.rules.render import canonical, identities, objects, texts, values
from riskplug.rules.rule import Band, Rule
from riskplug.rules.tree import Column, Compare, Node, Not, columns, conditions, walk
from riskplug.rules.vector import FactColumns, decide, known, measure

# Carried into a finding's evidence where the grain has them.
_EVIDENCE = ("why", "evidence", "source", "date")
_SUBJECT = ("part_no", "site", "material", "measure")


def found(rule: Rule, facts: FactColumns, context: ScanContext) -> pd.DataFrame:
    """Findings of rows that surely match: each with the most severe band that surely holds."""
    number = np.full(facts.rows, len(rule.bands) - 1, dtype=np.int8)
    for index in reversed(range(len(rule.bands))):
        number[decide(rule.bands[index].condition, facts).yes] = index
    messages = render(rule.message, facts.frame, _constants(context), facts.horizon)
    doubts = _doubts(rule, facts, number)
    return _assembled(rule, facts, number, messages, doubts)


def alerted(rule: Rule, facts: FactColumns, undetermined: pd.DataFrame, context: ScanContext) -> pd.DataFrame:
    """Findings of undetermined rows (on_missing: alert): the mildest band, saying what is missing."""
    number = np.full(facts.rows, len(rule.bands) - 1, dtype=np.int8)
    lacking = undetermined["columns"].tolist()
    messages = [
        f"{text} (not known: {', '.join(names.split(','))})" if names else text
        for text, names in zip(
            render(rule.message, facts.frame, _constants(context), facts.horizon), lacking, strict=True
        )
    ]
    return _assembled(rule, facts, number, messages, lacking)


def undecided(rule: Rule, facts: FactColumns, reason: str = "") -> pd.DataFrame:
    """Rows that are neither matched nor cleared, with the columns that would settle them."""
    reason = reason or ("ignored" if rule.on_missing == "ignore" else "missing")
    lacking = _lacking(rule.condition, facts) if reason != "clear_margin" else [""] * facts.rows
    return pd.DataFrame(
        {
            "rule": rule.id,
            "identity": identities(facts.frame, _identity(rule)),
            "columns": lacking,
            "reason": reason,
            "severity": "",
        },
        index=range(facts.rows),
    )


def _assembled(
    rule: Rule, facts: FactColumns, number: npt.NDArray[np.int8], messages: list[str], doubts: Sequence[str]
) -> pd.DataFrame:
    rows = facts.frame
    severities = np.asarray([band.severity for band in rule.bands], dtype=object)
    made = {
        "rule": rule.id,
        "severity": severities[number],
        "grain": rule.grain,
        "identity": identities(rows, _identity(rule)),
        "owner": _owners(rule, rows),
        "message": messages,
        "measures": objects(_measures(rule, rows), len(rows)),
        "evidence": _evidence(rule, rows, number, doubts),
        "metric": _metric(rule, facts, number),
    }
    for name in _SUBJECT:
        made[name] = rows[name].astype("str").to_numpy() if name in rows else np.nan
    return pd.DataFrame(made, index=range(len(rows)))[list(FINDING_COLUMNS)]


def told_columns(rule: Rule) -> list[str]:
    """The columns of the grain that a finding of the rule is worded from."""
    used = {column.name for column in (*rule.columns, *rule.message.columns)}
    states = {column.state for column in (*rule.columns, *rule.message.columns) if column.state}
    wanted = {*used, *states, *rule.identity, *_SUBJECT, *_EVIDENCE, rule.owner.column}
    return [name for name in rule.shape.names if name in wanted]


def metric_column(rule: Rule) -> str:
    """The column that the metric of every finding of the rule is; empty where it is something else, or not known."""
    compared = {_compared(rule, band) for band in rule.bands} if rule.when is not None else set()
    [only] = compared if len(compared) == 1 else [None]
    return only.name if isinstance(only, Column) else ""


def identities_of(rule: Rule, rows: pd.DataFrame) -> list[str]:
    """The identity that a finding of the rule has, for each row of its grain."""
    return identities(rows, _identity(rule))


def _identity(rule: Rule) -> list[Column]:
    return [Column(name, rule.shape[name].type) for name in rule.identity]


def _owners(rule: Rule, rows: pd.DataFrame) -> object:
    if rule.owner.column:
        return rows[rule.owner.column].astype("object").where(rows[rule.owner.column].notna(), "").to_numpy()
    return rule.owner.name


def _measures(rule: Rule, rows: pd.DataFrame) -> dict[str, list[str]]:
    used = {column.name: column for column in (*rule.columns, *rule.message.columns)}
    fragments = {name: values(rows, column) for name, column in used.items()}
    for column in used.values():
        if column.state:
            fragments[column.state] = texts(rows[column.state])
    return fragments


def _evidence(rule: Rule, rows: pd.DataFrame, number: npt.NDArray[np.int8], doubts: Sequence[str]) -> list[str]:
    said = [canonical(band.text) for band in rule.bands]
    constant = {"rule_version": rule.version, "when": rule.when_text, "references": list(rule.references)}
    fragments = {name: [canonical(value)] * len(rows) for name, value in constant.items() if value}
    fragments["band"] = [said[index] for index in number.tolist()]
    if any(doubts):
        fragments["undetermined"] = [canonical(doubt) if doubt else "null" for doubt in doubts]
    for name in _EVIDENCE:
        if name in rule.shape.names:
            fragments[name] = values(rows, _column(rule, name))
    return objects(fragments, len(rows))


def _column(rule: Rule, name: str) -> Column:
    return Column(name, rule.shape[name].type, state_of(rule.shape, name))


def _doubts(rule: Rule, facts: FactColumns, number: npt.NDArray[np.int8]) -> list[str]:
    """Columns that keep a more severe band from being decided: the finding may be worse than it says."""
    lacking = [""] * facts.rows
    for index, band in enumerate(rule.bands[:-1]):
        worse = np.flatnonzero(decide(band.condition, facts).undetermined & (number > index))
        if len(worse):
            for row, names in zip(worse.tolist(), _lacking(band.condition, facts.take(worse)), strict=True):
                lacking[row] = lacking[row] or names
    return lacking


def _lacking(condition: Node, facts: FactColumns) -> list[str]:
    """Per row, the columns without a value in those conditions that are undetermined there."""
    used = columns(condition)
    lacks = np.zeros((facts.rows, len(used)), dtype=bool)
    for piece in dict.fromkeys(conditions(condition)):
        open_rows = decide(piece, facts).undetermined
        for column in columns(piece):
            lacks[:, used.index(column)] |= open_rows & ~known(column, facts)
    # rows fall into few groups: number them column by column instead of sorting rows of masks
    which = np.zeros(facts.rows, dtype=np.int64)
    for column_lacks in lacks.T:
        which = pd.factorize(which * 2 + column_lacks)[0].astype(np.int64)
    _, first = np.unique(which, return_index=True)
    names = [",".join(sorted(used[index].name for index in np.flatnonzero(lacks[row]))) for row in first]
    return [names[index] for index in which.tolist()]


def _metric(rule: Rule, facts: FactColumns, number: npt.NDArray[np.int8]) -> npt.NDArray[np.float64]:
    """The first number that the band compares, or NaN."""
    metric = np.full(facts.rows, np.nan)
    for index, band in enumerate(rule.bands):
        compared = _compared(rule, band)
        if compared is not None and (number == index).any():
            metric = np.where(number == index, measure(compared, facts), metric)
    return metric


def _compared(rule: Rule, band: Band) -> Node | None:
    found = _comparison(rule, band)
    return found[1] if found else None


def _comparison(rule: Rule, band: Band) -> tuple[Compare, Node] | None:
    """The first comparison of a number in the band, else in ``when``, and its side with the number."""
    assert rule.scope is not None
    for condition in (band.condition, rule.when):
        for piece in conditions(condition) if condition is not None else ():
            if not isinstance(piece, Compare) or not columns(piece):
                continue
            side = piece.left if columns(piece.left) else piece.right
            if kind_of(side, rule.scope) in NUMERIC:
                return piece, side
    return None


def metric_sense(rule: Rule) -> tuple[int, str]:
    """Which way a finding's metric gets worse (-1 falling, 1 rising, 0 not known), and its type: ``days``, ``pct`` ...

    Not known where bands differ in it, where a condition is negated, and for rules in Python.
    """
    senses = {_sense(rule, band) for band in rule.bands}
    return senses.pop() if len(senses) == 1 else (0, "")


def _sense(rule: Rule, band: Band) -> tuple[int, str]:
    found = _comparison(rule, band)
    negated = any(isinstance(node, Not) for node in (*walk(band.condition), *walk(rule.when or band.condition)))
    if found is None or negated or found[0].operator[0] not in "<>":
        return 0, ""
    assert rule.scope is not None
    piece, side = found
    falls = (piece.operator[0] == "<") == (side is piece.left)
    return -1 if falls else 1, kind_of(side, rule.scope)


def _constants(context: ScanContext) -> dict[str, str]:
    return {"currency": context.currency, "business_date": context.business_date.isoformat()}
