"""What a source keeps to."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from riskplug.extend.protocols import ScanContext
from riskplug.tables import TABLES
from riskplug.testing import company
from riskplug.testing.conformance.manners import PluginConformance, asked, need


class SourceConformance(PluginConformance):
    """``offered``: the class. Override `given_options` so that it reads data of a test, and `expected` with rows that
    it must give: by table, each a mapping of columns to typed values."""

    hook: ClassVar[str] = "riskplug_sources"
    context: ClassVar[ScanContext] = company.CONTEXT

    def expected(self) -> Mapping[str, list[Mapping[str, object]]]:
        """Rows by table, in their order; columns that are not named may hold anything."""
        return {}

    def read(self, table: str) -> pd.DataFrame:
        """One table as it gives it."""
        found: pd.DataFrame = asked(
            lambda: self.made().read(table, self.context), f"read {table}", "read it, or do not offer it"
        )
        need(isinstance(found, pd.DataFrame), f"read {table} gave {type(found).__name__}", "return a DataFrame")
        return found

    def tables(self) -> list[str]:
        """What it says it can give."""
        return sorted(asked(lambda: self.made().tables(), "tables()", "give a frozenset of table names"))

    def test_it_gives_canonical_tables(self) -> None:
        strange = [name for name in self.tables() if name not in TABLES]
        need(not strange, f"it gives {', '.join(strange)}, no canonical table", "name them as in docs/tables.md")
        need(self.tables(), "it gives no table", "name in tables() what read() can give")

    def test_its_columns_are_those_of_the_table(self) -> None:
        for table in self.tables():
            columns = list(self.read(table))
            strange = [name for name in columns if name not in {*TABLES[table].column_names, "site", "company"}]
            need(not strange, f"{table} has {', '.join(map(str, strange))}", "name columns as in docs/tables.md")
            lacking = [name for name in TABLES[table].required if name not in columns]
            need(not lacking, f"{table} lacks {', '.join(lacking)}", "give the required columns")

    def test_its_values_are_text(self) -> None:
        for table in self.tables():
            for name, values in self.read(table).items():
                odd = [value for value in values.dropna().head(1000) if not isinstance(value, str)]
                fix = "give text as an ERP would: decimal point, ISO dates, None for missing"
                need(not odd, f"{table}.{name} holds {odd[:1]!r}, no text", fix)

    def test_every_row_is_taken(self) -> None:
        """Typed by the same contract as any file: nothing may be set aside, no table refused."""
        found = self._ingested()
        refused = [f"{one.table}: {one.reason}" for one in found.refused]
        need(not refused, "; ".join(refused), "correct what read() gives")
        aside = found.quarantine.head(3)
        said = [f"{row.table} row {row.line}, {row.column} {row.value!r}: {row.reason}" for row in aside.itertuples()]
        need(not said, "; ".join(said), "give text as an ERP would: decimal point, ISO dates, None for missing")

    def test_the_expected_rows_are_read(self) -> None:
        wanted = self.expected()
        need(wanted, "no row is expected", "override expected() with rows that your data must give")
        found = self._ingested().tables
        for table, rows in wanted.items():
            got = [{name: _plain(found[table][name].iloc[at]) for name in row} for at, row in enumerate(rows)]
            need(
                len(found[table]) >= len(rows), f"{table} has {len(found[table])} rows", "correct read() or expected()"
            )
            need(got == [dict(row) for row in rows], f"{table}: {got}, expected {rows}", "correct read() or expected()")

    def test_reading_twice_gives_the_same(self) -> None:
        for table in self.tables():
            need(self.read(table).equals(self.read(table)), f"{table} differs when read again", "read in a fixed order")

    def test_the_time_of_extraction_has_a_zone(self) -> None:
        for table in self.tables():
            ask = partial(self.made().extracted_at, table)
            stamp = asked(ask, f"extracted_at {table}", "give None where nothing says it")
            fix = "give datetime.fromtimestamp(seconds, UTC), or None where nothing says it"
            need(stamp is None or stamp.tzinfo is not None, f"extracted_at of {table} has no time zone", fix)

    def test_a_table_that_is_expected_is_offered(self) -> None:
        need(set(self.expected()) <= set(self.tables()), "expected() has tables that tables() does not", "correct one")

    def _ingested(self) -> Any:
        from riskplug.ingest import Plugged, ingest, load_profiles
        from riskplug.workspace import Site, SourceSettings, Workspace, WorkspaceSettings

        workspace = Workspace(
            root=Path("conformance-without-folder"),
            workspace=WorkspaceSettings(name="Conformance", currency=self.context.currency),
            sites={company.SITE: Site(country="DE")},
            sources={"tested": SourceSettings(profile=self.offered.kind, site=company.SITE)},
        )
        plugged = {"tested": Plugged("tested", self.made(), self.context)}
        return asked(
            lambda: ingest(workspace, load_profiles(), self.context.business_date, plugged=plugged),
            "ingest",
            "see above",
        )


def _plain(value: object) -> object:
    if pd.isna(value):  # type: ignore[call-overload]
        return None
    if isinstance(value, pd.Timestamp):
        return value.date()
    return value.item() if hasattr(value, "item") else value
