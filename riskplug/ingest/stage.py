"""The ingest stage: every source through its profile into canonical tables."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from riskplug.errors import DataRefused, UsageError, suggestion
from riskplug.ingest.accept import Accepted, Place, accept
from riskplug.ingest.extract import Extract
from riskplug.ingest.files import find_files, read_file
from riskplug.ingest.finish import SourceRows, joined, to_frames
from riskplug.ingest.plugged import Plugged
from riskplug.ingest.profile import Profile, TableRule
from riskplug.ingest.profile_file import load_profile
from riskplug.ingest.repeats import set_repeats_aside
from riskplug.model import QUARANTINE_COLUMNS, Ingested, InputFile, Refusal
from riskplug.tables import TABLES
from riskplug.workspace import SourceSettings, Workspace

Progress = Callable[[str], None]


@dataclass
class Intake:
    """What has been read so far, table by table."""

    accepted: dict[str, list[SourceRows]] = field(default_factory=dict)
    quarantine: list[pd.DataFrame] = field(default_factory=list)
    files: list[InputFile] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    dropped: dict[tuple[str, str], int] = field(default_factory=dict)
    drops_by_rule: dict[str, int] = field(default_factory=dict)
    unknown: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def refuse(self, table: str, source: str, error: DataRefused) -> None:
        self.refused.append(Refusal(table, source, error.where, error.what, error.fix))

    def quarantined(self) -> pd.DataFrame:
        if not self.quarantine:
            kinds = {name: "int64" if name == "line" else "str" for name in QUARANTINE_COLUMNS}
            return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})
        return pd.concat(self.quarantine, ignore_index=True)


def ingest(
    workspace: Workspace,
    profiles: Mapping[str, Profile],
    on: date,
    progress: Progress | None = None,
    plugged: Mapping[str, Plugged] | None = None,
) -> Ingested:
    """Read all sources of a workspace; see `model.Ingested`.

    Bad rows are quarantined, bad files refuse their table; a table for which a source has no file is absent. Only
    parts must come from somewhere. ``plugged``: sources that a plugin reads, by their name in the workspace; their
    text is read as the `canonical` profile's. UsageError when a source's profile is unknown.
    """
    intake, plugs = Intake(), plugged or {}
    chosen = {
        name: profiles["canonical"] if name in plugs else profile_of(source, name, profiles, workspace.root)
        for name, source in workspace.sources.items()
    }
    for name, source in workspace.sources.items():
        _read_source(name, source, chosen[name], workspace, intake, progress or _silent, plugs.get(name))
    _require_parts(workspace, intake)
    return Ingested(
        to_frames(intake.accepted),
        intake.quarantined(),
        tuple(intake.files),
        tuple(intake.refused),
        intake.dropped,
        intake.unknown,
        {name: profile.absent_stock for name, profile in chosen.items()},
    )


def _silent(_: str) -> None:
    """Nobody watches."""


def profile_of(source: SourceSettings, name: str, profiles: Mapping[str, Profile], root: Path) -> Profile:
    """The profile of a source: by its name, or a profile file relative to the workspace."""
    if source.profile in profiles:
        return profiles[source.profile]
    if source.profile.endswith((".yaml", ".yml")):
        return load_profile(root / source.profile, profiles)
    what = f"source {name!r} names profile {source.profile!r}, which nobody provides"
    raise UsageError(
        what,
        f"[sources.{name}] profile",
        suggestion(source.profile, profiles) or "name a shipped profile, a plugin's, or a profile file",
    )


def _read_source(
    name: str,
    source: SourceSettings,
    profile: Profile,
    workspace: Workspace,
    intake: Intake,
    progress: Progress,
    plug: Plugged | None,
) -> None:
    rules = {table: rule for table in TABLES if (rule := profile.rule(table)) is not None}
    left = dict(rules)
    try:
        found = _plugged(plug) if plug else _extracts(name, source, profile, rules, workspace)
        for table, extracts in found:
            progress(f"{name}: {table}")
            place = Place(table, name, source.site, tuple(workspace.sites), workspace.workspace.timezone)
            try:
                take(extracts(), rules[table], profile, place, intake)
            except DataRefused as error:
                intake.refuse(table, name, error)
            left.pop(table)
    except DataRefused as error:  # of the folder or the database: what was not read yet cannot be read
        for table in left:
            intake.refuse(table, name, error)


Extracts = Callable[[], list[Extract]]


def _plugged(plug: Plugged) -> Iterator[tuple[str, Extracts]]:
    for table in plug.tables():
        yield table, lambda table=table: [plug.read(table)]  # type: ignore[misc]


def _extracts(
    name: str, source: SourceSettings, profile: Profile, rules: Mapping[str, TableRule], workspace: Workspace
) -> Iterator[tuple[str, Extracts]]:
    if profile.reader == "sql":
        yield from _of_database(name, source, rules, workspace)
        return
    if source.path is None:
        raise UsageError(f"source {name!r} has no path", f"[sources.{name}]", 'add `path = "exports"`')
    folder = workspace.resolve(source.path)
    if not folder.exists():
        raise DataRefused("no such file or folder", str(source.path), f"correct [sources.{name}] path")
    for table, rule in rules.items():
        yield (
            table,
            lambda table=table, rule=rule: [  # type: ignore[misc]
                read_file(path, table, profile, rule, workspace.root, workspace.workspace.timezone)
                for path in _files(folder, rule, table, profile)
            ],
        )


def _files(folder: Path, rule: TableRule, table: str, profile: Profile) -> list[Path]:
    files = find_files(folder, rule, table)
    if profile.reader == "canonical" and not profile.tables and len(files) > 1:
        raise DataRefused(
            f"table {table} is there twice: {', '.join(path.name for path in files)}",
            str(folder),
            "keep one of the files",
        )
    return files


def _of_database(
    name: str, source: SourceSettings, rules: Mapping[str, TableRule], workspace: Workspace
) -> Iterator[tuple[str, Extracts]]:
    from riskplug.ingest.database import connect, read_table  # SQLAlchemy is not needed for files

    if source.url is None:
        raise UsageError(f"source {name!r} has no url", f"[sources.{name}]", 'add `url = { env = "ERP_URL" }`')
    with ExitStack() as stack:
        connection = stack.enter_context(connect(source.url, workspace.root, name))
        for table, rule in rules.items():
            yield table, lambda rule=rule: [read_table(connection, rule, f"{name}:{rule.table}")]  # type: ignore[misc]


def take(extracts: list[Extract], rule: TableRule, profile: Profile, place: Place, intake: Intake) -> None:
    """Accept all files of one table of one source, or none of them."""
    if not extracts:
        return
    accepted = [accept(extract, rule, profile, place) for extract in extracts]
    rows = joined([each.rows for each in accepted])
    entries = [each.quarantine for each in accepted]
    if (rule.repeats or profile.repeats) == "report":
        rows, repeats = set_repeats_aside(rows, place)
        entries.append(repeats)
    intake.accepted.setdefault(place.table, []).append(SourceRows(place.source, rows))
    intake.quarantine += [entry for entry in entries if len(entry)]
    _count(accepted, place, intake)
    intake.files += [
        InputFile(
            place.table,
            place.source,
            extract.file,
            extract.sha256,
            extract.columns.num_rows + len(extract.rejects),
            extract.size,
            each.extracted_at,
            profile.name,
        )
        for extract, each in zip(extracts, accepted, strict=True)
    ]


def _count(accepted: list[Accepted], place: Place, intake: Intake) -> None:
    key = (place.table, place.source)
    for each in accepted:
        for rule, count in each.dropped.items():
            intake.drops_by_rule[rule] = intake.drops_by_rule.get(rule, 0) + count
            intake.dropped[key] = intake.dropped.get(key, 0) + count
    unknown = tuple(dict.fromkeys(name for each in accepted for name in each.unknown))
    if unknown:
        intake.unknown[key] = unknown


def _require_parts(workspace: Workspace, intake: Intake) -> None:
    if "parts" in intake.accepted or any(refusal.table == "parts" for refusal in intake.refused):
        return
    names = list(workspace.sources)
    where = ", ".join(str(source.path or "database") for source in workspace.sources.values()) or "riskplug.toml"
    intake.refused.append(
        Refusal(
            "parts",
            names[0] if len(names) == 1 else "*",
            where,
            "no source delivers parts",
            "add the part master to the export, or correct the file names in the profile",
        )
    )
