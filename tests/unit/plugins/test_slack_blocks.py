"""What a digest looks like in Slack: within the limits, the same each time, and nothing from data ever live."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskplug.extend.host import Choice, PluginHost
from riskplug.extend.protocols import Digest, DigestLine, Notifier
from riskplug.testing.slack_server import active_marks, block_problems
from riskplug.workspace import Receiver

HOST = PluginHost.load(Choice())
SLACK: Notifier = HOST.notifiers()["slack"](
    HOST.notifiers()["slack"].Options.model_validate({"channel": "C1", "token": {"env": "UNSET"}})
)
HOSTILE = [
    "<!channel>",
    "<http://x|Approved>",
    "<@U0123>",
    "&lt;!here&gt;",
    "<!subteam^S1>",
    "\u202egnp.exe\u202c and \u2066hidden\u2069",
    "x" * 10_000,
    "&" * 5_000,
    "<" * 5_000,
    "line\nbreak\r\x00\x1b[31m",
]


def digest(text: str, lines: int = 1, notes: int = 1) -> Digest:
    one = DigestLine("critical", "new", text, text, text, "a" * 64)
    return Digest(text, date(2025, 4, 28), text, text, {"new": lines}, (one,) * lines, 7, (text,) * notes)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_from_data_is_ever_active(text: str) -> None:
    payload = SLACK.render(digest(text))
    assert active_marks(payload) == []
    assert "<" not in json.dumps(payload) and ">" not in json.dumps(payload)


@given(st.text(alphabet=st.sampled_from("<>&!@|#ab c\u202e\u200f\n\x07`*_"), max_size=4000))
def test_no_made_up_text_is_active_or_breaks_a_limit(text: str) -> None:
    payload = SLACK.render(digest(text or "-"))
    assert active_marks(payload) == []
    assert list(block_problems(payload["blocks"])) == []
    assert len(payload["text"]) <= 3500


@pytest.mark.parametrize("mark", ["\u202e", "\u200f", "\u2066", "\x00", "\x1b", "\u200b"])
def test_invisible_and_direction_marks_do_not_get_through(mark: str) -> None:
    assert json.dumps(mark)[1:-1] not in json.dumps(SLACK.render(digest(f"a{mark}b")))


@pytest.mark.parametrize(("lines", "notes"), [(0, 0), (1, 1), (45, 3), (500, 40)])
def test_any_number_of_lines_and_notes_stays_within_the_limits(lines: int, notes: int) -> None:
    payload = SLACK.render(digest("<&> " * 2000, lines, notes))
    assert list(block_problems(payload["blocks"])) == []
    assert len(payload["blocks"]) <= 45


def test_what_does_not_fit_is_counted() -> None:
    """Header, headline and the remarks take 3 of 45 blocks: 42 lines are shown, 58 of 100 and 7 more are not."""
    said = json.dumps(SLACK.render(digest("-", lines=100)))
    assert "and 65 more: see the brief" in said


def test_text_is_shown_as_it_was_written() -> None:
    text = SLACK.render(digest("R&D <5 µm"))["blocks"][1]["text"]
    assert text == {"type": "mrkdwn", "text": "*R&amp;D &lt;5 µm*", "verbatim": True}


def test_a_cut_never_leaves_half_an_entity() -> None:
    for extra in range(12):
        note = SLACK.render(digest("x" * (1880 + extra) + "&" * 50))["blocks"][-1]["elements"][1]["text"]
        assert note.endswith(("…", ";…")) and "&amp…" not in note and "&a…" not in note and "&…" not in note


def test_equal_digests_render_to_equal_bytes() -> None:
    first, second = (json.dumps(SLACK.render(digest("same", 30, 2))) for _ in range(2))
    assert first == second


def test_the_notification_starts_with_the_headline() -> None:
    assert SLACK.render(digest("2 new critical"))["text"].splitlines()[0] == "2 new critical"


def test_receivers_of_a_workspace_become_notifiers() -> None:
    from riskplug.deliver import build_notifiers
    from riskplug.errors import UsageError

    good = Receiver.model_validate({"kind": "slack", "channel": "#a", "token": {"env": "T"}})
    assert build_notifiers({"procurement": good}, HOST.notifiers())["procurement"].kind == "slack"
    wrong = Receiver.model_validate({"kind": "slack", "channel": "#a", "token": "xoxb-123"})
    unknown = Receiver.model_validate({"kind": "slak"})
    with pytest.raises(UsageError) as refused:
        build_notifiers({"one": wrong, "two": unknown}, HOST.notifiers())
    assert len(refused.value.problems) == 2
    assert "xoxb-123" not in str(refused.value) and "did you mean 'slack'" in str(refused.value)
