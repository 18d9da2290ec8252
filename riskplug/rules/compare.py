"""Two versions of the rules on the same facts: what would appear, vanish or change band."""

from typing import Literal, get_args

import pandas as pd

from riskplug.model import Outcome

ChangeKind = Literal["appears", "vanishes", "changes_band", "becomes_undetermined", "settles"]
KINDS: tuple[str, ...] = get_args(ChangeKind)
UNDETERMINED = "undetermined"


def compare(old: Outcome, new: Outcome) -> pd.DataFrame:
    """One row per finding that the new rules judge otherwise: rule, identity, change, was, now, message.

    ``was`` and ``now`` are a severity, ``undetermined``, or missing where the rule has nothing to say. ``change``:
    appears, vanishes, changes_band, becomes_undetermined (decided before), settles (undetermined before, now silent).
    The message is the new one, else the old.
    """
    both = verdicts(old).merge(verdicts(new), on=["rule", "identity"], how="outer", suffixes=("_old", "_new"))
    was, now = both["verdict_old"].astype("str"), both["verdict_new"].astype("str")
    changed = both[was.fillna("") != now.fillna("")]
    made = pd.DataFrame(
        {
            "rule": changed["rule"],
            "identity": changed["identity"],
            "change": [_kind(a, b) for a, b in zip(was[changed.index], now[changed.index], strict=True)],
            "was": was[changed.index],
            "now": now[changed.index],
            "message": changed["message_new"].astype("str").fillna(changed["message_old"].astype("str")),
        }
    ).astype({"change": "str"})
    return made.sort_values(["rule", "change", "identity"], ignore_index=True)


def verdicts(outcome: Outcome) -> pd.DataFrame:
    """What the rules said of each identity: rule, identity, verdict (a severity or undetermined), message.

    Rows held back by a clear margin alone say nothing of their own.
    """
    found = outcome.findings[["rule", "identity", "severity", "message"]].rename(columns={"severity": "verdict"})
    open_rows = outcome.undetermined[outcome.undetermined["reason"] == "missing"]
    unsettled = open_rows[["rule", "identity"]].assign(verdict=UNDETERMINED, message=None)
    both = pd.concat([found, unsettled.astype(found.dtypes.to_dict())], ignore_index=True)
    return both.drop_duplicates(["rule", "identity"]).astype("str")


def unanswered(*outcomes: Outcome) -> dict[str, str]:
    """Rules that failed in one of the outcomes, with the reason: their silence means nothing."""
    failed = [outcome.coverage[outcome.coverage["outcome"] == "failed"] for outcome in outcomes]
    return {str(rule): str(why) for rows in failed for rule, why in zip(rows["rule"], rows["reason"], strict=True)}


def _kind(was: object, now: object) -> str:
    before, after = isinstance(was, str), isinstance(now, str)
    if after and now == UNDETERMINED:
        return "becomes_undetermined"
    if before and was == UNDETERMINED:
        return "appears" if after else "settles"
    return "changes_band" if before and after else "appears" if after else "vanishes"
