"""Which canonical tables a rule's answer rests on: where one of them failed, silence proves nothing."""

from collections.abc import Mapping

from riskplug.catalogue import GRAINS
from riskplug.extend.needs import FACTS, needs_of
from riskplug.rules.rule import Rule

_CONTENT = ("parts", "bom_lines", "declarations")
GRAIN_TABLES: Mapping[str, tuple[str, ...]] = {
    "part": _CONTENT,
    "content": _CONTENT,
    "exposure": (*_CONTENT, "sourcing", "purchase_orders"),
    "order_line": (*_CONTENT, "purchase_orders", "sourcing"),
    "product": _CONTENT,
    "material": _CONTENT,
    "failure_point": (*_CONTENT, "sourcing"),
    "disruption": (*_CONTENT, "sourcing", "purchase_orders", "inventory", "demand"),
    "sourcing_prohibition": (*_CONTENT, "sourcing"),
    "supplier": ("parts", "suppliers", "sourcing", "purchase_orders"),
}
_SUPPLY = ("inventory", "purchase_orders", "production_orders", "demand")
# by how a column's name begins or ends: what it is computed from beside the grain's own tables
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "_runway_days": _SUPPLY,
    "_runway_days_state": _SUPPLY,
    "stock_out_date": _SUPPLY,
    "last_order_date": (*_SUPPLY, "sourcing"),
    "advised_order_quantity": _SUPPLY,
    "p_stock_out_": (*_SUPPLY, "consumption", "goods_receipts"),
    "chance_": (*_SUPPLY, "consumption", "goods_receipts"),
    "late_pct": ("goods_receipts",),
    "lateness_": ("goods_receipts",),
    "lines_measured": ("goods_receipts",),
    "on_hand": ("inventory",),
    "on_order": ("purchase_orders", "production_orders"),
    "daily_demand": ("demand",),
    "days_until_needed": _SUPPLY,
    "time_to_survive_days": _SUPPLY,
    "survive_days": (*_SUPPLY, "sourcing"),
    "survive_days_state": (*_SUPPLY, "sourcing"),
    "survive_bound": (*_SUPPLY, "sourcing"),
    "recovery_days": ("sourcing",),
    "buildable_": ("inventory",),
    "worst_measure": (*_SUPPLY, "sourcing"),
    "first_stop_": _SUPPLY,
    "lost_units": (*_SUPPLY, "sourcing"),
    "lost_revenue": (*_SUPPLY, "sourcing"),
    "loss_value": (*_SUPPLY, "sourcing"),
    "parts_without_runway": _SUPPLY,
    "stock_kg": ("inventory",),
    "on_order_kg": ("purchase_orders",),
    "yearly_demand_kg": ("demand",),
    "lower_bound": _SUPPLY,
    "upper_bound": _SUPPLY,
    "qualified_suppliers": ("sourcing",),
    "top_origin_share_pct": ("sourcing",),
    "origin_country": ("sourcing",),
    "receipts_at_risk": ("purchase_orders",),
    "value_at_risk": ("purchase_orders",),
    "revenue_at_risk": ("demand",),
    "demand_quantity": ("demand",),
    "lead_time_days": ("sourcing",),
    "own_": ("sourcing", "purchase_orders"),
}


def tables_behind(rule: Rule) -> frozenset[str]:
    """Canonical tables whose failure leaves the rule without an answer."""
    if rule.kind is not None:
        return frozenset().union(*(_behind(name, columns) for name, columns in needs_of(rule.kind).items()))
    behind = set(GRAIN_TABLES.get(rule.grain, ()))
    for column in rule.columns:
        behind.update(tables_of(column.name))
    return frozenset(behind)


def _behind(name: str, columns: tuple[str, ...] | None) -> set[str]:
    """Canonical tables behind what a rule kind needs: of a fact table all columns, unless it names some."""
    if not name.startswith(FACTS):
        return {name}
    grain = name.removeprefix(FACTS)
    read = columns if columns is not None else GRAINS[grain].names if grain in GRAINS else ()
    return set(GRAIN_TABLES.get(grain, ())).union(*map(tables_of, read))


def tables_of(column: str) -> tuple[str, ...]:
    """Canonical tables that a fact column is computed from beside those of its grain."""
    found = [table for mark, tables in _COLUMNS.items() if _is_marked(column, mark) for table in tables]
    return tuple(dict.fromkeys(found))


def _is_marked(column: str, mark: str) -> bool:
    """Whether a column's name begins or ends so; the bare `lower_bound` speaks of stock, others of masses."""
    return column == mark if mark == "lower_bound" else column.startswith(mark) or column.endswith(mark)
