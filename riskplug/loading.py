"""What a workspace points at, loaded and checked: profiles, rules, measures, receivers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType

from riskplug.catalogue import GRAINS, Fact, Grain, with_columns
from riskplug.content import confirmations, element_names, load_knowledge, requests
from riskplug.deliver import build_notifiers
from riskplug.errors import Problem, UsageError, suggestion
from riskplug.extend import guard
from riskplug.extend.discovery import shipped_folder
from riskplug.extend.guard import Care, Place
from riskplug.extend.host import PluginHost
from riskplug.extend.options import made_with
from riskplug.extend.protocols import Notifier, RuleKind, ScanContext, Source
from riskplug.ingest import Plugged, Profile, Reshape, load_profile, load_profiles
from riskplug.pacing import check_alerts
from riskplug.regimes import Checked, EntityList, Measure, check_files, load_entities, load_measures
from riskplug.rules import RuleSet, load_rules
from riskplug.workspace import Receiver, Workspace


def profiles_of(host: PluginHost | None) -> dict[str, Profile]:
    """Shipped profiles and those of plugins."""
    return load_profiles(host.profiles() if host else ())


def plugged_of(workspace: Workspace, host: PluginHost, context: ScanContext) -> dict[str, Plugged]:
    """The workspace's sources that a plugin reads: those whose profile is the kind of a source plugin.

    UsageError with everything that is wrong with what the workspace names of plugins: see `check_named`.
    """
    check_named(workspace, host)
    kinds = host.sources()
    return {
        name: Plugged(host.provider(kind), made_source(name, workspace, kind, host)[0], context)
        for name, kind in _by_plugins(workspace, kinds, profiles_of(host))
    }


def check_named(workspace: Workspace, host: PluginHost) -> None:
    """UsageError where a source names what no profile and no plugin gives, or options are wrong; all at once."""
    kinds, known, problems = host.sources(), profiles_of(host), list[Problem]()
    plugged = dict(_by_plugins(workspace, kinds, known))
    for name, source in workspace.sources.items():
        if name in plugged:
            problems += made_source(name, workspace, plugged[name], host)[1]
        elif source.profile in known or source.profile.endswith((".yaml", ".yml")):
            problems += _reshape_problems(name, workspace, host, known)
        else:
            what = f"source {name!r} names profile {source.profile!r}, which nobody provides"
            fix = kinds.off(source.profile) or suggestion(source.profile, [*known, *kinds]) or "name a profile file"
            problems.append(Problem(what, workspace.place("sources", name, "profile"), fix))
    problems += host.option_problems(lambda *keys: workspace.place("plugins", "options", *keys))
    if problems:
        raise UsageError.of(problems)


def _by_plugins(
    workspace: Workspace, kinds: Mapping[str, type[Source]], known: Mapping[str, Profile]
) -> Iterator[tuple[str, type[Source]]]:
    for name, source in workspace.sources.items():
        if source.profile in kinds and source.profile not in known:
            yield name, kinds[source.profile]


def made_source(
    name: str, workspace: Workspace, kind: type[Source], host: PluginHost
) -> tuple[Source, Sequence[Problem]]:
    """The source of a plugin with its options, and what is wrong with them."""

    def where(key: str) -> str:
        return workspace.place("sources", name, "options", *([key] if key else []))

    return made_with(kind, workspace.sources[name].options, where, host.provider(kind))


def _reshape_problems(
    name: str, workspace: Workspace, host: PluginHost, known: Mapping[str, Profile]
) -> Iterator[Problem]:
    """Reshapers that a source's profile asks for and nobody gives."""
    profile, given = profile_named(workspace.sources[name].profile, workspace, host), host.reshapers()
    for kind in sorted({rule.reshape for rule in profile.tables.values() if rule.reshape} - set(given)):
        what = f"profile {profile.name} of source {name!r} needs reshaper {kind!r}, which no plugin gives"
        yield Problem(what, workspace.place("sources", name, "profile"), given.advice(kind))


def reshapes_of(host: PluginHost | None) -> dict[str, Reshape]:
    """The reshapers of all plugins by kind."""
    kinds = host.reshapers() if host else {}
    made = {kind: guard.call(kind, "make", partial(host.make, reshaper)) for kind, reshaper in kinds.items() if host}
    return {kind: Reshape(kind, one.value) for kind, one in made.items() if one.value is not None}


def profile_named(name: str, workspace: Workspace | None, host: PluginHost | None) -> Profile:
    """A profile by name, or by the path of its file."""
    known = profiles_of(host)
    if name in known:
        return known[name]
    if name.endswith((".yaml", ".yml")):
        path = Path(name)
        return load_profile(path if path.exists() or workspace is None else workspace.resolve(path), known)
    raise UsageError(f"no profile {name!r}", "--profile", suggestion(name, known) or "name a profile file")


def catalogue_of(host: PluginHost | None) -> dict[str, Grain]:
    """The catalogue with the columns of all plugins: what rules, schemas and exports know."""
    added: dict[str, list[Fact]] = {}
    for enricher in host.enrichers().values() if host else ():
        added.setdefault(enricher.grain, []).extend(enricher.columns)
    return with_columns(GRAINS, added)


def rule_folders(workspace: Workspace) -> list[Path]:
    """Shipped rules first; a workspace's own may override them by id."""
    return [shipped_folder("rules"), *(workspace.resolve(path) for path in workspace.rules.paths)]


def rules_of(workspace: Workspace, host: PluginHost) -> RuleSet:
    """All rules that are on in a workspace; UsageError with every problem of every file."""
    settings, kinds = workspace.rules, host.rule_kinds()
    rules = load_rules(
        rule_folders(workspace),
        catalogue_of(host),
        kinds,
        settings.params,
        workspace.workspace.currency,
        cares=cares_of(workspace, host, kinds),
    )
    unknown = [name for name in settings.disable if name not in rules.ids]
    if unknown:
        raise UsageError(f"no rule {unknown[0]!r} to switch off", "[rules] disable", suggestion(unknown[0], rules.ids))
    return rules.without(settings.disable)


def cares_of(workspace: Workspace, host: PluginHost, kinds: Mapping[str, type[RuleKind]]) -> dict[str, Care]:
    """How each rule kind is called where its rules say nothing of it."""
    settings = workspace.plugins
    said = Care(
        isolation=settings.isolation,
        max_findings=settings.max_findings,
        time_limit_seconds=settings.time_limit_seconds,
        memory_limit_mb=settings.memory_limit_mb,
    )
    return {kind: _signed(said, host, offered) for kind, offered in kinds.items()}


def _signed(care: Care, host: PluginHost, offered: type[RuleKind]) -> Care:
    """With the plugin that a kind comes from, its version, and where another process finds it."""
    plugin = host.provider(offered)
    status = next((one for one in host.statuses if one.name == plugin), None)
    module = host.manager.get_plugin(plugin)
    if status is None or not isinstance(module, ModuleType):
        return replace(care, plugin=plugin)
    file = "" if status.origin == "entry point" else str(module.__file__)
    return replace(care, plugin=plugin, version=status.version, place=Place(module.__name__, file))


def measure_folders(workspace: Workspace, host: PluginHost) -> list[Path]:
    """Where measures are read from, later ones overriding earlier ones by id."""
    own = [workspace.resolve(path) / "regimes" for path in workspace.rules.paths]
    return [shipped_folder("rules") / "regimes", *host.measures(), *(path for path in own if path.is_dir())]


def measures_of(workspace: Workspace, host: PluginHost) -> tuple[Measure, ...]:
    """The register of measures; UsageError where [policy] end_uses names none of them."""
    found = load_measures(measure_folders(workspace, host), material_names(workspace))
    ids = [measure.id for measure in found]
    for name in workspace.policy.end_uses:
        if name not in ids:
            raise UsageError(f"no measure {name!r}", "[policy] end_uses", suggestion(name, ids) or "name a measure")
    return found


def entities_of(workspace: Workspace, host: PluginHost) -> tuple[EntityList, ...]:
    """The lists of named entities that suppliers are held against."""
    return load_entities(measure_folders(workspace, host))


def check_measures(paths: Sequence[Path], workspace: Workspace | None, host: PluginHost) -> Checked:
    """Every mistake of the given files, read over those that ship; without paths, of all files of the workspace."""
    shipped = [[shipped_folder("rules") / "regimes"]]
    folders = [[folder] for folder in measure_folders(workspace, host)] if workspace else shipped
    own, base = ([list(paths)], shipped) if paths else (folders, [])
    return check_files(own, base, material_names(workspace))


def material_names(workspace: Workspace | None) -> dict[str, str]:
    """Symbol -> name of every material of the knowledge base and of the workspace's own rows."""
    own = workspace.root / "materials" if workspace else None
    return element_names(shipped_folder("rules") / "materials", own if own and own.is_dir() else None)


def receivers_of(workspace: Workspace, host: PluginHost) -> dict[str, Notifier]:
    """A notifier per receiver, its options validated; a relative ``path`` among them is the workspace's."""
    placed = {name: _placed(receiver, workspace) for name, receiver in workspace.receivers.items()}
    return build_notifiers(
        placed, host.notifiers(), lambda name, key: workspace.place("receivers", name, *filter(None, [key]))
    )


def _placed(receiver: Receiver, workspace: Workspace) -> Receiver:
    path = receiver.options.get("path")
    if not isinstance(path, str):
        return receiver
    return Receiver.model_validate({**receiver.model_dump(), "path": str(workspace.resolve(Path(path)))})


def check_workspace(workspace: Workspace, host: PluginHost) -> Iterator[str]:
    """One line per thing checked; the first wrong one raises UsageError with all problems of its kind."""
    known = profiles_of(host)
    check_named(workspace, host)
    yield f"{len(workspace.sources)} sources, {len(known)} profiles: in order"
    rules = rules_of(workspace, host)
    check_alerts(workspace, rules)
    yield f"{len(rules)} rules: in order"
    yield f"{len(measures_of(workspace, host))} measures, {len(entities_of(workspace, host))} entity lists: in order"
    yield f"{len(receivers_of(workspace, host))} receivers: in order"
    own = workspace.root / "materials"
    knowledge = load_knowledge(shipped_folder("rules") / "materials", own if own.is_dir() else None)
    yield f"{len(knowledge['signals'])} text signals, {len(knowledge['grades'])} grades: in order"
    said = confirmations.read_confirmations(workspace.root / confirmations.FILE, knowledge.materials)
    asked = requests.read_requests(workspace.root / requests.FILE)
    yield f"{len(said)} confirmations, {len(asked)} requests: in order"
    on = sum(status.status == "on" for status in host.statuses)
    off = f"; available, not enabled: {', '.join(host.available())}" if host.available() else ""
    yield f"{on} plugins on, {len(host.faults)} faults{off}"
    yield from (str(fault) for fault in host.faults)
