"""Alerts, their events and the coverage of the rules, to and from the database."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd
import pyarrow as pa
from sqlalchemy import Column, Connection, Dialect, String, Table, and_, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from riskplug.alerts import LEDGER_COLUMNS, VOLUME_COLUMNS, Reconciled
from riskplug.collecting import uncollected
from riskplug.state.claims import Claim
from riskplug.state.schema import COMPLETE, alert, alert_event, alert_handling, alert_volume, coverage, scan
from riskplug.state.seals import alert_checksums, read_alerts

BATCH = 2000


@uncollected
def read_ledger(connection: Connection, scope: str) -> pd.DataFrame:
    """LEDGER_COLUMNS of every alert of a scope, as the database has them; StateUnusable where one was changed."""
    columns = read_alerts(connection, select(alert).where(alert.c.scope == scope).order_by(alert.c.alert_key))
    return pd.DataFrame({name: _read(alert.c[name], columns[name]) for name in LEDGER_COLUMNS})


def _read(column: Column[Any], values: Sequence[Any]) -> pd.Series:
    if isinstance(column.type, String):
        return pd.Series(pd.array(pa.array(values, type=pa.large_string()), dtype="str"))
    return pd.Series(values, dtype=object).infer_objects()


def read_volumes(connection: Connection, scope: str) -> pd.DataFrame:
    """VOLUME_COLUMNS of every rule of a scope."""
    query = select(*(alert_volume.c[name] for name in VOLUME_COLUMNS)).where(alert_volume.c.scope == scope)
    return rows_of(connection, query.order_by(alert_volume.c.rule), VOLUME_COLUMNS)


def scan_dates(connection: Connection, scope: str, limit: int) -> tuple[date, ...]:
    """Business dates of the last complete scans, the newest first."""
    complete = and_(scan.c.scope == scope, scan.c.status == COMPLETE)
    query = select(scan.c.business_date).where(complete).distinct().order_by(scan.c.business_date.desc())
    return tuple(connection.scalars(query.limit(limit)))


def rows_of(connection: Connection, query: Any, columns: tuple[str, ...]) -> pd.DataFrame:
    """A query's rows under the names of its columns."""
    rows = connection.execute(query).all()
    return pd.DataFrame([tuple(row) for row in rows], columns=list(columns))


@uncollected
def write_ledger(connection: Connection, taken: Claim, reconciled: Reconciled, now: datetime) -> None:
    """The changed alerts, one event for each step of their life, and what ended of people's decisions."""
    columns = _columns(reconciled.alerts.assign(scope=taken.scope))
    _upsert(connection, alert, {**columns, "checksum": alert_checksums(columns)}, ("alert_key",))
    events = reconciled.events.assign(scan_id=taken.scan_id, actor="scan", at=now)
    for batch in records(events):
        connection.execute(insert(alert_event), batch)
    _end(connection, reconciled.ended)
    _write_volumes(connection, taken.scope, reconciled.volumes)


def _end(connection: Connection, ended: pd.DataFrame) -> None:
    """Take away what has ended; a newer decision that somebody made during the scan stays."""
    same = {name: alert_handling.c[name] == bindparam(f"its_{name}") for name in ("alert_key", "kind", "at")}
    for batch in records(ended[list(same)]):
        mine = [{f"its_{name}": value for name, value in row.items()} for row in batch]
        connection.execute(delete(alert_handling).where(*same.values()), mine)


def _write_volumes(connection: Connection, scope: str, volumes: pd.DataFrame) -> None:
    """Counts of the rules that were looked at; a release is only ended here, and not one given during the scan."""
    known = [name for name in VOLUME_COLUMNS if not name.startswith("released")]
    upsert(connection, alert_volume, volumes[known].assign(scope=scope, released_by=""), ("scope", "rule"), known[1:])
    spent = volumes[volumes["released"].isna() & volumes["released_at"].notna()]
    for rule, given in zip(spent["rule"], spent["released_at"], strict=True):
        mine = and_(alert_volume.c.scope == scope, alert_volume.c.rule == rule, alert_volume.c.released_at == given)
        connection.execute(update(alert_volume).where(mine).values(released=None, released_by="", released_at=None))


def write_coverage(connection: Connection, scan_id: str, rows: pd.DataFrame) -> None:
    """What each rule could speak about tonight."""
    connection.execute(delete(coverage).where(coverage.c.scan_id == scan_id))
    for batch in records(rows.assign(scan_id=scan_id)):
        connection.execute(insert(coverage), batch)


def upsert(
    connection: Connection, table: Table, rows: pd.DataFrame, key: tuple[str, ...], changing: Collection[str] = ()
) -> None:
    """Insert rows, or replace in the ones with the same key what is ``changing``, by default everything."""
    _upsert(connection, table, _columns(rows), key, changing)


def _upsert(
    connection: Connection,
    table: Table,
    columns: Mapping[str, list[Any]],
    key: tuple[str, ...],
    changing: Collection[str] = (),
) -> None:
    """``upsert`` of rows given as columns of plain values.

    The statement is compiled once and the values are made ready by column: SQLAlchemy would do both by row, which is
    most of the time of a night with 100,000 alerts.
    """
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    names = list(columns)
    statement = dialect.insert(table).values({name: bindparam(name) for name in names})
    changed = {name: statement.excluded[name] for name in changing or names if name not in key}
    compiled = statement.on_conflict_do_update(index_elements=list(key), set_=changed).compile(
        dialect=connection.dialect
    )
    by_place = compiled.positiontup
    bound = [_bound(columns[name], table.c[name], connection.dialect) for name in by_place or names]
    for start in range(0, len(columns[key[0]]), BATCH):
        batch = zip(*(values[start : start + BATCH] for values in bound), strict=True)
        given: Any = list(batch) if by_place else [dict(zip(names, row, strict=True)) for row in batch]
        connection.exec_driver_sql(str(compiled), given)


def _bound(values: list[Any], column: Column[Any], dialect: Dialect) -> list[Any]:
    """A column's values as the driver takes them; dates and moments are few, so each is made once."""
    make = column.type.dialect_impl(dialect).bind_processor(dialect)
    if make is None:
        return values
    made = {value: make(value) for value in set(values)}
    return [made[value] for value in values]


def records(rows: pd.DataFrame) -> Iterator[list[dict[str, Any]]]:
    """Rows as the driver takes them, in batches: missing is None, dates are dates."""
    plain = _columns(rows)
    for start in range(0, len(rows), BATCH):
        batch = (column[start : start + BATCH] for column in plain.values())
        yield [dict(zip(plain, values, strict=True)) for values in zip(*batch, strict=True)]


def _columns(rows: pd.DataFrame) -> dict[str, list[Any]]:
    return {str(name): _plain(column) for name, column in rows.items()}


def _plain(column: pd.Series) -> list[Any]:
    if isinstance(column.dtype, pd.StringDtype):
        return list(pa.array(column).to_pylist())
    values = column.dt.date if pd.api.types.is_datetime64_dtype(column.dtype) else column
    return values.astype("object").where(column.notna(), None).tolist()
