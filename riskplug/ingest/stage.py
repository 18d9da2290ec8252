"""The ingest stage: every source through its profile into canonical tables."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from pathlib import Path

from riskplug.errors import DataRefused, UsageError, suggestion
from riskplug.ingest.accept import Accepted, Place, accept
from riskplug.ingest.again import Inputs, inputs_of, taken_over
from riskplug.ingest.extract import Extract, give_back
from riskplug.ingest.finish import SourceRows, joined, to_frames
from riskplug.ingest.gather import Database, Folder, Origin, Reshape, gathered
from riskplug.ingest.intake import Intake
from riskplug.ingest.plugged import Plugged
from riskplug.ingest.profile import Profile, TableRule
from riskplug.ingest.profile_file import load_profile
from riskplug.ingest.records import BLANK
from riskplug.ingest.repeats import set_repeats_aside
from riskplug.model import Ingested, InputFile, Refusal
from riskplug.reuse import NOTHING, Reuse
from riskplug.tables import TABLES
from riskplug.workspace import SourceSettings, Workspace

Progress = Callable[[str], None]


def ingest(
    workspace: Workspace,
    profiles: Mapping[str, Profile],
    on: date,
    progress: Progress | None = None,
    plugged: Mapping[str, Plugged] | None = None,
    reshapes: Mapping[str, Reshape] | None = None,
    reuse: Reuse = NOTHING,
) -> Ingested:
    """Read all sources of a workspace; see `model.Ingested`.

    Bad rows are quarantined, bad files refuse their table; a table for which a source has no file is absent. Only
    parts must come from somewhere. ``plugged``: sources that a plugin reads, by their name in the workspace; their
    text is read as the `canonical` profile's. ``reshapes``: the plugins' reshapers by kind. ``reuse``: tables of
    files that an earlier night has read are taken from there. UsageError when a source's profile is unknown.
    """
    intake, plugs = Intake(), plugged or {}
    chosen = {
        name: profiles["canonical"] if name in plugs else profile_of(source, name, profiles, workspace.root)
        for name, source in workspace.sources.items()
    }
    for name, source in workspace.sources.items():
        plug = plugs.get(name)
        rules = {table: rule for table in TABLES if (rule := chosen[name].rule(table)) is not None}
        tell = progress or _silent
        found = (
            _plugged(plug)
            if plug
            else _extracts(name, source, chosen[name], rules, workspace, on, reshapes or {}, tell)
        )
        _read_source(name, source, chosen[name], rules, found, workspace, intake, tell, reuse)
    _require_parts(workspace, intake)
    rows, intake.accepted = intake.accepted, {}
    return Ingested(
        to_frames(rows),
        intake.quarantined(),
        tuple(intake.files),
        tuple(intake.refused),
        intake.dropped,
        intake.unknown,
        {name: profile.absent_stock for name, profile in chosen.items()},
        tuple(intake.doubts),
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


Extracts = Callable[[], list[Extract]]
# A table, what reads it, and the files that it is read from, where nothing else has a say.
Found = Iterator[tuple[str, Extracts, Callable[[], Inputs | None]]]


def _read_source(
    name: str,
    source: SourceSettings,
    profile: Profile,
    rules: Mapping[str, TableRule],
    found: Found,
    workspace: Workspace,
    intake: Intake,
    progress: Progress,
    reuse: Reuse,
) -> None:
    left = dict(rules)
    try:
        for table, extracts, inputs in found:
            progress(f"{name}: {table}")
            place = Place(table, name, source.site, tuple(workspace.sites), workspace.workspace.timezone)
            read = partial(_taken, extracts, rules[table], profile, place)
            try:
                intake.add(taken_over(inputs(), profile, place, reuse, read))
            except DataRefused as error:
                intake.refuse(table, name, error)
            left.pop(table)
    except DataRefused as error:  # of the folder or the database: what was not read yet cannot be read
        for table in left:
            intake.refuse(table, name, error)


def _taken(extracts: Extracts, rule: TableRule, profile: Profile, place: Place, intake: Intake) -> None:
    take(extracts(), rule, profile, place, intake)


def _plugged(plug: Plugged) -> Found:
    for table in plug.tables():
        yield table, lambda table=table: [plug.read(table)], _unknown  # type: ignore[misc]


def _unknown() -> Inputs | None:
    """Only who reads it can tell what it comes of."""
    return None


def _extracts(
    name: str,
    source: SourceSettings,
    profile: Profile,
    rules: Mapping[str, TableRule],
    workspace: Workspace,
    on: date,
    reshapes: Mapping[str, Reshape],
    progress: Progress,
) -> Found:
    with ExitStack() as stack:
        folder: Folder | None = None
        if profile.reader == "sql":
            origin: Origin = _database(name, source, profile, workspace, stack)
        else:
            origin = folder = _folder(name, source, profile, workspace)
            for file in folder.unread():
                progress(f"{name}: not read: {file} (transfer under way, or held open)")
        for table, rule in rules.items():
            inputs = partial(inputs_of, folder, table, rule) if folder else _unknown
            yield table, partial(gathered, origin, table, rule, profile, on, reshapes), inputs


def _folder(name: str, source: SourceSettings, profile: Profile, workspace: Workspace) -> Folder:
    if source.path is None:
        raise UsageError(f"source {name!r} has no path", f"[sources.{name}]", 'add `path = "exports"`')
    path = workspace.resolve(source.path)
    if not path.exists():
        raise DataRefused("no such file or folder", str(source.path), f"correct [sources.{name}] path")
    return Folder(path, profile, workspace.root, workspace.workspace.timezone)


def _database(name: str, source: SourceSettings, profile: Profile, workspace: Workspace, stack: ExitStack) -> Database:
    from riskplug.ingest.database import connect  # SQLAlchemy is not needed for files

    if source.url is None:
        raise UsageError(f"source {name!r} has no url", f"[sources.{name}]", 'add `url = { env = "ERP_URL" }`')
    limit = source.timeout_seconds
    return Database(stack.enter_context(connect(source.url, workspace.root, name, limit)), name, profile)


def take(extracts: list[Extract], rule: TableRule, profile: Profile, place: Place, intake: Intake) -> None:
    """Accept all files of one table of one source, or none of them."""
    if not extracts:
        return
    accepted: list[Accepted] = []
    files: list[InputFile] = []
    while extracts:  # what is accepted is not needed a second time
        extract = extracts.pop(0)
        accepted.append(accept(extract, rule, profile, place))
        files += _input_files(extract, accepted[-1].extracted_at, place, profile)
        del extract
    give_back()
    rows = joined([each.rows for each in accepted])
    accepted = [replace(each, rows=each.rows.schema.empty_table()) for each in accepted]
    _refuse_when_all_left(rows.num_rows, accepted, place, where=files[0].path)
    entries = [each.quarantine for each in accepted]
    if (rule.repeats or profile.repeats) == "report":
        rows, repeats = set_repeats_aside(rows, place)
        entries.append(repeats)
    give_back()
    intake.accepted.setdefault(place.table, []).append(SourceRows(place.source, rows))
    intake.quarantine += [entry for entry in entries if len(entry)]
    _count(accepted, place, intake)
    intake.files += list({file.path: file for file in reversed(files)}.values())[::-1]


_STOCK_TAKING = ("parts", "bom_lines", "inventory")


def _refuse_when_all_left(rows: int, accepted: list[Accepted], place: Place, where: str) -> None:
    """A table whose every row was left out by a rule is a wrong rule: it would read as nothing there at all."""
    dropped: dict[str, int] = {}
    for each in accepted:
        for name, count in each.dropped.items():
            dropped[name] = dropped.get(name, 0) + count
    rules = {name: count for name, count in dropped.items() if name not in (BLANK, "blank row")}
    if rows or any(len(each.quarantine) for each in accepted) or not rules:
        return
    if place.table in _STOCK_TAKING or any(name.startswith("no partner in") for name in rules):
        took = ", ".join(f"{name} ({count:,})" for name, count in rules.items())
        what = f"no row of {place.table} is left: {took}"
        raise DataRefused(what, where, "correct the rule, or the keys of the join, in the profile")


def _input_files(
    extract: Extract, extracted_at: datetime | None, place: Place, profile: Profile
) -> Iterator[InputFile]:
    """The file itself, and those joined to it."""
    yield _input_file(extract, extracted_at, place, profile)
    for other in extract.beside:
        yield _input_file(other, other.extracted_at, place, profile)


def _input_file(extract: Extract, extracted_at: datetime | None, place: Place, profile: Profile) -> InputFile:
    sha256, rows, size = extract.sha256, extract.rows_read, extract.size
    return InputFile(place.table, place.source, extract.file, sha256, rows, size, extracted_at, profile.name)


def _count(accepted: list[Accepted], place: Place, intake: Intake) -> None:
    key = (place.table, place.source)
    for each in accepted:
        for rule, count in each.dropped.items():
            intake.drops_by_rule[rule] = intake.drops_by_rule.get(rule, 0) + count
            intake.dropped[key] = intake.dropped.get(key, 0) + count
        for rule, count in each.dropped_beside.items():
            intake.drops_by_rule[rule] = intake.drops_by_rule.get(rule, 0) + count
    unknown = tuple(dict.fromkeys(name for each in accepted for name in each.unknown))
    if unknown:
        intake.unknown[key] = unknown
    intake.doubts += [doubt for each in accepted for doubt in each.doubts]


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
