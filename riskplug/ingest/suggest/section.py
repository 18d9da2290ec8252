"""One table of a proposed profile: its files, where its header is, what is dropped, which column is which."""

import re
from collections.abc import Sequence
from pathlib import Path

from riskplug import units
from riskplug.ingest.suggest.columns import SURE, HeaderMapping, Match
from riskplug.ingest.suggest.draft import OPEN, Draft, mapping, quoted, some, word, words_list
from riskplug.ingest.suggest.study import Study
from riskplug.ingest.suggest.vocabulary import words
from riskplug.tables import TABLES, Column, column_of

_MASSES = ("unit_mass_g", "mass_g")
_COUNTING = {
    ("bom_lines", "usage"): "production",
    ("bom_lines", "status"): "active",
    ("declarations", "status"): "final",
}
_PERIODS = {"week": 7, "weeks": 7, "wk": 7, "wks": 7, "wochen": 7, "semaines": 7, "semanas": 7, "周": 7, "週": 7}
_HEAD_QUANTITY = ("SAP", "Odoo", "ERPNext")
_KEYS = ("parent", "order_no", "part_no")
_SYMBOL = re.compile(r"[A-Z][a-z]?|graphite|diamond")
_CODE = r"^\[([^\[\]]+)\]"
_CODED = re.compile(r"\[[^\[\]]+\] .+")
_MAX_LISTED = 60


def write_table(draft: Draft, study: Study, files: Sequence[Path]) -> None:
    """The section of one table; DESIGN's rule holds: what is not sure is a comment."""
    mapped = study.mapping
    if mapped is None:
        raise AssertionError("only tables that were recognised have a section")
    draft.say(f"{mapped.table}:", f"{study.guess.why}, score {study.guess.score:.2f}", 1)
    draft.say(f"files: {words_list(_pattern(path.name) for path in files)}", "", 2)
    _write_header(draft, study, mapped)
    _write_drops(draft, study, mapped)
    _write_blank_keys(draft, study, mapped)
    _write_level(draft, study, mapped)
    _write_stock_columns(draft, mapped)
    columns = Draft(doubts=draft.doubts)
    for name, match in mapped.columns.items():
        _write_column(columns, study, mapped, name, match)
    _write_stock(columns, study, mapped)
    _write_open_quantity(columns, study, mapped)
    _write_missing(columns, study, mapped)
    if all(line.lstrip().startswith(OPEN) for line in columns.lines):
        draft.leave_open("columns:", "with the lines below", 2)
    else:
        draft.say("columns:", "", 2)
    draft.lines += columns.lines
    _doubt_meaning(draft, study, mapped)
    rest = [name for name in mapped.unmapped if not name.startswith("(column ")]
    for at in range(0, min(len(rest), _MAX_LISTED), 6):
        draft.note(f"not used: {', '.join(rest[at : at + 6])}", 2)
    if len(rest) > _MAX_LISTED:
        draft.note(f"and {len(rest) - _MAX_LISTED} more columns not used", 2)


def _pattern(name: str) -> str:
    """The file's name as a glob; what looks like a date or a running number of an export is left free."""
    escaped = re.sub(r"([*?\[])", r"[\1]", name)
    return re.sub(r"\d{4}[-_.]?\d{2}[-_.]?\d{2}([-_T]?\d{4,6})?|\d{6,}", "*", escaped)


# --- rows


def _write_header(draft: Draft, study: Study, mapped: HeaderMapping) -> None:
    layout = study.layout
    if layout.header_line is None:
        draft.say(f"names: {words_list(layout.names)}", "the file has no header", 2)
        return
    row = layout.header_line - layout.hinted
    if layout.reader == "ruled" or row == 1:
        return
    above = {cell.strip() for line in layout.preamble for cell in line.split(layout.delimiter)}
    title = next((match.source for match in mapped.columns.values() if match.source not in above), None)
    if layout.reader == "delimited" and title:
        draft.say(f"skip_until: {word(title)}", f"the header is on line {layout.header_line}, below a preamble", 2)
    else:
        draft.say(f"header_row: {row}", "", 2)
    if "as_of" not in mapped.columns:
        _write_age(draft, study)


def _write_age(draft: Draft, study: Study) -> None:
    """A date in the preamble is mostly the day of the export."""
    for at, line in enumerate(study.layout.preamble, 1 + study.layout.hinted):
        found = re.search(r"\d{1,2}\.\d{1,2}\.\d{4}|\d{4}-\d{2}-\d{2}", line)
        if found:
            dotted = "." in found[0]
            pattern = r"(\d{1,2}\.\d{1,2}\.\d{4})" if dotted else r"(\d{4}-\d{2}-\d{2})"
            name = draft.doubt(
                "a date above the header", study.at(at), repr(line), "if it is the day of the export, uncomment `as_of`"
            )
            text = f"as_of: {{line: {at}, pattern: '{pattern}', format: \"{'%d.%m.%Y' if dotted else '%Y-%m-%d'}\"}}"
            draft.leave_open(text, name, 2)
            return


def _write_drops(draft: Draft, study: Study, mapped: HeaderMapping) -> None:
    lines = []
    for drop in study.drops.rules:
        rule = (
            f"- {{column: {quoted(drop.column)}, equals: {words_list(drop.equals)}}}"
            if drop.column
            else f"- {{line: {quoted(drop.line)}}}"
        )
        name = draft.doubt(
            drop.why,
            study.at(drop.where),
            f"{drop.count} of them, the first {drop.shown!r}",
            "check that they are no data; `drop_rows` leaves them out, and counts them",
        )
        lines.append((rule, name))
    lines += [
        _marked(draft, study, mapped.signs[sign], what)
        for sign, what in (("+deleted", "deleted"), ("+completed", "delivered in full"))
        if sign in mapped.signs
    ]
    if lines:
        draft.say("drop_rows:", "", 2)
    for text, why in lines:
        draft.say(text, why, 3)


def _marked(draft: Draft, study: Study, match: Match, what: str) -> tuple[str, str]:
    """The rule for a column that marks rows as no longer valid; X is how SAP marks, other marks are a doubt."""
    values = list(study.seen[match.source].counts)
    marked = [value for value in values if value.casefold() in ("x", "l", "1", "j", "y", *words("true"))] or ["X"]
    why = f"rows marked as {what}"
    if any(value.casefold() != "x" for value in values):
        decide = "rows with the marks listed in `drop_rows` are dropped: check what each mark means"
        why = draft.doubt(why, f"{study.name}, column {match.source!r}", some(values), decide)
    return f"- {{column: {quoted(match.source)}, equals: {words_list(marked)}}}", why


def _write_blank_keys(draft: Draft, study: Study, mapped: HeaderMapping) -> None:
    for name in _KEYS:
        match = mapped.columns.get(name)
        if match is None or not column_of(mapped.table, name).required or not study.seen[match.source].blank:
            continue
        seen = study.seen[match.source]
        where = f"{study.name}, column {match.source!r}"
        evidence = f"{seen.blank} of {seen.blank + seen.filled} rows are blank there"
        if seen.blank * 5 >= seen.blank + seen.filled and study.layout.column(match.source)[0]:
            doubt = draft.doubt(
                f"{name} is written once for the rows below it, or missing",
                where,
                evidence,
                "if it holds for the rows below, uncomment `fill_down`; else they are set aside",
            )
            draft.leave_open(f"fill_down: {words_list([match.source])}", doubt, 2)
        else:
            draft.doubt(
                f"rows without {name}",
                where,
                evidence,
                f"they are set aside; where they are no data, add `{{column: {match.source}, blank: true}}` to "
                "`drop_rows`",
            )


def _write_level(draft: Draft, study: Study, mapped: HeaderMapping) -> None:
    match, component = mapped.signs.get("+level"), mapped.columns.get("component")
    if match is None or component is None or "parent" in mapped.columns:
        return
    values = list(study.seen[match.source].counts)
    marks = "dots" if any(value.startswith(".") for value in values) else "number"
    quantity = mapped.columns.get("quantity")
    name = draft.doubt(
        "an indented list: parents follow from the level",
        f"{study.name}, column {match.source!r}",
        some(values),
        "uncomment `levels`, and say whether quantities are per parent or exploded for the whole product",
    )
    text = f"levels: {{column: {quoted(match.source)}, marks: {marks}, component: {quoted(component.source)}"
    draft.leave_open(f"{text}{f', quantity: {quoted(quantity.source)}' if quantity else ''}}}", name, 2)


# --- columns


def _write_stock_columns(draft: Draft, mapped: HeaderMapping) -> None:
    if len(mapped.stocks) > 1:
        draft.say(f"unpivot: {{value: quantity, into: stock_type, columns: {mapping(mapped.stocks.items())}}}", "", 2)


def _write_column(draft: Draft, study: Study, mapped: HeaderMapping, name: str, match: Match) -> None:
    column = column_of(mapped.table, name)
    why = f"{match.confidence:.2f} {match.origin}"
    where = f"{study.name}, column {match.source!r}"
    if match.confidence < SURE:
        values = list(study.seen[match.source].counts)
        what = "a title like a known one" if match.confidence > 0.5 else "a title that its values do not fit"
        doubt = draft.doubt(
            f"{what}: is it {mapped.table}.{name}?", where, some(values), "uncomment or delete the line"
        )
        draft.leave_open(f"{name}: {word(match.source)}", f"{why}, {doubt}", 3)
        return
    if match.source in study.layout.twice:
        draft.doubt("a title that is there twice", where, match.source, "rename one of them in the export")
    for rival in mapped.rivals.get(name, ())[:1]:
        doubt = draft.doubt(
            f"two columns that may be {name}", where, f"{match.source!r} and {rival!r}", "keep the one that means it"
        )
        why = f"{why}, {doubt}"
    extras = _extras(draft, study, mapped.table, column, match)
    draft.say(f"{name}: {_rule(match.source, extras)}", why, 3)


def _rule(source: str, extras: Sequence[str]) -> str:
    return f"{{{', '.join([f'column: {quoted(source)}', *extras])}}}" if extras else word(source)


def _extras(draft: Draft, study: Study, table: str, column: Column, match: Match) -> list[str]:
    """Settings beside the source column: translated words, a scale, a code taken out of a text."""
    where = f"{study.name}, column {match.source!r}"
    values = list(study.seen[match.source].counts)
    if column.kind == "choice" or (table, column.name) in _COUNTING or words(column.name):
        return _map(draft, table, column, values, where)
    if column.name in _MASSES:
        return _mass_scale(draft, match, where, values)
    if column.name == "lead_time_days" and match.unit.casefold() in _PERIODS:
        return [f"times: {_PERIODS[match.unit.casefold()]}"]
    if column.kind == "part" and values and sum(map(_is_coded, values)) * 5 >= len(values) * 4:
        draft.doubt(
            "numbers in brackets before a name",
            where,
            some(values),
            "the text in brackets is taken as the number; rows without are set aside",
        )
        return [f"pattern: {quoted(_CODE)}"]
    if values and all(re.fullmatch(r"\{.*['\"].*:.*\}", value) for value in values):
        language = re.search(r"['\"]([^'\"]+)['\"]", values[0])
        draft.doubt("a text in several languages", where, some(values, 1), "choose the language that counts")
        return [f"language: {words_list([language[1]] if language else [])}"]
    return []


def _is_coded(value: str) -> bool:
    return _CODED.fullmatch(value) is not None


def _map(draft: Draft, table: str, column: Column, values: Sequence[str], where: str) -> list[str]:
    known = words(column.name)
    counting = _COUNTING.get((table, column.name))
    wanted = column.choices or ((counting,) if counting else ())
    found = {value: known[value.casefold()] for value in values if known.get(value.casefold()) in (wanted or ("true",))}
    found = {value: name for value, name in found.items() if value.casefold() != name}
    strange = [value for value in values if wanted and value not in found and value.casefold() not in wanted]
    codes = [f"{value} = {found[value]}" for value in found if len(value) <= 2 and value.isascii()]
    if strange:
        effect = f"only {counting!r} counts" if counting else "their rows are set aside"
        draft.doubt(
            f"words in {column.name} that nothing is known of",
            where,
            "; ".join([some(strange, 6), *codes]),
            f"translate them in `map` to one of {', '.join(wanted)}; until then {effect}",
        )
    elif codes:
        decide = "check these meanings: other systems use other codes"
        draft.doubt(f"codes in {column.name}", where, ", ".join(codes), decide)
    return [f"map: {mapping(found.items())}"] if found else []


def _mass_scale(draft: Draft, match: Match, where: str, values: Sequence[str]) -> list[str]:
    last = re.split(r"[\s_(\[]+", match.source.strip(" )]"))[-1]
    unit = next((name for name in (match.unit.casefold(), last.casefold()) if name in units.FACTORS), "")
    factor = units.factor(unit, "g") if unit else float("nan")
    if factor != factor:
        draft.doubt(
            "a mass without a unit",
            where,
            some(values),
            "it is read as grams; for kilograms write `{column: ..., times: 1000}`",
        )
        return []
    return [] if factor == 1 else [f"times: {factor:g}"]


def _write_stock(draft: Draft, study: Study, mapped: HeaderMapping) -> None:
    """One stock column that says its type in the title, or one that says none."""
    if mapped.table != "inventory" or len(mapped.stocks) > 1:
        return
    for source, kind in mapped.stocks.items():
        draft.say(f"quantity: {word(source)}", "", 3)
        draft.say(f"stock_type: {{const: {kind}}}", "", 3)
        return
    quantity = mapped.columns.get("quantity")
    if quantity and quantity.confidence >= SURE and "stock_type" not in mapped.columns:
        draft.doubt(
            "stock without a type",
            f"{study.name}, column {quantity.source!r}",
            "no column says whether stock is usable, blocked or in quality inspection",
            "all of it counts as unrestricted: check that the export leaves other stock out",
        )


def _write_open_quantity(draft: Draft, study: Study, mapped: HeaderMapping) -> None:
    ordered, received = mapped.signs.get("+ordered"), mapped.signs.get("+received")
    if ordered is None:
        return
    if received is not None:
        pair = f"{quoted(ordered.source)}, {quoted(received.source)}"
        draft.say(f"open_quantity: {{minus: [{pair}], floor: 0}}", "ordered less received", 3)
        return
    doubt = draft.doubt(
        "ordered or still open",
        f"{study.name}, column {ordered.source!r}",
        "no column with what was received",
        "uncomment it only if it is what is still to come; else add the received quantity to the export",
    )
    draft.leave_open(f"open_quantity: {word(ordered.source)}", doubt, 3)


def _write_missing(draft: Draft, study: Study, mapped: HeaderMapping) -> None:
    open_ones = {"parent"} if "+level" in mapped.signs else set()
    open_ones |= {"open_quantity"} if "+ordered" in mapped.signs else set()
    for name in mapped.missing:
        if name in open_ones or name in mapped.columns:
            continue
        what = TABLES[mapped.table].column(name).doc
        doubt = draft.doubt(
            f"nothing found for the required column {mapped.table}.{name} ({what})",
            study.name,
            f"columns left: {some(mapped.unmapped, 8) or 'none'}",
            "name its column; until then the file is refused",
        )
        draft.leave_open(f"{name}: ...", doubt, 3)


def _doubt_meaning(draft: Draft, study: Study, mapped: HeaderMapping) -> None:
    quantity = mapped.columns.get("quantity")
    per_head = mapped.table == "bom_lines" and "base_quantity" not in mapped.columns
    if per_head and quantity and quantity.origin in _HEAD_QUANTITY:
        draft.doubt(
            "quantity for how many of the parent",
            f"{study.name}, column {quantity.source!r}",
            f"{quantity.origin} keeps a base quantity with the list's head, and it is not here",
            "add it to the export as base_quantity; without it a line is for one piece",
        )
    material = mapped.columns.get("material")
    if material:
        strange = [value for value in study.seen[material.source].counts if not _SYMBOL.fullmatch(value)]
        if strange:
            draft.doubt(
                "materials that are no element symbol",
                f"{study.name}, column {material.source!r}",
                some(strange),
                "translate them in `map`, e.g. Dysprosium: Dy",
            )
