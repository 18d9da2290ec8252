"""Plugins that do one thing wrong, beside one that does nothing wrong: what each conformance check is for.

Each is text: its name, the one check that it fails, how it differs from the good one, what its test class says.
"""

# ruff: noqa: E501

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Bad:
    """``body``: of a class derived from Good. ``test``: of its test class. ``says``: words of the failure. ``alone``:
    no other check fails."""

    name: str
    check: str
    body: str
    says: str = ""
    test: str = ""
    alone: bool = True


@dataclass(frozen=True)
class Sort:
    """One sort of plugin: ``good``: text of a module with Good; ``base``: its conformance class and what all set."""

    name: str
    base: str
    good: str
    test: str
    bad: tuple[Bad, ...]
    more: str = ""

    def module(self) -> str:
        """The plugins, the good one first."""
        made = [f"class {bad.name}(Good):\n{bad.body}" for bad in self.bad if "HEAVY" not in bad.body]
        return "\n\n".join([self.good, *made]) + "\n"

    def heavy(self) -> str:
        """A module that imports what it must not."""
        made = [f"class {bad.name}(Good):\n    __doc__ = Good.__doc__\n" for bad in self.bad if "HEAVY" in bad.body]
        return "\n\n".join([f"import numpy\nfrom {self.name} import Good", *made]) + "\n"

    def tests(self) -> str:
        """The test module."""
        made = [self._test("Good", "")]
        made += [self._test(bad.name, bad.test) for bad in self.bad]
        head = f"from {self.name} import *\nfrom {self.name}_heavy import *\nfrom riskplug.testing.conformance import *\n{self.more}"
        return head + "\n\n" + "\n\n".join(made) + "\n"

    def _test(self, name: str, more: str) -> str:
        return f"class Test{name}({self.base}):\n    offered = {name}\n{self.test}\n{more}"


DOC = "    __doc__ = Good.__doc__\n"
LOOSE = Bad(
    "Loose",
    "test_unknown_options_are_refused",
    DOC + "    Options = Loosely\n\n    def __init__(self, options):\n        pass\n",
    "take a key that there is not",
)
COMMON = (
    LOOSE,
    Bad(
        "Slug",
        "test_it_is_what_a_plugin_must_be",
        "    __doc__ = Good.__doc__\n    kind = 'Not a slug'\n",
        "no usable kind",
    ),
    Bad("Mute", "test_the_docstring_has_its_form", "    'without an end'\n", "begins with 'without an end'"),
    Bad("Heavy", "test_importing_it_is_light", "HEAVY", "importing it imports numpy"),
)

RULE_KIND = Sort(
    "rule_kind",
    "RuleKindConformance",
    '''\
from pydantic import BaseModel, ConfigDict


class Options(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Loosely(BaseModel):
    pass


class Good:
    """Suppliers with lines due within a month.

    What: open lines with a date, each once.
    Why: to see them.
    Clear it: the goods.
    """

    kind = "good"
    Options = Options
    needs = frozenset({"purchase_orders"})
    calls = 0

    def __init__(self, options):
        self.options = options

    def once(self, lines):
        return lines.drop_duplicates(["order_no", "line"])

    def assess(self, tables, context):
        import pandas as pd

        lines = self.once(tables["purchase_orders"])
        late = lines[lines["due_date"] < pd.Timestamp(context.business_date) + pd.Timedelta(days=30)]
        found = late.dropna(subset=["supplier"])
        counts = found.groupby(found["supplier"].astype("str"))["order_no"].count()
        return self.findings(pd, counts, lines)

    def findings(self, pd, counts, lines):
        return pd.DataFrame(
            {
                "severity": "warning",
                "message": [f"{name}: {count} lines" for name, count in counts.items()],
                "supplier": counts.index,
                "metric": counts.to_numpy(dtype="float64"),
            }
        )
''',
    "    identity = ('supplier',)\n    rows = 2_000\n    seconds = 20.0\n",
    (
        *COMMON,
        Bad(
            "Unclear",
            "test_the_docstring_has_its_form",
            "    '''Finds.\n\n    What: x.\n    Why: y.\n    '''\n",
            "has no Clear it:",
        ),
        Bad(
            "Blind",
            "test_it_finds_something",
            DOC + "    def once(self, lines):\n        return lines.iloc[:0]\n",
            "finds nothing in tables()",
        ),
        Bad(
            "Empty",
            "test_empty_tables_give_no_findings",
            DOC
            + "    def findings(self, pd, counts, lines):\n"
            + "        counts = pd.Series([0], index=['NOBODY']) if lines.empty else counts\n"
            + "        return super().findings(pd, counts, lines)\n",
            "1 findings in tables without rows",
        ),
        Bad(
            "Lonely",
            "test_one_row_is_enough",
            DOC
            + "    def once(self, lines):\n        if len(lines) == 1:\n            raise KeyError('two')\n        return super().once(lines)\n",
            "on tables of one row: KeyError",
        ),
        Bad(
            "First",
            "test_the_order_of_rows_does_not_matter",
            DOC
            + "    def findings(self, pd, counts, lines):\n"
            + "        first = '' if lines.empty else lines['order_no'].iloc[0]\n"
            + "        return super().findings(pd, counts, lines).assign(message=f'since {first}')\n",
            "shuffled rows give other findings",
        ),
        Bad(
            "Twice",
            "test_repeated_rows_do_what_it_says",
            DOC + "    def once(self, lines):\n        return lines\n",
            "repeated rows give other findings",
        ),
        Bad(
            "Meek", "test_repeated_rows_do_what_it_says", DOC, "repeated rows raise nothing", "    repeated = 'fault'\n"
        ),
        Bad(
            "Strict",
            "test_missing_values_are_borne",
            DOC
            + "    def once(self, lines):\n        [name.lower() for name in lines['supplier'].tolist()]\n        return super().once(lines)\n",
            "every value of purchase_orders.supplier missing",
        ),
        Bad(
            "Ascii",
            "test_names_in_any_script_are_kept",
            DOC
            + "    def once(self, lines):\n        [str(name).encode('ascii') for name in lines['supplier']]\n        return super().once(lines)\n",
            "with names in other scripts: UnicodeEncodeError",
        ),
        Bad(
            "Ratio",
            "test_zero_stock_and_demand_are_borne",
            DOC
            + "    def once(self, lines):\n        [1 / one for one in lines['open_quantity'].tolist()]\n        return super().once(lines)\n",
            "every quantity zero: ZeroDivisionError",
        ),
        Bad(
            "Greedy",
            "test_the_frames_stay_as_they_were",
            DOC + "    def once(self, lines):\n        lines['mine'] = 1\n        return super().once(lines)\n",
            "changes purchase_orders",
        ),
        Bad(
            "Moody",
            "test_the_same_tables_give_the_same_findings",
            DOC
            + "    def findings(self, pd, counts, lines):\n        Moody.calls += 1\n"
            + "        return super().findings(pd, counts.iloc[:: (-1) ** Moody.calls], lines)\n",
            "two calls give different findings",
        ),
        Bad(
            "Slow",
            "test_many_rows_keep_the_time",
            DOC
            + "    def once(self, lines):\n        import time\n\n        time.sleep(0.4 if len(lines) > 1000 else 0)\n        return super().once(lines)\n",
            "more than 0.3",
            "    seconds = 0.3\n",
        ),
    ),
)

MAPPER = Sort(
    "mapper",
    "ContentMapperConformance",
    '''\
from pydantic import BaseModel, ConfigDict


class Options(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Loosely(BaseModel):
    pass


class Good:
    """Magnets by their description."""

    kind = "good"
    calls = 0

    def once(self, parts):
        return parts.drop_duplicates("part_no")

    def map_content(self, parts, context):
        import pandas as pd

        known = self.once(parts)
        return self.content(pd, known[known["description"].fillna("").str.contains("Magnet")])

    def content(self, pd, magnets):
        return pd.DataFrame(
            {
                "part_no": magnets["part_no"].astype("str"),
                "material": "Nd",
                "form": "magnet",
                "mass_g_min": 1.0,
                "mass_g_typ": 2.0,
                "mass_g_max": 3.0,
                "probability": 0.9,
                "evidence": "grade",
                "source": "list",
                "date": pd.Series(pd.NaT, index=magnets.index, dtype="datetime64[s]"),
            }
        )
''',
    "    rows = 2_000\n    seconds = 20.0\n",
    (
        *COMMON,
        Bad(
            "Blind",
            "test_it_says_something",
            DOC + "    def once(self, parts):\n        return parts.iloc[:0]\n",
            "says nothing of parts()",
        ),
        Bad(
            "Stray",
            "test_no_parts_give_no_content",
            DOC
            + "    def content(self, pd, magnets):\n        stray = magnets if len(magnets) else pd.DataFrame({'part_no': ['X']})\n"
            + "        return super().content(pd, stray if self.none else magnets)\n"
            + "    def once(self, parts):\n        self.none = parts.empty\n        return super().once(parts)\n",
            "would not believe X Nd",
        ),
        Bad(
            "Lonely",
            "test_one_part_is_enough",
            DOC
            + "    def once(self, parts):\n        if len(parts) == 1:\n            raise KeyError('two')\n        return super().once(parts)\n",
            "on one part: KeyError",
        ),
        Bad(
            "First",
            "test_the_order_of_parts_does_not_matter",
            DOC
            + "    def once(self, parts):\n        self.first = '' if parts.empty else parts['part_no'].iloc[0]\n        return super().once(parts)\n"
            + "    def content(self, pd, magnets):\n        return super().content(pd, magnets).assign(source=f'since {self.first}')\n",
            "shuffled parts give other content",
        ),
        Bad(
            "Twice",
            "test_repeated_parts_give_the_same",
            DOC + "    def once(self, parts):\n        return parts\n",
            "keys twice",
        ),
        Bad(
            "Strict",
            "test_missing_values_are_borne",
            DOC
            + "    def once(self, parts):\n        [text.lower() for text in parts['description']]\n        return super().once(parts)\n",
            "every value of parts.description missing",
        ),
        Bad(
            "Numbers",
            "test_part_numbers_in_any_script_are_kept",
            DOC
            + "    def once(self, parts):\n        return super().once(parts[parts['part_no'].astype('str').str.match('^[A-Z]-[0-9]+(-[0-9]+)?$')])\n",
            "other part numbers give other content",
        ),
        Bad(
            "Greedy",
            "test_the_parts_stay_as_they_were",
            DOC + "    def once(self, parts):\n        parts['mine'] = 1\n        return super().once(parts)\n",
            "changes the parts",
        ),
        Bad(
            "Moody",
            "test_the_same_parts_give_the_same_content",
            DOC
            + "    def content(self, pd, magnets):\n        Moody.calls += 1\n"
            + "        return super().content(pd, magnets.iloc[:: (-1) ** Moody.calls])\n",
            "two calls give different content",
        ),
        Bad(
            "Slow",
            "test_many_parts_keep_the_time",
            DOC
            + "    def once(self, parts):\n        import time\n\n        time.sleep(0.4 if len(parts) > 1000 else 0)\n        return super().once(parts)\n",
            "more than 0.3",
            "    seconds = 0.3\n",
        ),
    ),
)

ENRICHER = Sort(
    "enricher",
    "EnricherConformance",
    '''\
from pydantic import BaseModel

from riskplug.catalogue import Fact


class Loosely(BaseModel):
    pass


class Good:
    """Whether a part is a magnet."""

    kind = "good"
    grain = "part"
    columns = (Fact("is_magnet", "flag", "By its description."),)
    needs = frozenset({"inventory"})
    calls = 0

    def seen(self, facts):
        return facts

    def enrich(self, facts, tables, context):
        known = self.seen(facts)
        return known[[]].assign(is_magnet=self.value(known["description"].str.contains("Magnet").astype("boolean")))

    def value(self, found):
        return found
''',
    "    rows = 2_000\n    seconds = 20.0\n",
    (
        *COMMON,
        Bad(
            "Blind",
            "test_it_knows_something",
            DOC + "    def value(self, found):\n        return found.where(found.isna())\n",
            "every value of frames() is missing",
        ),
        Bad(
            "Empty",
            "test_no_facts_give_no_rows",
            DOC
            + "    def seen(self, facts):\n        facts['part_no'].iloc[:1].item() if facts.empty else 0\n        return facts\n",
            "on tables without rows: ValueError",
        ),
        Bad(
            "Lonely",
            "test_one_row_is_enough",
            DOC
            + "    def seen(self, facts):\n        if len(facts) == 1:\n            raise KeyError('two')\n        return facts\n",
            "on tables of one row: KeyError",
        ),
        Bad(
            "Place",
            "test_the_order_of_rows_does_not_matter",
            DOC + "    def value(self, found):\n        return found & (found.reset_index(drop=True).index < 2)\n",
            "shuffled rows give other values",
        ),
        Bad(
            "Strict",
            "test_missing_values_are_borne",
            DOC
            + "    def seen(self, facts):\n        [text.lower() for text in facts['description']]\n        return facts\n",
            "every value of facts.part.description missing",
        ),
        Bad(
            "Ratio",
            "test_zero_stock_and_demand_are_borne",
            DOC
            + "    def seen(self, facts):\n        [1 / one for one in facts['daily_demand'].tolist()]\n        return facts\n",
            "every quantity zero: ZeroDivisionError",
        ),
        Bad(
            "Ascii",
            "test_names_in_any_script_are_borne",
            DOC
            + "    def seen(self, facts):\n        [str(name).encode('ascii') for name in facts['part_no']]\n        return facts\n",
            "UnicodeEncodeError",
        ),
        Bad(
            "Greedy",
            "test_the_frames_stay_as_they_were",
            DOC + "    def seen(self, facts):\n        facts['mine'] = 1\n        return facts\n",
            "changes facts.part",
        ),
        Bad(
            "Moody",
            "test_the_same_facts_give_the_same_values",
            DOC
            + "    last = None\n\n    def value(self, found):\n        again = found.equals(Moody.last)\n        Moody.last = None if again else found\n"
            + "        return ~found if again else found\n",
            "two calls give different values",
        ),
        Bad(
            "Slow",
            "test_many_rows_keep_the_time",
            DOC
            + "    def seen(self, facts):\n        import time\n\n        time.sleep(0.4 if len(facts) > 1000 else 0)\n        return facts\n",
            "more than 0.3",
            "    seconds = 0.3\n",
        ),
    ),
)
SOURCE = Sort(
    "source",
    "SourceConformance",
    '''\
from datetime import UTC, date, datetime

from pydantic import BaseModel, ConfigDict


class Options(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Loosely(BaseModel):
    pass


class Good:
    """Two parts from memory."""

    kind = "good"
    Options = Options
    calls = 0

    def __init__(self, options):
        self.options = options

    def tables(self):
        return frozenset({"parts"})

    def rows(self):
        return {"part_no": ["A", "B"], "base_unit": ["pc", "pc"], "lead_time_days": ["10.5", None]}

    def read(self, table, context):
        import pandas as pd

        return pd.DataFrame(self.rows(), dtype=object)

    def extracted_at(self, table):
        return datetime(2025, 4, 27, 22, tzinfo=UTC)
''',
    "    def expected(self):\n        return {'parts': [{'part_no': 'A', 'lead_time_days': 10.5}, {'part_no': 'B', 'lead_time_days': None}]}\n",
    (
        *COMMON,
        Bad(
            "Stray",
            "test_it_gives_canonical_tables",
            DOC + "    def tables(self):\n        return frozenset()\n",
            "it gives no table",
            "    def test_every_row_is_taken(self):\n        pass\n\n    def test_the_expected_rows_are_read(self):\n        pass\n\n"
            "    def test_a_table_that_is_expected_is_offered(self):\n        pass\n",
        ),
        Bad(
            "Extra",
            "test_its_columns_are_those_of_the_table",
            DOC + "    def rows(self):\n        return {**super().rows(), 'colour': ['red', 'blue']}\n",
            "parts has colour",
        ),
        Bad(
            "Numbers",
            "test_its_values_are_text",
            DOC + "    def rows(self):\n        return {**super().rows(), 'unit_cost': [1.5, 2.5]}\n",
            "parts.unit_cost holds [1.5]",
        ),
        Bad(
            "Comma",
            "test_every_row_is_taken",
            DOC
            + "    def rows(self):\n        return {name: [*values, extra] for (name, values), extra in zip(super().rows().items(), ['C', 'pc', '1,2x'])}\n",
            "lead_time_days '1,2x'",
        ),
        Bad(
            "Other",
            "test_the_expected_rows_are_read",
            DOC + "    def rows(self):\n        return {**super().rows(), 'lead_time_days': ['11', None]}\n",
            "'lead_time_days': 11.0",
        ),
        Bad(
            "Moody",
            "test_reading_twice_gives_the_same",
            DOC
            + "    def rows(self):\n        Moody.calls += 1\n        return {**super().rows(), 'owner': [str(Moody.calls)] * 2}\n",
            "parts differs when read again",
        ),
        Bad(
            "Zone",
            "test_the_time_of_extraction_has_a_zone",
            DOC + "    def extracted_at(self, table):\n        return datetime(2025, 4, 27)\n",
            "no time zone",
            "    def test_every_row_is_taken(self):\n        pass\n\n    def test_the_expected_rows_are_read(self):\n        pass\n",
        ),
        Bad(
            "Hidden",
            "test_a_table_that_is_expected_is_offered",
            DOC,
            "expected() has tables",
            "    def expected(self):\n        return {'inventory': []}\n",
        ),
    ),
)

_SEND = "    def send(self, delivery, *, timeout):\n"
NOTIFIER = Sort(
    "notifier",
    "NotifierConformance",
    '''\
from pydantic import BaseModel

from riskplug.errors import UsageError
from riskplug.extend.options import Secret, SecretRef, Url, WebOptions, secret, url_of
from riskplug.extend.protocols import Capabilities, Limits, Receipt
from riskplug.extend.web import Request, ask, receipt_of
from riskplug.extend.wording import digest_text, shortened


class Options(WebOptions):
    url: Url
    token: Secret


class Loosely(BaseModel):
    url: Url
    token: Secret
    ca_file: None = None


class OpenOptions(WebOptions):
    url: Url
    token: SecretRef | str


class Good:
    """Posts the digest to a server."""

    kind = "good"
    Options = Options
    limits = Limits(text=4_000)
    capabilities = Capabilities()
    calls = 0

    def __init__(self, options):
        self.options = options

    def render(self, digest):
        return {"text": digest_text(digest, self.limits.text)}

    def send(self, delivery, *, timeout):
        try:
            url, token = url_of(self.options.url), secret(self.options.token)
        except UsageError as error:
            return Receipt("not_accepted", f"{error.where}: {error.what}")
        body = shortened(delivery.payload["text"], self.limits.text).encode("utf-8", "replace")
        headers = {"Authorization": f"Bearer {token}"}
        return receipt_of(ask(Request(url, "POST", body, headers, None, (token,)), timeout=timeout))

    def find(self, delivery, *, timeout):
        return None
''',
    "    @pytest.fixture\n    def bench(self):\n        with Listener() as web:\n"
    "            options = {'url': web.url, 'token': {'env': 'CANARY'}}\n"
    "            echo = lambda: web.say((403, {}, {'error': 'canary-1f6a2e90-secret'}))\n"
    "            yield Bench(options, lambda: len(web.got), echo, 'token', {'url': 'http://127.0.0.1:9'})\n",
    (
        *COMMON[1:],
        Bad(
            "Loose",
            "test_unknown_options_are_refused",
            DOC + "    Options = Loosely\n",
            "take a key that there is not",
            "    def test_a_secret_written_out_is_refused_by_the_name_of_its_key(self):\n        pass\n",
        ),
        Bad(
            "Moody",
            "test_equal_digests_make_equal_bytes",
            DOC
            + "    def render(self, digest):\n        Moody.calls += 1\n        return {**super().render(digest), 'n': Moody.calls}\n",
            "two payloads of one digest differ",
        ),
        Bad(
            "Refused",
            "test_an_ordinary_night_arrives",
            DOC
            + _SEND
            + "        done = super().send(delivery, timeout=timeout)\n        odd = '1 new or worse' in delivery.payload['text'] and 'more' not in delivery.payload['text'].partition('worse')[2]\n"
            + "        return Receipt('rejected', 'no') if odd and done.outcome == 'delivered' else done\n",
            "an ordinary night is rejected: no",
        ),
        Bad(
            "Formal",
            "test_a_message_that_lost_its_form_arrives",
            DOC
            + "    def render(self, digest):\n        return {**super().render(digest), 'form': 1}\n\n"
            + _SEND
            + "        bare = 'form' not in delivery.payload and len(delivery.payload['text']) < 100\n"
            + "        return Receipt('rejected', 'no form') if bare else super().send(delivery, timeout=timeout)\n",
            "a message of text alone is rejected: no form",
        ),
        Bad(
            "Brief",
            "test_a_message_that_lost_its_form_may_be_of_any_length",
            DOC
            + _SEND
            + "        long = len(delivery.payload['text']) > 4_000\n"
            + "        return Receipt('rejected', 'too long') if long else super().send(delivery, timeout=timeout)\n",
            "a text without end is rejected: too long",
        ),
        Bad(
            "Steered",
            "test_no_text_of_an_erp_steers_a_reader",
            DOC
            + "    def render(self, digest):\n        return {**super().render(digest), 'headline': digest.headline}\n",
            "invisible marks",
        ),
        Bad(
            "Endless",
            "test_a_long_night_is_shortened",
            DOC + "    def render(self, digest):\n        return {'text': digest_text(digest, 90_000)}\n",
            "limits.text is 4,000",
        ),
        Bad(
            "Sure",
            "test_a_receiver_that_is_away_did_not_accept",
            DOC
            + _SEND
            + "        done = super().send(delivery, timeout=timeout)\n"
            + "        return Receipt('ambiguous') if done.outcome == 'not_accepted' and 'CANARY' not in done.detail else done\n",
            "a receiver that is away gives ambiguous",
        ),
        Bad(
            "Unsaid",
            "test_an_unset_secret_is_named_and_nothing_is_sent",
            DOC
            + _SEND
            + "        done = super().send(delivery, timeout=timeout)\n"
            + "        return Receipt(done.outcome, 'failed', retry_after=done.retry_after)\n",
            "does not name the variable",
        ),
        Bad(
            "Chatty",
            "test_the_secret_shows_nowhere",
            DOC
            + _SEND
            + "        done = super().send(delivery, timeout=timeout)\n        self.last = delivery.payload and secret(self.options.token) if done.outcome == 'delivered' else ''\n"
            + "        return Receipt(done.outcome, done.detail + (' for ' + self.last if self.last else ''))\n",
            "the secret shows",
        ),
        Bad(
            "Open",
            "test_a_secret_written_out_is_refused_by_the_name_of_its_key",
            DOC + "    Options = OpenOptions\n",
            "it says",
        ),
        Bad(
            "Seeking",
            "test_nothing_is_asked_that_cannot_be_answered",
            DOC + "    def find(self, delivery, *, timeout):\n        return Receipt('delivered')\n",
            "find() gives",
        ),
        Bad(
            "Twice",
            "test_it_says_only_once_what_it_says",
            DOC
            + _SEND
            + "        super().send(delivery, timeout=timeout)\n        return super().send(delivery, timeout=timeout)\n",
            "takes 2 requests, not 1",
            "    def test_the_secret_shows_nowhere(self):\n        pass\n",
        ),
    ),
    "import pytest\nfrom listener import Listener\n",
)
FINDER = Sort(
    "finder",
    "AlternateFinderConformance",
    '''\
from pydantic import BaseModel


class Loosely(BaseModel):
    pass


class Good:
    """The next part of the same unit."""

    kind = "good"
    needs = frozenset({"parts", "inventory"})

    def once(self, parts):
        return parts

    def find(self, part_nos, tables, context):
        import pandas as pd

        known = sorted(self.once(tables["parts"])["part_no"].astype("str"))
        asked = [name for name in part_nos if name in known]
        return self.rows(pd, asked, [known[(known.index(name) + 1) % len(known)] for name in asked])

    def rows(self, pd, asked, found):
        return pd.DataFrame({"part_no": asked, "alternate_part_no": found, "basis": "next", "score": 0.5})
''',
    "",
    (
        *(replace(bad, alone=bad.name != "Slug") for bad in COMMON),
        Bad(
            "Blind",
            "test_it_names_something",
            DOC + "    def rows(self, pd, asked, found):\n        return super().rows(pd, [], [])\n",
            "it names nothing",
        ),
        Bad(
            "Stray",
            "test_nothing_asked_is_nothing_said",
            DOC
            + "    def rows(self, pd, asked, found):\n        return super().rows(pd, asked or ['M-1'], found or ['M-2'])\n",
            "names part M-1, which it was not asked about",
        ),
        Bad(
            "Stocked",
            "test_parts_alone_are_enough",
            DOC
            + "    def find(self, part_nos, tables, context):\n        tables['inventory']['part_no'].iloc[0]\n        return super().find(part_nos, tables, context)\n",
            "on tables without rows: IndexError",
        ),
        Bad(
            "First",
            "test_the_order_of_rows_does_not_matter",
            DOC
            + "    def once(self, parts):\n        self.first = parts['part_no'].iloc[0]\n        return parts\n"
            + "    def rows(self, pd, asked, found):\n        return super().rows(pd, asked, found).assign(basis=f'after {self.first}')\n",
            "shuffled rows name other parts",
        ),
        Bad(
            "Strict",
            "test_missing_values_are_borne",
            DOC
            + "    def once(self, parts):\n        [text.lower() for text in parts['description']]\n        return parts\n",
            "every value of parts.description missing",
        ),
        Bad(
            "Ascii",
            "test_names_in_any_script_are_borne",
            DOC
            + "    def once(self, parts):\n        [str(name).encode('ascii') for name in parts['part_no']]\n        return parts\n",
            "UnicodeEncodeError",
        ),
        Bad(
            "Greedy",
            "test_the_tables_stay_as_they_were",
            DOC + "    def once(self, parts):\n        parts['mine'] = 1\n        return parts\n",
            "changes parts",
        ),
        Bad(
            "Moody",
            "test_the_same_tables_give_the_same_parts",
            DOC
            + "    last = None\n\n    def once(self, parts):\n        first = parts['part_no'].iloc[0]\n        self.again = first == Moody.last\n"
            + "        Moody.last = None if self.again else first\n        return parts\n"
            + "    def rows(self, pd, asked, found):\n        return super().rows(pd, asked, found).assign(score=0.1 if self.again else 0.5)\n",
            "two calls name different parts",
        ),
    ),
)

SECTION = Sort(
    "section",
    "ReportSectionConformance",
    '''\
from pydantic import BaseModel

from riskplug.extend import Section


class Loosely(BaseModel):
    pass


class Good:
    """The parts with the most stock."""

    kind = "good"
    title = "Most stock"
    needs = frozenset({"part"})
    calls = 0

    def once(self, parts):
        return parts

    def most(self, parts):
        return parts.head(5)

    def section(self, facts, context):
        parts = self.most(self.once(facts["part"]).sort_values("on_hand", ascending=False))
        if parts.empty:
            return Section()
        return Section(self.said(), ("Part", "Stock"), tuple(zip(parts["part_no"], parts["on_hand"])))

    def said(self):
        return ("By stock.",)
''',
    "",
    (
        *(replace(bad, alone=bad.name != "Slug") for bad in COMMON),
        Bad(
            "Blind",
            "test_it_says_something",
            DOC + "    def most(self, parts):\n        return parts.head(0)\n",
            "says nothing of facts()",
        ),
        Bad(
            "Empty",
            "test_facts_without_rows_are_borne",
            DOC + "    def once(self, parts):\n        parts['part_no'].iloc[0]\n        return parts\n",
            "on facts without rows: IndexError",
        ),
        Bad(
            "Lonely",
            "test_one_row_is_enough",
            DOC
            + "    def once(self, parts):\n        if len(parts) == 1:\n            raise KeyError('two')\n        return parts\n",
            "on facts of one row: KeyError",
        ),
        Bad(
            "Strict",
            "test_missing_values_are_borne",
            DOC
            + "    def once(self, parts):\n        [text.lower() for text in parts['description']]\n        return parts\n",
            "every value of facts.part.description missing",
        ),
        Bad(
            "Ascii",
            "test_names_in_any_script_are_borne",
            DOC
            + "    def once(self, parts):\n        [str(name).encode('ascii') for name in parts['part_no']]\n        return parts\n",
            "UnicodeEncodeError",
        ),
        Bad(
            "Endless",
            "test_a_long_night_is_shortened",
            DOC + "    def most(self, parts):\n        return parts\n",
            "a section has at most 200",
        ),
        Bad(
            "Greedy",
            "test_the_facts_stay_as_they_were",
            DOC + "    def once(self, parts):\n        parts['mine'] = 1\n        return parts\n",
            "changes part",
        ),
        Bad(
            "Moody",
            "test_the_same_facts_say_the_same",
            DOC + "    def said(self):\n        Moody.calls += 1\n        return (str(Moody.calls),)\n",
            "two calls say different things",
        ),
    ),
)
SORTS = {sort.name: sort for sort in (RULE_KIND, MAPPER, ENRICHER, SOURCE, NOTIFIER, FINDER, SECTION)}
