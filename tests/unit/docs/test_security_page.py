"""docs/security.md: a row for every threat, tests that exist, and grants that do what the page says."""

import ast
import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from riskplug.state.engine import state_url
from tests import servers

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| (T\d+) \|(.*)$", PAGE, re.MULTILINE))
TABLES = (
    "CREATE TABLE parts (no varchar(9));\nCREATE TABLE stock (no varchar(9));\nCREATE TABLE wages (no varchar(9));\n"
)


def test_every_threat_has_a_row_with_a_defence_and_a_test() -> None:
    assert list(ROWS) == [f"T{number}" for number in range(1, 17)]
    for row in ROWS.values():
        _, defence, tests, _ = row.split("|")
        assert len(defence) > 20 and "::" in tests


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(tests/[\w/]+\.py::\w+)`", PAGE))))
def test_every_test_that_is_named_exists(name: str) -> None:
    path, _, function = name.partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def test_the_page_is_found() -> None:
    assert "(security.md)" in (ROOT / "docs" / "index.md").read_text(encoding="utf-8")


def statements(mark: str) -> list[str]:
    """The statements of the block of the page that begins so."""
    found = re.search(rf"```sql\n-- {mark}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return [text.strip() for text in found[1].split(";") if text.strip()]


def run(url: str, words: list[str]) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            for text in words:
                connection.exec_driver_sql(text)
    finally:
        engine.dispose()


def may(url: str, *words: str) -> bool:
    """Whether statements are carried out."""
    try:
        run(url, list(words))
    except sa.exc.DBAPIError:
        return False
    return True


REFUSED = (
    "SELECT * FROM wages",
    "INSERT INTO parts VALUES ('x')",
    "UPDATE parts SET no = 'x'",
    "DELETE FROM parts",
    "CREATE TABLE mine (no varchar(9))",
    "DROP TABLE parts",
    "ALTER TABLE parts ADD more varchar(9)",
)


def test_the_reader_of_postgresql_can_read_what_is_named_and_change_nothing() -> None:
    made = servers.new_database(servers.postgresql(), "erp")
    run(made, [*TABLES.split(";\n")[:-1], *statements("postgresql")])
    reader = sa.make_url(made).set(username="risk_reader").render_as_string(hide_password=False)
    assert may(reader, "SELECT * FROM parts", "SELECT * FROM stock")
    for word in REFUSED:
        assert not may(reader, "SET default_transaction_read_only = off", word), word


def test_the_reader_of_mariadb_can_read_what_is_named_and_change_nothing() -> None:
    made = servers.new_database(servers.mariadb(), "erp")
    run(made, [*TABLES.split(";\n")[:-1], *statements("mariadb")])
    reader = sa.make_url(made).set(username="risk_reader", password="choose-one")
    url = reader.render_as_string(hide_password=False)
    assert may(url, "SELECT * FROM parts", "SELECT * FROM stock")
    for word in REFUSED:
        assert not may(url, word), word


def test_the_state_has_a_database_that_its_own_role_alone_can_use() -> None:
    server = servers.postgresql()
    run(server, [*statements("state"), "CREATE ROLE somebody LOGIN"])
    here = sa.make_url(server).set(database="risk_state")
    own, other = (state_url(str(here.set(username=name)), ROOT) for name in ("risk_state", "somebody"))
    assert may(str(own), "CREATE TABLE ledger (no int)", "DROP TABLE ledger")
    assert not may(str(other), "SELECT 1")
