"""What has been read so far, table by table."""

from dataclasses import dataclass, field

import pandas as pd

from riskplug.errors import DataRefused
from riskplug.ingest.finish import SourceRows
from riskplug.model import QUARANTINE_COLUMNS, FileDoubt, InputFile, Refusal


@dataclass
class Intake:
    """Rows that were accepted by table, and all that is to be said of the others."""

    accepted: dict[str, list[SourceRows]] = field(default_factory=dict)
    quarantine: list[pd.DataFrame] = field(default_factory=list)
    files: list[InputFile] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    dropped: dict[tuple[str, str], int] = field(default_factory=dict)
    drops_by_rule: dict[str, int] = field(default_factory=dict)
    unknown: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    doubts: list[FileDoubt] = field(default_factory=list)

    def refuse(self, table: str, source: str, error: DataRefused) -> None:
        self.refused.append(Refusal(table, source, error.where, error.what, error.fix))

    def quarantined(self) -> pd.DataFrame:
        if not self.quarantine:
            kinds = {name: "int64" if name == "line" else "str" for name in QUARANTINE_COLUMNS}
            return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})
        return pd.concat(self.quarantine, ignore_index=True)

    def add(self, other: "Intake") -> None:
        """Put below this what another table, or another source of one, came to."""
        for table, pieces in other.accepted.items():
            self.accepted.setdefault(table, []).extend(pieces)
        self.quarantine += other.quarantine
        self.files += other.files
        self.refused += other.refused
        self.dropped |= other.dropped
        self.unknown |= other.unknown
        self.doubts += other.doubts
        for rule, count in other.drops_by_rule.items():
            self.drops_by_rule[rule] = self.drops_by_rule.get(rule, 0) + count
