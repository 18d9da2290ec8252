"""Rule files to compiled rules: every problem of every file in one error."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import ValidationError

from riskplug.catalogue import SEVERITIES, Grain
from riskplug.errors import Problem, UsageError, suggestion
from riskplug.extend.contributions import advice
from riskplug.extend.guard import Care
from riskplug.extend.needs import needs_problems
from riskplug.extend.protocols import RuleKind
from riskplug.rules.bands import in_order, relax, unreachable
from riskplug.rules.check import Scope, check, check_condition, kind_of, literal_of, need_room
from riskplug.rules.message import Message, parse_message
from riskplug.rules.parameters import amount, wrong_value
from riskplug.rules.parse import Mistake, parse
from riskplug.rules.read import Pack, Placed, read_pack
from riskplug.rules.rule import AlertPace, Band, Owner, Rule, RuleSet
from riskplug.rules.rulefile import Parameter
from riskplug.rules.sense import without_sense
from riskplug.rules.testrows import read_tests
from riskplug.rules.tree import ALWAYS, Literal, Node

Kinds = Mapping[str, type[RuleKind]]
Cares = Mapping[str, Care]
Parameters = Mapping[str, Mapping[str, object]]
_NONE: Mapping[str, Any] = MappingProxyType({})
Result = TypeVar("Result")
_ABOUT_ABSENCE = frozenset({"rule-bands", "rule-missing-key"})
# Problems that point at a key; all others point at its value.
_ABOUT_KEYS = frozenset({"name-taken", "rule-kind", "rule-kind-options", "band-order"})
_CARE = ("isolation", "max_findings", "time_limit_seconds", "memory_limit_mb")
_IDENTIFYING = frozenset({"text", "choice", "country", "date"})


def load_rules(
    folders: Iterable[Path],
    catalogue: Mapping[str, Grain],
    kinds: Kinds = _NONE,
    params: Parameters = _NONE,
    currency: str = "",
    lists_of: Iterable[Path] = (),
    cares: Cares = _NONE,
) -> RuleSet:
    """All rules of the folders, later folders overriding earlier ones by id.

    ``kinds``: rule kinds in Python by name. ``params``: a workspace's values by rule and parameter. ``currency``: what
    amounts in facts are in; empty is not checked. ``lists_of``: folders whose lists are there as well. ``cares``: how
    a kind is called where its rule says nothing of it. Raises UsageError with every problem of every file.
    """
    rules, problems = _load(folders, catalogue, kinds, params, currency, lists_of, cares)
    if problems:
        raise UsageError.of(problems)
    return rules


def check_rules(
    folders: Iterable[Path],
    catalogue: Mapping[str, Grain],
    kinds: Kinds = _NONE,
    params: Parameters = _NONE,
    currency: str = "",
    lists_of: Iterable[Path] = (),
) -> list[Problem]:
    """Every problem of the rule files, none raised."""
    return _load(folders, catalogue, kinds, params, currency, lists_of)[1]


def rule_ids(folders: Iterable[Path]) -> list[str]:
    """Ids of the rules that stand in files or folders, sorted; what is wrong in them is for load_rules to say."""
    return sorted(read_pack(folders).entries)


def _load(
    folders: Iterable[Path],
    catalogue: Mapping[str, Grain],
    kinds: Kinds,
    params: Parameters,
    currency: str,
    lists_of: Iterable[Path],
    cares: Cares = _NONE,
) -> tuple[RuleSet, list[Problem]]:
    pack = read_pack(folders)
    pack.lists = {**read_pack(lists_of).lists, **pack.lists}
    problems = [*pack.problems, *_stray_parameters(pack, params)]
    rules = []
    for name in sorted(pack.entries):
        compiler = _Compiler(pack.entries[name], pack, catalogue, kinds, params.get(name, {}), currency, cares)
        rule = compiler.compile()
        problems.extend(compiler.problems)
        if rule is not None:
            rules.append(rule)
    return RuleSet(tuple(rules)), problems


def _stray_parameters(pack: Pack, params: Parameters) -> list[Problem]:
    return [
        Problem(
            f"[rules.params.{name}] names no rule",
            "riskplug.toml",
            suggestion(name, pack.entries) or "remove it",
            "param-rule",
        )
        for name in params
        if name not in pack.entries
    ]


class _Compiler:
    """One entry to one rule, collecting problems instead of stopping at the first."""

    def __init__(
        self,
        placed: Placed,
        pack: Pack,
        catalogue: Mapping[str, Grain],
        kinds: Kinds,
        given: Mapping[str, object],
        currency: str,
        cares: Cares,
    ) -> None:
        self.placed, self.entry, self.lists = placed, placed.entry, dict(pack.lists)
        self.list_digests = pack.list_digests
        self.catalogue, self.kinds, self.given = catalogue, kinds, given
        self.currency, self.cares = currency, cares
        self.problems: list[Problem] = []

    def compile(self) -> Rule | None:
        entry = self.entry
        grain = self.catalogue.get(entry.grain)
        if grain is None:
            self._report(("grain",), f"no grain {entry.grain!r}", suggestion(entry.grain, self.catalogue), "rule-grain")
            return None
        params = self._parameters(grain)
        known = {name: value for name, value in params.items() if isinstance(value, Literal)}
        scope = Scope(grain, known, self.lists, currency=self.currency)
        body = self._kind_body() if entry.kind else self._condition_body(scope)
        rule = partial(
            Rule,
            entry.id,
            entry.title,
            entry.status,
            entry.grain,
            grain,
            self._identity(grain),
            self._owner(grain),
            self._version(),
            self._where(),
            tuple(entry.references),
            entry.effective_from,
            entry.effective_to,
            params=dict(self._values()),
            why=entry.why,
            clear=entry.clear,
            pace=self._pace(),
        )
        self._check_dates()
        tests, problems = read_tests(self.placed, grain, tuple(entry.identity) or grain.keys)
        self.problems.extend(problems)
        return None if self.problems else rule(**body, tests=tests)

    def _condition_body(self, scope: Scope) -> dict[str, Any]:
        entry = self.entry
        if entry.options:
            self._report(
                ("options",), "options belong to a rule with a kind", "remove them, or name the kind", "rule-kind"
            )
        for key in _CARE:
            if getattr(entry, key) is not None:
                self._report((key,), f"{key} belongs to a rule with a kind", "remove it, or name the kind", "rule-kind")
        named = self._named(scope)
        scope = replace(scope, named=named)
        when = self._tried(("when",), entry.when, partial(_condition, scope=scope)) if entry.when else ALWAYS
        margin = self._margin()
        bands = self._bands(scope, margin)
        if when is not None and not self.problems:
            for nonsense in without_sense(when if entry.when else None, bands, scope):
                self._report(*nonsense)
        if not entry.message:
            self._report(
                (), "a rule needs a message", "add `message:` with what the reader should do", "rule-missing-key"
            )
        return {
            "when": when,
            "when_text": entry.when,
            "bands": bands,
            "named": named,
            "scope": scope,
            "has_margin": margin is not None,
            "on_missing": entry.on_missing,
            "message": self._message(scope),
        }

    def _named(self, scope: Scope) -> dict[str, Node]:
        named: dict[str, Node] = {}
        for name, text in self.entry.let.items():
            self._check_new_word(("let", name), name, scope.grain)
            within = replace(scope, named=dict(named))
            node = self._tried(("let", name), text, partial(_checked, scope=within))
            if node is not None:
                named[name] = node
        return named

    def _bands(self, scope: Scope, margin: Literal | None) -> tuple[Band, ...]:
        entry = self.entry
        if bool(entry.bands) == (entry.severity is not None):
            self._report(
                (), "a rule has either bands or one severity", "write `severity: warning`, or `bands:`", "rule-bands"
            )
            return ()
        if entry.severity is not None and not entry.when:
            self._report((), "a rule without bands needs a condition", "add `when:`", "rule-bands")
        texts = {entry.severity: ""} if entry.severity is not None else entry.bands
        if not in_order(list(texts)):
            self._report(
                ("bands",), "the most severe band comes first", f"order them {', '.join(SEVERITIES)}", "band-order"
            )
        found: list[Band] = []
        for severity, text in texts.items():
            node = self._tried(("bands", severity), text, partial(_condition, scope=scope)) if text else ALWAYS
            if node is not None:
                self._check_reach(severity, node, found)
                found.append(Band(severity, text, node, relax(node, margin, scope) if margin else node))
        self._check_margin(found, margin)
        return tuple(found)

    def _check_reach(self, severity: str, node: Node, earlier: list[Band]) -> None:
        above = next((band for band in earlier if unreachable(band.condition, node)), None)
        if above is not None:
            self._report(
                ("bands", severity),
                f"{severity} is never reached: {above.severity} holds wherever it holds",
                "move the threshold beyond it, or remove the band",
                "band-unreachable",
            )

    def _margin(self) -> Literal | None:
        given = self.entry.clear_margin
        if given is None:
            return None
        if isinstance(given, str):
            node = self._tried(("clear_margin",), given, lambda node: node)
            if not isinstance(node, Literal) or not isinstance(node.value, float):
                if node is not None:
                    self._report(("clear_margin",), "the margin is no amount", "write 5 days, or a number", "margin")
                return None
            return node
        return Literal(float(given), "bare")

    def _pace(self) -> AlertPace:
        said = self.entry.alerts.model_dump(exclude={"metric_step"})
        given = self.entry.alerts.metric_step
        if not isinstance(given, str):
            return AlertPace(**said, metric_step=given)
        keys = ("alerts", "metric_step")
        node = self._tried(keys, given, lambda node: node)
        if node is not None and not (isinstance(node, Literal) and isinstance(node.value, float) and node.value > 0):
            self._report(keys, "the step is no amount above zero", "write 7 days, or a number", "metric-step")
            return AlertPace(**said)
        return AlertPace(**said, metric_step=float(node.value) if isinstance(node, Literal) else None)

    def _check_margin(self, bands: list[Band], margin: Literal | None) -> None:
        if margin is None or not bands:
            return
        if float(margin.value) <= 0:
            self._report(("clear_margin",), "the margin must be above zero", "remove it, or write 5 days", "margin")
        elif all(band.relaxed == band.condition for band in bands):
            self._report(
                ("clear_margin",),
                "no band compares something of the margin's unit",
                "remove the margin, or correct its unit",
                "margin",
            )

    def _message(self, scope: Scope) -> Message:
        try:
            return parse_message(self.entry.message, scope.grain, scope.parameters)
        except Mistake as mistake:
            self._mistake(("message",), mistake)
            return Message(())

    def _kind_body(self) -> dict[str, Any]:
        entry = self.entry
        for key in ("when", "bands", "let", "severity", "clear_margin", "message"):
            if getattr(entry, key):
                self._report((key,), f"{key} does not go with a kind", "the kind decides: see its options", "rule-kind")
        kind = self.kinds.get(entry.kind)
        if kind is None:
            fix = advice(entry.kind, self.kinds)
            self._report(("kind",), f"no rule kind {entry.kind!r}", fix, "rule-kind-unknown")
            return {}
        for what, fix in needs_problems(kind, self.catalogue):
            self._report(("kind",), f"kind {entry.kind}: {what}", fix, "rule-kind-needs")
        given = {**entry.options, **self.given}
        return {"kind": kind, "options": self._options(kind, given), "given": given, "care": self._care()}

    def _care(self) -> Care:
        said = {name: value for name in _CARE if (value := getattr(self.entry, name)) is not None}
        return replace(self.cares.get(self.entry.kind, Care()), **said)

    def _options(self, kind: type[RuleKind], given: Mapping[str, object]) -> Any:
        try:
            return kind.Options.model_validate(given)
        except ValidationError as error:
            for fault in error.errors():
                path = ("options", *fault["loc"])
                known = list(getattr(kind.Options, "model_fields", {}))
                fix = suggestion(str(fault["loc"][-1]), known) if fault["type"] == "extra_forbidden" else ""
                self._report(
                    path,
                    f"{'.'.join(map(str, path))}: {fault['msg']}",
                    fix or "correct the option",
                    "rule-kind-options",
                )
        return None

    def _identity(self, grain: Grain) -> tuple[str, ...]:
        for index, name in enumerate(self.entry.identity):
            if name not in grain.names:
                self._report(
                    ("identity", index),
                    f"no column {name!r} in grain {grain.name}",
                    suggestion(name, grain.names) or "name columns of the grain",
                    "identity-unknown",
                )
            elif grain[name].type not in _IDENTIFYING:
                self._report(
                    ("identity", index),
                    f"{name} is a {grain[name].type}, which changes from scan to scan",
                    "identify by keys: " + ", ".join(grain.keys),
                    "identity-type",
                )
        lacking = [name for name in grain.keys if name not in self.entry.identity]
        wrong = any(problem.code.startswith("identity-") for problem in self.problems)
        if self.entry.identity and lacking and not self.entry.kind and not wrong:
            self._report(
                ("identity",),
                f"not unique at grain {grain.name}, which has one row per {', '.join(grain.keys)}",
                f"add {', '.join(lacking)}",
                "identity-not-unique",
            )
        return tuple(self.entry.identity) or grain.keys

    def _owner(self, grain: Grain) -> Owner:
        owner = self.entry.owner
        if not owner:
            return Owner(column="owner" if "owner" in grain.names else "")
        if owner[0] in "\"'":
            return Owner(name=owner.strip("\"'"))
        quoted = self.placed.document.quoted((*self.placed.path, "owner"))
        if quoted and owner in grain.names:
            self._report(
                ("owner",), f"quoted, {owner!r} is a fixed name and not the column", "remove the quotes", "owner-quoted"
            )
        elif not quoted and owner not in grain.names:
            self._report(
                ("owner",),
                f"no column {owner!r} in grain {grain.name}",
                suggestion(owner, grain.names)
                if "mean" in suggestion(owner, grain.names)
                else f'quote it if it is a name: "{owner}"',
                "owner-unknown",
            )
        return Owner(name=owner) if quoted else Owner(column=owner)

    def _parameters(self, grain: Grain) -> dict[str, Literal | None]:
        params: dict[str, Literal | None] = {}
        for name, parameter in self.entry.params.items():
            self._check_new_word(("params", name), name, grain)
            self._check_value(("params", name, "default"), name, parameter, parameter.default, None)
            if parameter.type == "money" and parameter.unit and self.currency not in ("", parameter.unit):
                self._report(
                    ("params", name, "unit"),
                    f"{parameter.unit} beside amounts in {self.currency}",
                    f"give it in {self.currency}, the workspace's currency",
                    "param-currency",
                )
        for name in self.given:
            if name not in self.entry.params and not self.entry.kind:
                what = f"[rules.params.{self.entry.id}] sets {name!r}, which the rule does not have"
                fix = suggestion(name, self.entry.params) or "remove it"
                self.problems.append(Problem(what, "riskplug.toml", fix, "param-unknown"))
        for name, value in self._values():
            parameter = self.entry.params[name]
            if name in self.given:
                self._check_value((), name, parameter, value, "riskplug.toml")
            if parameter.type == "list" and isinstance(value, list):
                self.lists[name] = tuple(literal_of(item, "bare") for item in value)
            else:
                params[name] = literal_of(amount(value), parameter.type)
        return params

    def _values(self) -> Iterable[tuple[str, Any]]:
        return [(name, self.given.get(name, parameter.default)) for name, parameter in self.entry.params.items()]

    def _check_value(
        self, keys: tuple[str, ...], name: str, parameter: Parameter, value: object, where: str | None
    ) -> None:
        what, code = wrong_value(parameter, value)
        if what and where:
            what = f"[rules.params.{self.entry.id}] {name}: {what}"
            self.problems.append(Problem(what, where, "correct the value", code))
        elif what:
            self._report(keys, f"parameter {name}: {what}", "correct the value", code)

    def _check_new_word(self, keys: tuple[str, ...], name: str, grain: Grain) -> None:
        if name in grain.names or not name.isidentifier() or (keys[0] == "let" and name in self.entry.params):
            self._report(
                keys,
                f"{name!r} cannot be a new word: it is taken, or no plain word",
                "choose another name",
                "name-taken",
            )

    def _check_dates(self) -> None:
        first, last = self.entry.effective_from, self.entry.effective_to
        if first is not None and last is not None and last < first:
            self._report(
                ("effective_to",), f"ends {last}, before it begins on {first}", "exchange the dates", "rule-dates"
            )

    def _version(self) -> str:
        said = self.entry.model_dump(
            mode="json", exclude={"tests", "notes", "why", "clear", "title", "status", "alerts", *_CARE}
        )
        text = json.dumps([said, dict(self._values()), self.list_digests], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def _where(self) -> str:
        return f"{self.placed.document.path}:{self.placed.document.position(self.placed.path).line}"

    def _tried(self, keys: tuple[str, ...], text: str, then: Callable[[Node], Result]) -> Result | None:
        try:
            return then(parse(text))
        except Mistake as mistake:
            self._mistake(keys, mistake)
            return None

    def _mistake(self, keys: tuple[str, ...], mistake: Mistake) -> None:
        self.problems.append(self.placed.problem(keys, mistake.what, mistake.fix, mistake.code, offset=mistake.at))

    def _report(self, keys: tuple[str | int, ...], what: str, fix: str, code: str) -> None:
        if self.placed.incomplete and code in _ABOUT_ABSENCE:
            return  # what is absent may be the faulty key that was reported already
        self.problems.append(self.placed.problem(keys, what, fix, code, value=bool(keys) and code not in _ABOUT_KEYS))


def _condition(node: Node, scope: Scope) -> Node:
    need_room(node, scope)
    return check_condition(node, scope)


def _checked(node: Node, scope: Scope) -> Node:
    need_room(node, scope)
    resolved = check(node, scope)
    kind_of(resolved, scope)
    return resolved
