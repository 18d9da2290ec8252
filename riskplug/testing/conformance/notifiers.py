"""What a notifier keeps to, whatever it speaks."""

import json
import logging
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest

from riskplug.deliver import build_notifiers
from riskplug.errors import UsageError
from riskplug.extend.protocols import Delivery, Digest, Notifier, Receipt
from riskplug.testing.conformance.manners import PluginConformance, asked, need
from riskplug.testing.digests import HOSTILE, KEY, digest, hostile, line, long
from riskplug.workspace import Receiver

_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_FIX = "correct send(): see Notifier in docs/plugins.md"


@dataclass(frozen=True)
class Bench:
    """A server of a test that takes what the notifier sends.

    ``options``: of a receiver that reaches it, the secret as ``{"env": "CANARY"}``. ``asked``: how many requests it
    has seen; ``per_send``: how many one message takes. ``echo`` makes it refuse the next message, repeating what it
    was sent. ``secret_key``: the option with the secret; ``away``: what to change in the options so that they reach
    nobody. Where one of these is left out, there is no such thing, and its check is skipped with a word about it.
    """

    options: Mapping[str, Any]
    asked: Callable[[], int]
    echo: Callable[[], None] | None = None
    secret_key: str = ""
    away: Mapping[str, Any] = field(default_factory=dict)
    per_send: int = 1


class NotifierConformance(PluginConformance):
    """``offered``: the class. Override the fixture `bench` with a Bench; the secret is in the variable CANARY."""

    hook: ClassVar[str] = "riskplug_notifiers"
    secret: ClassVar[str] = "canary-1f6a2e90-secret"
    _bench: Bench

    @pytest.fixture
    def bench(self) -> Iterator[Bench]:
        need(False, "it has no server to send to", "override the fixture `bench` and yield a Bench")
        yield Bench({}, lambda: 0)

    @pytest.fixture
    def canary(self, monkeypatch: pytest.MonkeyPatch) -> str:
        """The secret, where the options look for it."""
        monkeypatch.setenv("CANARY", self.secret)
        return self.secret

    @pytest.fixture(autouse=True)
    def _on_the_bench(self, canary: str, bench: Bench) -> None:
        self._bench = bench

    def given_options(self) -> Mapping[str, Any]:
        return self._bench.options

    def other(self, **options: Any) -> Notifier:
        """One with other options."""
        made: Notifier = self.offered(self.offered.Options.model_validate({**self._bench.options, **options}))
        return made

    def sent(self, delivery: Delivery, notifier: Notifier | None = None, timeout: float = 5) -> Receipt:
        """The receipt of one attempt, which never raises."""
        one = notifier or self.made()
        return asked(lambda: one.send(delivery, timeout=timeout), "send()", "give a Receipt, whatever the network does")

    def told(self, told: Digest | None = None, notifier: Notifier | None = None) -> Delivery:
        """A message of a digest."""
        one = notifier or self.made()
        return Delivery(KEY, asked(lambda: one.render(told or digest(line())), "render()", "render any digest"))

    def test_equal_digests_make_equal_bytes(self) -> None:
        told = digest(line(), line("warning", "worse", key="b2" * 32), notes=("one",), standing=(line(),))
        one = self.made()
        first, second = (
            asked(lambda: json.dumps(one.render(told)), "render()", "make it of text, numbers, lists and dicts")
            for _ in range(2)
        )
        need(first == second, "two payloads of one digest differ", "no clock and no random numbers in render()")
        need(
            isinstance(json.loads(first).get("text"), str),
            "the payload has no text",
            'give it {"text": ...} beside the form',
        )

    def test_an_ordinary_night_arrives(self) -> None:
        self._need_delivered(self.sent(self.told()), "an ordinary night")

    def test_a_message_that_lost_its_form_arrives(self) -> None:
        fix = 'send payload["text"] where the payload has nothing else'
        plain = Delivery(KEY, {"text": "headline\n[critical] new: x"})
        self._need_delivered(self.sent(plain), "a message of text alone", fix)
        self._need_delivered(self.sent(Delivery(KEY, {"text": "headline", "minimal": True})), "a minimal message", fix)

    def test_a_message_that_lost_its_form_may_be_of_any_length(self) -> None:
        endless = "headline\n" + '[critical] "new" \u00e4: x\n' * 20_000
        fix = "shorten the text in send() too, with riskplug.extend.wording.shortened"
        self._need_delivered(self.sent(Delivery(KEY, {"text": endless}), timeout=10), "a text without end", fix)

    @pytest.mark.parametrize("text", HOSTILE)
    def test_no_text_of_an_erp_steers_a_reader(self, text: str) -> None:
        told = self.told(hostile(text))
        unseen = {mark for mark in said(told.payload) if unicodedata.category(mark) in _UNSEEN} - {"\n"}
        fix = "take texts through riskplug.extend.wording: digest_text, line_text, visible"
        need(not unseen, f"the payload has invisible marks {sorted(map(ascii, unseen))}", fix)
        self._need_delivered(self.sent(told), f"a digest with {text!a}")

    def test_a_long_night_is_shortened(self) -> None:
        told = self.told(long())
        limit, length = self.offered.limits.text, len(told.payload["text"])
        fix = "use digest_text(digest, self.limits.text), or set limits to what the receiver takes"
        need(length <= limit, f"the text has {length:,} characters, limits.text is {limit:,}", fix)
        self._need_delivered(self.sent(told, timeout=10), "a long night", fix)

    def test_a_receiver_that_is_away_did_not_accept(self) -> None:
        if not self._bench.away:
            pytest.skip("nothing is asked over a network: the bench has no `away`")
        gone = self.other(**self._bench.away)
        outcome = self.sent(self.told(notifier=gone), gone, timeout=2).outcome
        fix = "no connection means not_accepted: use receipt_of(ask(...)) of riskplug.extend.web"
        need(outcome == "not_accepted", f"a receiver that is away gives {outcome}", fix)

    def test_an_unset_secret_is_named_and_nothing_is_sent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        if not self._bench.secret_key:
            pytest.skip("it needs no secret: the bench has no `secret_key`")
        monkeypatch.delenv("CANARY")
        unset = self.other(**{self._bench.secret_key: {"env": "CANARY"}})
        receipt = self.sent(self.told(notifier=unset), unset, timeout=2)
        fix = "catch UsageError of secret(): Receipt('not_accepted', f'{error.where}: {error.what}')"
        need(receipt.outcome == "not_accepted", f"without its secret it gives {receipt.outcome}", fix)
        need("CANARY" in receipt.detail, f"the receipt does not name the variable: {receipt.detail!r}", fix)
        need(self._bench.asked() == 0, "it asks the receiver without its secret", "read the secret before asking")

    def test_the_secret_shows_nowhere(
        self, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        if self._bench.echo is None:
            pytest.skip("no receiver repeats a secret: the bench has no `echo`")
        caplog.set_level(logging.DEBUG)
        one = self.made()
        told = self.told(notifier=one)
        receipts = [self.sent(told, one)]
        self._bench.echo()
        receipts.append(self.sent(told, one))
        fix = "a refusal is rejected, doubt is ambiguous: use receipt_of()"
        need(receipts[1].outcome in {"rejected", "ambiguous"}, f"a refusal gives {receipts[1].outcome}", fix)
        out, err = capfd.readouterr()
        shown = repr(receipts) + repr(one) + repr(vars(one)) + repr(told) + out + err
        shown += "".join(record.getMessage() for record in caplog.records if record.name != "mail.log")
        fix = "keep references, not secrets; name secrets in Request(secrets=...); take texts through blotted()"
        need(self.secret not in shown, "the secret shows in a receipt, an object or a log", fix)

    def test_a_secret_written_out_is_refused_by_the_name_of_its_key(self) -> None:
        name = self._bench.secret_key
        if not name:
            pytest.skip("it needs no secret: the bench has no `secret_key`")
        kind = self.offered.kind
        wrong = {"kind": kind, **self._bench.options, name: self.secret, "nonsense": self.secret}
        fix = "type it as riskplug.extend.options.Secret or Url, in a class derived from ReceiverOptions"
        try:
            build_notifiers({"tested": Receiver.model_validate(wrong)}, {kind: self.offered})
        except UsageError as error:
            need(f"{name}: must be" in str(error) and "nonsense" in str(error), f"it says {error}", fix)
            need(self.secret not in str(error), "the error repeats the secret", fix)
            return
        need(False, f"a secret written out in {name} is taken", fix)

    def test_nothing_is_asked_that_cannot_be_answered(self) -> None:
        if self.offered.capabilities.reconcile:
            pytest.skip("it can look for a message: test its find() with your server")
        one = self.made()
        found = asked(lambda: one.find(self.told(), timeout=1), "find()", "return None")
        need(found is None, f"find() gives {found}", "return None, or claim capabilities.reconcile")
        need(self._bench.asked() == 0, "find() asks the receiver", "return None without asking")

    def test_it_says_only_once_what_it_says(self) -> None:
        began = time.monotonic()
        self.sent(self.told())
        count, wanted = self._bench.asked(), self._bench.per_send
        need(count == wanted, f"one message takes {count} requests, not {wanted}", "never repeat inside send()")
        need(time.monotonic() - began < 3, "sending takes 3 seconds here", "never wait inside send()")

    def _need_delivered(self, receipt: Receipt, what: str, fix: str = _FIX) -> None:
        need(receipt.outcome == "delivered", f"{what} is {receipt.outcome}: {receipt.detail}", fix)


def said(value: Any) -> str:
    """Every text in a payload."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return "".join(said(part) for pair in value.items() for part in pair)
    return "".join(map(said, value)) if isinstance(value, list | tuple) else ""
