"""riskplug.toml: what a user gets wrong is named with file, line and what to do."""

from pathlib import Path

import pytest

from riskplug import workspace
from riskplug.errors import UsageError

GOOD = """\
[workspace]
name = "Works"
business_date = "2025-04-28"
timezone = "Europe/Berlin"

[sites.S1]
country = "DE"

[sources.erp]
profile = "canonical"
path = "exports"
site = "S1"

[receivers.console]
kind = "console"

[[routes]]
match = { severity = ["critical"] }
receivers = ["console"]
"""


def load(folder: Path, text: str) -> workspace.Workspace:
    (folder / "riskplug.toml").write_text(text, encoding="utf-8")
    return workspace.load(folder)


def problems_of(folder: Path, text: str) -> list[str]:
    with pytest.raises(UsageError) as caught:
        load(folder, text)
    assert caught.value.exit_code == 2
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def test_a_complete_file_is_read_with_its_defaults(tmp_path: Path) -> None:
    read = load(tmp_path, GOOD)
    assert read.workspace.business_date is not None
    assert read.workspace.business_date.isoformat() == "2025-04-28"
    assert read.policy.overdue_receipts == "slip:7"
    assert read.policy.licence_days == 65
    assert read.resolve(Path("exports")) == tmp_path / "exports"


def test_an_unknown_key_is_an_error_with_its_line_and_a_suggestion(tmp_path: Path) -> None:
    found = problems_of(tmp_path, GOOD.replace('timezone = "Europe', 'time_zone = "Europe'))
    assert found == ["riskplug.toml:4: unknown key 'workspace.time_zone' [unknown-key]\n  -> did you mean 'timezone'?"]


def test_every_problem_of_a_file_is_reported_at_once(tmp_path: Path) -> None:
    text = GOOD.replace('country = "DE"', 'country = "Germany"').replace('profile = "canonical"', "profil = 1")
    found = "\n".join(problems_of(tmp_path, text))
    assert "riskplug.toml:7: sites.S1.country" in found
    assert "riskplug.toml:10: unknown key 'sources.erp.profil'" in found
    assert "did you mean 'profile'?" in found


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('receivers = ["console"]', 'receivers = ["consol"]', "did you mean 'console'?"),
        ('site = "S1"', 'site = "S2"', "names site 'S2'"),
        ('"Europe/Berlin"', '"Europe/Berln"', "unknown time zone 'Europe/Berln'"),
        ('name = "Works"\n', "", "missing 'workspace.name'"),
        ('name = "Works"', "name = Works", "not valid TOML"),
        ('"2025-04-28"', '"28.04.2025"', "workspace.business_date"),
    ],
)
def test_each_mistake_is_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert says in "\n".join(problems_of(tmp_path, GOOD.replace(old, new)))


LANES = """
[sites.S2]
country = "MX"

[[lanes]]
from = "S1"
to = "S2"
days = 12

[[lanes]]
from = "S2"
to = "S1"
days = 0
parts = ["M-4711"]
"""


def test_lanes_are_read_with_their_sites_days_and_parts(tmp_path: Path) -> None:
    there, back = load(tmp_path, GOOD + LANES).lanes
    assert (there.origin, there.destination, there.days, there.parts) == ("S1", "S2", 12, ())
    assert (back.origin, back.destination, back.days, back.parts) == ("S2", "S1", 0, ("M-4711",))


@pytest.mark.parametrize(
    ("old", "new", "where", "says"),
    [
        ('to = "S1"', 'to = "S3"', 31, "names site 'S3' in 'to', which is not configured"),
        ('from = "S2"', 'from = "S9"', 30, "names site 'S9' in 'from'"),
        ('to = "S1"', 'to = "S2"', 31, "lane from 'S2' to itself"),
        ("days = 0", "days = -1", 32, "lanes.1.days"),
        ("days = 0", "days = 1.5", 32, "lanes.1.days"),
        ("days = 0\n", "", 29, "missing 'lanes.1.days'"),
        ("days = 0", 'days = 0\nvia = "ship"', 33, "unknown key 'lanes.1.via'"),
        ("days = 0", 'days = 0\norigin = "S2"', 33, "unknown key 'lanes.1.origin'"),
    ],
)
def test_a_mistake_in_a_lane_is_named_with_its_line_and_what_to_do(
    tmp_path: Path, old: str, new: str, where: int, says: str
) -> None:
    found = problems_of(tmp_path, (GOOD + LANES).replace(old, new))
    assert len(found) == 1 and says in found[0]
    assert found[0].startswith(f"riskplug.toml:{where}:") and "\n  -> " in found[0]


def test_a_receiver_keeps_its_own_options_for_its_notifier(tmp_path: Path) -> None:
    read = load(tmp_path, GOOD.replace('kind = "console"', 'kind = "slack"\nchannel = "#risk"'))
    assert read.receivers["console"].options == {"channel": "#risk"}


def test_the_nearest_workspace_upwards_is_found(tmp_path: Path) -> None:
    load(tmp_path, GOOD)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert workspace.find(below) == tmp_path / "riskplug.toml"


def test_no_workspace_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="riskplug init"):
        workspace.find(tmp_path)


@pytest.mark.parametrize("value", ['{ env = "A", file = "b" }', "{ }", '{ envv = "A" }'])
def test_a_secret_reference_names_exactly_one_place(tmp_path: Path, value: str) -> None:
    assert problems_of(tmp_path, GOOD + f"\n[state]\nurl = {value}\n")


def test_the_life_of_alerts_has_defaults(tmp_path: Path) -> None:
    alerts = load(tmp_path, GOOD).alerts
    assert (alerts.for_scans, alerts.reopen_days, alerts.max_share_pct, alerts.escalation) == (1, 14, 50, ())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[alerts]\nreopen_dais = 3", "did you mean 'reopen_days'?"),
        ("[alerts]\nfor_scans = 0", "alerts.for_scans"),
        ('[alerts]\nweekly_on = "someday"', "alerts.weekly_on"),
        ("[alerts.rules.single-source]\nmax_jmp = 3", "did you mean 'max_jump'?"),
        ('[[alerts.escalation]]\nafter_business_days = 2\nto = ["consol"]', "did you mean 'console'?"),
        ('[[alerts.escalation]]\nto = ["console"]', "either after_business_days or faster_than_calendar_days"),
        (
            "[[alerts.escalation]]\nafter_business_days = 2\nfaster_than_calendar_days = 3",
            "either after_business_days or faster_than_calendar_days",
        ),
        ("[[alerts.escalation]]\nafter_busines_days = 2", "did you mean 'after_business_days'?"),
    ],
)
def test_a_mistake_about_alerts_is_named(tmp_path: Path, text: str, says: str) -> None:
    assert says in "\n".join(problems_of(tmp_path, f"{GOOD}\n{text}\n"))
