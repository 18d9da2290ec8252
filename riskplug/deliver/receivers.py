"""The workspace's receivers as notifiers, ready to render and send."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from riskplug.errors import Problem, UsageError
from riskplug.extend.contributions import advice
from riskplug.extend.options import made_with
from riskplug.extend.protocols import Notifier
from riskplug.workspace import Receiver


def build_notifiers(
    receivers: Mapping[str, Receiver],
    kinds: Mapping[str, type[Notifier]],
    place: Callable[[str, str], str] = lambda name, key: "",
) -> dict[str, Notifier]:
    """A notifier per configured receiver; UsageError with every problem of all of them. Secrets are not read yet.

    ``place``: where riskplug.toml has a receiver's option (the receiver itself for an empty one), if anybody knows.
    """
    built: dict[str, Notifier] = {}
    problems: list[Problem] = []
    for name, receiver in receivers.items():
        if receiver.kind not in kinds:
            what, fix = f"no notifier of kind {receiver.kind!r}", advice(receiver.kind, kinds)
            problems.append(_placed(Problem(what, "kind", fix), name, place))
            continue
        built[name], wrong = made_with(
            kinds[receiver.kind], receiver.options, str, f"of receiver {name}", "bad-receiver"
        )
        problems += [_placed(problem, name, place) for problem in wrong]
    if problems:
        raise UsageError.of(problems)
    return built


def _placed(problem: Problem, name: str, place: Callable[[str, str], str]) -> Problem:
    """A problem whose ``where`` is the option's name, with the line of riskplug.toml where that is known."""
    table, where = f"[receivers.{name}]", place(name, problem.where)
    return replace(problem, what=f"{table} {problem.what}", where=where) if where else replace(problem, where=table)
