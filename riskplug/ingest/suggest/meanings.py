"""What words, keys, units and places mean in a whole profile, and the doubts that values raise about them."""

import re
from collections.abc import Sequence

import pandas as pd

from riskplug import units
from riskplug.ingest.suggest.draft import Draft, mapping, quoted, some, words_list
from riskplug.ingest.suggest.study import NUMBERS, Field, Study
from riskplug.ingest.suggest.vocabulary import words

_UNITS = ("unit", "base_unit")
_KEYED = ("supplier",)


def write_words(draft: Draft, fields: Sequence[Field]) -> None:
    """Words for missing, for yes and for no."""
    _write_null_words(draft, fields)
    flags = [item for item in fields if item.column.kind == "flag"]
    known = {"true": words("true"), "false": words("false")}
    for kind in ("true", "false"):
        found = [value for item in flags for value in item.seen.counts if value.casefold() in known[kind]]
        found = [value for value in dict.fromkeys(found) if value.casefold() != kind]
        if found:
            draft.say(f"{kind}_words: {words_list(found)}")
    _doubt_flags(draft, flags)


def _doubt_flags(draft: Draft, flags: Sequence[Field]) -> None:
    known = {"true": words("true"), "false": words("false")}
    for item in flags:
        own = words(item.column.name)
        strange = [
            value for value in item.seen.counts if not any(value.casefold() in each for each in (*known.values(), own))
        ]
        if strange:
            draft.doubt(
                f"words in the yes-or-no column {item.column.name} that are neither",
                item.where,
                some(strange),
                "add them to `true_words` or `false_words`; until then their rows are set aside",
            )
    half = [
        item
        for item in flags
        if item.seen.blank
        and item.seen.counts
        and not any(value.casefold() in known["false"] for value in item.seen.counts)
    ]
    if half:
        draft.doubt(
            "columns with a yes or nothing",
            ", ".join(item.where for item in half),
            f"{some(list(half[0].seen.counts))} and {half[0].seen.blank} blank",
            "where blank means no, write "
            f'`{half[0].column.name}: {{column: {half[0].match.source}, blank: "false"}}`; else blank is unknown',
        )


def _write_null_words(draft: Draft, fields: Sequence[Field]) -> None:
    null = words("null")
    typed = [item for item in fields if item.column.kind in (*NUMBERS, "date")]
    found = {value: item for item in typed for value in item.seen.counts if value.casefold() in null}
    if not found:
        return
    elsewhere = [
        item
        for item in fields
        if item.column.kind in ("part", "key", "text", "choice") and any(value in found for value in item.seen.counts)
    ]
    why = "for a missing number or date"
    if elsewhere:
        values = [value for value in elsewhere[0].seen.counts if value in found]
        why = draft.doubt(
            "a word for missing that may be a real value elsewhere",
            elsewhere[0].where,
            some(values),
            "it counts in every column (NA is Namibia, too): keep it in `null_words` or remove it",
        )
    draft.say(f"null_words: {words_list(found)}", why)


# --- keys, places, units


def write_keys(draft: Draft, fields: Sequence[Field]) -> None:
    """Zero padding and what spreadsheets did to keys."""
    keyed = [item for item in fields if item.column.kind == "part" or item.column.name in _KEYED]
    padded = {item.column.name: item for item in keyed if any(map(_is_padded, item.seen.counts))}
    if padded:
        first = next(iter(padded.values()))
        values = [value for value in first.seen.counts if _is_padded(value)]
        bare = {value.lstrip("0") for item in padded.values() for value in item.seen.counts if _is_padded(value)}
        both = sorted(bare & {value for item in keyed for value in item.seen.counts})
        name = draft.doubt(
            "numbers padded with zeros",
            first.where,
            some(values) + (f"; unpadded, too: {some(both)}" if both else ""),
            "do other sources write these numbers without zeros? Then uncomment `keys`; where 0012 and 12 are two, not",
        )
        draft.leave_open(f"keys: {{strip_zeros: {words_list(padded)}}}", name)
    for item in keyed:
        damaged = [value for value in item.seen.counts if re.fullmatch(r"\d[.,]\d+[eE]\+?\d+|\d+[.,]0", value)]
        if damaged:
            draft.doubt(
                "keys that a spreadsheet turned into numbers",
                item.where,
                some(damaged),
                "export again as text; a mere .0 can be taken off by `keys: {repair_ids: true}`",
            )


def _is_padded(value: str) -> bool:
    return re.fullmatch(r"0+[1-9]\d*", value) is not None


def write_places(draft: Draft, studies: Sequence[Study], fields: Sequence[Field]) -> None:
    """Clients, companies and sites: more than one of them is for a person to sort out."""
    clients = [study for study in studies if study.mapping and "+client" in study.mapping.signs]
    for study in clients[:1]:
        source = study.mapping.signs["+client"].source if study.mapping else ""
        values = list(study.seen[source].counts)
        why = ""
        if len(values) > 1:
            why = draft.doubt(
                "several clients in one export",
                f"{study.name}, column {source!r}",
                some(values),
                f"name the one that counts: `client: {{column: {source}, only: {values[0]}}}`; until "
                "then the file is refused",
            )
        draft.say(f"client: {{column: {quoted(source)}}}", why)
    for name, what in (("company", "several companies"), ("site", "several sites")):
        items = [item for item in fields if item.column.name == name]
        found = list(dict.fromkeys(value for item in items for value in item.seen.counts))
        if len(found) > 1:
            why = draft.doubt(what, items[0].where, some(found, 6), _place_decision(name))
            if name == "site":
                draft.leave_open(f"sites: {mapping((value, value) for value in found[:20])}", why)


def _place_decision(name: str) -> str:
    if name == "company":
        return "the same plant code in two companies is two sites: make a source of each company, or check they differ"
    return "the workspace needs a site of each name, or `sites` translates them; rows of others are set aside"


def write_units(draft: Draft, fields: Sequence[Field]) -> None:
    """Units that need a translation, and those nobody knows a factor for."""
    found: dict[str, Field] = {}
    for item in fields:
        if item.column.name in _UNITS:
            for value in item.seen.counts:
                found.setdefault(value, item)
    known = dict(zip(found, units.canonical(pd.Series(list(found), dtype="str")).astype("object"), strict=True))
    free = words("unit")
    mapped = {value: name for value, name in known.items() if name in units.FACTORS}
    spelt = {value: free[value.casefold()] for value in found if value not in mapped and value.casefold() in free}
    strange = [value for value in found if value not in mapped and value not in spelt]
    if mapped:
        draft.note(f"units known: {', '.join(f'{value} = {name}' for value, name in mapped.items())}")
    if spelt:
        draft.say(f"units: {mapping(spelt.items())}")
    if strange:
        draft.doubt(
            "units without a known factor",
            found[strange[0]].where,
            some(strange, 6),
            "translate a mere spelling in `units`; a package (box, roll) needs a factor per part, and is "
            "unknown without one",
        )
    alike = [value for value in found if sum(value.casefold() == other.casefold() for other in found) > 1]
    if alike:
        draft.doubt(
            "units that differ in case only",
            found[alike[0]].where,
            some(alike),
            "say in `units` what each of them means",
        )


def write_policies(draft: Draft, studies: Sequence[Study]) -> None:
    """What no export says: stock of parts that are not listed, and how scrap enlarges a need."""
    found = {study.mapping.table: study for study in studies if study.mapping}
    if "inventory" in found:
        draft.say("absent_stock: unknown", "zero only where the export lists every part that has stock")
    scrap = found["bom_lines"].mapping if "bom_lines" in found else None
    match = scrap.columns.get("scrap_pct") if scrap else None
    if match is None:
        return
    if match.origin in ("SAP", "Business Central"):
        draft.say("loss_convention: multiply", f"{match.origin} adds scrap to the need: 5 with 20 % is 6")
        return
    why = draft.doubt(
        "how scrap enlarges the need",
        f"{found['bom_lines'].name}, column {match.source!r}",
        "20 % scrap makes 6 of 5 (multiply) or 6.25 (divide)",
        "uncomment `loss_convention`",
    )
    draft.leave_open("loss_convention: multiply", why)
    draft.leave_open("loss_convention: divide", why)
