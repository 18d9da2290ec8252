"""What makes two findings of different nights the same alert.

In the key: key version, workspace, rule, grain and the rule's identity fields. Not in it: quantities, severity, texts,
dates and the rule's version, all of which may change while the case stays the same.
"""

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence

import pandas as pd

from riskplug.errors import Problem, UsageError

KEY_VERSION = 1
_EXAMPLES = 5
# One encoder for all: json.dumps with options builds a new one for each call.
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def canonical(identity: Mapping[str, object]) -> str:
    """The identity as JSON in one spelling: sorted keys, NFC, outer blanks removed, every value a text or null."""
    return _dump({name: _plain(value) for name, value in identity.items()})


def alert_key(workspace: str, rule: str, grain: str, identity: str) -> str:
    """SHA-256 of the canonical identity (see ``canonical``) within a workspace, rule and grain."""
    return _digest([KEY_VERSION, workspace, rule, grain, identity])


def content_hash(severity: str, owner: str, message: str) -> str:
    """Changes when what a reader sees of the alert changes."""
    return _digest([severity, owner, message])


def keyed(findings: pd.DataFrame, workspace: str) -> pd.DataFrame:
    """Findings with ``alert_key``, canonical ``identity`` and ``content_hash``; UsageError when two share a key."""
    texts = {name: findings[name].astype("object") for name in ("rule", "grain", "severity", "owner", "message")}
    # A hash per finding cannot be vectorised; 100,000 take a second.
    known = {name: column.where(column.notna(), "").tolist() for name, column in texts.items()}
    known["identity"] = canonical_column(findings["identity"])
    subjects = zip(known["rule"], known["grain"], known["identity"], strict=True)
    known["alert_key"] = [alert_key(workspace, *subject) for subject in subjects]
    shown = zip(known["severity"], known["owner"], known["message"], strict=True)
    known["content_hash"] = [content_hash(*values) for values in shown]
    marked = findings.assign(**{name: pd.array(values, dtype="str") for name, values in known.items()})
    _refuse_duplicates(marked)
    return marked


def canonical_column(texts: pd.Series) -> list[str]:
    """Each JSON object of a column in its one spelling."""
    return [canonical(json.loads(text)) for text in texts.tolist()]


def _refuse_duplicates(findings: pd.DataFrame) -> None:
    twice = findings[findings["alert_key"].duplicated(keep=False)]
    problems = [
        Problem(
            f"{len(rows)} findings share an identity: {_examples(rows['identity'].unique().tolist())}",
            f"rule {rule}",
            "name more columns under `identity`, so that each finding can be told from the others",
            "duplicate-identity",
        )
        for rule, rows in twice.groupby("rule", sort=True)
    ]
    if problems:
        raise UsageError.of(problems)


def _examples(identities: Sequence[str]) -> str:
    more = len(identities) - _EXAMPLES
    return "; ".join(identities[:_EXAMPLES]) + (f"; and {more} more" if more > 0 else "")


def _plain(value: object) -> str | None:
    return None if value is None else unicodedata.normalize("NFC", str(value).strip())


def _digest(value: object) -> str:
    return hashlib.sha256(_dump(value).encode("utf-8", "surrogatepass")).hexdigest()


def _dump(value: object) -> str:
    return _ENCODER.encode(value)
