"""riskplug.toml: everything a workspace needs, validated; unknown keys are errors with a suggestion."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from riskplug.errors import Problem, UsageError, suggestion
from riskplug.secrets import SecretRef
from riskplug.tables import STOCK_TYPES

FILE_NAME = "riskplug.toml"


Days = Annotated[float, Field(ge=0, le=3650)]


class Strict(BaseModel):
    """Settings that refuse what they do not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class WorkspaceSettings(Strict):
    name: str
    currency: str = Field(default="EUR", pattern="^[A-Z]{3}$")
    business_date: date | None = None
    timezone: str = "UTC"
    horizon_days: int = Field(default=365, ge=1, le=3650)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"unknown time zone {value!r}") from error
        return value


class Site(Strict):
    """A plant: the destination of what arrives there, and its working calendar (a `holidays` country code)."""

    country: str = Field(pattern="^[A-Z]{2}$")
    calendar: str | None = None


class Lane(Strict):
    """A way from one plant to another on which free stock of a part may be sent.

    ``days``: calendar days of transfer. ``parts``: part numbers or categories that travel on it; empty takes all.
    """

    model_config = ConfigDict(populate_by_name=False)

    origin: str = Field(alias="from")
    destination: str = Field(alias="to")
    days: int = Field(ge=0, le=3650)
    parts: tuple[str, ...] = ()


class SourceSettings(Strict):
    """Where one source's exports are: a folder or file, or a database by URL reference.

    ``timeout_seconds``: how long one statement may run in a database.
    """

    profile: str = "canonical"
    path: Path | None = None
    url: SecretRef | str | None = None
    site: str | None = None
    timeout_seconds: float = Field(default=900, gt=0)
    options: dict[str, Any] = Field(default_factory=dict)


# What SAP's stock and receipt days' supply stand on: work days, safety stock kept, quality inspection stock counted.
CONVENTIONS: dict[str, dict[str, Any]] = {
    "riskplug": {},
    "sap": {
        "day_kind": "work",
        "runway_floor": "safety_stock",
        "usable_stock": ("unrestricted", "quality"),
    },
}


class Policy(Strict):
    """Choices a planner may make; the defaults are the ones of docs/workspace.md.

    ``convention`` sets the defaults of others; what is written out wins.
    """

    convention: Literal["riskplug", "sap"] = "riskplug"
    usable_stock: tuple[str, ...] = ("unrestricted",)
    without_demand: Literal["site", "part", "never"] = "site"
    overdue_receipts: str = Field(default="slip:7", pattern=r"^(ignore|keep|slip:\d+)$")
    undated_receipts: Literal["lead_time", "ignore"] = "lead_time"
    runway_floor: Literal["zero", "safety_stock"] = "zero"
    day_kind: Literal["calendar", "work"] = "calendar"
    alternates: Literal["preferred", "in_order", "whole"] = "preferred"
    giver_protection: Literal["lead_time", "horizon"] = "lead_time"
    safety_time_days: int = Field(default=0, ge=0, le=365)
    fixed_quantities: Literal["each_day", "once"] = "each_day"
    licence_days: float = Field(default=65, ge=0)
    service_level_pct: float = Field(default=95, gt=50, lt=100)
    licence_stress_days: float = Field(default=120, ge=0)
    licence_approval_pct: float | None = Field(default=None, ge=0, le=100)
    licence_working_days: int = Field(default=45, ge=1)
    licence_calendar: str = "CN"
    end_uses: dict[str, Literal["yes", "no", "unknown"]] = Field(default_factory=dict)
    presumed_suspensions: Literal["suspended", "in_force"] = "suspended"
    unknown_origin: Literal["stopped", "kept"] = "stopped"
    coverage_target_days: float | None = Field(default=None, ge=0)
    coverage_min_days: float | None = Field(default=None, ge=0)
    coverage_max_days: float | None = Field(default=None, ge=0)
    coverage_daily: Literal["exact", "rounded_up"] = "exact"
    recovery_days: float = Field(default=90, ge=0, le=3650)
    disruptions: int = Field(default=500, ge=0)
    max_age_days: float = Field(default=3, ge=0)
    max_row_drop_pct: float = Field(default=10, ge=0, le=100)

    @model_validator(mode="before")
    @classmethod
    def _by_convention(cls, values: Any) -> Any:
        preset = CONVENTIONS.get(str(values.get("convention"))) if isinstance(values, Mapping) else None
        return {**preset, **values} if preset else values

    @field_validator("usable_stock")
    @classmethod
    def _known_stock(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in value if name not in STOCK_TYPES]
        if unknown:
            raise ValueError(f"no stock type {unknown[0]!r}; there are {', '.join(STOCK_TYPES)}")
        return value


class Recovery(Strict):
    """Days until a disruption is over, by its name: a planner's word in place of the reckoned one."""

    measure: dict[str, Days] = Field(default_factory=dict)
    origin: dict[str, Days] = Field(default_factory=dict)
    material: dict[str, Days] = Field(default_factory=dict)
    supplier: dict[str, Days] = Field(default_factory=dict)
    site: dict[str, Days] = Field(default_factory=dict)

    def of(self, kind: str, name: str) -> float | None:
        """The days given for a disruption, None where none are."""
        given: dict[str, float] = getattr(self, kind)
        return given.get(name)


class RulesSettings(Strict):
    paths: tuple[Path, ...] = ()
    disable: tuple[str, ...] = ()
    params: dict[str, dict[str, Any]] = Field(default_factory=dict)


class ScenariosSettings(Strict):
    """Files, or folders of files, with scenarios that every scan runs beside the base."""

    paths: tuple[Path, ...] = ()


class PluginsSettings(Strict):
    """``options``: by kind, of what plugins bring and no other table names; the plugin's class validates them."""

    paths: tuple[Path, ...] = ()
    enable: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    options: dict[str, dict[str, Any]] = Field(default_factory=dict)
    isolation: Literal["none", "process"] = "none"
    max_findings: int | None = Field(default=None, ge=1)
    time_limit_seconds: float = Field(default=300, gt=0)
    memory_limit_mb: int = Field(default=2000, ge=50)


class ValidateSettings(Strict):
    """Folders or files with the workspace's own expectations (YAML)."""

    expectations: tuple[Path, ...] = ()


class StateSettings(Strict):
    """``keep_days``: how long messages are kept that were delivered, given up or put away."""

    url: SecretRef | str = "sqlite:///.riskplug/state.db"
    keep_days: int = Field(default=365, ge=30, le=36_500)


class ScanSettings(Strict):
    """``reuse``: whether what an earlier night worked out of the same inputs is taken over."""

    reuse: bool = True


class ScaleSettings(Strict):
    """Where the heavy work of a scan runs; the defaults are the ones of docs/scale.md.

    ``scheduler``: of a Dask cluster; without it the scan starts ``workers`` processes of its own. ``snapshot_url``: a
    file system of pyarrow that workers reach, where they do not see the snapshot's folder.
    """

    engine: Literal["local", "dask"] = "local"
    scheduler: str | None = None
    workers: int = Field(default=2, ge=1, le=256)
    memory_limit_mb: int | None = Field(default=None, ge=500)
    tls_ca: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    snapshot_url: SecretRef | str | None = None

    @field_validator("scheduler")
    @classmethod
    def _safe(cls, value: str | None) -> str | None:
        if value is None:
            return None
        found = urlsplit(value)
        if found.scheme not in ("tls", "tcp") or not found.hostname or not _port_of(value):
            raise ValueError(f"{value!r} is no address: write tls://HOST:PORT, or tcp://127.0.0.1:PORT on this host")
        if found.scheme == "tcp" and not _is_loopback(found.hostname):
            raise ValueError(
                f"{value!r} leaves this host without TLS, and whoever reaches a Dask scheduler may run any code: "
                "write tls://HOST:PORT with tls_ca, tls_cert and tls_key"
            )
        return value

    @model_validator(mode="after")
    def _certified(self) -> "ScaleSettings":
        given = {"tls_ca": self.tls_ca, "tls_cert": self.tls_cert, "tls_key": self.tls_key}
        lacking = [name for name, path in given.items() if path is None]
        if (self.scheduler or "").startswith("tls://"):
            if lacking:
                raise ValueError(f"a tls:// scheduler needs {', '.join(lacking)}: paths of PEM files")
        elif len(lacking) < len(given):
            raise ValueError("tls_ca, tls_cert and tls_key are for a tls:// scheduler: name one, or take them out")
        return self


def _port_of(address: str) -> int | None:
    try:
        return urlsplit(address).port
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class WatchSettings(Strict):
    """Who watches the scan itself: a file of metrics, an address that is asked when a scan starts and ends, a file of
    lineage events. An address is a secret: whoever knows it can say that all is well. Unless it is named in
    ``private_hosts``, its host must not be in a private network.
    """

    metrics_file: Path | None = None
    ping_url: SecretRef | None = None
    private_hosts: tuple[str, ...] = ()
    lineage_file: Path | None = None

    @field_validator("metrics_file")
    @classmethod
    def _collected(cls, value: Path | None) -> Path | None:
        if value is not None and value.suffix != ".prom":
            raise ValueError(f"{value.name!r} must end in .prom: the textfile collector reads no other files")
        return value


Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)


class ScheduleSettings(Strict):
    """Which business dates a scan is due on, and how many of them, today included, are caught up with."""

    catch_up_days: int = Field(default=7, ge=1, le=366)
    weekdays: tuple[Weekday, ...] = Field(default=WEEKDAYS, min_length=1)


class AlertPace(Strict):
    """How fast the alerts of one rule open and close, and how many of them are too many; 0 is no limit."""

    for_scans: int | None = Field(default=None, ge=1)
    resolve_after_scans: int | None = Field(default=None, ge=1)
    reopen_days: int | None = Field(default=None, ge=0)
    metric_step: float | None = Field(default=None, ge=0)
    max_share_pct: float | None = Field(default=None, ge=0, le=100)
    max_jump: float | None = Field(default=None, ge=0)
    repeat_every: int | None = Field(default=None, ge=0)


class RepeatSettings(Strict):
    """Business days after which an open alert that nobody has taken up is told again, by severity; 0: never."""

    critical: int = Field(default=5, ge=0)
    warning: int = Field(default=20, ge=0)
    info: int = Field(default=0, ge=0)


class EscalationStep(Strict):
    """Who is told as well when an alert was not acknowledged for some business days, or its runway falls too fast."""

    severity: tuple[Literal["critical", "warning", "info"], ...] = ("critical",)
    after_business_days: int | None = Field(default=None, ge=1)
    faster_than_calendar_days: float | None = Field(default=None, gt=0)
    to: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_reason(self) -> "EscalationStep":
        if (self.after_business_days is None) == (self.faster_than_calendar_days is None):
            raise ValueError("a step has either after_business_days or faster_than_calendar_days")
        return self


Patterns = Annotated[str, Field(min_length=1)] | Annotated[tuple[str, ...], Field(min_length=1)]


class InhibitSettings(Strict):
    """Alerts that are not told while others are open: labels with their patterns, and the labels that must be equal."""

    source: dict[str, Patterns]
    target: dict[str, Patterns]
    equal: tuple[str, ...] = ()

    @field_validator("source", "target")
    @classmethod
    def _of_something(cls, said: dict[str, Patterns]) -> dict[str, Patterns]:
        if not said:
            raise ValueError('names no alerts: write a label and what it is like, such as { rule = "runway-*" }')
        return said


class AlertsSettings(Strict):
    """The life-cycle of alerts; the defaults are the ones of docs/workspace.md."""

    for_scans: int = Field(default=1, ge=1)
    resolve_after_scans: int = Field(default=1, ge=1)
    reopen_days: int = Field(default=14, ge=0)
    metric_step_days: float = Field(default=7, ge=0)
    max_share_pct: float = Field(default=50, ge=0, le=100)
    max_jump: float = Field(default=5, ge=0)
    min_findings: int = Field(default=100, ge=1)
    flap_scans: int = Field(default=14, ge=2)
    flap_changes: int = Field(default=4, ge=2)
    weekly_on: Weekday = "monday"
    ending_within_days: int = Field(default=7, ge=0)
    max_snooze_days: int = Field(default=90, ge=1)
    max_waiver_days: int = Field(default=365, ge=1)
    max_silence_days: int = Field(default=90, ge=1)
    calendar: str | None = None
    repeat_every: RepeatSettings = RepeatSettings()
    escalation: tuple[EscalationStep, ...] = Field(default=(), max_length=16)
    inhibit: tuple[InhibitSettings, ...] = ()
    rules: dict[str, AlertPace] = Field(default_factory=dict)


Treatment = Literal["as_is", "hashed", "left_out"]


class Redact(Strict):
    """What a receiver may read of the company's data. What is not said here depends on the kind: chat leaves out prices
    and customers. ``key``: makes hashes that nobody can guess.
    """

    part_numbers: Treatment | None = None
    product_names: Treatment | None = None
    suppliers: Treatment | None = None
    quantities: Treatment | None = None
    prices: Treatment | None = None
    customers: Treatment | None = None
    key: SecretRef | None = None

    @model_validator(mode="after")
    def _key_for_hashes(self) -> "Redact":
        if "hashed" in self.treatments.values() and self.key is None:
            raise ValueError('"hashed" needs a key, such as key = { env = "RISKPLUG_HASH_KEY" }')
        return self

    @property
    def treatments(self) -> dict[str, Treatment]:
        """What is said, by class."""
        return {name: value for name, value in self if name != "key" and value is not None}


class Receiver(BaseModel):
    """A receiver: its notifier kind, how it is told, and that notifier's own options, which the notifier validates."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)
    kind: str
    fallback: str | None = None
    heartbeat: bool = True
    top: int = Field(default=10, ge=1, le=20)
    replies: int = Field(default=6, ge=0, le=20)
    singles: int = Field(default=10, ge=0, le=50)
    redact: Redact = Redact()

    @property
    def options(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class Match(Strict):
    """What a route takes; an empty list takes everything."""

    severity: tuple[Literal["critical", "warning", "info"], ...] = ()
    rule: tuple[str, ...] = ()
    site: tuple[str, ...] = ()
    owner: tuple[str, ...] = ()
    material: tuple[str, ...] = ()


class Route(Strict):
    """A route takes what matches, for its receivers or for those of the ``routes`` inside it that take it too.
    ``continue``: whether routes after it are asked as well."""

    match: Match = Match()
    receivers: tuple[str, ...] = ()
    routes: tuple["Route", ...] = ()
    goes_on: bool = Field(default=True, alias="continue")

    @model_validator(mode="after")
    def _leads_somewhere(self) -> "Route":
        if not self.receivers and not self.routes:
            raise ValueError("a route needs receivers, or routes inside it")
        return self


class Workspace(Strict):
    """A validated riskplug.toml. Relative paths in it are relative to ``root``.

    ``prices``: per kilogram of a material, in the workspace's currency; what it is worth inside bought goods.
    """

    root: Path
    workspace: WorkspaceSettings
    sites: dict[str, Site]
    sources: dict[str, SourceSettings]
    lanes: tuple[Lane, ...] = ()
    policy: Policy = Policy()
    recovery: Recovery = Recovery()
    rules: RulesSettings = RulesSettings()
    scenarios: ScenariosSettings = ScenariosSettings()
    plugins: PluginsSettings = PluginsSettings()
    validation: ValidateSettings = Field(default=ValidateSettings(), alias="validate")
    state: StateSettings = StateSettings()
    scan: ScanSettings = ScanSettings()
    scale: ScaleSettings = ScaleSettings()
    watch: WatchSettings = WatchSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    alerts: AlertsSettings = AlertsSettings()
    prices: dict[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    receivers: dict[str, Receiver] = Field(default_factory=dict)
    routes: tuple[Route, ...] = ()

    def where(self, *loc: str) -> str:
        """The line of the file that most likely holds a key, for messages about what it says."""
        file = self.root / FILE_NAME
        text = file.read_text(encoding="utf-8") if file.is_file() else ""
        return f"{file}:{_line_of(text, loc)}" if text else FILE_NAME

    def resolve(self, path: Path) -> Path:
        """A path of the file, made absolute against the workspace."""
        return path if path.is_absolute() else self.root / path

    def place(self, *keys: str) -> str:
        """``file:line`` of a key path of riskplug.toml, or of the nearest table above it."""
        file = self.root / FILE_NAME
        text = file.read_text(encoding="utf-8") if file.is_file() else ""
        return f"{file}:{_line_of(text, keys)}"


def find(start: Path) -> Path:
    """The nearest riskplug.toml from ``start`` upwards; UsageError when there is none."""
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
    raise UsageError(
        f"no {FILE_NAME} here or above",
        str(start),
        "run `riskplug init DIR` to make a workspace, or name one with `-w DIR`",
    )


def load(path: Path) -> Workspace:
    """Read and validate a workspace file, or the one in a folder; every problem of it in one UsageError."""
    file = path / FILE_NAME if path.is_dir() else path
    if not file.is_file():
        raise UsageError(f"no {FILE_NAME}", str(path), "run `riskplug init DIR` to make a workspace")
    text = file.read_text(encoding="utf-8")
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"not valid TOML: {error}", str(file), "correct the line it names") from error
    try:
        workspace = Workspace.model_validate({**content, "root": file.resolve().parent})
    except ValidationError as error:
        raise UsageError.of(_problems(error, file, text)) from error
    _check_references(workspace, file, text)
    return workspace


def _check_references(workspace: Workspace, file: Path, text: str) -> None:
    named = [("routes", name) for name in _receivers_in(workspace.routes)]
    named += [("alerts.escalation", name) for step in workspace.alerts.escalation for name in step.to]
    named += [(f"receivers.{name}", one.fallback) for name, one in workspace.receivers.items() if one.fallback]
    problems = [
        Problem(
            f"{_NAMING.get(place, 'fallback')} names receiver {name!r}, which is not configured",
            f"{file}:{_line_of(text, tuple(place.split('.', 1)))}",
            suggestion(name, workspace.receivers) or f"add a [receivers.{name}] table",
            "unknown-receiver",
        )
        for place, name in named
        if name not in workspace.receivers
    ] + [
        Problem(
            f"source {name!r} names site {source.site!r}, which is not configured",
            f"{file}:{_line_of(text, ('sources', name))}",
            suggestion(source.site, workspace.sites),
            "unknown-site",
        )
        for name, source in workspace.sources.items()
        if source.site and source.site not in workspace.sites
    ]
    problems += [
        problem for at, lane in enumerate(workspace.lanes) for problem in _of_lane(lane, at, workspace, file, text)
    ]
    if problems:
        raise UsageError.of(problems)


_NAMING = {"routes": "route", "alerts.escalation": "a step of escalation"}


def _receivers_in(routes: tuple[Route, ...]) -> Iterator[str]:
    for route in routes:
        yield from route.receivers
        yield from _receivers_in(route.routes)


def _of_lane(lane: Lane, at: int, workspace: Workspace, file: Path, text: str) -> list[Problem]:
    ends = {"from": lane.origin, "to": lane.destination}
    if lane.origin == lane.destination:
        where = f"{file}:{_line_of(text, ('lanes', str(at), 'to'))}"
        return [Problem(f"lane from {lane.origin!r} to itself", where, "name two different sites", "bad-value")]
    return [
        Problem(
            f"lane names site {name!r} in {key!r}, which is not configured",
            f"{file}:{_line_of(text, ('lanes', str(at), key))}",
            suggestion(name, workspace.sites) or f"add a [sites.{name}] table",
            "unknown-site",
        )
        for key, name in ends.items()
        if name not in workspace.sites
    ]


def _problems(error: ValidationError, file: Path, text: str) -> list[Problem]:
    return [_problem(tuple(map(str, item["loc"])), item["type"], item["msg"], file, text) for item in error.errors()]


def _problem(loc: tuple[str, ...], kind: str, message: str, file: Path, text: str) -> Problem:
    where, path = f"{file}:{_line_of(text, loc)}", ".".join(loc)
    if kind == "extra_forbidden":
        known = _known_keys(loc[:-1])
        return Problem(f"unknown key {path!r}", where, suggestion(loc[-1], known) or "remove it", "unknown-key")
    if kind == "missing":
        return Problem(
            f"missing {path!r}",
            where,
            f"add `{loc[-1]}` under [{'.'.join(key for key in loc[:-1] if not key.isdecimal()) or 'the top'}]",
            "missing-key",
        )
    return Problem(f"{path}: {message.removeprefix('Value error, ')}", where, "correct the value", "bad-value")


_SECTIONS: dict[str, type[BaseModel]] = {
    "workspace": WorkspaceSettings,
    "sites": Site,
    "sources": SourceSettings,
    "lanes": Lane,
    "policy": Policy,
    "recovery": Recovery,
    "rules": RulesSettings,
    "scenarios": ScenariosSettings,
    "plugins": PluginsSettings,
    "validate": ValidateSettings,
    "state": StateSettings,
    "scan": ScanSettings,
    "scale": ScaleSettings,
    "watch": WatchSettings,
    "alerts": AlertsSettings,
    "routes": Route,
}


def _known_keys(loc: tuple[str, ...]) -> list[str]:
    if not loc:
        return [*_SECTIONS, "prices", "receivers"]
    within: dict[tuple[str, str], type[BaseModel]] = {
        ("routes", "match"): Match,
        ("alerts", "rules"): AlertPace,
        ("alerts", "escalation"): EscalationStep,
        ("alerts", "inhibit"): InhibitSettings,
        ("alerts", "repeat_every"): RepeatSettings,
    }
    at = (loc[0], next((word for word in reversed(loc[1:]) if (loc[0], word) in within), ""))
    model = within.get(at, _SECTIONS.get(loc[0]))
    model = Redact if loc[0] == "receivers" and loc[-1] == "redact" else model
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _line_of(text: str, loc: tuple[str, ...]) -> int:
    """The line that most likely holds a key path: TOML readers keep no positions, so the text is searched."""
    lines = text.splitlines()
    at = 0
    for depth in range(len(loc), 0, -1):
        table, number = ".".join(loc[:depth]), loc[depth] if depth < len(loc) else ""
        found = [n for n, line in enumerate(lines) if line.strip().strip("[]").strip() == table]
        if found:
            at = found[int(number)] if number.isdecimal() and int(number) < len(found) else found[0]
            break
    keyed = (n for n in range(at, len(lines)) if lines[n].split("=")[0].strip() == loc[-1])
    return next(keyed, at) + 1


def secret_url(url: SecretRef | str) -> str:
    """A URL written out or referred to."""
    return url.resolve().get_secret_value() if isinstance(url, SecretRef) else url
