"""Why an alert that was not found tonight must not be called resolved."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from riskplug.alerts.identity import canonical_column
from riskplug.alerts.pairing import among
from riskplug.catalogue import SEVERITIES
from riskplug.model import Outcome

Subject = tuple[str, ...]
"""A rule's grain and identity fields; empty when they are not known."""


def doubts(alerts: pd.DataFrame, outcome: Outcome, parts: pd.DataFrame | None) -> pd.Series:
    """Per alert the reason why tonight's scan cannot speak about it; empty where it can."""
    uncovered = _uncovered(alerts, outcome.coverage)
    missing = _undetermined(alerts, outcome.undetermined)
    gone = _absent_parts(alerts, parts)
    reason = np.select([uncovered != "", missing != "", gone != ""], [uncovered, missing, gone], default="")
    return pd.Series(reason, index=alerts.index, dtype="str")


def retirements(alerts: pd.DataFrame, known_rules: Mapping[str, Subject]) -> pd.Series:
    """Per alert that was not found ``rule_retired``, ``rule_changed`` (other grain or identity fields) or empty.

    ``alerts`` has a column ``matched``: what is found has a rule that looks for it.
    """
    gone = alerts[~alerts["matched"]]
    return _retirements(gone, known_rules).reindex(alerts.index, fill_value="")


def _retirements(alerts: pd.DataFrame, known_rules: Mapping[str, Subject]) -> pd.Series:
    absent = ~alerts["rule"].isin(list(known_rules))
    shapes = {rule: (grain, set(fields)) for rule, (grain, *fields) in _given(known_rules).items()}
    # Reading the field names needs the text of each alert.
    fits = [
        rule not in shapes or shapes[rule] == (grain, _fields(identity))
        for rule, grain, identity in zip(
            alerts["rule"].tolist(), alerts["grain"].tolist(), alerts["identity"].tolist(), strict=True
        )
    ]
    changed = ~np.array(fits, dtype=bool)
    reason = np.select([absent, changed], ["rule_retired", "rule_changed"], default="")
    return pd.Series(reason, index=alerts.index, dtype="str")


def _given(known_rules: Mapping[str, Subject]) -> dict[str, Subject]:
    return {rule: subject for rule, subject in known_rules.items() if subject}


def _fields(identity: str) -> set[str]:
    return set(json.loads(identity))


def _uncovered(alerts: pd.DataFrame, coverage: pd.DataFrame) -> pd.Series:
    """Coverage is looked up once per rule and site, not per alert."""
    by_rule = {str(rule): rows for rule, rows in coverage.groupby("rule", observed=True)}
    pairs = alerts[["rule", "site"]].drop_duplicates()
    reasons = [_gap(by_rule.get(rule), site) for rule, site in pairs.itertuples(index=False)]
    known = pairs.assign(gap=pd.Series(reasons, index=pairs.index, dtype="str"))
    found = alerts[["rule", "site"]].merge(known, on=["rule", "site"], how="left")
    return found["gap"].set_axis(alerts.index)


def _gap(rows: pd.DataFrame | None, site: str) -> str:
    """An alert of one site needs its partition; one without a site needs every partition."""
    if rows is None:
        return "the rule was not evaluated"
    partition = rows["partition"].astype("str")
    relevant = rows[partition.isin([site, "*"])] if site else rows
    if relevant.empty:
        return f"site {site} was not evaluated"
    failed = relevant[relevant["outcome"] != "evaluated"]
    return "; ".join(dict.fromkeys(_why(row) for row in failed.to_dict("records")))


def _why(row: Mapping[Any, Any]) -> str:
    reason = row.get("reason")
    return str(reason) if isinstance(reason, str) and reason else f"{row['partition']} {row['outcome']}"


def margins(alerts: pd.DataFrame, undetermined: pd.DataFrame) -> pd.Series:
    """Per alert the most severe band that it has not left by the clear margin; empty where there is none.

    Entering a band takes its threshold, leaving it the threshold and the margin: what swings between the two stays.
    """
    close = undetermined[_is_margin(undetermined)]
    severity = close["severity"] if "severity" in close else pd.Series(SEVERITIES[0], index=close.index)
    return _looked_up(alerts, close, severity.where(severity.notna(), SEVERITIES[0]))


def _undetermined(alerts: pd.DataFrame, undetermined: pd.DataFrame) -> pd.Series:
    open_ = undetermined[~_is_margin(undetermined)]
    return _looked_up(alerts, open_, "values missing: " + open_["columns"].astype("str"))


def _is_margin(undetermined: pd.DataFrame) -> pd.Series:
    if "reason" not in undetermined:
        return pd.Series(False, index=undetermined.index)
    return undetermined["reason"] == "clear_margin"


def _looked_up(alerts: pd.DataFrame, rows: pd.DataFrame, said: pd.Series) -> pd.Series:
    """Per alert what is said of its rule and identity, or nothing."""
    if rows.empty:
        return pd.Series("", index=alerts.index, dtype="str")
    known = pd.DataFrame(
        {
            "rule": rows["rule"].astype("str").to_numpy(),
            "identity": pd.array(canonical_column(rows["identity"]), dtype="str"),
            "said": said.to_numpy(dtype=object),
        }
    ).drop_duplicates(["rule", "identity"])
    found = alerts[["rule", "identity"]].merge(known, on=["rule", "identity"], how="left")
    return found["said"].fillna("").astype("str").set_axis(alerts.index)


def _absent_parts(alerts: pd.DataFrame, parts: pd.DataFrame | None) -> pd.Series:
    """A part that left the data was not checked: its row may have been lost, quarantined or renumbered."""
    nothing = pd.Series("", index=alerts.index, dtype="str")
    if parts is None:
        return nothing
    # other tables go on naming a part that the part master has lost; the base unit comes from there alone
    listed = parts[parts["base_unit"].notna()] if "base_unit" in parts else parts
    # of a million parts only those that alerts name are looked at
    listed = listed[listed["part_no"].isin(alerts["part_no"].unique())]
    names, sites = listed["part_no"].astype("str"), listed["site"].astype("str")
    anywhere = among(alerts["part_no"], names)
    there = pd.MultiIndex.from_frame(alerts[["part_no", "site"]]).isin(pd.MultiIndex.from_arrays([names, sites]))
    present = np.where(alerts["site"] == "", anywhere, there)
    return nothing.mask((alerts["part_no"] != "") & ~present, "the part is no longer in the data")
