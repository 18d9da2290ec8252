"""The records that pass between stages.

Frames carry what grows with parts, lines and orders; records carry what grows with what people act on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd
    from scipy import sparse

Frames = Mapping[str, "pd.DataFrame"]
"""Canonical tables by name (see tables.py), or fact frames by grain (see catalogue.py)."""

Severity = Literal["critical", "warning", "info"]
LegalWhat = Literal["status", "stale", "added", "removed", "amended"]

# part_no and site: of the row, empty where it names none or cannot be read so far.
QUARANTINE_COLUMNS = ("table", "source", "file", "line", "column", "value", "reason", "part_no", "site")
CHECK_COLUMNS = ("table", "source", "expectation", "column", "severity", "success", "unexpected", "total", "note")
CONTENT_COLUMNS = (
    "part_no",
    "material",
    "form",
    "mass_g_min",
    "mass_g_typ",
    "mass_g_max",
    "probability",
    "evidence",
    "source",
    "date",
)
DATED_COLUMNS = ("parent", "component", "quantity", "fixed", "first", "last")
ALTERNATE_COLUMNS = (
    "parent",
    "group",
    "component",
    "required",
    "rank",
    "quantity",
    "fixed",
    "split",
    "taken",
    "bulk",
)
SUGGESTION_COLUMNS = ("part_no", "alternate_part_no", "basis", "free_of", "score", "finder")
FINDING_COLUMNS = (
    "rule",
    "severity",
    "grain",
    "identity",
    "part_no",
    "site",
    "material",
    "measure",
    "owner",
    "message",
    "measures",
    "evidence",
    "metric",
)


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file or database table that a scan read. ``sha256`` is of the file's bytes, or of the rows for a database."""

    table: str
    source: str
    path: str
    sha256: str
    rows: int
    bytes: int
    extracted_at: datetime | None
    profile: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A table of a source that could not be trusted as a whole."""

    table: str
    source: str
    where: str
    reason: str
    fix: str


@dataclass(frozen=True, slots=True)
class FileDoubt:
    """What is odd about a file that was read all the same. ``is_cut``: it may be cut off, so rows may be missing."""

    table: str
    source: str
    where: str
    what: str
    is_cut: bool = False


@dataclass(frozen=True)
class Ingested:
    """What the ingest stage read.

    ``tables``: every canonical table, refused ones empty. ``quarantine``: QUARANTINE_COLUMNS. ``dropped``: rows left
    out by a declared rule, by (table, source), those of joined files not among them. ``absent_stock``: per source,
    ``zero`` or ``unknown``.
    """

    tables: "dict[str, pd.DataFrame]"
    quarantine: "pd.DataFrame"
    files: tuple[InputFile, ...]
    refused: tuple[Refusal, ...]
    dropped: Mapping[tuple[str, str], int] = field(default_factory=dict)
    unknown_columns: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    absent_stock: Mapping[str, Literal["zero", "unknown"]] = field(default_factory=dict)
    doubts: tuple[FileDoubt, ...] = ()


@dataclass(frozen=True)
class Validated:
    """Tables that passed the gates, the checks made (CHECK_COLUMNS) and the `table` facts."""

    tables: "dict[str, pd.DataFrame]"
    quarantine: "pd.DataFrame"
    checks: "pd.DataFrame"
    facts: "pd.DataFrame"


def _nothing() -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame()


def no_alternates() -> "pd.DataFrame":
    """An empty BomGraph.alternates."""
    import pandas as pd

    kinds = dict.fromkeys(ALTERNATE_COLUMNS, "int64") | dict.fromkeys(("required", "fixed", "split", "bulk"), "bool")
    kinds |= dict.fromkeys(("quantity", "taken"), "float64")
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


def no_suggestions() -> "pd.DataFrame":
    """No possible alternate: SUGGESTION_COLUMNS."""
    import pandas as pd

    kinds = {name: "float64" if name == "score" else "str" for name in SUGGESTION_COLUMNS}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


@dataclass(frozen=True)
class DatedLines:
    """What bills of material ask for by day where lines start or end within the horizon.

    ``changing``: bool per node, parents whose lines change. ``edges``: DATED_COLUMNS, all that these ask for: node
    numbers, quantity per unit of the parent, or per order where ``fixed``, losses included, bulk lines left out; first
    and last day, inclusive, counted from the business date. ``level``: low-level code per node over every edge of every
    day. ``problems``: as BomGraph.problems, lines that are left out on later days. ``alternates``: as
    BomGraph.alternates, of changing parents, with ``first`` and ``last`` day. ``only_phantom_later``: nodes that lines
    to come use as phantoms, and no line in force at all.
    """

    changing: "npt.NDArray[np.bool_]"
    edges: "pd.DataFrame"
    level: "npt.NDArray[np.int32]"
    problems: "pd.DataFrame"
    alternates: "pd.DataFrame"
    only_phantom_later: "npt.NDArray[np.integer[Any]]"


@dataclass(frozen=True)
class BomGraph:
    """A bill of material as sparse matrices over nodes; node = part x site.

    ``nodes``: frame part_no (category), site (category), row = node number. ``as_built[p, c]``: quantity of c in one
    unit of p without losses, base units. ``consumed[p, c]``: quantity of c used up to make one unit of p, losses
    included, fixed quantities left out. ``fixed[p, c]``: quantity per order of p. All CSR, float64; by-products and
    bulk lines are in as_built only where they end up in the product. ``level``: low-level code per node (0 = top).
    ``phantom``: bool per node. ``cycles``: each cycle as node numbers in path order. ``partial``: bool per node,
    true where something below is on a cycle, lacks a unit factor, or is missing from the part master.
    ``problems``: frame part_no, component, site, reason, one row per line left out. ``alternates``: ALTERNATE_COLUMNS,
    node numbers of components of which any one will do, those without a share included; ``required``: a line of its own
    needs the component besides; ``rank``: 0 for the preferred one; ``quantity``: used by one unit of the parent, or by
    one order where ``fixed``, if this component alone is used, losses included, NaN unknown; ``split``: the group is
    divided by shares; ``taken``: what of ``consumed`` the group asks for; ``bulk``: never planned.
    ``dated``: what the parents ask for whose lines start or end within the horizon, None without such lines; all else
    is of the business date.
    """

    nodes: "pd.DataFrame"
    as_built: "sparse.csr_array"
    consumed: "sparse.csr_array"
    fixed: "sparse.csr_array"
    level: "npt.NDArray[np.int32]"
    phantom: "npt.NDArray[np.bool_]"
    cycles: tuple[tuple[int, ...], ...]
    partial: "npt.NDArray[np.bool_]"
    problems: "pd.DataFrame"
    alternates: "pd.DataFrame" = field(default_factory=lambda: no_alternates())
    dated: "DatedLines | None" = None


@dataclass(frozen=True)
class Stage:
    """How long a stage took and what it handled, for the manifest and the progress display."""

    name: str
    seconds: float
    rows: int


@dataclass(frozen=True, slots=True)
class Reused:
    """What a stage did not work out anew because all that it came of was the same in an earlier night.

    ``what``: table and source, or ``texts``. ``rows``: how many were not read, checked or looked at again.
    """

    stage: str
    what: str
    rows: int


@dataclass(frozen=True, slots=True)
class RuleRun:
    """How one rule ran. ``kind``, ``plugin`` and ``version`` are empty for rules of conditions.

    ``warnings``: what Python warned of meanwhile. ``notes``: what else is to be said of it. ``fault``: why it has no
    answer, else empty. ``isolated``: in a process of its own.
    """

    rule: str
    seconds: float
    findings: int
    kind: str = ""
    plugin: str = ""
    version: str = ""
    isolated: bool = False
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    fault: str = ""


@dataclass(frozen=True)
class Outcome:
    """What evaluating the rules gave.

    ``findings``: FINDING_COLUMNS (identity, measures and evidence are JSON objects as text). ``coverage``: frame
    rule, partition (a site, or ``*``), outcome (evaluated, failed, skipped), rows, undetermined, reason.
    ``undetermined``: frame rule, identity (JSON), columns (comma-separated names whose values are missing), reason
    (missing; ignored: the rule says so; clear_margin: not matched, but too close to call it gone), severity (of
    clear_margin: the band that was left, but not by the margin; the finding of a milder band may be there as well).
    ``runs``: of the rules that were asked.
    """

    findings: "pd.DataFrame"
    coverage: "pd.DataFrame"
    undetermined: "pd.DataFrame"
    faults: tuple[str, ...] = ()
    runs: tuple[RuleRun, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One alert that this scan touched.

    ``kind`` is new, ongoing, worse, better, resolved, unknown, reopened or retired; pending (found, but not often
    enough), clearing (gone, but not long enough), held (by the volume guard), lapsed (pending or held, and gone);
    escalated, expired (what kept it quiet has come to its end), reminder (nobody has answered) or flapping (its line in
    the weekly list),
    where it otherwise goes on as before. ``condition``, ``handling`` and ``suppression`` are docs/alerts.md's; one
    with a suppression is counted and told to nobody. ``to``: receivers that are told beside the routes. ``since``: the
    first day of this episode. ``previous_metric``: what people were last told.
    """

    kind: str
    key: str
    rule: str
    severity: Severity
    previous_severity: Severity | None
    identity: Mapping[str, str]
    owner: str
    message: str
    episode: int
    reason: str = ""
    metric: float | None = None
    condition: str = "open"
    handling: str = "none"
    suppression: str = ""
    to: tuple[str, ...] = ()
    since: date | None = None
    previous_metric: float | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a walk from a finding back to its sources: what kind of thing, and what it says."""

    label: str
    text: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One dated change of a legal status; ``on`` is the first day of the new one."""

    on: date
    from_status: str
    to_status: str
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Touched:
    """What of ours a legal change touches, seen from the last inputs.

    ``parts``: part numbers that the measure names and that it meets for sure or likely, ``parts_unknown`` those where
    it cannot be said. ``orders``: open order lines as ``order/line``, likewise. ``order_value``: of ``orders``, in the
    workspace's currency; missing when no value is known; ``orders_unpriced`` counts the lines it leaves out.
    ``products``: finished parts that hang on ``parts`` or ``parts_unknown``, through all levels.
    """

    parts: tuple[str, ...] = ()
    parts_unknown: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    orders_unknown: tuple[str, ...] = ()
    order_value: float | None = None
    orders_unpriced: int = 0
    products: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LegalChange:
    """What became of one measure, or of one item that goes its own way, between two dates.

    ``what``: ``status`` (it changed, or changed and came back), ``stale`` (it has to be verified now and had not),
    ``added``, ``removed`` or ``amended`` (the register's own data). A status that does not exist is empty. ``steps``:
    every turn between the dates. ``names_goods``: restricts goods that parts can be matched with. ``touched`` is
    missing where nothing was asked or it names none.
    """

    measure: str
    parent: str
    instrument: str
    title: str
    restricts: bool
    names_goods: bool
    what: LegalWhat
    from_status: str
    to_status: str
    why: str = ""
    steps: tuple[Turn, ...] = ()
    touched: Touched | None = None


@dataclass(frozen=True, slots=True)
class LegalNews:
    """What changed in law from the business date of an earlier scan to this one's.

    ``since_scan`` is empty on a first scan, of which nothing is said. ``remark``: why something could not be compared.
    ``looking_back``: a later business date was scanned before, so that nobody needs to be told again.
    """

    since_scan: str = ""
    start: date | None = None
    end: date | None = None
    changes: tuple[LegalChange, ...] = ()
    remark: str = ""
    looking_back: bool = False


@dataclass(frozen=True)
class Branch:
    """A scenario beside the base, under one answer to its applications (``granted``, ``refused``; else empty).

    ``base`` and ``totals``: figures of the whole; ``rows``: by grain (part, product, material, exposure) what differs,
    each row with ``scenario``, ``branch`` and ``change``, the base's values in the columns ``base_*``.
    """

    scenario: str
    branch: str
    base: Mapping[str, Any]
    totals: Mapping[str, Any]
    rows: Frames

    @property
    def changes(self) -> bool:
        """Whether anything differs from the base."""
        return any(len(rows) for rows in self.rows.values())


@dataclass(frozen=True)
class WhatIf:
    """What became of one scenario. ``overlays``: in words. ``fault``: why it could not be worked out, else empty.

    ``approval_pct``: share of applications granted, missing where the scenario does not say. ``expected``: chances of
    running out over both answers (part_no, site, p_stock_out_*), no rows where the share is not known.
    """

    id: str
    title: str
    overlays: tuple[str, ...]
    branches: tuple[Branch, ...]
    seconds: float
    approval_pct: float | None = None
    expected: "pd.DataFrame" = field(default_factory=_nothing)
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A receipt in a balance: ``counted`` is false where a measure stops it. Quantities in base units."""

    day: date
    quantity: float
    counted: bool


@dataclass(frozen=True)
class Balance:
    """The stock of one part day by day, as a chart shows it.

    ``steps``: balance after each day on which something moves, the first on ``start``; base units. ``floor``: zero or
    safety stock. ``first_uncovered``: None where nothing runs out. ``order_here``: the day an order placed today could
    be here, ``with_licence``: the wait for a licence included; None where the lead time is unknown.
    """

    part_no: str
    site: str
    unit: str
    start: date
    end: date
    steps: tuple[tuple[date, float], ...]
    floor: float
    arrivals: tuple[Arrival, ...]
    first_uncovered: date | None
    order_here: date | None
    with_licence: bool
    summary: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """A section of the report that a plugin wrote. ``fault``: why it has nothing to say, else empty."""

    kind: str
    title: str
    plugin: str
    paragraphs: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[str | float | int | bool | date | None, ...], ...] = ()
    fault: str = ""


@dataclass(frozen=True)
class ScanRecord:
    """Everything a scan knows when it is finished: what the faces show and the brief draws.

    ``trace`` walks the worst finding back to files and rows. ``measures`` is what measures_on() said. ``replayed``:
    the snapshot was taken by an earlier scan. ``scenarios`` stand beside the facts and are never part of them, and
    ``on_trial`` (what rules in status shadow say) beside the findings. ``balances``: of the parts that run out first.
    ``held``: why no alert was compared, else empty. ``suggested``: SUGGESTION_COLUMNS, other parts that plugins name as
    possible alternates; ``chapters``: sections of plugins. ``posts``: messages delivered, waiting, dead, by receiver;
    empty where nothing was to be sent. ``reused``: what an earlier night had worked out.
    """

    scan_id: str
    business_date: date
    workspace: str
    currency: str
    started: datetime
    finished: datetime
    versions: Mapping[str, str]
    files: tuple[InputFile, ...]
    facts: "dict[str, pd.DataFrame]"
    checks: "pd.DataFrame"
    quarantine: "pd.DataFrame"
    outcome: Outcome
    changes: tuple[Change, ...]
    measures: "pd.DataFrame"
    trace: tuple[Step, ...]
    stages: tuple[Stage, ...]
    degraded: tuple[str, ...]
    deliveries: Mapping[str, str]
    replayed: bool = False
    manifest: Mapping[str, Any] = field(default_factory=dict)
    law: LegalNews = LegalNews()
    scenarios: tuple[WhatIf, ...] = ()
    on_trial: Outcome | None = None
    balances: tuple[Balance, ...] = ()
    held: str = ""
    suggested: "pd.DataFrame" = field(default_factory=lambda: no_suggestions())
    chapters: tuple[Chapter, ...] = ()
    posts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    reused: tuple[Reused, ...] = ()
