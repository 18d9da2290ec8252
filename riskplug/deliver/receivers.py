"""The workspace's receivers as notifiers, ready to render and send."""

from collections.abc import Mapping

from pydantic import ValidationError

from riskplug.errors import Problem, UsageError, suggestion
from riskplug.extend.protocols import Notifier
from riskplug.workspace import Receiver


def build_notifiers(receivers: Mapping[str, Receiver], kinds: Mapping[str, type[Notifier]]) -> dict[str, Notifier]:
    """A notifier per configured receiver; UsageError with every problem of all of them. Secrets are not read yet."""
    built: dict[str, Notifier] = {}
    problems: list[Problem] = []
    for name, receiver in receivers.items():
        if receiver.kind not in kinds:
            fix = suggestion(receiver.kind, kinds) or "enable the plugin that brings it"
            problems.append(Problem(f"no notifier of kind {receiver.kind!r}", f"[receivers.{name}]", fix))
            continue
        kind = kinds[receiver.kind]
        try:
            built[name] = kind(kind.Options.model_validate(receiver.options))
        except ValidationError as error:
            problems += _problems(name, error)
    if problems:
        raise UsageError.of(problems)
    return built


def _problems(name: str, error: ValidationError) -> list[Problem]:
    """Without the values: one of them may be a secret in the wrong place."""
    return [
        Problem(
            f"{'.'.join(map(str, item['loc'])) or 'options'}: {item['msg'].removeprefix('Value error, ')}",
            f"[receivers.{name}]",
            "correct it in riskplug.toml",
            "bad-receiver",
        )
        for item in error.errors(include_input=False, include_url=False)
    ]
