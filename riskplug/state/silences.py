"""Silences in the database: made once and ended once, both only ever added."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select
from sqlalchemy.exc import IntegrityError

from riskplug.alerts import Silence
from riskplug.state.schema import silence, silence_end


def add_silence(connection: Connection, scope: str, made: Silence, at: datetime) -> Silence:
    """Keep a silence; the same with its number and time."""
    names = ("until", "author", "reason", "lets_critical", "set_on")
    values = {name: getattr(made, name) for name in names}
    matchers = [[name, list(patterns)] for name, patterns in made.matchers]
    query = insert(silence).values(scope=scope, matchers=matchers, at=at, **values).returning(silence.c.id)
    return read_silences(connection, scope, connection.execute(query).scalar_one())[0]


def end_silence(connection: Connection, number: int, author: str, reason: str, on: date, at: datetime) -> bool:
    """Take a silence back; False where somebody has done so already."""
    row = {"silence_id": number, "author": author, "reason": reason, "ended_on": on, "at": at}
    try:
        with connection.begin_nested():
            connection.execute(insert(silence_end).values(**row))
    except IntegrityError:
        return False
    return True


def read_silences(connection: Connection, scope: str, number: int | None = None) -> list[Silence]:
    """Every silence of a scope, or one, the oldest first."""
    end = (silence_end.c[name] for name in ("ended_on", "author", "reason", "at"))
    names = ("id", "matchers", "until", "author", "reason", "lets_critical", "set_on", "at")
    query = select(*(silence.c[name] for name in names), *end).join(silence_end, isouter=True)
    query = query.where(silence.c.scope == scope).order_by(silence.c.id)
    rows = connection.execute(query if number is None else query.where(silence.c.id == number))
    return [_silence(row) for row in rows]


def _silence(row: Row[Any]) -> Silence:
    number, matchers, until, author, reason, lets_critical, set_on, at, ended_on, ended_by, why, ended_at = tuple(row)
    asked = tuple((str(name), tuple(map(str, patterns))) for name, patterns in matchers)
    made = (number, asked, until, author, reason, lets_critical, set_on, at)
    return Silence(*made, ended_on, ended_by or "", why or "", ended_at)
