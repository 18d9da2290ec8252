"""Reading a real MariaDB: read-only, one instant, streamed, stopped in time, and no key changed on the way."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from riskplug.errors import DataRefused
from riskplug.ingest import database, ingest, load_profiles
from riskplug.ingest.query_rows import Gathered
from riskplug.model import Ingested
from riskplug.workspace import Workspace
from tests import servers

TABLES = """
create table items (no varchar(40), unit char(4), active tinyint(1), made boolean, since date, price decimal(30,10));
insert into items values ('ABC-1 ', 'KG', 1, null, '0000-00-00', 12345678901234567890.0000000001),
  ('abc-1', 'EA', 0, 1, '2025-04-28', 0.5);
create table texts (item varchar(40), text varchar(40));
insert into texts values ('ABC-1', 'large'), ('abc-1 ', 'small'), ('Äbc-1', 'neither');
create table `Stock Level` (id int primary key, item varchar(40), qty decimal(21,9), day datetime);
insert into `Stock Level` select seq, 'abc-1', seq / 8, '2025-04-28 07:30:00' from seq_1_to_50000;
"""
PROFILE = """\
name: db
reader: sql
true_words: ["1"]
false_words: ["0"]
tables:
  parts:
    table: items
    join: [{name: T, table: texts, on: {no: item}}]
    columns: {part_no: no, base_unit: unit, active: active, phantom: made, description: T.text}
  inventory: {table: Stock Level, columns: {part_no: item, quantity: qty, as_of: day}}
  suppliers: {table: texts, columns: {supplier: item, name: text}}
"""


@pytest.fixture(scope="module")
def url() -> str:
    made = servers.new_database(servers.mariadb(), "plain")
    servers.run_script(made, TABLES)
    return made


@pytest.fixture
def other(url: str) -> Iterator[sa.Engine]:
    """Somebody else at the same database."""
    engine = sa.create_engine(url)
    yield engine
    engine.dispose()


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


def test_keys_that_the_database_takes_for_equal_stay_apart(read: Callable[..., Ingested], other: sa.Engine) -> None:
    with other.connect() as connection:
        merged = connection.exec_driver_sql("select count(*) from items join texts on no = item").scalar()
    assert merged == 6
    parts = read().tables["parts"]
    assert parts[["part_no", "description"]].to_numpy().tolist() == [["ABC-1", "large"], ["abc-1", "small"]]


def test_flags_units_dates_and_decimals_arrive_as_they_are(
    read: Callable[..., Ingested], url: str, tmp_path: Path
) -> None:
    result = read()
    assert result.refused == () and result.quarantine.empty
    parts = result.tables["parts"]
    assert parts["active"].tolist() == [True, False] and parts["phantom"].isna().tolist() == [True, False]
    assert parts["base_unit"].tolist() == ["kg", "pc"]
    with database.connect(url, tmp_path, "erp") as connection:
        columns = database.read_table(connection, "items", ["since", "price"], "erp:items").columns
    assert columns.column("since").to_pylist() == ["0000-00-00", "2025-04-28"]
    assert Decimal(columns.column("price")[0].as_py()) == Decimal("12345678901234567890.0000000001")


def test_a_date_of_zeros_is_no_date(read: Callable[..., Ingested]) -> None:
    orders = """\
name: db
reader: sql
tables:
  purchase_orders:
    table: items
    columns: {order_no: no, line: no, part_no: no, open_quantity: {const: 1}, due_date: since}
"""
    result = read(orders)
    assert result.quarantine.empty
    assert result.tables["purchase_orders"]["due_date"].dt.date.tolist() == [pd.NaT, date(2025, 4, 28)]


def test_stock_is_read_whole_and_tells_its_age(read: Callable[..., Ingested]) -> None:
    result = read()
    assert result.tables["inventory"]["quantity"].sum() == sum(range(1, 50_001)) / 8
    (stock,) = [file for file in result.files if file.table == "inventory"]
    assert str(stock.extracted_at) == "2025-04-28 00:00:00+02:00"


@pytest.mark.parametrize(
    "statement",
    # the last two end the transaction they are in before they run
    [
        "insert into texts values ('x', 'y')",
        "update items set unit = 'G'",
        "create table mine (a int)",
        "drop table texts",
    ],
)
def test_nothing_can_be_written(statement: str, url: str, tmp_path: Path) -> None:
    with (
        pytest.raises(DataRefused, match="READ ONLY transaction"),
        database.connect(url, tmp_path, "erp") as connection,
    ):
        connection.exec_driver_sql(statement)


def test_all_tables_are_of_one_instant(url: str, tmp_path: Path, other: sa.Engine) -> None:
    with database.connect(url, tmp_path, "erp") as connection:
        database.read_table(connection, "items", ["no"], "erp:items")
        with other.begin() as writer:
            writer.exec_driver_sql("insert into texts values ('later', '')")
        # a table that was not touched before either
        texts = database.read_table(connection, "texts", ["item"], "erp:texts").columns.column("item").to_pylist()
    with other.begin() as writer:
        assert writer.exec_driver_sql("delete from texts where item = 'later'").rowcount == 1
    assert "later" not in texts and len(texts) == 3


def test_rows_are_streamed_by_partition(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pymysql.cursors

    sizes: list[int] = []
    cursors: set[type] = set()
    plain, fetch = Gathered.add, pymysql.cursors.SSCursor.fetchmany
    monkeypatch.setattr(Gathered, "add", lambda self, rows: sizes.append(len(rows)) or plain(self, rows))

    def unbuffered(self: pymysql.cursors.SSCursor, size: int | None = None) -> Any:
        cursors.add(type(self))
        return fetch(self, size)

    monkeypatch.setattr(pymysql.cursors.SSCursor, "fetchmany", unbuffered)
    with database.connect(url, tmp_path, "erp") as connection:
        database.read_table(connection, "Stock Level", ["item"], "erp")
    assert max(sizes) == database.PARTITION < 50_000 == sum(sizes)
    assert cursors == {pymysql.cursors.SSCursor}  # the driver's cursor that keeps the rows on the server


def test_a_statement_that_takes_too_long_is_cancelled_by_the_server(url: str, tmp_path: Path) -> None:
    with (
        pytest.raises(DataRefused, match="max_statement_time"),
        database.connect(url, tmp_path, "erp", timeout_seconds=0.2) as connection,
    ):
        database.read_query(connection, "select sleep(30)", "erp:q")


def cut(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Kill the reader's connection from another one once it has read ``after`` batches."""
    plain, read = Gathered.add, [0]

    def add(self: Gathered, rows: Any) -> None:
        read[0] += 1
        if read[0] == after:
            with engine.connect() as connection:
                others = "select id from information_schema.processlist where db = database() and id <> connection_id()"
                for (victim,) in connection.exec_driver_sql(others).all():
                    connection.exec_driver_sql(f"kill {victim}")
        plain(self, rows)

    monkeypatch.setattr(Gathered, "add", add)


def test_a_connection_cut_in_mid_table_refuses_it_and_keeps_what_was_read(
    read: Callable[..., Ingested], other: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(other, monkeypatch, after=4)  # a table and its partner, then the second batch of the large one
    result = read()
    assert [refusal.table for refusal in result.refused] == ["inventory", "suppliers"]
    assert len(result.tables["parts"]) == 2 and result.tables["inventory"].empty


def test_a_table_whose_reading_takes_too_long_does_not_take_the_others_along(read: Callable[..., Ingested]) -> None:
    slow = PROFILE.replace(
        "inventory: {table: Stock Level, columns: {part_no: item, quantity: qty, as_of: day}}",
        "inventory: {query: 'select sleep(30) as qty, no as item from items', columns: {part_no: item, quantity: qty}}",
    )
    result = read(slow, timeout_seconds=0.3)
    (refused,) = result.refused
    assert refused.table == "inventory" and "max_statement_time" in refused.reason
    assert len(result.tables["parts"]) == 2 and len(result.tables["suppliers"]) == 3
