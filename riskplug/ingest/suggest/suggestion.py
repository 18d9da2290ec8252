"""A profile proposed from exports, with its doubts: to be read, decided and saved by a person, never used as it is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from riskplug.errors import UsageError, suggestion
from riskplug.ingest.suggest.draft import OPEN, Doubt, Draft, some
from riskplug.ingest.suggest.formats import date_evidence, number_evidence, write_dates, write_numbers, write_reader
from riskplug.ingest.suggest.meanings import write_keys, write_places, write_policies, write_units, write_words
from riskplug.ingest.suggest.section import write_table
from riskplug.ingest.suggest.study import Field, Study, study_file
from riskplug.tables import TABLES


@dataclass(frozen=True)
class Suggestion:
    """``doubts``: what a person must decide, in the order of the file."""

    doubts: tuple[Doubt, ...]
    _text: str
    _document: dict[str, Any]

    def yaml(self) -> str:
        """A commented profile file; lines marked `#?` wait for a decision and are not in force."""
        return self._text

    def document(self) -> dict[str, Any]:
        """`riskplug.suggestion/1`."""
        return self._document


def suggest_profile(files: Sequence[Path], table: str | None) -> Suggestion:
    """Propose one profile for some exports of one source, one table each; ``table`` settles which where it is given.

    Reads the first 2 MB and the last 64 kB of a text file, writes nothing. DataRefused for a file that is no table.
    """
    if not files:
        raise UsageError("no file to look at", "inspect --suggest", "name at least one export")
    if table is not None and table not in TABLES:
        raise UsageError(f"unknown table {table!r}", "inspect --suggest", suggestion(table, TABLES))
    studies = [study_file(path, table) for path in files]
    draft = Draft()
    first = _leading(studies)
    whys = {study.path: _why_apart(study, first, studies) for study in studies}
    active = [study for study in studies if not whys[study.path]]
    head = _heading(draft, studies, first)
    settings = _write_settings(draft, first, active or [first])
    _write_tables(draft, studies, whys)
    text = "\n".join((*head, *draft.lines)) + "\n"
    return Suggestion(tuple(draft.doubts), text, _document(studies, whys, settings, draft, text))


def _leading(studies: Sequence[Study]) -> Study:
    """The file whose encoding says most: pure ASCII reads alike in all of them."""
    return next((study for study in studies if study.encoding and study.encoding.words), studies[0])


def _why_apart(study: Study, first: Study, studies: Sequence[Study]) -> str:
    """Why a file's table cannot simply stand in the profile; "" when it can."""
    layout, other = study.layout, first.layout
    if layout.reader != other.reader or (layout.delimiter, layout.quote) != (other.delimiter, other.quote):
        return f"it is not laid out like {first.name}: a profile of its own"
    if study.encoding and first.encoding and not _reads_alike(study, first):
        return (
            f"its encoding is {study.encoding.name}, that of {first.name} {first.encoding.name}: a profile of its own"
        )
    if study.mapping is None:
        return "no table was recognised: name it, `riskplug inspect --suggest TABLE FILE`"
    if not study.guess.sure:
        names = ", ".join([study.mapping.table, *(name for name, _ in study.guess.others)])
        return f"which table it is is not sure ({names}): name it, `riskplug inspect --suggest TABLE FILE`"
    if any(_is_other_shape(study, each) for each in studies[: studies.index(study)]):
        return f"another file is {study.mapping.table}, too, with other columns"
    return ""


def _reads_alike(study: Study, first: Study) -> bool:
    one, other = study.encoding, first.encoding
    if one is None or other is None or one.name == other.name:
        return True
    return not one.words and one.name == "utf-8" and not other.name.startswith("utf-16")


def _is_other_shape(study: Study, other: Study) -> bool:
    same = study.mapping and other.mapping and study.mapping.table == other.mapping.table
    return bool(same and other.guess.sure and other.layout.names != study.layout.names)


def _heading(draft: Draft, studies: Sequence[Study], first: Study) -> list[str]:
    names = some([study.name for study in studies], 5)
    slug = re.sub(r"[^a-z0-9]+", "-", first.path.stem.casefold()).strip("-") or "export"
    _doubt_files(draft, studies)
    return [
        f"# Proposed from {names}. Read every line, decide what is marked `{OPEN.strip()}`, then save it as a file.",
        "# What waits for a decision is a comment: until then it is refused or set aside, never guessed.",
        f"name: suggested-{slug}",
    ]


def _doubt_files(draft: Draft, studies: Sequence[Study]) -> None:
    for study in studies:
        _doubt_encoding(draft, study)
        layout = study.layout
        if layout.close:
            draft.doubt(
                "the delimiter",
                study.name,
                f"{layout.delimiter!r} and {layout.close!r} both make columns",
                "look at the columns below and correct `delimiter`",
            )
        if layout.header_line is None:
            draft.doubt(
                "no header",
                study.name,
                f"the first row begins {some(_first_row(study), 4)}",
                "name the columns in `names` and map them under `columns`",
            )
        elif layout.names and study.mapping is None:
            draft.doubt(
                "which table it is",
                study.name,
                f"its columns: {some(layout.names, 8)}",
                "name the table: `riskplug inspect --suggest TABLE FILE`",
            )
        _doubt_rows(draft, study)


def _doubt_rows(draft: Draft, study: Study) -> None:
    if not study.layout.lines:
        draft.doubt("no rows", study.name, "a header and nothing below it", "export it again: nothing was proved")
    for line, value, reason in study.drops.ragged[:1]:
        draft.doubt(
            f"{len(study.drops.ragged)} lines that do not fit the columns",
            study.at(line),
            f"{value[:80]!r}: {reason}",
            "they are set aside: correct them, or drop footers by a `line` pattern",
        )
    if not study.is_ended:
        draft.doubt(
            "the last line has no line end",
            study.name,
            "the transfer may have broken off",
            "compare the number of rows with the ERP",
        )


def _doubt_encoding(draft: Draft, study: Study) -> None:
    encoding = study.encoding
    if encoding is None or encoding.certainty != "guess":
        return
    others = f", nearly as well {', '.join(encoding.others)}" if encoding.others else ""
    draft.doubt(
        f"the encoding: {encoding.name}{others}",
        study.name,
        f"it reads {some(encoding.words, 5)}",
        "if these words are wrong, correct `encoding`",
    )


def _first_row(study: Study) -> list[str]:
    return [study.layout.column(name)[0] for name in study.layout.names] if study.layout.lines else []


def _write_settings(draft: Draft, first: Study, studies: Sequence[Study]) -> dict[str, Any]:
    fields: list[Field] = [item for study in studies for item in study.fields()]
    write_reader(draft, first)
    evidence = number_evidence(fields)
    marks = write_numbers(draft, evidence, first.layout.reader)
    formats = write_dates(draft, date_evidence(fields))
    write_words(draft, fields)
    write_keys(draft, fields)
    write_places(draft, studies, fields)
    write_units(draft, fields)
    write_policies(draft, studies)
    both = evidence.trailing and evidence.brackets
    sign = "trailing" if evidence.trailing else "brackets" if evidence.brackets else "leading"
    return {
        "decimal": marks.decimal,
        "thousands": marks.thousands,
        "date_formats": formats,
        "sign": None if both else sign,
    }


def _write_tables(draft: Draft, studies: Sequence[Study], whys: dict[Path, str]) -> None:
    written: set[str] = set()
    active = [study for study in studies if not whys[study.path]]
    draft.lines += ["", "tables:" if active else "tables: {}  # none is sure"]
    for study in [*active, *(study for study in studies if whys[study.path])]:
        table = study.mapping.table if study.mapping else ""
        if not whys[study.path] and table not in written:
            same = [other.path for other in active if other.mapping and other.mapping.table == table]
            write_table(draft, study, same)
            written.add(table)
        elif whys[study.path]:
            _write_apart(draft, study, whys[study.path])
        draft.blank()


def _write_apart(draft: Draft, study: Study, why: str) -> None:
    """A table that may not be used yet: its whole section as a comment."""
    if study.mapping is None:
        return
    name = draft.doubt(f"{study.name} is left out", study.name, why, "decide, then suggest again")
    apart = Draft(doubts=draft.doubts)
    write_table(apart, study, [study.path])
    draft.note(f"{name}: {study.name} is left out, {why}", 1)
    draft.lines += [f"{OPEN}{line.replace(OPEN, '', 1)}" for line in apart.lines]


def _document(
    studies: Sequence[Study], whys: dict[Path, str], settings: dict[str, Any], draft: Draft, text: str
) -> dict[str, Any]:
    return {
        "schema": "riskplug.suggestion/1",
        "files": [_file_document(study, whys[study.path]) for study in studies],
        **settings,
        "doubts": [
            {"number": at, "what": doubt.what, "where": doubt.where, "evidence": doubt.evidence, "decide": doubt.decide}
            for at, doubt in enumerate(draft.doubts, 1)
        ],
        "profile": text,
    }


def _file_document(study: Study, why: str) -> dict[str, Any]:
    mapped, encoding, layout = study.mapping, study.encoding, study.layout
    taken = {**mapped.columns, **mapped.signs} if mapped else {}
    return {
        "file": str(study.path),
        "table": {
            "name": mapped.table if mapped else None,
            "score": round(study.guess.score, 2),
            "sure": study.guess.sure,
            "others": [{"name": name, "score": score} for name, score in study.guess.others],
        },
        "left_out": why or None,
        "reader": layout.reader,
        "encoding": {"name": encoding.name, "certainty": encoding.certainty, "why": encoding.why} if encoding else None,
        "delimiter": layout.delimiter if layout.reader == "delimited" else None,
        "quote": layout.quote if layout.reader == "delimited" else None,
        "header_row": layout.header_line,
        "rows_seen": len(layout.lines),
        "columns": [
            {"column": name, "source": match.source, "confidence": match.confidence, "origin": match.origin}
            for name, match in taken.items()
        ],
        "missing": list(mapped.missing) if mapped else [],
        "unmapped": list(mapped.unmapped) if mapped else list(layout.names),
        "dropped": [{"why": drop.why, "line": drop.where, "count": drop.count} for drop in study.drops.rules],
    }
