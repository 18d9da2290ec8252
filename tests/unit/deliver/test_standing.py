"""Receivers that keep alerts of their own are told what is open every night, with what tells one alert from another."""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from receivers import Obedient

from riskplug.deliver import Night, plan_digests
from riskplug.deliver.planning import Planned, Reader
from riskplug.deliver.redaction import AS_IT_IS, Redactor
from riskplug.extend.protocols import Capabilities, Limits
from riskplug.model import Change
from riskplug.workspace import Route

NIGHT = Night("Works", date(2025, 4, 28), "s")
ROUTES = [Route(receivers=("one",))]


class Keeping(Obedient):
    """Forgets what it is not told again; takes three alerts at most."""

    limits: ClassVar[Limits] = Limits(blocks=3)
    capabilities: ClassVar[Capabilities] = Capabilities(standing=True)


def change(number: int, kind: str = "ongoing") -> Change:
    who = {"site": "DE01", "part_no": f"M-{number}", "price": "12.50"}
    return Change(kind, f"{number:064x}", "short", "critical", None, who, "anna", "14 days", 2)


def planned(changes: Sequence[Change], news: Sequence[Change], notifier: Obedient) -> tuple[Planned, ...]:
    return plan_digests(changes, news, night=NIGHT, routes=ROUTES, notifiers={"one": notifier})


def test_a_night_without_news_is_told_to_who_forgets_and_to_nobody_else() -> None:
    open_ones = [change(n) for n in range(2)]
    assert planned(open_ones, [], Obedient()) == ()
    (found,) = planned(open_ones, [], Keeping())
    assert [line.identity["part_no"] for line in found.digest.standing] == ["M-0", "M-1"]
    assert found.messages[0].items == ()


def test_the_same_scan_again_makes_the_same_message() -> None:
    first, second = (planned([change(1)], [], Keeping())[0].message for _ in range(2))
    assert first == second


def test_nothing_open_is_nothing_to_tell() -> None:
    assert planned([], [], Keeping()) == ()


def test_what_ended_does_not_stand_and_no_more_than_the_receiver_takes() -> None:
    changes = [change(0, "resolved"), *(change(n) for n in range(1, 9)), change(9, "retired")]
    (found,) = planned(changes, changes[:1], Keeping())
    assert [line.identity["part_no"] for line in found.digest.standing] == ["M-1", "M-2", "M-3"]
    assert sum(now for now, _ in found.digest.open.values()) == 8


def test_a_line_says_rule_identity_and_episode_and_nothing_that_is_not_shown() -> None:
    (found,) = planned([change(1, "new")], [change(1, "new")], Obedient())
    (line,) = found.digest.lines
    assert (line.rule, line.episode) == ("short", 2)
    assert line.identity == {"site": "DE01", "part_no": "M-1"}


def test_identities_are_redacted_as_titles_are() -> None:
    readers = {"one": Reader(redactor=Redactor({**AS_IT_IS, "part_numbers": "hashed"}, b"k" * 32))}
    told = [change(1, "new")]
    (found,) = plan_digests(told, told, night=NIGHT, routes=ROUTES, notifiers={"one": Keeping()}, readers=readers)
    for line in (*found.digest.lines, *found.digest.standing):
        assert line.identity["site"] == "DE01" and line.identity["part_no"] not in ("", "M-1")
        assert line.identity["part_no"] in line.title
