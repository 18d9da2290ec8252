"""What `riskplug content` shows on a terminal, line by line."""

from collections.abc import Mapping
from typing import Any


def _interval(low: float | None, typical: float | None, high: float | None, unit: str = "g") -> str:
    if low is typical is high is None:
        return "mass unknown"
    words = ["unknown" if mass is None else f"{mass:.4g}" for mass in (low, typical, high)]
    return f"{words[1]} {unit} ({words[0]} to {words[2]})"


def _material_line(row: Mapping[str, Any]) -> str:
    mass = row["mass_g"]
    interval = _interval(mass["min"], mass["typ"], mass["max"])
    chance = "unknown" if row["probability"] is None else f"{row['probability']:.2f}"
    return f"  {row['material']:<9}{row['form']:<10}{interval:<34}P {chance}  {row['evidence']}"


def content_lines(document: dict[str, Any]) -> list[str]:
    """A part with its materials, what was not believed, and what people said."""
    rows = [f"{_material_line(row)}: {'; '.join(row['sources'])}" for row in document["materials"]]
    rejected = [f"  rejected: {row['text']}: {row['reason']} [{row['signal']}]" for row in document["rejected"]]
    said = [_entry_line(entry) for entry in document["confirmations"]]
    told = ["  said about it:", *said] if said else []
    smelters = [
        f"  smelter: {row['material']}: {' '.join(filter(None, (row['name'], row['smelter_id'], row['country'])))}"
        f" (named by {row['supplier']})"
        for row in document["smelters"]
    ]
    return [document["part_no"], *(rows or ["  nothing known about its content"]), *rejected, *smelters, *told]


def _entry_line(entry: Mapping[str, Any]) -> str:
    bounds = [entry[name] for name in ("mass_min", "mass_typ", "mass_max")]
    unit = {"g": "g", "pct": "%"}.get(entry["mass_unit"] or "", "")
    mass = f" {_interval(bounds[0], bounds[1], bounds[2], unit)}" if unit else ""
    material = "every material" if entry["material"] == "*" else entry["material"]
    about = " ".join(filter(None, (material, entry["form"]))) + mass
    why = "; ".join(filter(None, (entry["note"], entry["document"])))
    line = f"  {entry['recorded_on']}  {entry['author']}: {about} {entry['verdict']}" + (f" ({why})" if why else "")
    return line if entry.get("counts", True) else f"{line}, no longer counts"


def recorded_lines(document: dict[str, Any]) -> list[str]:
    """What was added to the evidence."""
    left = [f"  left as guesses, not more likely than not: {', '.join(document['left_out'])}"]
    return [
        f"{document['part_no']}: recorded in {document['file']}, counts from the next scan on",
        *map(_entry_line, document["recorded"]),
        *(left if document["left_out"] else []),
        *(f"  note: {remark}" for remark in document["remarks"]),
    ]


def review_lines(document: dict[str, Any]) -> list[str]:
    """Guesses part by part, the weightiest first."""
    shown = [line for place, part in enumerate(document["parts"], 1) for line in _review_part(place, part)]
    more = [f"and {document['left_out']} more parts: --limit shows them"] if document["left_out"] else []
    return [*(shown or ["no guess about a controlled material is open"]), *more]


def _rounded(grams: float) -> str:
    return f"{grams:,.0f}" if grams >= 100 else f"{grams:.3g}"


def _review_part(place: int, part: Mapping[str, Any]) -> list[str]:
    settles = part["settles"]
    hanging = [
        f"{settles['products'] or 0:.0f} products",
        f"{settles['order_lines']} order lines",
        f"{settles['findings']} findings",
    ]
    supplier = part["supplier"]
    ask = f"{supplier['supplier']} {supplier['name'] or ''}".strip() if supplier else "no supplier is known"
    since = f", asked on {part['asked_on']}" if part["asked_on"] else ""
    assumed = f", {' and '.join(part['assumed'])} assumed" if part["assumed"] else ""
    doubt = f"{_rounded(part['score_g'])} g a year in doubt{assumed}"
    return [
        f"{place:>3}. {part['part_no']}  {part['description'] or ''}: {doubt}",
        *(f"   {_material_line(row)}: {'; '.join(row['sources'])}" for row in part["materials"]),
        f"     settles {', '.join(hanging)}; {', '.join(settles['measures']) or 'no measure touches it tonight'}",
        f"     ask {ask}{since}",
    ]
