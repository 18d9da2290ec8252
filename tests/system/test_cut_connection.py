"""An ERP's PostgreSQL that goes away in the middle of a night: what it did not say is unknown, and resolves nothing."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from crash_points import Company
from small_company import NIGHT, dated

from riskplug.ingest.query_rows import Gathered
from tests import servers

TABLES = """
create table items (no text, unit text, name text, kind text);
insert into items values ('M-1', 'pc', 'Magnet N42SH 20x10x5', 'buy'), ('M-2', 'pc', 'Magnet N42SH 20x10x5', 'buy'),
  ('F-1', 'pc', 'Case', 'make');
create table stock (item text, qty numeric);
insert into stock select 'M-1', 1 from generate_series(1, 160);
insert into stock select 'F-1', 1 from generate_series(1, 25000);
insert into stock select 'M-2', 1 from generate_series(1, 50);
"""
PROFILE = """\
name: db
reader: sql
tables:
  parts: {table: items, columns: {part_no: no, base_unit: unit, description: name, procurement: kind}}
  inventory: {table: stock, columns: {part_no: item, quantity: qty}, repeats: keep}
"""


def cutting(url: str, at: int) -> Callable[[Gathered, Any], None]:
    """Batches are gathered as always, but before one of them the server ends every other connection."""
    plain, batches, engine = Gathered.add, [0], sa.create_engine(url)
    end = (
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()"
    )

    def add(self: Gathered, rows: Any) -> None:
        batches[0] += 1
        if batches[0] == at:
            with engine.connect() as connection:
                connection.exec_driver_sql(end)
            engine.dispose()
        plain(self, rows)

    return add


def test_a_connection_cut_in_mid_table_resolves_no_alert(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = servers.new_database(servers.postgresql(), "cut_erp")
    servers.run_script(url, TABLES)
    company = Company.made(tmp_path / "small")
    folder = company.folder
    folder.write("db.yaml", PROFILE)
    folder.replace("riskplug.toml", 'profile = "canonical"\npath = "exports"', f'profile = "db.yaml"\nurl = "{url}"')
    first = company.scanned()
    assert {(one.kind, one.severity) for one in first.changes} == {("new", "warning"), ("new", "critical")}
    assert first.degraded == ()

    dated(folder, NIGHT + timedelta(days=1))
    company.remembered.clear()
    monkeypatch.setattr(Gathered, "add", cutting(url, 3))  # the parts, then the second batch of the stock
    second = company.scanned()
    assert any("inventory@erp was refused: the connection was lost" in reason for reason in second.degraded)
    assert [change.kind for change in second.changes] == ["unknown", "unknown"]
    assert second.facts["part"]["on_hand"].isna().all()
    with closing(sqlite3.connect(folder.state / "state.db")) as database:
        conditions = database.execute("SELECT condition, closed_on FROM alert").fetchall()
    assert [closed for _, closed in conditions] == [None, None] and "resolved" not in dict(conditions)
