"""What a rule file may say: the models behind reading, checking and the JSON Schema."""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, field_validator

SCHEMA = "riskplug.rules/1"

SeverityWord = Literal["critical", "warning", "info"]
Status = Literal["draft", "shadow", "active", "retired"]
ParameterType = Literal[
    "number",
    "days",
    "pct",
    "probability",
    "money",
    "grams",
    "kilograms",
    "quantity",
    "text",
    "country",
    "date",
    "flag",
    "list",
]


class Entry(BaseModel):
    """Part of a rule file; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Parameter(Entry):
    """A value of the rule that a workspace may set under [rules.params.RULE]."""

    type: ParameterType = Field(description="Type, which is also the unit.")
    default: Any = Field(description="Value where the workspace sets none.")
    unit: str = Field(default="", description="Unit shown to people.")
    min: float | None = None
    max: float | None = None
    doc: str = ""


class NamedList(Entry):
    """Values for `in NAME` and in_list(column, \"NAME\"), visible to every rule."""

    values: list[str | FiniteFloat] = Field(default_factory=list)
    file: str | None = Field(default=None, description="CSV file beside the rule file with further values.")
    effective_from: date | None = Field(default=None, description="First day of its values.")
    effective_to: date | None = Field(default=None, description="Last day of its values.")
    source: str = Field(default="", description="Where the list comes from: an instrument, a page.")
    note: str = ""


class RuleTests(Entry):
    """Rows and what the rule must say of them. A key is a value of the row's identity, or several joined by `/`."""

    as_of: date
    horizon_days: float = Field(default=365, gt=0)
    rows: list[dict[str, Any]] = Field(default_factory=list)
    file: str | None = Field(default=None, description="CSV file beside the rule file with further rows.")
    tables: dict[str, list[dict[str, Any]]] = Field(default_factory=dict, description="For rule kinds: what they need.")
    match: dict[str, SeverityWord] = Field(default_factory=dict)
    no_match: list[str] = Field(default_factory=list)
    undetermined: list[str] = Field(default_factory=list)
    message: dict[str, str] = Field(default_factory=dict, description="Text that the message of a row must contain.")


class Pacing(Entry):
    """How the rule's alerts live where that differs from the workspace's [alerts]; 0 is no limit."""

    for_scans: int | None = Field(default=None, ge=1, description="Scans with a finding before an alert is told.")
    resolve_after_scans: int | None = Field(default=None, ge=1, description="Complete scans without, before resolved.")
    reopen_days: int | None = Field(default=None, ge=0, description="A return within this many days is the same case.")
    metric_step: str | FiniteFloat | None = Field(default=None, description="Told again when the metric moves so far.")
    max_share_pct: float | None = Field(default=None, ge=0, le=100, description="More of the rows is not believed.")
    max_jump: float | None = Field(default=None, ge=0, description="More than so many times the last scan is not.")
    repeat_every: int | None = Field(default=None, ge=0, description="Business days between reminders; 0: none.")


class RuleEntry(Entry):
    """One rule: a condition over a grain, or a kind in Python with its options."""

    id: str = Field(pattern="^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=80)
    title: str
    grain: str
    status: Status = "active"
    when: str = ""
    let: dict[str, str] = Field(default_factory=dict)
    bands: dict[SeverityWord, str] = Field(default_factory=dict)
    severity: SeverityWord | None = None
    clear_margin: str | float | None = None
    on_missing: Literal["report", "alert", "ignore"] = "report"
    identity: list[str] = Field(default_factory=list, description="Columns of the grain; default: its key.")
    owner: str = Field(default="", description="A column, or quoted text.")
    message: str = ""
    kind: str = ""
    options: dict[str, Any] = Field(default_factory=dict)
    isolation: Literal["none", "process"] | None = Field(default=None, description="Whether a kind runs apart.")
    max_findings: int | None = Field(default=None, ge=1, description="More findings of a kind are a fault of it.")
    time_limit_seconds: float | None = Field(default=None, gt=0, description="How long a kind may take.")
    memory_limit_mb: int | None = Field(default=None, ge=50, description="What a kind that runs apart may take.")
    params: dict[str, Parameter] = Field(default_factory=dict)
    references: list[str] = Field(default_factory=list)
    alerts: Pacing = Field(default_factory=Pacing, description="How its alerts live.")
    effective_from: date | None = None
    effective_to: date | None = None
    why: str = Field(default="", description="Why it matters, for the person who gets the alert.")
    clear: str = Field(default="", description="How an alert of it is cleared.")
    notes: str = ""
    tests: list[RuleTests] = Field(default_factory=list)

    @field_validator("tests", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return [value] if isinstance(value, dict) else value


class RuleFile(Entry):
    """A whole rule file."""

    schema_: Literal["riskplug.rules/1"] = Field(alias="schema")
    lists: dict[str, NamedList | list[str | float]] = Field(default_factory=dict)
    rules: list[RuleEntry] = Field(default_factory=list)


MODELS: dict[str, type[Entry]] = {
    "params": Parameter,
    "lists": NamedList,
    "tests": RuleTests,
    "rules": RuleEntry,
    "alerts": Pacing,
}
