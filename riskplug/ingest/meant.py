"""What a table's rule means by the columns of a file: keys, codes, or values of another kind."""

from riskplug.ingest.native_cells import Meant
from riskplug.ingest.profile import TableRule
from riskplug.tables import CARRIED, TABLES

_KEYS = ("part", "key")
# Text by the contract, yet a number written down: its zeros in front belong to it.
_CODES = ("mpn", "hs_code", "control_code", "cas_no")


def meant_by(rule: TableRule, table: str) -> Meant:
    """The columns of a table's files, those of joined files as ``NAME.column``; nothing for an unknown table."""
    if table not in TABLES:
        return Meant()
    kinds = {column.name: column.kind for column in (*TABLES[table].columns, *CARRIED)}
    keyed = {name: column for name, column in rule.columns.items() if kinds.get(name) in _KEYS}
    keys = {source for column in keyed.values() for source in (*column.source_columns, *column.otherwise)}
    keys |= {name for join in rule.join for name in join.on}
    exact = {
        source for name, column in rule.columns.items() if kinds.get(name) != "text" for source in column.all_columns
    }
    exact |= set(rule.unpivot.columns) if rule.unpivot else set()
    if rule.levels:
        keys |= {name for name in (rule.levels.component, rule.levels.root_column) if name}
        exact |= {name for name in (rule.levels.column, rule.levels.quantity) if name}
    codes = {source for name in _CODES if name in rule.columns for source in rule.columns[name].source_columns}
    worded = {source for column in keyed.values() if column.map for source in column.source_columns}
    return Meant(frozenset(keys), frozenset(codes), frozenset(worded), frozenset(exact | keys))
