"""The pace of a rule's alerts: riskplug.toml's word on the rule, else the rule file's, else [alerts]."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from riskplug.alerts import Policy
from riskplug.catalogue import GRAINS
from riskplug.errors import UsageError
from riskplug.pacing import policy_of
from riskplug.rules import load_rules, metric_sense
from riskplug.workspace import load
from tests.unit.rules.test_evaluate import HEAD

ON = date(2025, 4, 28)
TOML = """\
[workspace]
name = "Works"
[sites.DE01]
country = "DE"
calendar = "DE"
[sites.US01]
country = "US"
[sources.erp]
path = "exports"
"""
RULE = """  - id: {id}
    title: Short
    grain: part
    severity: warning
    when: {when}
    message: "{{part_no}}"
    {more}
"""


def policy(folder: Path, toml: str = "", when: str = "all_runway_days < 30", more: str = "") -> Policy:
    (folder / "riskplug.toml").write_text(TOML + toml, encoding="utf-8")
    (folder / "r.yaml").write_text(HEAD + RULE.format(id="short", when=when, more=more), encoding="utf-8")
    return policy_of(load(folder), load_rules([folder / "r.yaml"], GRAINS), ON)


def test_days_left_fall_by_a_week_before_they_are_news(tmp_path: Path) -> None:
    pace = policy(tmp_path).pace("short")
    assert (pace.step, pace.worse, pace.days) == (7, -1, True)
    assert policy(tmp_path, "[alerts]\nmetric_step_days = 0").pace("short").step is None


@pytest.mark.parametrize("when", ["on_hand < 5", "lead_time_days > 90"])
def test_other_numbers_have_no_step_unless_the_rule_has_one(tmp_path: Path, when: str) -> None:
    assert policy(tmp_path, when=when).pace("short").step is None
    assert policy(tmp_path, when=when, more="alerts: {metric_step: 3}").pace("short").step == 3


def test_the_word_of_riskplug_toml_on_a_rule_wins_over_the_rule_file_and_that_over_alerts(tmp_path: Path) -> None:
    general = "[alerts]\nfor_scans = 2\nreopen_days = 5\nmax_jump = 7\n"
    file = "alerts: {reopen_days: 6, max_jump: 8, metric_step: 10 days}"
    pace = policy(tmp_path, f"{general}[alerts.rules.short]\nmax_jump = 9", more=file).pace("short")
    assert (pace.for_scans, pace.reopen_days, pace.max_jump, pace.step) == (2, 6, 9, 10)


def test_no_limit_of_a_rule_file_is_no_limit(tmp_path: Path) -> None:
    assert policy(tmp_path, more="alerts: {max_share_pct: 0}").pace("short").max_share_pct == 0
    assert policy(tmp_path).pace("short").max_share_pct == 50


def test_a_pace_for_a_rule_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\[alerts.rules.shrot\] names no rule"):
        policy(tmp_path, "[alerts.rules.shrot]\nfor_scans = 2")


@pytest.mark.parametrize("step", ["0 days", "soon"])
def test_a_step_that_is_no_amount_is_an_error_with_its_place(tmp_path: Path, step: str) -> None:
    with pytest.raises(UsageError, match=r"r.yaml:\d+"):
        policy(tmp_path, more=f"alerts: {{metric_step: {step}}}")


def test_an_unknown_key_of_a_pace_is_an_error_with_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean 'reopen_days'"):
        policy(tmp_path, more="alerts: {reopen_dais: 3}")


def test_the_pace_of_alerts_does_not_make_another_rule_of_it(tmp_path: Path) -> None:
    versions = []
    for more in ("", "alerts: {for_scans: 2}"):
        policy(tmp_path, more=more)
        versions.append(load_rules([tmp_path / "r.yaml"], GRAINS).versions)
    assert versions[0] == versions[1]


@pytest.mark.parametrize(
    ("when", "sense"),
    [
        ("all_runway_days < 30", (-1, "days")),
        ("30 > all_runway_days", (-1, "days")),
        ("lead_time_days > 30", (1, "days")),
        ("p_stock_out_30 >= 0.5", (1, "probability")),
        ("not all_runway_days >= 30", (0, "")),
        ('procurement == "buy"', (0, "")),
    ],
)
def test_which_way_a_number_gets_worse_is_read_from_the_condition(
    tmp_path: Path, when: str, sense: tuple[int, str]
) -> None:
    policy(tmp_path, when=when)
    assert metric_sense(load_rules([tmp_path / "r.yaml"], GRAINS)["short"]) == sense


def test_working_days_are_those_of_each_site_and_of_the_workspace(tmp_path: Path) -> None:
    """1 May 2025 is a holiday in Germany; 28 April to 5 May are five days in the United States, four in Germany."""
    step = "[[alerts.escalation]]\nafter_business_days = 2\n"
    calendars = policy(tmp_path, f'[alerts]\ncalendar = "DE"\n{step}').calendars
    days = {
        site: int(np.busday_count("2025-04-28", "2025-05-05", busdaycal=calendar))
        for site, calendar in calendars.items()
    }
    assert days == {"": 4, "DE01": 4, "US01": 5}
    assert policy(tmp_path, "[alerts]\nrepeat_every = {critical = 0, warning = 0}\n").calendars == {}


INHIBIT = """\
[[alerts.inhibit]]
source = {rule = "short", severity = "critical"}
target = {rule = ["sh*"], part = "M-*"}
equal = ["site", "material"]
"""


def test_inhibition_is_declared_by_labels(tmp_path: Path) -> None:
    [one] = policy(tmp_path, INHIBIT).inhibit
    assert one.source == (("rule", ("short",)), ("severity", ("critical",)))
    assert (one.target, one.equal) == ((("rule", ("sh*",)), ("part", ("M-*",))), ("site", "material"))


@pytest.mark.parametrize(
    ("wrong", "line", "says"),
    [
        (('rule = "short"', 'rule = "shrot"'), 11, "no rule is like 'shrot'"),
        (('severity = "critical"', 'severity = "crit"'), 11, "no severity is like 'crit'"),
        (('part = "M-*"', 'prat = "M-*"'), 12, "no alert has a label 'prat'"),
        (('"material"]', '"matrial"]'), 13, "no alert has a label 'matrial'"),
    ],
)
def test_what_no_rule_or_alert_is_called_is_an_error_with_file_and_line(
    tmp_path: Path, wrong: tuple[str, str], line: int, says: str
) -> None:
    """The first nine lines are TOML above; the table begins in the tenth."""
    with pytest.raises(UsageError) as refused:
        policy(tmp_path, INHIBIT.replace(*wrong))
    [problem] = refused.value.problems
    assert says in problem.what and problem.where.endswith(f"riskplug.toml:{line}") and problem.fix


def test_the_second_table_is_found_in_its_place(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"riskplug.toml:17"):
        policy(tmp_path, INHIBIT + INHIBIT.replace('"material"]', '"matrial"]'))


@pytest.mark.parametrize(
    "wrong", [('{rule = "short", severity = "critical"}', "{}"), ('["sh*"]', "[]"), ("equal", "eqaul")]
)
def test_what_says_nothing_is_an_error(tmp_path: Path, wrong: tuple[str, str]) -> None:
    with pytest.raises(UsageError):
        policy(tmp_path, INHIBIT.replace(*wrong))


@pytest.mark.parametrize(("side", "line"), [("source", 11), ("target", 12)])
def test_a_side_without_a_label_is_told_with_its_line(tmp_path: Path, side: str, line: int) -> None:
    words = [f"{side} = {{}}" if one.startswith(side) else one for one in INHIBIT.splitlines()]
    with pytest.raises(UsageError) as refused:
        policy(tmp_path, "\n".join(words))
    [problem] = refused.value.problems
    assert "names no alerts" in problem.what and problem.where.endswith(f"riskplug.toml:{line}")


ALL = """\
[[alerts.inhibit]]
source = {rule = "*", site = ["*"]}
target = {rule = "**"}
equal = []
"""


def test_everything_does_not_inhibit_everything(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        policy(tmp_path, ALL)
    [problem] = refused.value.problems
    assert "everything by everything" in problem.what and problem.where.endswith("riskplug.toml:11") and problem.fix
    assert policy(tmp_path, ALL.replace("[]", '["site"]')).inhibit
    assert policy(tmp_path, ALL.replace('"**"', '"sh*"')).inhibit


@pytest.mark.parametrize("twice", [("part_no", "part"), ("site", "site")])
def test_a_label_has_to_be_the_same_once(tmp_path: Path, twice: tuple[str, str]) -> None:
    with pytest.raises(UsageError) as refused:
        policy(tmp_path, INHIBIT.replace('["site", "material"]', f'["material", "{twice[0]}", "{twice[1]}"]'))
    [problem] = refused.value.problems
    assert f"{twice[0]!r} and {twice[1]!r}" in problem.what and problem.where.endswith("riskplug.toml:13")


def test_check_finds_what_a_scan_would_refuse(tmp_path: Path) -> None:
    from riskplug.extend.host import Choice, PluginHost
    from riskplug.loading import check_workspace

    (tmp_path / "riskplug.toml").write_text(TOML + INHIBIT, encoding="utf-8")
    with pytest.raises(UsageError, match="no rule is like 'short'"):
        list(check_workspace(load(tmp_path), PluginHost.load(Choice())))


def test_reminders_are_set_by_severity_and_off_for_info(tmp_path: Path) -> None:
    every = policy(tmp_path).pace("short")
    assert [every.reminder_days(name) for name in ("critical", "warning", "info")] == [5, 20, 0]
    other = policy(tmp_path, "[alerts]\nrepeat_every = {warning = 10}\n").pace("short")
    assert [other.reminder_days(name) for name in ("critical", "warning", "info")] == [5, 10, 0]


def test_a_rule_has_its_own_reminders_and_riskplug_toml_wins(tmp_path: Path) -> None:
    own = policy(tmp_path, more="alerts: {repeat_every: 7}").pace("short")
    assert {own.reminder_days(name) for name in ("critical", "warning", "info")} == {7}
    off = policy(tmp_path, "[alerts.rules.short]\nrepeat_every = 0\n", more="alerts: {repeat_every: 7}").pace("short")
    assert {off.reminder_days(name) for name in ("critical", "warning", "info")} == {0}
