"""A table whose files are the ones of an earlier night is taken over as it was read then.

Known by the bytes and names of all files that it is read from, the profile, and where its rows belong. Databases,
source plugins and reshapers are asked every night: nobody knows beforehand what they will say.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from riskplug.errors import DataRefused
from riskplug.ingest.accept import OTHER, Place
from riskplug.ingest.finish import SourceRows
from riskplug.ingest.gather import Folder
from riskplug.ingest.intake import Intake
from riskplug.ingest.profile import Profile, TableRule
from riskplug.model import FileDoubt, InputFile
from riskplug.reuse import Kept, Reuse

STAGE = "ingest"
Inputs = tuple[tuple[str, str, str, str], ...]
"""Of each file: what it is read as, what it is called, its own name where a link calls it otherwise, its digest."""


def inputs_of(folder: Folder, table: str, rule: TableRule) -> Inputs | None:
    """All files that a table is read from, in reading order; None where more than files has a say, or one is amiss."""
    if rule.reshape or folder.profile.reader == "declared" or folder.given is not None:
        return None
    try:
        files = _files(folder, table, rule)
        return tuple((name, path.name, folder.name_of(path), _digest(path)) for name, path in files)
    except (DataRefused, OSError):  # which the reader says in its own words
        return None


def _files(folder: Folder, table: str, rule: TableRule) -> Iterator[tuple[str, Path]]:
    yield from ((table, path) for path in folder.files(table, rule))
    for join in rule.join:
        yield from ((f"{table} {join.name}", path) for path in folder.files_beside(join, rule, join.name))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def taken_over(
    inputs: Inputs | None, profile: Profile, place: Place, reuse: Reuse, read: Callable[[Intake], None]
) -> Intake:
    """What one table of one source comes to: as an earlier night read the same, else as ``read`` fills it in now."""
    key = reuse.key(STAGE, repr(place), profile.model_dump_json(), repr(inputs)) if inputs else ""
    kept = reuse.found(STAGE, key)
    if kept is not None:
        intake = _of_kept(kept, place)
        reuse.say(STAGE, f"{place.table}.{place.source}", kept.tables["rows"].num_rows)
        return intake
    intake = Intake()
    read(intake)
    if inputs and _is_of(intake, inputs):
        reuse.keep(STAGE, key, _to_keep(intake, place))
    return intake


def _is_of(intake: Intake, inputs: Inputs) -> bool:
    """Whether what was read is what was looked at before: a file may have been renewed in between."""
    return sorted(file.sha256 for file in intake.files) == sorted(digest for *_, digest in inputs)


def _to_keep(intake: Intake, place: Place) -> Kept:
    key, [piece] = (place.table, place.source), intake.accepted[place.table]
    rows = piece.rows.select([name for name in piece.rows.column_names if not name.startswith(OTHER)])
    told = {
        "files": [asdict(file) | {"extracted_at": _text(file.extracted_at)} for file in intake.files],
        "dropped": intake.dropped.get(key),
        "drops_by_rule": intake.drops_by_rule,
        "unknown": intake.unknown.get(key),
        "doubts": [asdict(doubt) for doubt in intake.doubts],
    }
    return Kept({"rows": rows, "quarantine": pa.Table.from_pandas(intake.quarantined())}, told)


def _of_kept(kept: Kept, place: Place) -> Intake:
    told, key = kept.told, (place.table, place.source)
    aside = kept.tables["quarantine"].to_pandas()
    typed = aside.astype({name: "int64" if name == "line" else "str" for name in aside})
    return Intake(
        {place.table: [SourceRows(place.source, kept.tables["rows"])]},
        [typed] if len(typed) else [],
        [_file(file) for file in told["files"]],
        [],
        {} if told["dropped"] is None else {key: told["dropped"]},
        dict(told["drops_by_rule"]),
        {} if told["unknown"] is None else {key: tuple(told["unknown"])},
        [FileDoubt(**doubt) for doubt in told["doubts"]],
    )


def _file(told: dict[str, Any]) -> InputFile:
    stamp = told["extracted_at"]
    return InputFile(**{**told, "extracted_at": datetime.fromisoformat(stamp) if stamp else None})


def _text(stamp: datetime | None) -> str | None:
    return stamp.isoformat() if stamp else None
