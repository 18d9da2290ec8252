"""riskplug disruptions: how long products survive the loss of what they hang on, against how long the loss lasts."""

import json
from typing import Annotated, Any

import typer

from riskplug.cli.options import (
    BusinessDate,
    Format,
    WorkspaceDir,
    open_plugins,
    open_workspace,
    parse_date,
    parse_format,
    with_plugins,
)

KINDS = ("measure", "origin", "material", "supplier", "site")
MOST_ROWS = 25
Kind = Annotated[str | None, typer.Option(help="Only one kind: measure, origin, material, supplier or site.")]
Name = Annotated[
    str | None, typer.Option(help="One disruption in detail: measure, country, material, supplier or site.")
]


@with_plugins
def disruptions(
    kind: Kind = None,
    name: Name = None,
    workspace: WorkspaceDir = None,
    on: BusinessDate = None,
    output: Format = "text",
) -> None:
    """Which losses of supply stop products before supply is back, what they cost, and what stock would bridge them."""
    from riskplug.errors import UsageError, suggestion
    from riskplug.explain import replay
    from riskplug.facts.disruption_document import disruptions_document

    shape = parse_format(output)
    if kind is not None and kind not in KINDS:
        raise UsageError(f"no kind {kind!r}", "--kind", suggestion(kind, KINDS) or "use one of " + ", ".join(KINDS))
    opened = open_workspace(workspace)
    found = replay(opened, open_plugins(opened), parse_date(on))
    facts = found.analysis.facts["disruption"]
    document = disruptions_document(found.analysis.ordeals(), facts, found.snapshot.business_date, kind, name)
    if name is not None and not document["disruptions"]:
        known = facts.loc[(facts["kind"] == kind) | (kind is None), "name"].unique()
        fix = suggestion(name, known) or "see `riskplug disruptions`; a name that takes no needed part has no row"
        raise UsageError(f"no disruption {name!r}", "--name", fix)
    typer.echo(json.dumps(document, indent=1) if shape == "json" else "\n".join(_lines(document)))


def _lines(document: dict[str, Any]) -> list[str]:
    if document["details"]:
        both = zip(document["disruptions"], document["details"], strict=True)
        return [line for row, detail in both for line in (*_one(row, detail, document["currency"]), "")][:-1]
    rows = document["disruptions"]
    if not rows:
        return ["Nothing that is needed can be lost, as far as the data says."]
    head = f"{'':<33}{'survives':>11}{'back in':>9}{'gap':>8}{'loss ' + document['currency']:>13}  {'products':<9}first"
    more = [f"and {len(rows) - MOST_ROWS} more: --format json, or `riskplug facts disruption`"]
    tail = more if len(rows) > MOST_ROWS else []
    return [head, *(_ranked(row) for row in rows[:MOST_ROWS]), *tail, *_footnotes(rows)]


def _ranked(row: dict[str, Any]) -> str:
    usual = row["standing"] in ("supposed", "in_force")
    name = f"{row['kind']} {row['name']}" + ("" if usual else f" ({_words(row['standing'])})")
    mark = {True: "!", False: " ", None: "?"}[row["exposed"]]
    counted = row["products_touched"] is not None
    products = f"{row['products_stopped']:.0f} of {row['products_touched']:.0f}" if counted else ""
    return (
        f"{mark} {name:<31}{_days(row, 'survive_days'):>11}{_number(row['recovery_days']):>9}"
        f"{_number(row['gap_days']):>8}{_number(row['loss_value']):>13}  {products:<9}{row['first_product'] or ''}"
    ).rstrip()


def _footnotes(rows: list[dict[str, Any]]) -> list[str]:
    skipped = sum(not row["computed"] for row in rows)
    notes = ["! stops products before supply is back   ? what is unknown decides it"]
    return notes + ([f"{skipped} not worked out: see `why` in --format json"] if skipped else [])


def _one(row: dict[str, Any], detail: dict[str, Any], currency: str) -> list[str]:
    title = f" ({row['title']})" if row["title"] else ""
    least = (
        row["survive_days_least"] != row["survive_days"] or row["survive_days_least_state"] != row["survive_days_state"]
    )
    worse = f", {_days(row, 'survive_days_least')} if every loss in doubt happens too" if least else ""
    return [
        f"{row['kind']} {row['name']}{title}, {row['standing'].replace('_', ' ')}",
        f"  first stop      {_days(row, 'survive_days')} ({_words(row['survive_bound'])}){worse}",
        f"  supply is back  {_number(row['recovery_days'])} days: {row['recovery_why']}",
        f"  loss            {_number(row['loss_value'])} {currency} {row['loss_basis'] or 'margin'} "
        f"({_words(row['loss_bound'])}), revenue {_number(row['lost_revenue'])} {currency}",
        f"  parts lost      {_number(row['parts_lost'])}, in doubt {_number(row['parts_doubtful'])}",
        *(f"    {_part(part)}" for part in detail["parts"]),
        "  products          stop after       alone  lost units    revenue",
        *(f"    {_product(product)}" for product in detail["products"]),
        f"  cheapest stock that bridges it: {_bridge(row, currency)}",
        *(
            f"    {one['quantity']:>12,.1f} {one['part_no']} at {one['site']}: {_number(one['cost'])} {currency}"
            for one in detail["buffer"]
        ),
        f"  unknown: {row['why'] or 'nothing that matters'}",
    ]


def _part(part: dict[str, Any]) -> str:
    stock = "stock unknown" if part["on_hand"] is None else f"{part['on_hand']:,.6g} in stock"
    return f"{part['part_no']} at {part['site']}, {stock}" + (", in doubt" if part["doubtful"] else "")


def _product(product: dict[str, Any]) -> str:
    name = f"{product['part_no']} {product['site']}"
    at_most = "at most" if product["survive_days"] is not None else "in doubt"
    bound = {"at_most": f"  {at_most}", "at_least": "  at least"}.get(product["survive_bound"], "")
    return (
        f"{name:<14}{_days(product, 'survive_days'):>12}{_days(product, 'alone_days'):>12}"
        f"{_number(product['lost_units']):>12}{_number(product['lost_revenue']):>11}{bound}"
    )


def _bridge(row: dict[str, Any], currency: str) -> str:
    if row["buffer_state"] == "closes":
        return f"{_number(row['buffer_cost'])} {currency}"
    return _words(row["buffer_state"])


def _days(row: dict[str, Any], name: str) -> str:
    state = str(row[f"{name}_state"] or "unknown")
    if state == "already_short":
        return "0"
    words = {"covered_to_horizon": "horizon", "never": "never stops", "not_touched": "not touched"}
    return f"{row[name]:.1f}" if state == "runs_out" else words.get(state, _words(state))


def _words(text: str | None) -> str:
    return (text or "unknown").replace("_", " ")


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.0f}"
