"""The log: its lines, and that no secret comes through, by name or by value."""

import io
import json
import logging
import warnings
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from riskplug.errors import Problem, UsageError
from riskplug.watch.logs import libraries_heard, make_log
from riskplug.watch.redaction import names_a_secret, redacted, secrets_of, without_secrets
from riskplug.workspace import Receiver, SourceSettings, Workspace

CANARY = 'c4n/ry "quoted" ü\''


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object_with_what_is_bound() -> None:
    stream = io.StringIO()
    log = make_log(stream, "json").bind(run_id="r-1", scope="Small")
    log.info("stage finished", stage="ingest", rows=3)
    [line] = lines(stream)
    assert datetime.fromisoformat(line.pop("timestamp")).utcoffset() is not None
    assert line == {
        "level": "info",
        "event": "stage finished",
        "run_id": "r-1",
        "scope": "Small",
        "stage": "ingest",
        "rows": 3,
    }


def test_texts_with_line_breaks_stay_on_their_line() -> None:
    for form in ("json", "plain"):
        stream = io.StringIO()
        make_log(stream, form).warning("one\ntwo", why="three\n\x1b[31mfour")  # type: ignore[arg-type]
        assert stream.getvalue().count("\n") == 1
        assert "\x1b" not in stream.getvalue()


def test_plain_lines_are_for_people() -> None:
    stream = io.StringIO()
    make_log(stream, "plain").warning("table in doubt", table="parts", why="too old")
    assert stream.getvalue()[8:] == ' warning table in doubt table=parts why="too old"\n'


def test_quiet_leaves_warnings_and_errors() -> None:
    stream = io.StringIO()
    log = make_log(stream, "json", level="warning")
    log.info("a")
    log.warning("b")
    log.error("c")
    assert [line["event"] for line in lines(stream)] == ["b", "c"]


@pytest.mark.parametrize("form", ["json", "plain"])
def test_a_secret_is_blotted_wherever_it_stands(form: Any) -> None:
    stream = io.StringIO()
    log = make_log(stream, form, secrets=(CANARY, json.dumps(CANARY)[1:-1]))
    log.warning(f"said {CANARY}", deep={"list": [f"x{CANARY}y", {CANARY: 1}]}, odd=ValueError(CANARY))
    log.bind(run_id=CANARY).info("bound")
    try:
        raise RuntimeError(f"with {CANARY}")
    except RuntimeError as error:
        log.error("broke off", exc_info=error)
    assert "c4n" not in stream.getvalue()
    assert stream.getvalue().count("***") >= 5


@pytest.mark.parametrize(
    "name",
    [
        "token",
        "bot_token",
        "secret",
        "password",
        "key",
        "api-key",
        "dsn",
        "url",
        "ping_url",
        "Authorization",
        "baseURL",
    ],
)
def test_fields_with_such_a_name_are_blotted_whatever_they_hold(name: str) -> None:
    assert names_a_secret(name)
    assert redacted({"a": {name: {"env": "X"}}}, ()) == {"a": {name: "***"}}


@pytest.mark.parametrize("name", ["keyboard", "monkey", "curl", "tokens_spent", "event", "run_id", "stage"])
def test_other_fields_are_shown(name: str) -> None:
    assert not names_a_secret(name)


def test_tracebacks_have_lines_but_no_values() -> None:
    stream = io.StringIO()
    hidden = "value of a variable"
    try:
        int(hidden[:0] + "x")
    except ValueError as error:
        make_log(stream, "json").error("broke off", exc_info=error)
    [line] = lines(stream)
    assert "test_logs.py" in line["exception"] and "ValueError" in line["exception"]
    assert hidden not in line["exception"]


def test_libraries_are_heard_from_warnings_on_and_only_for_a_time() -> None:
    stream = io.StringIO()
    logging.captureWarnings(False)  # a library that another test imported may have asked for them, and keeps its ask
    library = logging.getLogger("some.library")
    with libraries_heard(make_log(stream, "json", secrets=("s3cret",))):
        library.info("nothing")
        library.warning("retrying %s", "s3cret")
        library.error("gave up")
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("old ways", UserWarning, stacklevel=1)
    library.warning("later")
    found = lines(stream)
    assert [(line["level"], line["logger"]) for line in found] == [
        ("warning", "some.library"),
        ("error", "some.library"),
        ("warning", "py.warnings"),
    ]
    assert found[0]["event"] == "retrying ***"
    assert "old ways" in found[2]["event"]


def a_workspace(root: Path, **tables: Any) -> Workspace:
    settings = {"name": "Small"}
    known: dict[str, Any] = {"root": root, "workspace": settings, "sites": {}, "sources": {}}
    return Workspace.model_validate({**known, **tables})


def test_secrets_are_found_wherever_a_workspace_refers_to_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hook").write_text("https://hooks.example/services/T0000001/abc\n", encoding="utf-8")
    for name, value in {
        "STATE": "postgresql://me:pa%40ss@db/x",
        "TOKEN": "xoxb-1",
        "SRC": "mysql://me:src-pass@db/y",
        "PING": "https://hc.example/ping/uuid-0001?rid=run-0001",
        "HASH": "hash-key",
        "SHORT": "abc",
    }.items():
        monkeypatch.setenv(name, value)
    receiver = Receiver.model_validate(
        {
            "kind": "slack",
            "token": {"env": "TOKEN"},
            "nested": [{"x": {"file": str(tmp_path / "hook")}}],
            "short": {"env": "SHORT"},
            "unset": {"env": "NOT_SET"},
            "redact": {"part_numbers": "hashed", "key": {"env": "HASH"}},
        }
    )
    found = secrets_of(
        a_workspace(
            tmp_path,
            state={"url": {"env": "STATE"}},
            sources={"a": SourceSettings(url="postgresql://u:in-the-file@h/d"), "b": {"url": {"env": "SRC"}}},
            receivers={"desk": receiver},
            watch={"ping_url": {"env": "PING"}},
        )
    )
    for secret in (
        "postgresql://me:pa%40ss@db/x",
        "pa%40ss",
        "pa@ss",
        "xoxb-1",
        "src-pass",
        "in-the-file",
        "uuid-0001",
        "run-0001",
        "hash-key",
        "T0000001",
    ):
        assert secret in found
    # three letters are in half of all words, and what everybody's addresses hold is no secret
    assert not {"abc", "services", "ping", "db", "me"} & set(found)


def test_an_error_loses_its_secrets_in_all_of_its_parts() -> None:
    error = UsageError.of(
        [Problem("what s3cret", "where s3cret", "fix s3cret", excerpt="s3cret"), Problem("b", "c", "d")]
    )
    said = without_secrets(error, ("s3cret",))
    assert said is error
    assert "s3cret" not in f"{error} {error.what} {error.where} {error.fix} {error.problems} {error.args}"
    assert len(error.problems) == 2
