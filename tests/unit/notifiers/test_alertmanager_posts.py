"""What Alertmanager is told: labels from the identity alone, an end for what is over, all that is open every night."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from digests import CANARY, delivery, digest, line, long
from listener import Listener
from pydantic import ValidationError

from riskplug.extend.protocols import Delivery, Notifier

Made = Callable[..., Notifier]


@pytest.fixture
def alerts(made: Made, web: Listener) -> Notifier:
    return made("alertmanager", url=f"{web.url}/prefix/", keep_days=3)


def sent(web: Listener) -> list[dict[str, Any]]:
    """Alerts of the last post, without the one that counts what is left out."""
    return [alert for alert in web.got[-1].json() if alert["labels"]["alertname"] != "riskplug-more"]


def lasts(alert: dict[str, Any]) -> timedelta:
    return datetime.fromisoformat(alert["endsAt"]) - datetime.now(UTC)


def test_an_alert_has_bounded_labels_and_lasts_until_the_next_scans(alerts: Notifier, web: Listener) -> None:
    assert alerts.send(delivery(alerts), timeout=5).outcome == "delivered"
    assert web.got[0].path == "/prefix/api/v2/alerts"
    (one,) = sent(web)
    assert one["labels"] == {
        "alertname": "runway-shorter-than-licence",
        "severity": "critical",
        "workspace": "Sample Drives",
        "alert": f"{'a1' * 12}-1",
        "site": "DE01",
        "part_no": "M-4711",
        "material": "Dy",
    }
    assert one["annotations"]["description"] == "14 days left" and one["annotations"]["owner"] == "anna.berg"
    assert timedelta(days=2, hours=23) < lasts(one) < timedelta(days=3)


@pytest.mark.parametrize(
    ("change", "severity", "open_as", "over_as"),
    [
        ("new", "critical", {"critical"}, set()),
        ("ongoing", "warning", {"warning"}, set()),
        ("unknown", "warning", {"warning"}, set()),
        ("worse", "critical", {"critical"}, {"warning", "info"}),
        ("better", "info", {"info"}, {"warning", "critical"}),
        ("reopened", "critical", {"critical"}, {"warning", "info"}),
        ("resolved", "critical", set(), {"critical", "warning", "info"}),
        ("retired", "info", set(), {"critical", "warning", "info"}),
    ],
)
def test_an_alert_is_open_under_one_severity_and_over_under_those_it_may_have_had(
    alerts: Notifier, web: Listener, change: str, severity: str, open_as: set[str], over_as: set[str]
) -> None:
    alerts.send(delivery(alerts, digest(line(severity, change))), timeout=5)
    found = {alert["labels"]["severity"]: lasts(alert) > timedelta() for alert in sent(web)}
    assert {name for name, is_open in found.items() if is_open} == open_as
    assert {name for name, is_open in found.items() if not is_open} == over_as


def test_what_is_open_is_sent_also_in_a_night_without_news(alerts: Notifier, web: Listener) -> None:
    """Told as news and standing as well, an alert is sent once, as the news has it."""
    standing = (line("critical", "ongoing"), line("warning", "ongoing", key="b2" * 32))
    news = line("critical", "resolved")
    alerts.send(delivery(alerts, digest(standing=standing)), timeout=5)
    assert [alert["labels"]["severity"] for alert in sent(web)] == ["critical", "warning"]
    alerts.send(delivery(alerts, digest(news, standing=standing)), timeout=5)
    assert sum(lasts(alert) > timedelta() for alert in sent(web)) == 1
    assert alerts.capabilities.standing


def test_an_alert_that_is_a_test_is_gone_in_ten_minutes(alerts: Notifier, web: Listener) -> None:
    alerts.send(delivery(alerts, digest(line("info", "test"))), timeout=5)
    (one,) = sent(web)
    assert timedelta(minutes=9) < lasts(one) <= timedelta(minutes=10)


def test_another_episode_is_another_alert(alerts: Notifier, web: Listener) -> None:
    alerts.send(delivery(alerts, digest(line(episode=2))), timeout=5)
    assert sent(web)[0]["labels"]["alert"].endswith("-2")


def test_long_and_odd_names_stay_within_bounds_and_apart(alerts: Notifier, web: Listener) -> None:
    long_name = "x" * 500
    told = [line(key=mark * 32, identity={"part no.": long_name, "": "y", "site": ""}) for mark in ("a1", "b2")]
    alerts.send(delivery(alerts, digest(*told)), timeout=5)
    labels = [alert["labels"] for alert in sent(web)]
    assert labels[0] != labels[1] and all(len(value) <= 120 for found in labels for value in found.values())
    assert labels[0]["part_no_"].endswith("…") and "site" not in labels[0] and "" not in labels[0]


def test_what_is_left_out_is_counted_and_no_longer_when_nothing_is(alerts: Notifier, web: Listener) -> None:
    alerts.send(delivery(alerts, long(2_010, 100)), timeout=10)
    more = next(alert for alert in web.got[-1].json() if alert["labels"]["alertname"] == "riskplug-more")
    assert more["annotations"]["summary"].startswith("17 more alerts") and lasts(more) > timedelta()
    alerts.send(delivery(alerts), timeout=5)
    more = next(alert for alert in web.got[-1].json() if alert["labels"]["alertname"] == "riskplug-more")
    assert lasts(more) <= timedelta()


@pytest.mark.parametrize("fault", ["drop", "hang", (500, {}, b""), (503, {}, b"")])
def test_sending_again_is_harmless_so_nothing_is_in_doubt(alerts: Notifier, web: Listener, fault: Any) -> None:
    web.say(fault)
    assert alerts.send(delivery(alerts), timeout=0.5).outcome == "not_accepted"
    assert alerts.capabilities.idempotent


@pytest.mark.parametrize(
    ("options", "header"),
    [
        ({"token": {"env": "CANARY"}}, f"Bearer {CANARY}"),
        # printf 'prom:canary-1f6a2e90-secret' | base64
        (
            {"user": "prom", "password": {"env": "CANARY"}},
            "Basic cHJvbTpjYW5hcnktMWY2YTJlOTAtc2VjcmV0",
        ),
        ({}, None),
    ],
)
def test_the_way_in_is_a_token_or_a_log_in_or_open(
    made: Made, web: Listener, options: dict[str, Any], header: str | None
) -> None:
    alerts = made("alertmanager", url=web.url, **options)
    assert alerts.send(Delivery("k", {"text": "x"}), timeout=5).outcome == "delivered"
    assert web.got[0].headers.get("Authorization") == header


@pytest.mark.parametrize(
    "options",
    [
        {"user": "prom"},
        {"password": {"env": "CANARY"}},
        {"user": "p", "password": {"env": "CANARY"}, "token": {"env": "CANARY"}},
        {"keep_days": 0},
    ],
)
def test_options_that_contradict_are_refused(made: Made, options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        made("alertmanager", url="http://127.0.0.1:9093", **options)
