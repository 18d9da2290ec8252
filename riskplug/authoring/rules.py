"""A rule that works and is tested from its first minute: in the rule language, or in Python."""

from collections.abc import Collection
from pathlib import Path

from riskplug.authoring.files import need_free, words_of, write
from riskplug.errors import UsageError

_RULE = """\
# {name}: change it, then `riskplug rules check` and `riskplug rules test {name} --mutate`.
# `riskplug facts part | head -1` lists the columns; `riskplug rules explain {name} PART` shows the rule at work.
schema: riskplug.rules/1
rules:
  - id: {name}
    title: A bought part runs low
    grain: part
    status: shadow                # evaluated and shown every night, sent to nobody; `active` sends
    when: procurement in ["buy", "both"]
    bands:                        # the first that holds wins
      critical: stock_runway_days < 14 days
      warning: stock_runway_days < least
    clear_margin: 3 days
    owner: owner
    params:
      least: {{type: days, default: 30, min: 14, max: 365, doc: Days of stock below which it warns.}}
    message: "{{part_no}} {{description}}: {{stock_runway_days:.0f}} days of stock left. Order, or ask for a date."
    notes: Why it matters, and how to clear it.
    tests:
      as_of: 2025-04-28
      rows:
        - {{part_no: P-1, procurement: buy, stock_runway_days: 13, description: Magnet}}
        - {{part_no: P-2, procurement: both, stock_runway_days: 14}}
        - {{part_no: P-3, procurement: buy, stock_runway_days: 29}}
        - {{part_no: P-4, procurement: buy, stock_runway_days: 30}}
        - {{part_no: P-5, procurement: make, stock_runway_days: 1}}
        - {{part_no: P-6, procurement: buy}}
      match: {{P-1: critical, P-2: warning, P-3: warning}}
      no_match: [P-4, P-5]
      undetermined: [P-6]
      message: {{P-1: "Magnet: 13 days of stock left"}}
"""
_KIND_RULE = """\
# {name}: a rule in Python, plugins/{module}.py. Its tests: `riskplug rules test {name}`.
schema: riskplug.rules/1
rules:
  - id: {name}
    title: A supplier is late with several orders
    grain: supplier
    status: shadow                # evaluated and shown every night, sent to nobody; `active` sends
    kind: {module}
    options: {{orders: 2}}
    identity: [supplier]
    tests:
      as_of: 2025-04-28
      rows:
        - {{supplier: V-1}}
        - {{supplier: V-2}}
      tables:
        purchase_orders:
          - {{order_no: A, line: "1", part_no: P-1, supplier: V-1, open_quantity: 5, due_date: 2025-04-01}}
          - {{order_no: B, line: "1", part_no: P-2, supplier: V-1, open_quantity: 5, due_date: 2025-04-27}}
          - {{order_no: C, line: "1", part_no: P-2, supplier: V-2, open_quantity: 5, due_date: 2025-04-27}}
          - {{order_no: D, line: "1", part_no: P-2, supplier: V-2, open_quantity: 5, due_date: 2025-04-28}}
          - {{order_no: E, line: "1", part_no: P-2, supplier: V-2, open_quantity: 5}}
      match: {{V-1: warning}}
      no_match: [V-2]
      message: {{V-1: 2 order lines overdue}}
"""
_KIND = '''\
"""Rule kind `{module}`: suppliers with several orders overdue."""

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from riskplug.extend import Frames, RuleKind, ScanContext, hookimpl

if TYPE_CHECKING:
    import pandas as pd


class {cls}Options(BaseModel):
    """Options in the rule file; unknown ones are errors with file and line."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    orders: int = Field(default=2, ge=1, description="Open lines overdue from which it speaks.")


class {cls}:
    """Suppliers with at least so many open order lines overdue.

    What: open lines whose due date has passed, counted per supplier. Lines without a date are not counted.
    Why: a supplier who stops answering is often the first sign of an export stop.
    Example: two lines overdue since the start of the month.
    Clear it: new dates, or the goods.
    """

    kind: ClassVar[str] = "{module}"
    Options: ClassVar[type[Any]] = {cls}Options
    needs: ClassVar[dict[str, tuple[str, ...]]] = {{"purchase_orders": ("order_no", "supplier", "due_date")}}

    def __init__(self, options: {cls}Options, /) -> None:
        self.options = options

    def assess(self, tables: Frames, context: ScanContext) -> "pd.DataFrame":
        """One finding per supplier: severity, message and the identity columns are needed, `metric` sorts."""
        import pandas as pd

        lines = tables["purchase_orders"]
        late = lines[lines["due_date"] < pd.Timestamp(context.business_date)].dropna(subset="supplier")
        counts = late.groupby(late["supplier"].astype("str"))["order_no"].count()
        hit = counts[counts >= self.options.orders]
        return pd.DataFrame(
            {{
                "severity": "warning",
                "message": [f"{{name}}: {{count}} order lines overdue" for name, count in hit.items()],
                "supplier": hit.index,
                "metric": hit.to_numpy(dtype="float64"),
            }}
        )


@hookimpl
def riskplug_rule_kinds() -> list[type[RuleKind]]:
    return [{cls}]
'''
_TEST = '''\
"""The rule {name} keeps what its cases in rules/{name}.yaml say."""

from pathlib import Path

from riskplug.testing import offered_by, rule_failures
from riskplug.testing.conformance import RuleKindConformance

WORKSPACE = Path(__file__).parents[1]


class Test{cls}(RuleKindConformance):
    offered = offered_by(WORKSPACE / "{plugins}" / "{module}.py", "{module}")
    identity = ("supplier",)
    repeated = "counted"

    def given_options(self) -> dict[str, int]:
        return {{"orders": 1}}


def test_the_rule_says_what_its_cases_say() -> None:
    assert rule_failures(WORKSPACE, "{name}") == []
'''


def new_rule(
    root: Path,
    name: str,
    rules: str = "rules",
    plugins: str = "plugins",
    python: bool = False,
    known: Collection[str] = (),
) -> list[Path]:
    """Write a rule below a workspace: a rule file, and with ``python`` a rule kind and its test beside it.

    ``known``: ids of the rules there are, which a new one would replace. Returns the files. UsageError for a name that
    no rule can have, or where the rule or one of the files exists.
    """
    words = {**words_of(name, "rule"), "plugins": plugins}
    module = words["module"]
    files = {root / rules / f"{name}.yaml": _KIND_RULE if python else _RULE}
    if python:
        files[root / plugins / f"{module}.py"] = _KIND
        files[root / "tests" / f"test_{module}.py"] = _TEST
    need_free(files, "rule")
    if name in known:
        raise UsageError(f"rule {name!r} exists already", "new rule", "choose another name: it would be replaced")
    return write({path: text.format(**words) for path, text in files.items()})
