"""Databases, against real SQLite and real PostgreSQL."""

import sqlite3
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from riskplug.errors import DataRefused, UsageError
from riskplug.ingest import database
from riskplug.ingest.query_rows import Gathered, text_of
from riskplug.model import Ingested
from tests.unit.ingest.conftest import Read

PROFILE = """\
name: db
reader: sql
true_words: ["1"]
tables:
  parts: {table: items, columns: {part_no: no, base_unit: unit, lead_time_days: "days, planned", phantom: ghost}}
  inventory: {table: Stock Level, columns: {part_no: item, quantity: qty, as_of: day}}
"""


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    path = tmp_path / "db.yaml"
    path.write_text(PROFILE)
    return path


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Path:
    path = tmp_path / "erp.db"
    with sqlite3.connect(path) as connection:
        connection.executescript("""
            create table items (no text, unit char(4), "days, planned" integer, ghost integer, note text);
            insert into items values ('007', 'ST  ', 14, 1, ''), ('8', 'KG', null, 0, ''), (null, 'KG', 1, 0, '');
            create table "Stock Level" (id integer primary key, item text, qty real, day text);
            insert into "Stock Level" values (1, '007', 0.1, '2025-04-28'), (2, '007', 0.1, '2025-04-28');
            insert into "Stock Level" values (3, '8', 'x', null);
        """)
    return path


def of_sqlite(read: Read, profile: Path, url: object = "sqlite:///erp.db") -> Ingested:
    return read({"erp": {"profile": "db", "url": url, "site": "DE01"}}, profiles=(profile,))


def test_a_database_is_read_through_the_same_contract_as_a_file(read: Read, profile: Path, sqlite_file: Path) -> None:
    result = of_sqlite(read, profile)
    parts = result.tables["parts"]
    assert parts[["part_no", "base_unit", "lead_time_days"]].fillna(-1).to_numpy().tolist()[0] == ["007", "pc", 14]
    assert parts["phantom"].tolist()[0] is True
    assert result.quarantine[["file", "line", "column", "reason"]].to_numpy().tolist() == [
        ["erp:items", 2, "phantom", "not a declared yes or no"],
        ["erp:items", 3, "part_no", "required value is missing"],
        ["erp:Stock Level", 3, "quantity", "text instead of a number"],
    ]
    assert result.unknown_columns[("parts", "erp")] == ("note",)


def test_rows_that_differ_in_their_primary_key_alone_are_no_repeats(
    read: Read, profile: Path, sqlite_file: Path
) -> None:
    assert of_sqlite(read, profile).tables["inventory"]["quantity"].tolist() == [0.1, 0.1]


def test_the_hash_is_of_the_rows_in_any_order(read: Read, profile: Path, sqlite_file: Path) -> None:
    before = of_sqlite(read, profile).files[0]
    with sqlite3.connect(sqlite_file) as connection:
        connection.executescript(
            "create table other as select * from items order by no desc; drop table items;"
            "alter table other rename to items"
        )
    after = of_sqlite(read, profile).files[0]
    assert after.sha256 == before.sha256 and len(after.sha256) == 64
    with sqlite3.connect(sqlite_file) as connection:
        connection.execute("update items set unit = 'G' where no = '8'")
    assert of_sqlite(read, profile).files[0].sha256 != before.sha256


def test_sqlite_is_opened_so_that_it_cannot_be_written(tmp_path: Path, sqlite_file: Path) -> None:
    with (
        pytest.raises(Exception, match="readonly database"),
        database.connect("sqlite:///erp.db", tmp_path, "erp") as erp,
    ):
        erp.exec_driver_sql("insert into items (no) values ('9')")


def test_a_missing_table_refuses_that_table_alone_and_suggests_one(
    read: Read, profile: Path, sqlite_file: Path
) -> None:
    profile.write_text(PROFILE.replace("Stock Level", "Stock_Level"))
    result = of_sqlite(read, profile)
    (refused,) = result.refused
    assert (refused.table, refused.fix) == ("inventory", "did you mean 'Stock Level'?")
    assert len(result.tables["parts"]) == 1


def test_a_missing_column_refuses_its_table_and_a_name_never_becomes_sql(
    read: Read, profile: Path, sqlite_file: Path
) -> None:
    profile.write_text(PROFILE.replace("quantity: qty", "quantity: 'qty FROM x; DROP TABLE items; --'"))
    (refused,) = of_sqlite(read, profile).refused
    assert "found: id, item, day" in refused.reason
    assert of_sqlite(read, profile).tables["parts"].shape[0] == 1


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("sqlite:///nothing.db", "no database file"),
        ("nosuchdialect://user:secret@host/db", "no driver for nosuchdialect"),
        ("postgresql+psycopg://user:secret@127.0.0.1:1/db", "the database cannot be read"),
    ],
)
def test_an_unreachable_database_refuses_its_tables_and_keeps_the_password(
    url: str, reason: str, read: Read, profile: Path
) -> None:
    refused = of_sqlite(read, profile, url).refused
    assert {item.table for item in refused} == {"parts", "inventory"}
    assert all(reason in item.reason and "secret" not in str(item) for item in refused)


def test_a_url_may_be_a_secret_and_a_wrong_one_is_not_repeated(
    read: Read, profile: Path, sqlite_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERP_URL", "sqlite:///erp.db")
    assert len(of_sqlite(read, profile, {"env": "ERP_URL"}).tables["parts"]) == 1
    monkeypatch.setenv("ERP_URL", "user:secret@host")
    with pytest.raises(UsageError) as caught:
        of_sqlite(read, profile, {"env": "ERP_URL"})
    assert "secret" not in str(caught.value)


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        # where pgserver keeps its lock file; it warns, and shares one lock with every other run, when none is set
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
        pgserver = pytest.importorskip("pgserver")
    server = pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="stop")
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            'create table items (no text, unit char(4), "days, planned" numeric(30, 10), ghost int)'
        )
        connection.exec_driver_sql(
            "insert into items values ('007', 'EA', 1234567890.0000000001, 1), ('8', 'KG', null, null)"
        )
        connection.exec_driver_sql('create table "Stock Level" (item text, qty numeric, day date)')
        connection.exec_driver_sql(
            "insert into \"Stock Level\" select n::text, n / 8.0, date '2025-04-28' from generate_series(1, 50000) n"
        )
    engine.dispose()
    yield url
    server.cleanup()


def test_postgresql_is_read_whole_with_exact_decimals_and_dates(read: Read, profile: Path, postgres: str) -> None:
    result = of_sqlite(read, profile, postgres)
    assert result.refused == () and result.quarantine.empty
    assert result.tables["parts"]["base_unit"].tolist() == ["pc", "kg"]
    stock = result.tables["inventory"]
    assert len(stock) == 50_000 and stock["quantity"].sum() == sum(range(1, 50_001)) / 8
    assert str(result.files[1].extracted_at) == "2025-04-28 00:00:00+02:00"


def test_decimals_keep_every_digit_until_they_are_typed(postgres: str, tmp_path: Path) -> None:
    with database.connect(postgres, tmp_path, "erp") as connection:
        extract = database.read_table(connection, "items", ["days, planned"], "erp:items")
    assert extract.columns.column("days, planned").to_pylist() == ["1234567890.0000000001", None]
    assert Decimal("1234567890.0000000001") == Decimal(extract.columns.column(0)[0].as_py())


def test_postgresql_is_read_in_one_read_only_instant(postgres: str, tmp_path: Path) -> None:
    other = sa.create_engine(postgres)
    with database.connect(postgres, tmp_path, "erp") as connection:
        before = database.read_table(connection, "items", ["no"], "erp:items").columns.num_rows
        with other.begin() as writer:
            writer.exec_driver_sql("insert into items (no) values ('later')")
        assert database.read_table(connection, "items", ["no"], "erp:items").columns.num_rows == before
    with other.begin() as writer:
        writer.exec_driver_sql("delete from items where no = 'later'")
    other.dispose()
    with (
        pytest.raises(Exception, match="read-only transaction"),
        database.connect(postgres, tmp_path, "erp") as connection,
    ):
        connection.exec_driver_sql("create table mine (a int)", execution_options={"stream_results": False})


def test_postgresql_rows_are_streamed_by_partition(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    plain = Gathered.add
    monkeypatch.setattr(Gathered, "add", lambda self, rows: sizes.append(len(rows)) or plain(self, rows))
    with database.connect(postgres, tmp_path, "erp") as connection:
        assert connection.get_execution_options()["stream_results"] is True
        database.read_table(connection, "Stock Level", ["item"], "erp")
    assert sizes == [10_000] * 5


def test_dates_with_a_time_are_read_as_days() -> None:
    assert text_of(datetime(2025, 4, 28, 13, 5)) == "2025-04-28" == text_of(date(2025, 4, 28))


def test_a_statement_that_takes_too_long_is_cancelled_by_the_server(postgres: str, tmp_path: Path) -> None:
    with (
        pytest.raises(DataRefused, match="statement timeout"),
        database.connect(postgres, tmp_path, "erp", timeout_seconds=0.2) as connection,
    ):
        database.read_query(connection, "select pg_sleep(30)", "erp:q")


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("delete from items", "no SELECT"),
        ("select 1; drop table items", "more than one statement"),
        ("with gone as (delete from items returning *) select * from gone", "contains DELETE"),
        ("select * into copy from items", "contains INTO"),
        ("/* select */ update items set no = 1", "no SELECT"),
        ("", "no SELECT"),
    ],
)
def test_only_one_select_may_be_spelt_out(query: str, what: str) -> None:
    with pytest.raises(DataRefused, match=what):
        database.refuse_other_statements(query, "erp:q")


def test_a_select_may_hold_such_words_in_texts_and_quoted_names(read: Read, profile: Path, sqlite_file: Path) -> None:
    query = "select no as part, 'EA; delete' as \"update\", -- drop\n '50%:x' as p from items where no is not null;"
    profile.write_text(
        "name: db\nreader: sql\ntables:\n  parts:\n    query: >-\n      "
        + query.replace("-- drop\n ", "")
        + "\n    columns: {part_no: part, base_unit: {const: EA}, description: update, category: p}\n"
    )
    result = of_sqlite(read, profile)
    assert result.refused == ()
    parts = result.tables["parts"]
    assert parts["part_no"].tolist() == ["007", "8"] and set(parts["description"]) == {"EA; delete"}
    assert set(parts["category"]) == {"50%:x"}


def test_tables_of_a_database_are_joined_by_exact_text(read: Read, profile: Path, sqlite_file: Path) -> None:
    with sqlite3.connect(sqlite_file) as connection:
        connection.executescript("""
            create table names (item text collate nocase, lang text, name text);
            insert into names values ('007', 'D', 'Schraube'), ('007', 'E', 'screw'), ('8', 'E', 'plate');
            insert into names values ('A', 'E', 'not a'), ('a', 'E', 'small a');
            insert into items values ('a', 'ST', 1, 1, '');
        """)
    profile.write_text("""\
name: db
reader: sql
tables:
  parts:
    table: items
    join:
      - {name: N, table: names, on: {no: item}, drop_rows: [{column: lang, not_in: [E]}]}
    drop_rows: [{column: no, blank: true}]
    columns: {part_no: no, base_unit: unit, description: N.name}
""")
    result = of_sqlite(read, profile)
    assert result.refused == ()
    assert result.tables["parts"]["description"].tolist() == ["screw", "plate", "small a"]
    assert [file.path for file in result.files] == ["erp:items", "erp:names"]


def test_a_query_is_no_template(postgres: str, tmp_path: Path) -> None:
    query = "select '50%:x %s' as a, 7::text as b, no as c from items where no = '007' and 5 % 3 = 2"
    with database.connect(postgres, tmp_path, "erp") as connection:
        assert database.read_query(connection, query, "erp:q").columns.to_pylist() == [
            {"a": "50%:x %s", "b": "7", "c": "007"}
        ]


def test_only_the_named_client_is_read_also_from_a_table_without_a_key(
    read: Read, profile: Path, sqlite_file: Path
) -> None:
    with sqlite3.connect(sqlite_file) as connection:
        connection.executescript(
            "create table marc (mandt text, matnr text); insert into marc values ('100', 'A'), ('800', 'T');"
        )
    profile.write_text("""\
name: db
reader: sql
client: {column: mandt, only: 100}
tables:
  parts: {table: marc, columns: {part_no: matnr, base_unit: {const: EA}}}
""")
    result = of_sqlite(read, profile)
    assert result.tables["parts"]["part_no"].tolist() == ["A"]
    assert result.dropped == {("parts", "erp"): 1}


def test_a_further_table_that_is_not_there_leaves_its_columns_unknown(
    read: Read, profile: Path, sqlite_file: Path
) -> None:
    profile.write_text("""\
name: db
reader: sql
tables:
  parts:
    table: items
    join: [{name: N, table: no_such_table, on: {no: item}}]
    drop_rows: [{column: no, blank: true}]
    columns: {part_no: no, base_unit: unit, description: N.name}
""")
    result = of_sqlite(read, profile)
    assert result.refused == () and result.tables["parts"]["description"].isna().all()


def test_upper_case_names_are_found_where_the_dialect_folds_them(tmp_path: Path, sqlite_file: Path) -> None:
    """SQLAlchemy shows Oracle's MARA as mara; profiles name it as the database does."""
    with database.connect("sqlite:///erp.db", tmp_path, "erp") as connection:
        connection.dialect.requires_name_normalize = True
        try:
            found = database.read_table(connection, "ITEMS", ["NO", "UNIT"], "erp:ITEMS")
        finally:
            connection.dialect.requires_name_normalize = False
    assert found.columns.column_names == ["NO", "UNIT"]


def test_a_missing_number_is_not_minus_one(read: Read, profile: Path, sqlite_file: Path) -> None:
    """Two stock rows that differ only in their bin, NULL here and -1 there, are two rows and no repeat."""
    with sqlite3.connect(sqlite_file) as connection:
        connection.executescript(
            "create table bins (item text, qty real, bin integer);"
            "insert into bins values ('007', 5, null), ('007', 5, -1);"
        )
    profile.write_text("""\
name: db
reader: sql
tables:
  parts: {table: items, columns: {part_no: no, base_unit: unit}, drop_rows: [{column: no, blank: true}]}
  inventory: {table: bins, columns: {part_no: item, quantity: qty}, drop_rows: [{column: bin, equals: 99}]}
""")
    assert of_sqlite(read, profile).tables["inventory"]["quantity"].tolist() == [5, 5]


ENDLESS = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) as i from n"


def test_a_statement_of_sqlite_that_takes_too_long_is_interrupted(tmp_path: Path, sqlite_file: Path) -> None:
    with database.connect("sqlite:///erp.db", tmp_path, "erp", timeout_seconds=0.2) as connection:
        with pytest.raises(DataRefused) as caught:
            database.read_query(connection, ENDLESS, "erp:q")
        assert caught.value.what == "the statement took longer than 0.2 s and was interrupted"
        assert "timeout_seconds" in caught.value.fix and caught.value.where == "erp:q"
        # each statement has the whole time to itself
        assert database.read_query(connection, "select no from items", "erp:q").columns.num_rows == 3


def test_rows_of_sqlite_that_come_too_slowly_are_interrupted_too(tmp_path: Path, sqlite_file: Path) -> None:
    rows = "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n where i % 1000 = 0"
    with (
        pytest.raises(DataRefused, match=r"took longer than 0\.2 s"),
        database.connect("sqlite:///erp.db", tmp_path, "erp", timeout_seconds=0.2) as connection,
    ):
        database.read_query(connection, rows, "erp:q")


def test_the_time_limit_of_a_source_holds_for_sqlite_and_costs_that_table_alone(
    read: Read, profile: Path, sqlite_file: Path
) -> None:
    stock = f'inventory: {{query: "{ENDLESS}", columns: {{part_no: i, quantity: i}}}}'
    parts = "parts: {table: items, columns: {part_no: no, base_unit: unit}}"
    profile.write_text(f"name: db\nreader: sql\ntables:\n  {parts}\n  {stock}\n")
    source = {"profile": "db", "url": "sqlite:///erp.db", "site": "DE01", "timeout_seconds": 1}
    result = read({"erp": source}, profiles=(profile,))
    (refused,) = result.refused
    assert refused.table == "inventory" and "took longer than 1 s" in refused.reason
    assert len(result.tables["parts"]) == 2


def of_cells(read: Read, profile: Path, folder: Path, values: str, declared: str = "") -> Ingested:
    """Order lines from a table without types, whose cells are SQL literals."""
    with sqlite3.connect(folder / "cells.db") as connection:
        connection.executescript(f"create table cells (o, l, p, q, s); insert into cells values {values};")
    columns = "{order_no: o, line: l, part_no: p, open_quantity: q, supplier: s}"
    items = "parts: {query: \"select 'A' as p\", columns: {part_no: p, base_unit: {const: EA}}}"
    orders = f"purchase_orders: {{table: cells, columns: {columns}}}"
    profile.write_text(f"name: db\nreader: sql\n{declared}\ntables:\n  {items}\n  {orders}\n")
    return of_sqlite(read, profile, "sqlite:///cells.db")


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("(4711.0, 1, 'A', 5, 's')", "order_no"),
        ("('1', 10.0, 'A', 5, 's')", "line"),
        ("('1', 1, 4711.0, 5, 's')", "part_no"),
        ("('1', 1, 'A', 5, 70.0)", "supplier"),
    ],
)
def test_a_key_stored_as_a_number_with_a_fraction_is_named_so(
    row: str, column: str, read: Read, profile: Path, tmp_path: Path
) -> None:
    result = of_cells(read, profile, tmp_path, f"{row}, ('2', 1, 'A', 5.0, 's')")
    assert result.tables["purchase_orders"]["order_no"].tolist() == ["2"]
    ((where, reason),) = result.quarantine[["column", "reason"]].itertuples(index=False)
    assert where == column and reason.startswith("stored as a number with a fraction instead of a key")
    repaired = "keys: {repair_ids: true}"
    (tmp_path / "cells.db").unlink()
    assert of_cells(read, profile, tmp_path, row, repaired).quarantine.empty


@pytest.mark.parametrize(
    ("row", "column"),
    [("('1', 1, x'4D2DFF', 5, 's')", "part_no"), ("('1', 1, 'A', x'FE', 's')", "open_quantity"),
     ("(x'C3', 1, 'A', 5, 's')", "order_no")],
)  # fmt: skip
def test_bytes_that_are_no_text_are_set_aside_and_never_patched(
    row: str, column: str, read: Read, profile: Path, tmp_path: Path
) -> None:
    result = of_cells(read, profile, tmp_path, f"{row}, ('2', 1, x'4D2D31', 5, 's')")
    assert result.tables["purchase_orders"]["part_no"].tolist() == ["M-1"]
    ((where, value, reason),) = result.quarantine[["column", "value", "reason"]].itertuples(index=False)
    assert where == column and value in ("bytes 4D2DFF", "bytes FE", "bytes C3")
    assert reason.startswith("bytes (BLOB) that are no UTF-8 text")


def test_bytes_in_a_column_that_is_only_there_to_tell_rows_apart_cost_no_row(
    read: Read, profile: Path, tmp_path: Path
) -> None:
    with sqlite3.connect(tmp_path / "erp.db") as connection:
        connection.executescript(
            "create table stock (id blob primary key, item text, qty real);"
            "insert into stock values (x'FF01', '7', 5), (x'FF02', '7', 5);"
        )
    parts = "parts: {query: \"select '7' as p\", columns: {part_no: p, base_unit: {const: EA}}}"
    stock = "inventory: {table: stock, columns: {part_no: item, quantity: qty}}"
    profile.write_text(f"name: db\nreader: sql\ntables:\n  {parts}\n  {stock}\n")
    result = of_sqlite(read, profile)
    assert result.tables["inventory"]["quantity"].tolist() == [5, 5] and result.quarantine.empty
