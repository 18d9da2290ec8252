"""Whether an entry of a measure applies to one distinct case.

The order of the evidence: form before element, the part's own control code before its customs code before the
probability of its content. Nothing here can say that something is free to go, and whatever is unknown names the field
that would settle it.
"""

from dataclasses import dataclass

from riskplug.catalogue import EVIDENCE
from riskplug.regimes.measures import Threshold
from riskplug.regimes.reach import origin_of
from riskplug.regimes.scope import COMPONENT, FORM_UNKNOWN, Entry, codes_match
from riskplug.regimes.verdict import Verdict

# From this probability of presence on, content counts as there ...
SURE = 0.95
# ... and from this on as more likely there than not. Below it it is unlikely; zero is a declared absence.
LIKELY = 0.5
# Evidence that is a statement about this very part. An upper bound among them does not state presence.
STATED = frozenset(("full_declaration", "certificate"))
# Evidence that speaks of a type of assembly, whose magnets or ceramics are inside.
BY_TYPE = "component_type"

IN_COMPONENT = "holds it in a component"
IN_TYPE = "the good is inside this type of part"
OTHER_HEADING = "customs heading is not that of the good"
# How binding an answer is, strongest first: the one kept where several forms fall under one entry.
STRENGTH = ("yes", "likely", "unknown", "unlikely")
# What would settle a parameter that no ERP holds: the supplier's own classification of the goods.
CODE_SETTLES = "control_code would settle it"


@dataclass(frozen=True, slots=True)
class Case:
    """What decides about a content row, whatever the measure.

    ``percent``: probability of presence rounded to five, -1 when not known. ``heading``: four digits of the customs
    code, or empty. ``rolled_up``: the content is that of components. ``origins``: countries joined by ``|``, largest
    share first, ``?`` for an unknown one. ``stages``: the same per country column of `sourcing`
    (``country_of_melting=JP|?;...``), empty where nobody asked. ``ordered``: an order line, whose several countries are
    alternatives. ``ship_from``: empty when not known or not asked. ``made_in``: country where an assembly is made by
    ourselves. ``value_low``, ``value_high``: share of a value test's inputs in percent, -1 when not known;
    ``value_missing``: what would settle it; ``value_by``: how the value of the whole is known.
    """

    material: str
    form: str
    percent: int
    sure: bool
    evidence: str
    rolled_up: bool
    unproven: bool
    control_code: str
    heading: str
    origins: str
    origin_from: str
    stages: str
    ordered: bool
    ship_from: str
    destination: str
    made_in: str
    value_low: float = -1.0
    value_high: float = -1.0
    value_missing: str = ""
    value_by: str = ""


def decide(case: Case, entry: Entry) -> Verdict | None:
    """The verdict on one case; None where origin or destination puts it outside the measure."""
    measure = entry.measure
    if not measure.to_there(case.destination):
        return None
    origin = origin_of(case, entry)
    if origin is None:
        return None
    coded, embedded = is_coded(case, entry), holder(case, entry)
    if embedded and not coded and measure.assemblies.applies == "unlikely":
        why = f"{embedded}; {measure.assemblies.why}, confidence {measure.assemblies.confidence}"
        return Verdict("unlikely", why, origin.origin)
    content = _content(case, entry, coded)
    if measure.end_use is not None and entry.end_use == "no":
        why = f"binds only {measure.end_use.only}, and [policy] end_uses says that none of it is for them"
        return Verdict("unlikely", f"{content.why}; {why}", origin.origin)
    share = _share(case, entry) if content.applies != "unlikely" else None
    if share is not None and share.applies == "unlikely":
        return Verdict("unlikely", "; ".join(filter(None, (content.why, share.why, origin.why))), origin.origin)
    doubts = _doubts(case, entry, coded) if content.applies != "unlikely" else []
    reasons = [content.why, *([share.why] if share else []), *doubts, origin.why]
    applies = _together(content, share, origin, doubtful=bool(doubts))
    return Verdict(applies, "; ".join(reason for reason in reasons if reason), origin.origin)


def _together(content: Verdict, share: Verdict | None, origin: Verdict, doubtful: bool) -> str:
    """The weakest of what was found, unknown before likely."""
    if content.applies not in ("yes", "likely"):
        return content.applies
    parts = [content.applies, origin.applies, *([share.applies] if share else [])]
    if doubtful or "unknown" in parts:
        return "unknown"
    return "likely" if "likely" in parts else "yes"


def is_coded(case: Case, entry: Entry) -> bool:
    """Whether the part's own control code is one of the entry's. What is held in a component has no say in it."""
    return bool(case.control_code) and not case.rolled_up and codes_match(case.control_code, entry.item.codes)


def holder(case: Case, entry: Entry) -> str:
    """Why the part is taken for a holder of the listed good; empty when it is the good itself.

    A customs heading other than the entry's says so, but a statement outweighs it, save for magnets: the declaration of
    a motor names the magnet inside.
    """
    if case.rolled_up:
        return IN_COMPONENT
    # an entry that lists articles as such (a cell, a grinding wheel) means the component itself
    article = COMPONENT in entry.item.forms and not entry.whole
    if (case.form == COMPONENT and not article) or case.evidence == BY_TYPE:
        return IN_TYPE
    headings = entry.item.headings
    other = bool(case.heading) and bool(headings) and case.heading not in headings
    return OTHER_HEADING if other and (case.evidence not in STATED or case.form == "magnet") else ""


def _content(case: Case, entry: Entry, coded: bool) -> Verdict:
    good = f"{case.material} {case.form or 'in a form not known'}"
    evidence = f" ({case.evidence.replace('_', ' ')})" if case.evidence else ""
    if coded:
        return Verdict("yes", f"control code {case.control_code} of the part is listed")
    if case.form == FORM_UNKNOWN:
        return Verdict("unknown", f"form of {case.material} not known: declarations.form would settle it")
    if case.unproven and case.evidence not in STATED:
        grade = f"permanent magnet of unproven grade: {case.material} in declarations.material would settle it"
        return Verdict("unknown", grade)
    if case.percent < 0:
        return Verdict("unknown", f"presence of {good} not known: declarations.material would settle it")
    if case.sure:
        return Verdict("yes", f"{good}{evidence}")
    chance = f"{good} with probability about {case.percent} %{evidence}"
    if case.evidence in STATED:
        known = "likely" if case.percent > LIKELY * 100 else "unknown"
        return Verdict(
            known,
            f"{chance}: declared up to a limit, which says not that it is there; declarations.bound would settle it",
        )
    known = "likely" if case.percent >= LIKELY * 100 else "unlikely"
    return Verdict(known, f"{chance}: a declaration would settle it")


def _doubts(case: Case, entry: Entry, coded: bool) -> list[str]:
    """What keeps a present material from being a listed good for sure."""
    item, found = entry.item, []
    tests = [*(str(test) for test in item.tests if test is not entry.value_test), *item.needs]
    if not coded and tests:
        found.append(f"listed only with {', '.join(tests)}: not in the data, {CODE_SETTLES}")
    if not coded and item.names:
        found.append(f"the text names {', '.join(item.names)}: review whether this is one of them, {CODE_SETTLES}")
    if not coded and item.not_confirmed:
        found.append(f"not confirmed: {', '.join(item.not_confirmed)}; {CODE_SETTLES}")
    use = entry.measure.end_use
    if use is not None and entry.end_use == "unknown":
        found.append(f"binds only {use.only}: {use.field} is not in the data, [policy] end_uses would settle it")
    if entry.standing.status == "unknown":
        found.append(f"{entry.standing.basis}: a newer reading of it under [rules] paths would settle it")
    return found


def _share(case: Case, entry: Entry) -> Verdict | None:
    """Whether the inputs reach the entry's share of the value; None where it has no such test."""
    test, inputs = entry.value_test, entry.measure.value_inputs
    if test is None or test.value is None or inputs is None:
        return None
    if case.value_low >= 0 and _reaches(case.value_low, test):
        why = f"{inputs.name} {case.value_low:.3g} % of its value, at least {test.value:g} %"
        by = f" (value of its components: {case.value_by} would settle it)" if case.value_by else ""
        return Verdict("likely" if case.value_by else "yes", why + by)
    if case.value_high >= 0 and not _reaches(case.value_high, test):
        return Verdict(
            "unlikely", f"{inputs.name} at most {case.value_high:.3g} % of its value, below {test.value:g} %"
        )
    missing = case.value_missing or "unit_cost"
    why = f"listed only with {test}, and the share of {inputs.name} is not known: {missing} would settle it"
    return Verdict("unknown", why)


def _reaches(share: float, test: Threshold) -> bool:
    limit = test.value or 0.0
    return share > limit if test.op == ">" else share >= limit


assert set(STATED) <= set(EVIDENCE)
