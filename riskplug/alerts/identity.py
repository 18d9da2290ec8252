"""What makes two findings of different nights the same alert.

In the key: key version, workspace, rule, grain and the rule's identity fields. Not in it: quantities, severity, texts,
dates and the rule's version, all of which may change while the case stays the same.
"""

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring as _quoted

import pandas as pd

from riskplug.errors import Problem, UsageError

KEY_VERSION = 1
_EXAMPLES = 5
_DECODER = json.JSONDecoder()


def canonical(identity: Mapping[str, object]) -> str:
    """The identity as JSON in one spelling: sorted keys, NFC, outer blanks removed, every value a text or null."""
    pairs = [f"{_quoted(name)}:{_plain(value)}" for name, value in sorted(identity.items())]
    return "{" + ",".join(pairs) + "}"


def alert_key(workspace: str, rule: str, grain: str, identity: str) -> str:
    """SHA-256 of the canonical identity (see ``canonical``) within a workspace, rule and grain."""
    return _digest(f"[{KEY_VERSION},{_quoted(workspace)},{_quoted(rule)},{_quoted(grain)},{_quoted(identity)}]")


def content_hash(severity: str, owner: str, message: str) -> str:
    """Changes when what a reader sees of the alert changes."""
    return _digest(f"[{_quoted(severity)},{_quoted(owner)},{_quoted(message)}]")


def keyed(findings: pd.DataFrame, workspace: str) -> pd.DataFrame:
    """Findings with ``alert_key``, canonical ``identity`` and ``content_hash``; UsageError when two share a key."""
    texts = {name: findings[name].astype("object") for name in ("rule", "grain", "severity", "owner", "message")}
    # A hash per finding cannot be vectorised; 100,000 take a second.
    known = {name: column.where(column.notna(), "").tolist() for name, column in texts.items()}
    known["identity"] = canonical_column(findings["identity"])
    subjects = zip(known["rule"], known["grain"], known["identity"], strict=True)
    known["alert_key"] = [alert_key(workspace, *subject) for subject in subjects]
    known["content_hash"] = list(map(content_hash, known["severity"], known["owner"], known["message"]))
    marked = findings.assign(**{name: pd.array(values, dtype="str") for name, values in known.items()})
    _refuse_duplicates(marked)
    return marked


def canonical_column(texts: pd.Series) -> list[str]:
    """Each JSON object of a column in its one spelling."""
    return [canonical(fields_of(text)) for text in texts.tolist()]


def fields_of(identity: str) -> dict[str, object]:
    """What an identity's JSON says by name."""
    # json.loads looks for blanks around each text, which takes as long as reading it.
    found, end = _DECODER.raw_decode(identity) if identity[:1] == "{" else ({}, -1)
    return dict(found if end == len(identity) else json.loads(identity))


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


def _plain(value: object) -> str:
    return "null" if value is None else _quoted(unicodedata.normalize("NFC", str(value).strip()))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
