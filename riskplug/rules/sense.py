"""Rules that cannot mean what they say: proved never to fire, to fire on every row, or with a band nobody reaches."""

from collections.abc import Iterator, Sequence

from riskplug.rules.check import Scope
from riskplug.rules.provable import always, covered, never
from riskplug.rules.rule import Band
from riskplug.rules.tree import ALWAYS, All, AnyOf, Node

Nonsense = tuple[tuple[str, ...], str, str, str]


def without_sense(when: Node | None, bands: Sequence[Band], scope: Scope) -> Iterator[Nonsense]:
    """Each thing proved wrong: the key of the rule, what is wrong, what to do, and a code.

    ``when``: None where the rule has none. Bands are given most severe first.
    """
    if when is not None and (reason := never(when, scope)):
        yield ("when",), f"this is never true: {reason}", "correct one of them", "expr-never"
        return
    if when is not None and always(when, scope):
        yield ("when",), "this is true of every row", "leave `when` out, or narrow it", "expr-always"
        return
    found = list(_about_bands(when or ALWAYS, bands, scope))
    yield from found
    if not found and always(All((when or ALWAYS, AnyOf(tuple(band.condition for band in bands)))), scope):
        key = "bands" if bands[0].text else "severity"
        yield (key,), "the rule fires on every row", "narrow a band, or add `when`", "expr-always"


def _about_bands(when: Node, bands: Sequence[Band], scope: Scope) -> Iterator[Nonsense]:
    above: list[Node] = []
    for band in bands:
        here = All((when, band.condition))
        if band.text and (reason := never(here, scope)):
            yield ("bands", band.severity), f"this is never true: {reason}", "correct one of them", "expr-never"
        elif any(
            covered(here, bands_above, scope) for bands_above in (*([one] for one in above), above) if bands_above
        ):
            what = f"{band.severity} is never reached: a more severe band holds wherever it holds"
            yield ("bands", band.severity), what, "move the threshold, or remove the band", "band-unreachable"
        above.append(band.condition)
