"""Reading a real PostgreSQL where it goes wrong: days without a date, one table too slow, the connection cut."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from riskplug.ingest import ingest, load_profiles
from riskplug.ingest.query_rows import Gathered
from riskplug.model import Ingested
from riskplug.workspace import Workspace
from tests import servers

TABLES = """
create table items (no char(8), unit char(4), name jsonb, tags text[]);
insert into items values ('A', 'EA', '{"en_US": "Magnet", "de_DE": "Scheibe"}', '{a,b}'), ('B', 'KG', null, null);
create table orders (id int primary key, item char(8), qty numeric, due date, confirmed timestamptz, shipped timestamp);
insert into orders values (1, 'A', 5, 'infinity', '-infinity', '2025-04-28 23:30'),
  (2, 'B', 5, '2025-05-01', '2025-05-02 12:00+00', 'infinity'), (3, 'B', 5, '0044-03-15 BC', null, null);
create table stock (item char(8), qty numeric);
insert into stock select 'A', 1 from generate_series(1, 50000);
"""
PROFILE = """\
name: db
reader: sql
tables:
  parts:
    table: items
    columns: {part_no: no, base_unit: unit, description: {column: name, language: [de_DE]}, category: tags}
  purchase_orders:
    table: orders
    columns: {order_no: id, line: id, part_no: item, open_quantity: qty, due_date: due, confirmed_date: confirmed,
      shipped_on: shipped}
  inventory: {table: stock, columns: {part_no: item, quantity: qty}, repeats: keep}
  suppliers: {table: items, columns: {supplier: no}}
"""


@pytest.fixture(scope="module")
def url() -> str:
    made = servers.new_database(servers.postgresql(), "plain")
    servers.run_script(made, TABLES)
    return made


@pytest.fixture
def read(url: str, tmp_path: Path) -> Callable[..., Ingested]:
    def of(profile: str = PROFILE, **source: Any) -> Ingested:
        path = tmp_path / "db.yaml"
        path.write_text(profile)
        workspace = Workspace.model_validate(
            {
                "root": tmp_path,
                "workspace": {"name": "test", "timezone": "Europe/Berlin"},
                "sites": {"DE01": {"country": "DE"}},
                "sources": {"erp": {"profile": "db", "url": url, **source}},
            }
        )
        return ingest(workspace, load_profiles([path]), date(2025, 4, 28))

    return of


def test_infinite_days_are_open_and_one_before_christ_is_set_aside(read: Callable[..., Ingested]) -> None:
    result = read()
    assert result.refused == ()
    (aside,) = result.quarantine.to_dict("records")
    assert (aside["line"], aside["column"]) == (3, "due_date")
    orders = result.tables["purchase_orders"]
    assert orders["due_date"].tolist() == [pd.NaT, pd.Timestamp("2025-05-01")]
    assert orders["confirmed_date"].tolist() == [pd.NaT, pd.Timestamp("2025-05-02")]
    assert orders["shipped_on"].tolist() == [pd.Timestamp("2025-04-28"), pd.NaT]


def test_padding_is_no_part_of_a_key_and_json_is_read_in_the_language_asked_for(read: Callable[..., Ingested]) -> None:
    parts = read().tables["parts"]
    assert parts["part_no"].tolist() == ["A", "B"] and parts["base_unit"].tolist() == ["pc", "kg"]
    assert parts["description"].tolist()[0] == "Scheibe"


def test_a_table_that_takes_too_long_does_not_take_the_others_along(read: Callable[..., Ingested]) -> None:
    slow = PROFILE.replace(
        "table: stock, columns: {part_no: item, quantity: qty}",
        "query: 'select pg_sleep(30) as qty, item from stock', columns: {part_no: item, quantity: qty}",
    )
    result = read(slow, timeout_seconds=0.5)
    (refused,) = result.refused
    assert refused.table == "inventory" and "statement timeout" in refused.reason
    assert len(result.tables["parts"]) == 2 and len(result.tables["suppliers"]) == 2


def test_a_connection_cut_in_mid_table_refuses_what_was_not_read_yet(
    read: Callable[..., Ingested], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, batches = Gathered.add, [0]
    engine = sa.create_engine(url)

    def add(self: Gathered, rows: Any) -> None:
        batches[0] += 1
        if batches[0] == 3:  # one small table, then the second batch of the large one
            with engine.connect() as connection:
                connection.exec_driver_sql(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where datname = current_database() and pid <> pg_backend_pid()"
                )
        plain(self, rows)

    monkeypatch.setattr(Gathered, "add", add)
    result = read()
    engine.dispose()
    assert [refusal.table for refusal in result.refused] == ["inventory", "purchase_orders", "suppliers"]
    assert all("connection was lost" in refusal.reason for refusal in result.refused)
    assert len(result.tables["parts"]) == 2 and result.tables["inventory"].empty
