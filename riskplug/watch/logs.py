"""The log of a scan: one line an event on stderr, as JSON or plain, without secrets and without frame locals."""

import json
import logging
import traceback
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal, TextIO, cast

import structlog

from riskplug.extend.wording import blotted, visible
from riskplug.watch.redaction import redacted

Form = Literal["json", "plain"]
Level = Literal["info", "warning"]
Logger = structlog.typing.FilteringBoundLogger
_LEVELS = {"info": logging.INFO, "warning": logging.WARNING}
_FIRST = ("timestamp", "level", "event")


def make_log(stream: TextIO, form: Form, *, level: Level = "info", secrets: Sequence[str] = ()) -> Logger:
    """A logger that writes to a stream; nothing global is configured."""

    def blot_fields(logger: Any, method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        return cast("Mapping[str, Any]", redacted(event, secrets))

    def blot_line(logger: Any, method: str, line: str) -> str:
        return blotted(line, secrets)

    processors: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _traced,
        blot_fields,
        _as_json if form == "json" else _as_plain,
        cast(structlog.typing.Processor, blot_line),
    ]
    made = structlog.wrap_logger(
        structlog.PrintLogger(stream),
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
    )
    return cast(Logger, made)


@contextmanager
def libraries_heard(log: Logger) -> Iterator[None]:
    """What libraries log or warn of, from warnings on, goes into the log for the time being."""
    handler, root = _Handing(log), logging.getLogger()
    root.addHandler(handler)
    logging.captureWarnings(True)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        root.removeHandler(handler)


class _Handing(logging.Handler):
    """Hands records of the standard library's logging on."""

    def __init__(self, log: Logger) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        say = self._log.error if record.levelno >= logging.ERROR else self._log.warning
        say(visible(record.getMessage()).strip(), logger=record.name)


def _traced(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception as Python words it: files, lines and code, but no values of variables."""
    error = event.pop("exc_info", None)
    if isinstance(error, BaseException):
        event["exception"] = "".join(traceback.format_exception(error)).rstrip()
    return event


def _as_json(logger: Any, method: str, event: Mapping[str, Any]) -> str:
    ordered = {name: event[name] for name in _FIRST if name in event} | dict(event)
    return json.dumps(ordered, default=str, ensure_ascii=False)


def _as_plain(logger: Any, method: str, event: Mapping[str, Any]) -> str:
    rest = [f"{name}={_shown(value)}" for name, value in event.items() if name not in (*_FIRST, "exception")]
    clock = str(event["timestamp"])[11:19]
    line = " ".join([clock, f"{event['level']:<7}", visible(str(event["event"])), *rest])
    return line + (f"\n{event['exception']}" if "exception" in event else "")


def _shown(value: object) -> str:
    text = visible(value if isinstance(value, str) else json.dumps(value, default=str))
    return json.dumps(text, ensure_ascii=False) if " " in text or '"' in text or not text else text
