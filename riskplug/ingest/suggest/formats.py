"""How files, numbers and dates are written, where the values prove it; a doubt where they prove nothing."""

from collections.abc import Iterable

from riskplug.ingest.suggest.days import DateEvidence, weigh_dates
from riskplug.ingest.suggest.draft import Draft, quoted, word, words_list
from riskplug.ingest.suggest.marks import MarksFound, NumberEvidence, Witness, weigh
from riskplug.ingest.suggest.study import NUMBERS, TYPED, Field, Study


def write_reader(draft: Draft, study: Study) -> None:
    """How the file is cut into columns."""
    layout = study.layout
    draft.say(f"reader: {layout.reader}")
    if layout.reader in TYPED:
        return
    if study.encoding:
        shown = f"; it reads {', '.join(study.encoding.words)}" if study.encoding.words else ""
        draft.say(f"encoding: {word(study.encoding.name)}", f"{study.encoding.certainty}: {study.encoding.why}{shown}")
    if layout.reader == "delimited":
        draft.say(f"delimiter: {quoted(layout.delimiter)}", "as its line sep= says" if layout.hinted else "")
        draft.say(f"quote: {quoted(layout.quote)}", "" if layout.quote else "quotation marks are only inside texts")


# --- numbers


def number_evidence(fields: Iterable[Field]) -> NumberEvidence:
    """What the values of all number columns say together: one profile has one pair of marks."""
    evidence = NumberEvidence()
    for item in fields:
        if item.column.kind in NUMBERS:
            taken = item.witnesses()
            evidence.add(Witness(each.value.rstrip("% "), each.where, each.column) for each in taken)
    return evidence


def write_numbers(draft: Draft, evidence: NumberEvidence, reader: str) -> MarksFound:
    """Marks and sign; what nothing proves stays a comment, and then the profile refuses such numbers."""
    found = weigh(evidence)
    if reader in TYPED:
        _doubt_numbers_as_text(draft, evidence)
    elif found.conflict:
        _leave_conflict_open(draft, found)
    elif found.ambiguous:
        _leave_marks_open(draft, found)
    elif found.decimal is None:
        draft.leave_open('decimal: "."', f"{found.reason or 'no numbers'}; the first file that has one is refused")
    else:
        draft.say(f"decimal: {quoted(found.decimal)}", found.reason)
        _write_thousands(draft, found)
    if found.grouping == "indian":
        draft.say("grouping: indian", f"as in {evidence.indian[0]}")
    _write_sign(draft, evidence)
    if evidence.unreadable:
        listed = ", ".join(map(str, evidence.unreadable[:3]))
        draft.doubt(
            "values that are numbers in no format",
            evidence.unreadable[0].column,
            listed,
            "their rows will be set aside: correct them at the source, or declare a word as `null_words`",
        )
    return found


def _doubt_numbers_as_text(draft: Draft, evidence: NumberEvidence) -> None:
    text = [*evidence.decimals.get(",", []), *(item for found in evidence.thousands.values() for item in found)]
    if text:
        draft.doubt(
            "numbers stored as text in cells",
            text[0].column,
            ", ".join(map(str, text[:3])),
            "correct them in the workbook, or declare `decimal` and `thousands` of these texts",
        )


def _leave_conflict_open(draft: Draft, found: MarksFound) -> None:
    name = draft.doubt(
        "numbers in two formats",
        ", ".join(sorted({witness.column for witness in found.conflict})),
        ", ".join(map(str, found.conflict)),
        "export in one format, or decide which one counts: rows with the other will be set aside",
    )
    for decimal, thousands in ((",", "."), (".", ",")):
        draft.leave_open(f"decimal: {quoted(decimal)}", name)
        draft.leave_open(f"thousands: {quoted(thousands)}", f"{name}, with decimal {decimal}")


def _leave_marks_open(draft: Draft, found: MarksFound) -> None:
    value = found.ambiguous[0].value
    name = draft.doubt(
        f"decimal or thousands: {value!r} can be read in two ways that differ by a thousand",
        ", ".join(sorted({witness.column for witness in found.ambiguous})),
        f"every number with a mark is like {', '.join(map(str, found.ambiguous[:3]))}",
        "compare one value with the ERP's own screen, then uncomment `decimal` (and `thousands`)",
    )
    for mark in sorted({mark for witness in found.ambiguous for mark in witness.value if mark in ".,"}):
        other = "." if mark == "," else ","
        draft.leave_open(f"decimal: {quoted(mark)}", f"{name}: then {value} is {value.replace(mark, '.')}")
        draft.leave_open(
            f"decimal: {quoted(other)}", f"{name}: then {value} is {value.replace(mark, '')}, with the next line"
        )
        draft.leave_open(f"thousands: {quoted(mark)}", name)


def _write_thousands(draft: Draft, found: MarksFound) -> None:
    if found.maybe_thousands:
        name = draft.doubt(
            "a second mark that may be thousands or another format",
            ", ".join(sorted({witness.column for witness in found.maybe})),
            f"{', '.join(map(str, found.maybe[:3]))}, but {found.reason}",
            "thousands: uncomment it; another number format in that column: correct the export. Until then such rows "
            "are set aside",
        )
        draft.leave_open(f"thousands: {quoted(found.maybe_thousands)}", name)
    elif found.thousands:
        draft.say(f"thousands: {quoted(found.thousands)}")


def _write_sign(draft: Draft, evidence: NumberEvidence) -> None:
    if evidence.trailing and evidence.brackets:
        listed = f"{evidence.trailing[0]}, {evidence.brackets[0]}"
        name = draft.doubt("two ways to write a negative number", evidence.trailing[0].column, listed, "declare one")
        draft.leave_open("sign: trailing", name)
        draft.leave_open("sign: brackets", name)
    elif evidence.trailing or evidence.brackets:
        kind = "trailing" if evidence.trailing else "brackets"
        draft.say(f"sign: {kind}", f"as in {(evidence.trailing or evidence.brackets)[0]}")


# --- dates


def date_evidence(fields: Iterable[Field]) -> DateEvidence:
    evidence = DateEvidence()
    for item in fields:
        if item.column.kind == "date":
            evidence.add(item.witnesses())
    return evidence


def write_dates(draft: Draft, evidence: DateEvidence) -> list[str]:
    """Date formats; the ones to declare, none while day and month may be exchanged."""
    found = weigh_dates(evidence)
    proved = list(found.formats)
    years = ""
    if found.has_short_years:
        example = next((w for text, w in found.formats.items() if "%y" in text), None) or found.open[0][2][0]
        years = draft.doubt(
            "years of two digits",
            example.column,
            str(example),
            "export four digits, or uncomment `years_from`: the first of the hundred years meant",
        )
        draft.leave_open("years_from: 1970", years)
    for day_first, month_first, values in found.open:
        what = "days and months in both orders" if found.conflicts else "no value shows which number is the month"
        name = draft.doubt(
            what,
            values[0].column,
            ", ".join(map(str, values)),
            f"look one up, then uncomment `date_formats`: {day_first} (day first) or {month_first} (month first)",
        )
        for text in (day_first, month_first):
            draft.leave_open(f"date_formats: {words_list([*proved, text])}", name)
    if proved and years and not found.open:
        draft.leave_open(f"date_formats: {words_list(proved)}", years)
    elif proved and not found.open:
        draft.say(f"date_formats: {words_list(proved)}", f"proved by {next(iter(found.formats.values()))}")
    _write_null_dates(draft, evidence)
    _doubt_dates(draft, evidence)
    return [] if found.open or years else proved


def _write_null_dates(draft: Draft, evidence: DateEvidence) -> None:
    if not evidence.null_days:
        return
    first = next(iter(evidence.null_days.values()))
    name = draft.doubt(
        "a day that systems write for no date",
        first.column,
        str(first),
        "keep it in `null_dates`, or remove it where it is a real day",
    )
    draft.say(f"null_dates: {words_list(evidence.null_days)}", name)


def _doubt_dates(draft: Draft, evidence: DateEvidence) -> None:
    for values, what, decide in (
        (evidence.serials, "dates as bare spreadsheet numbers", "format the column as dates and export again"),
        (
            evidence.unreadable,
            "values that are dates in no known format",
            "their rows will be set aside: declare the format in `date_formats`, or the word in `null_dates`",
        ),
    ):
        if values:
            draft.doubt(what, values[0].column, ", ".join(map(str, values[:3])), decide)
