"""Cases of plugins as files: a digest and its text, parts and their content, rows that must be read."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from riskplug.extend.protocols import Digest


def read_case(path: Path) -> dict[str, Any]:
    """A YAML file as plain values; UsageError, with the line, where it is none."""
    from riskplug.documents import load_yaml

    return dict(load_yaml(path).data)


def digest_of(said: Mapping[str, Any]) -> "Digest":
    """A digest with what is said of it; `lines` are mappings. UsageError for what a digest does not have."""
    from riskplug.errors import UsageError, suggestion
    from riskplug.extend.protocols import Digest, DigestLine
    from riskplug.testing.digests import digest, line

    for given, kind in ((said, Digest), *((one, DigestLine) for one in said.get("lines", ()))):
        known = [field.name for field in fields(kind)]
        for name in given:
            if name not in known:
                raise UsageError(f"{kind.__name__} has no {name!r}", "digest", suggestion(str(name), known))
    told = {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}
    return digest(*(line(**one) for one in told.pop("lines", ())), **told)


def table_of(table: str, rows: Sequence[Mapping[str, Any]]) -> "pd.DataFrame":
    """Rows as the canonical table, columns and dtypes as in a scan; what is not named is missing."""
    import pandas as pd

    from riskplug.tables import PART_COLUMNS, conform

    parts = sorted({str(row[name]) for row in rows for name in PART_COLUMNS if row.get(name) is not None})
    return conform(table, pd.DataFrame([dict(row) for row in rows], dtype="object"), pd.Index(parts, dtype="str"))
