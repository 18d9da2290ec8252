"""Texts that a database keeps in several languages: as JSON, as the text of a Python dictionary, or plain."""

import ast
import json
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc


def in_language(values: pa.Array, languages: Sequence[str]) -> pa.Array:
    """The text in the first of the languages that it has, else in its first; a plain text stays as it is.

    Odoo keeps ``{"en_US": "Magnet", "de_DE": "Magnet"}`` since its version 16. Each distinct text is read once.
    """
    encoded = values.dictionary_encode()
    words = [_one(word, languages) for word in encoded.dictionary.to_pylist()]
    return pc.take(pa.array(words, pa.string()), encoded.indices)


def _one(text: str, languages: Sequence[str]) -> str | None:
    by_language = _mapping(text) if text.startswith("{") and text.endswith("}") else None
    if by_language is None:
        return text
    wanted = [by_language[name] for name in languages if by_language.get(name)]
    return next(iter([*wanted, *(word for word in by_language.values() if word)]), None)


def _mapping(text: str) -> dict[str, str] | None:
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(found, dict) and all(isinstance(key, str) for key in found):
            return {key: word for key, word in found.items() if isinstance(word, str)}
    return None
