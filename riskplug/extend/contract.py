"""What a rule kind's findings must be: the frame it gave, checked and made plain, or the PluginFault that says why not.

Plain findings are text, numbers and JSON text, whatever the plugin made them of: the same from this process or another.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from riskplug.catalogue import SEVERITIES
from riskplug.errors import PluginFault, suggestion
from riskplug.extend.jsontext import canonical, records

Made = TypeVar("Made")
SUBJECT = ("part_no", "site", "material", "measure")
SAID = ("severity", "message", "owner", "metric", "measures", "evidence")
OWN = frozenset(SAID) - {"evidence"}
KEY = "key "
MAX_MESSAGE = 2_000
MAX_KEY = 300
MAX_RECORD = 20_000
_LENGTHS = {"message": MAX_MESSAGE, "owner": MAX_KEY, "measures": MAX_RECORD, "evidence": MAX_RECORD}
MIN_FINDINGS = 1_000
MAX_SHARE = 0.2
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """What one rule wants of its kind.

    ``identity``: columns that name a finding, ``dates`` those of them that are dates. ``owner``: column with who
    answers for it, or empty. ``stamp``: what goes into the evidence of each finding.
    """

    rule: str
    identity: tuple[str, ...]
    max_findings: int
    dates: frozenset[str] = frozenset()
    owner: str = ""
    stamp: Mapping[str, object] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of plain findings that are there in any case; ``key site`` is the site."""
        return (*SAID, *(KEY + name for name in self.identity))


def allowed_findings(rows: int) -> int:
    """How many findings a rule may have over so many rows of its grain where nobody says otherwise."""
    return max(MIN_FINDINGS, int(rows * MAX_SHARE))


def plain_findings(rows: object, asked: Asked) -> pd.DataFrame:
    """Findings in ``asked.columns``, and the further subject columns that the kind gave, in the kind's order.

    ``owner`` is missing where the kind does not name one; ``measures`` and ``evidence`` are JSON objects.
    """
    frame = _frame(rows, asked)
    _need_few(len(frame), asked)
    kinds = {name: _kind_of(frame[name], name) for name in _held_to_kinds(frame, asked)}
    made: dict[str, Any] = {
        "severity": _text(frame["severity"], kinds["severity"], "severity"),
        "message": _text(frame["message"], kinds["message"], "message"),
        "owner": _owner(frame, kinds, asked),
        "metric": _metric(frame, kinds),
        "measures": pd.Series(_measures(frame), index=frame.index, dtype="str"),
        "evidence": pd.Series(_evidence(frame, asked), index=frame.index, dtype="str"),
    }
    for name in dict.fromkeys((*asked.identity, *(name for name in SUBJECT if name in frame))):
        made[KEY + name] = _key(frame[name], kinds[name], name, asked)
    plain = pd.DataFrame(made, index=frame.index)
    need_sound(plain, asked)
    return plain


def need_sound(plain: pd.DataFrame, asked: Asked) -> None:
    """PluginFault unless plain findings have known severities, whole and unique keys, and texts of bearable length."""
    _need_few(len(plain), asked)
    odd = sorted(set(plain["severity"].fillna("nothing")) - set(SEVERITIES))
    if odd:
        close = suggestion(odd[0], SEVERITIES)
        raise _fault(f"gave severity {', '.join(map(_short, odd[:5]))}", f"use {', '.join(SEVERITIES)} {close}")
    for name in asked.identity:
        values = plain[KEY + name]
        lacks = values.isna() | (values.str.strip() == "")
        _need_none(lacks, f"have no {name}, which names them", f"give {name} a value, or leave the finding out")
        _need_none(values.str.len() > MAX_KEY, f"have a {name} above {MAX_KEY} characters", "give the key alone")
    lacks = plain["message"].isna() | (plain["message"].str.strip() == "")
    _need_none(lacks, "have no message", "say what the reader should do")
    for name, most in _LENGTHS.items():
        _need_none(plain[name].str.len() > most, f"have {name} above {most:,} characters", "say less")
    _need_none(np.isinf(plain["metric"]), "have an infinite metric", "leave it missing where it is not known")
    _need_unique(plain, asked)


def need_untouched(plain: pd.DataFrame, asked: Asked) -> None:
    """PluginFault unless a frame from another process has the form that plain_findings() gives; then need_sound()."""
    names = [*asked.columns, *(KEY + name for name in SUBJECT if name not in asked.identity)]
    lacking = [name for name in asked.columns if name not in plain]
    odd = [str(name) for name in plain if name not in names]
    odd += [name for name in plain if name in names and _is_off(plain[name], name)]
    if lacking or odd:
        raise _fault(f"sent back a frame that is none of ours ({', '.join([*lacking, *odd][:5])})", "use pandas")
    need_sound(plain, asked)
    for name in ("measures", "evidence"):
        for text in plain[name]:
            _need_object(text, name)


def _is_off(series: pd.Series, name: object) -> bool:
    return series.dtype != ("float64" if name == "metric" else "str")


def _need_object(text: object, name: str) -> None:
    try:
        is_object = isinstance(json.loads(str(text)), dict)
    except (ValueError, RecursionError):
        is_object = False
    if not is_object:
        raise _fault(f"gave {name} that are no JSON object: {_short(str(text))}", "give a dict, or JSON text")


def _frame(rows: object, asked: Asked) -> pd.DataFrame:
    fix = "assess() returns a frame with severity, message and the identity columns"
    if not isinstance(rows, pd.DataFrame):
        raise _fault(f"assess() gave {type(rows).__name__}, not a frame", fix)
    names = list(rows.columns)
    odd = [name for name in names if not isinstance(name, str)]
    if odd:
        raise _fault(f"assess() named a column {odd[0]!r}", "name columns by text")
    lacking = [name for name in ("severity", "message", *asked.identity) if name not in names]
    if lacking:
        raise _fault(f"assess() left out {', '.join(lacking)}", fix)
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise _fault(f"assess() gave two columns {twice}", "give each name once")
    return pd.DataFrame(rows).reset_index(drop=True)


def _need_few(rows: int, asked: Asked) -> None:
    if rows > asked.max_findings:
        raise _fault(
            f"flooding: {rows:,} findings, more than {asked.max_findings:,}",
            "let it speak of less, or set max_findings in the rule or under [plugins]",
        )


def _held_to_kinds(frame: pd.DataFrame, asked: Asked) -> list[str]:
    also = [name for name in (*SUBJECT, "metric", asked.owner) if name in frame]
    return list(dict.fromkeys(["severity", "message", *asked.identity, *also]))


def _kind_of(series: pd.Series, name: str) -> str:
    """text, number, date or flag; ``nothing`` where every value is missing."""
    values = series
    if len(series) == 0 or ((_is_plain(series) or series.dtype == "float64") and series.isna().all()):
        return "nothing"
    if isinstance(series.dtype, pd.CategoricalDtype):
        values = series.cat.categories.to_series()
    if pd.api.types.is_bool_dtype(values.dtype):
        return "flag"
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return "date"
    if pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_complex_dtype(values.dtype):
        return "number"
    found = _KINDS.get(pd.api.types.infer_dtype(values, skipna=True), "")
    if not found or not _is_plain(values):
        fix = "give text, numbers, dates or true and false"
        raise _fault(f"column {name} holds {_what(values)}", fix)
    return found


_KINDS: Mapping[str, str] = {
    "string": "text",
    "empty": "nothing",
    "boolean": "flag",
    "integer": "number",
    "floating": "number",
    "mixed-integer-float": "number",
    "date": "date",
    "datetime": "date",
    "datetime64": "date",
}


def _is_plain(values: pd.Series) -> bool:
    return values.dtype == object or pd.api.types.is_string_dtype(values.dtype)


def _what(values: pd.Series) -> str:
    """In words what a column of a wrong kind holds."""
    if values.dtype != object:
        return f"dtype {values.dtype}"
    found = sorted({type(value).__name__ for value in values.dropna().head(1_000)})
    return f"values of type {' and '.join(found[:_EXAMPLES]) or 'object'}"


def _text(series: pd.Series, kind: str, name: str) -> pd.Series:
    if kind not in ("text", "nothing"):
        raise _fault(f"column {name} holds {kind}s", "give text")
    return series.astype("str")


def _key(series: pd.Series, kind: str, name: str, asked: Asked) -> pd.Series:
    """A key as text; dates as ISO days."""
    if kind != "date" and name not in asked.dates:
        return series.astype("str")
    try:
        days = pd.to_datetime(series.astype("object"), format=None if kind == "date" else "%Y-%m-%d")
        return pd.Series(days, index=series.index).dt.strftime("%Y-%m-%d").astype("str")
    except (ValueError, TypeError, AttributeError) as error:
        raise _fault(f"column {name} holds what is no date", "give dates") from error


def _owner(frame: pd.DataFrame, kinds: Mapping[str, str], asked: Asked) -> pd.Series:
    if asked.owner not in frame:
        return pd.Series(np.nan, index=frame.index, dtype="str")
    return _text(frame[asked.owner], kinds[asked.owner], asked.owner)


def _metric(frame: pd.DataFrame, kinds: Mapping[str, str]) -> pd.Series:
    if "metric" not in frame:
        return pd.Series(np.nan, index=frame.index, dtype="float64")
    if kinds["metric"] not in ("number", "nothing"):
        raise _fault(f"column metric holds {kinds['metric']}s", "give a number, missing where it is not known")
    values = frame["metric"]
    return pd.to_numeric(values.astype("object") if values.dtype == "category" else values).astype("float64")


def _measures(frame: pd.DataFrame) -> list[str]:
    if "measures" not in frame:
        return ["{}"] * len(frame)
    return [_one_measures(value) for value in frame["measures"].astype("object")]


def _one_measures(value: object) -> str:
    if isinstance(value, Mapping):
        return _refusing(lambda: canonical(value), "measures hold ")
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value):
        return "{}"
    _need_object(value, "measures")
    return str(value)


def _evidence(frame: pd.DataFrame, asked: Asked) -> list[str]:
    own = OWN | set(asked.identity)
    columns = {str(name): frame[name].astype("object").tolist() for name in frame if name not in own}
    return _refusing(lambda: records(columns, asked.stamp, len(frame)))


def _refusing(made: Callable[[], Made], head: str = "") -> Made:
    try:
        return made()
    except (ValueError, TypeError, RecursionError) as error:
        fix = "give text, numbers, dates, lists or dicts of them"
        raise _fault(f"{head}{error}, which JSON cannot hold", fix) from error


def _need_none(wrong: "pd.Series[Any]", what: str, fix: str) -> None:
    rows = np.flatnonzero(wrong.fillna(False).to_numpy(dtype=bool))
    if len(rows):
        examples = ", ".join(map(str, rows[:_EXAMPLES].tolist()))
        raise _fault(f"{len(rows):,} findings {what} (row {examples} of the frame)", fix)


def _need_unique(plain: pd.DataFrame, asked: Asked) -> None:
    names = [KEY + name for name in asked.identity]
    twice = plain.loc[plain.duplicated(names), names].drop_duplicates()
    if len(twice):
        examples = " and ".join("/".join(map(_short, row)) for row in twice.head(_EXAMPLES).itertuples(index=False))
        raise _fault(
            f"{len(twice):,} keys have more than one finding, for example {examples}",
            f"give one finding per {', '.join(asked.identity)}, or add columns to `identity`",
        )


def _short(text: str, most: int = 80) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _fault(what: str, fix: str) -> PluginFault:
    return PluginFault(what, "", fix.strip())  # which rule it is, its caller knows
