"""Scenarios as people read them and as JSON: riskplug.whatif/1. Always said to be scenarios, never mixed with facts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from riskplug.model import Branch, WhatIf
from riskplug.report.rows import plain, rows_of

SCHEMA = "riskplug.whatif/1"
GRAINS = ("part", "product", "material", "exposure")
_ANSWERS = {"granted": "if licences are granted", "refused": "if licences are refused"}


def answer(branch: Branch) -> str:
    """Under which answer to applications a branch holds, in words; empty without one."""
    return _ANSWERS.get(branch.branch, "")


def headline(branch: Branch, currency: str) -> str:
    """What matters most in one sentence: products, then money, then days to order, then exposures."""
    if not branch.changes:
        return "nothing changes against the base"
    clauses = [
        _products(branch),
        _parts(branch),
        _money(branch, currency),
        _value(branch, currency),
        _orders(branch),
        _exposures(branch),
    ]
    return "; ".join(clause for clause in clauses if clause)


def digest_lines(found: Sequence[WhatIf], currency: str) -> tuple[str, ...]:
    """One line per scenario and answer for a digest."""
    return tuple(
        f"what if: {one.title}{', ' + answer(branch) if answer(branch) else ''}: {headline(branch, currency)}"
        for one in found
        for branch in one.branches
    )


def _products(branch: Branch) -> str:
    rows = branch.rows["product"]
    worse, better = (rows[rows["change"] == word] for word in ("worse", "better"))
    if len(worse):
        stopping = worse.sort_values(["stop_date", "part_no", "site"], na_position="last").iloc[0]
        when = f"on {_day(stopping['stop_date'])}" if pd.notna(stopping["stop_date"]) else "now"
        first = f"{stopping['part_no']} at {stopping['site']}, {when} because of {stopping['limiting_part']}"
        return f"{_count(len(worse), 'product')} {_verb(len(worse), 'stop')} sooner; the first, {first}"
    if len(better):
        return f"{_count(len(better), 'product')} {_verb(len(better), 'last')} longer; {_first_stop(branch)}"
    return "no product stops on another day"


def _first_stop(branch: Branch) -> str:
    now, was = branch.totals, branch.base
    if now["first_stop_date"] is None:
        return "none stops within the horizon"
    before = "" if now["first_stop_date"] == was["first_stop_date"] else f" (base: {_day(was['first_stop_date'])})"
    return f"the first stops on {_day(now['first_stop_date'])}{before}"


def _parts(branch: Branch) -> str:
    rows = branch.rows["part"]
    moved = rows[rows["restricted_runway_days"].ne(rows["base_restricted_runway_days"])]
    worse = moved["change"].eq("worse") & moved["restricted_runway_days"].notna()
    return f"{_count(int(worse.sum()), 'part')} {_verb(int(worse.sum()), 'run')} out sooner" if worse.any() else ""


def _money(branch: Branch, currency: str) -> str:
    more = branch.totals["revenue_after_stop"] - branch.base["revenue_after_stop"]
    if abs(more) < 0.5:
        return ""
    doubt = branch.totals["revenue_unknown_products"]
    unknown = f" (that of {_count(doubt, 'product')} is unknown)" if doubt else ""
    return f"{money(abs(more), currency)} {'more' if more > 0 else 'less'} revenue at risk{unknown}"


def _value(branch: Branch, currency: str) -> str:
    """Orders that do not come in the base but do in the scenario, or the other way round."""
    more = branch.totals["value_at_risk"] - branch.base["value_at_risk"]
    if abs(more) < 0.5:
        return ""
    how = "more on order does not come" if more > 0 else "on order comes after all, late where it waits for a licence"
    return f"{money(abs(more), currency)} {how}"


def _orders(branch: Branch) -> str:
    more = branch.totals["parts_past_last_order"] - branch.base["parts_past_last_order"]
    if more > 0:
        return f"for {more} more {'part' if more == 1 else 'parts'} the last day to order has passed"
    rows = branch.rows["part"]
    earlier = (rows["last_order_date"] < rows["base_last_order_date"]).sum()
    return f"{_count(int(earlier), 'part')} must be ordered earlier" if earlier else ""


def _exposures(branch: Branch) -> str:
    rows = branch.rows["exposure"]
    touched = rows[rows["applies"].fillna(rows["base_applies"]).isin(["yes", "likely", "unknown"])]
    counted = [
        f"{_count(int(found), 'exposure')} {_verb(int(found), word)}"
        for word, name in (("appear", "appears"), ("vanish", "vanishes"))
        if (found := (touched["change"] == name).sum())
    ]
    return ", ".join(counted)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _verb(number: int, verb: str) -> str:
    ending = ("es" if verb.endswith("sh") else "s") if number == 1 else ""
    return f"{verb}{ending}"


def money(amount: float, currency: str) -> str:
    """An amount with three digits or so: 1.2 M EUR, 340 k EUR, 950 EUR."""
    for size, mark in ((1e6, " M"), (1e3, " k")):
        if amount >= size:
            return f"{amount / size:,.{1 if amount < 100 * size else 0}f}{mark} {currency}"
    return f"{amount:,.0f} {currency}"


def _day(value: object) -> str:
    return str(plain(value))


def worst(found: Iterable[Branch], grain: str = "product", most: int = 12) -> pd.DataFrame:
    """The rows of a grain that get worse, soonest first, over several branches."""
    frames = [branch.rows[grain] for branch in found]
    rows = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    if rows.empty:
        return rows
    then = "stop_date" if grain == "product" else "stock_out_date"
    return rows[rows["change"] == "worse"].sort_values([then, "part_no", "site"], na_position="last").head(most)


def scenario_document(found: WhatIf, currency: str) -> dict[str, Any]:
    """One scenario of riskplug.whatif/1; the same object stands in a scan's document under `scenarios`."""
    return {
        "id": found.id,
        "title": found.title,
        "overlays": list(found.overlays),
        "seconds": round(found.seconds, 3),
        "fault": found.fault or None,
        "approval_pct": found.approval_pct,
        "branches": [_branch(branch, currency) for branch in found.branches],
        "expected": rows_of(found.expected),
    }


def _branch(branch: Branch, currency: str) -> dict[str, Any]:
    rows = {f"{grain}s": rows_of(branch.rows[grain]) for grain in GRAINS}
    return {
        "branch": branch.branch or None,
        "headline": headline(branch, currency),
        "totals": {name: plain(value) for name, value in branch.totals.items()},
        **rows,
    }


def whatif_document(
    found: Sequence[WhatIf], base: Mapping[str, object], about: Mapping[str, object], currency: str
) -> dict[str, Any]:
    """The document that `riskplug whatif --format json` prints (riskplug/schemas/whatif.json).

    ``base``: the totals that all scenarios are compared with. ``about``: workspace, business_date, snapshot.
    """
    return {
        "schema": SCHEMA,
        **about,
        "currency": currency,
        "base": {name: plain(value) for name, value in base.items()},
        "scenarios": [scenario_document(one, currency) for one in found],
    }
