"""Messages of rules: text with ``{column:format}``, checked before any data and rendered for matched rows only.

Formats are Python's for numbers (``.0f``, ``,.2f``, ``.0%``) and none for the rest. Missing values read "unknown", a
runway covered to the horizon "over 365", one without demand "unlimited".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from riskplug.catalogue import Grain
from riskplug.errors import suggestion
from riskplug.rules.check import NUMERIC, state_of
from riskplug.rules.parse import Mistake
from riskplug.rules.tree import Column, Literal

CONSTANTS = ("currency", "business_date")
_PIECES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_FORMAT = re.compile(r",?(\.\d)?[f%]|,?\.?\d?g|,|")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A column, parameter or constant in a message."""

    name: str
    format: str
    column: Column | None = None
    constant: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A checked message."""

    pieces: tuple[str | Placeholder, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        found = (piece.column for piece in self.pieces if isinstance(piece, Placeholder))
        return tuple(dict.fromkeys(column for column in found if column is not None))


def parse_message(text: str, grain: Grain, parameters: Mapping[str, Literal]) -> Message:
    """The message with its placeholders resolved; Mistake for an unknown one or a format that does not fit."""
    pieces: list[str | Placeholder] = []
    at = 0
    for found in _PIECES.finditer(text):
        pieces.append(text[at : found.start()])
        at = found.end()
        if found.group() in ("{{", "}}"):
            pieces.append(found.group()[0])
        elif found.group(1) is None:
            raise Mistake(
                f"{found.group()} stands alone", found.start(), "double it to print one: {{ or }}", "message-syntax"
            )
        else:
            pieces.append(_placeholder(found.group(1), found.start() + 1, grain, parameters))
    pieces.append(text[at:])
    return Message(tuple(piece for piece in pieces if piece != ""))


def _placeholder(inside: str, at: int, grain: Grain, parameters: Mapping[str, Literal]) -> Placeholder:
    name, _, form = inside.partition(":")
    if name in CONSTANTS and not form:
        return Placeholder(name, "")
    if name in parameters:
        value = parameters[name].value
        _check_format(form, parameters[name].kind, at + len(name) + 1)
        return Placeholder(name, form, constant=_number(value, form) if isinstance(value, float) else str(value))
    if name not in grain.names:
        known = [*grain.names, *parameters, *CONSTANTS]
        raise Mistake(
            f"no column {name!r} in grain {grain.name}",
            at,
            suggestion(name, known) or "name a column of the grain",
            "message-unknown",
        )
    kind = grain[name].type
    _check_format(form, kind, at + len(name) + 1)
    return Placeholder(name, form, Column(name, kind, state_of(grain, name)))


def _check_format(form: str, kind: str, at: int) -> None:
    if not form:
        return
    if kind not in NUMERIC:
        raise Mistake(f"format {form!r} does not fit {kind}", at, "leave the format out", "message-format")
    if not _FORMAT.fullmatch(form):
        raise Mistake(f"format {form!r} is not known", at, "write .0f, .1f, ,.0f or .0%", "message-format")


def render(message: Message, rows: pd.DataFrame, constants: Mapping[str, str], horizon_days: float) -> list[str]:
    """One text per row."""
    parts: list[str | Sequence[str]] = []
    for piece in message.pieces:
        if isinstance(piece, str):
            parts.append(piece)
        elif piece.column is None:
            parts.append(piece.constant if piece.constant is not None else constants.get(piece.name, ""))
        else:
            parts.append(words(rows, piece.column, piece.format, horizon_days))
    template = "".join(
        "{}" if not isinstance(part, str) else part.replace("{", "{{").replace("}", "}}") for part in parts
    )
    filled = [part for part in parts if not isinstance(part, str)]
    if not filled:
        return [template.format()] * len(rows)
    return [template.format(*values) for values in zip(*filled, strict=True)]


def words(rows: pd.DataFrame, column: Column, form: str, horizon_days: float) -> list[str]:
    """A column as people read it."""
    series = rows[column.name]
    if column.kind == "date":
        return [day or "unknown" for day in iso_dates(series)]
    if column.kind == "flag":
        return ["unknown" if value is None else "yes" if value else "no" for value in flags(series)]
    if column.kind not in NUMERIC:
        return [
            "unknown" if value is None or value != value or value == "" else str(value)
            for value in series.astype(object)
        ]
    plain = [_number(value, form) for value in series.to_numpy(dtype=np.float64).tolist()]
    return _with_states(plain, rows[column.state], form, horizon_days) if column.state else plain


def _with_states(plain: list[str], states: pd.Series, form: str, horizon_days: float) -> list[str]:
    said = {
        "already_short": _number(0.0, form),
        "no_demand": "unlimited",
        "unknown": "unknown",
        "covered_to_horizon": f"over {_number(horizon_days, form)}",
    }
    return [said.get(str(state), text) for text, state in zip(plain, states.astype(object), strict=True)]


def _number(value: float, form: str) -> str:
    if value != value:
        return "unknown"
    return format(value, form if form not in ("", ",") else f"{form}.12g")


def iso_dates(series: pd.Series) -> list[str | None]:
    """Dates as ISO text, None for missing."""
    return [None if day != day else str(day) for day in series.dt.strftime("%Y-%m-%d").astype(object)]


def flags(series: pd.Series) -> list[bool | None]:
    """A nullable flag as True, False and None."""
    return [None if value is pd.NA else bool(value) for value in series.astype("boolean").astype(object)]
