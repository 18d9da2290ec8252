"""riskplug content: what is in a part, and what people say about that. Requests to suppliers: cli/requests.py."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskplug.cli.content_lines import content_lines, recorded_lines, review_lines
from riskplug.cli.options import (
    BusinessDate,
    Format,
    WorkspaceDir,
    author_named,
    open_plugins,
    open_workspace,
    parse_date,
    parse_format,
    with_plugins,
)
from riskplug.errors import StateMissing, UsageError

if TYPE_CHECKING:
    import pandas as pd

    from riskplug.content import Knowledge
    from riskplug.content.journal import Cell
    from riskplug.workspace import Workspace

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="What is in a part, why riskplug believes it, and what you know better.",
)
Part = Annotated[str, typer.Argument(help="Part number.")]
Material = Annotated[str | None, typer.Option("--material", help="Material symbol, e.g. Nd.")]
Author = Annotated[str | None, typer.Option("--author", help="Who says so; else the account you are logged in with.")]
Note = Annotated[str | None, typer.Option("--note", help="Why, in a few words.")]
Reference = Annotated[str | None, typer.Option("--document", help="The paper it rests on.")]
EvenUnknown = Annotated[bool, typer.Option("--even-unknown", help="Also for a part number that no scan has seen.")]


@app.command("explain")
@with_plugins
def explain(part: Part, workspace: WorkspaceDir = None, on: BusinessDate = None, output: Format = "text") -> None:
    """Materials of a part with evidence and source, what was seen and rejected, and what people said of it."""
    from riskplug.content import content_document
    from riskplug.content.confirmations import history
    from riskplug.content.suspicions import smelters_of
    from riskplug.explain import replay_foundation

    opened = open_workspace(workspace)
    snapshot, foundation = replay_foundation(opened, open_plugins(opened), parse_date(on))
    content = foundation.content
    known_part(part, content.parts["part_no"].cat.categories)
    said = history(_entries(opened), part, snapshot.business_date)
    smelters = smelters_of(snapshot.validated.tables, part)
    document = {**content_document(content, part), "smelters": smelters, "confirmations": said}
    print_document(document, output, content_lines)


@app.command("confirm")
def confirm(
    part: Part,
    material: Material = None,
    form: Annotated[str | None, typer.Option("--form", help="Its form: magnet, oxide, alloy ...")] = None,
    mass_g: Annotated[float | None, typer.Option("--mass-g", help="Mass in one base unit, grams.")] = None,
    mass_pct: Annotated[float | None, typer.Option("--mass-pct", help="Share of the part's mass, percent.")] = None,
    low: Annotated[float | None, typer.Option("--min", help="At least; grams, or percent with --mass-pct.")] = None,
    high: Annotated[float | None, typer.Option("--max", help="At most; grams, or percent with --mass-pct.")] = None,
    author: Author = None,
    note: Note = None,
    document: Reference = None,
    even_unknown: EvenUnknown = False,
    workspace: WorkspaceDir = None,
    output: Format = "text",
) -> None:
    """Record what is in a part. Without a material: all that the last scan thinks is more likely in it than not.

    Without a mass the interval of the last scan is confirmed as it stands.
    """
    from riskplug.content.confirmations import standing
    from riskplug.content.review import taken_over

    opened = open_workspace(workspace)
    masses = _masses(mass_g, mass_pct, low, high)
    if material is None and (form or masses):
        raise UsageError("a form or a mass without a material", "command line", "name it with --material")
    guesses = _guesses(opened, part, even_unknown)
    left: list[str] = []
    if masses:
        entries = [{"material": material, "form": form, **masses}]
    else:
        said = standing(_entries(opened), day_of(opened))
        entries, left = taken_over(guesses, part, material, form, set(said.loc[said["part_no"] == part, "material"]))
    _record(opened, part, "present", entries, _Said(author, note, document), output, left, guesses)


@app.command("reject")
def reject(
    part: Part,
    material: Material = None,
    every: Annotated[bool, typer.Option("--all", help="The part holds no controlled material at all.")] = False,
    author: Author = None,
    note: Note = None,
    document: Reference = None,
    even_unknown: EvenUnknown = False,
    workspace: WorkspaceDir = None,
    output: Format = "text",
) -> None:
    """Record that a material, or every controlled material, is not in a part."""
    from riskplug.content.confirmations import EVERY

    if (material is None) == (not every):
        raise UsageError("what is not in the part?", "command line", "give either --material or --all")
    opened = open_workspace(workspace)
    _guesses(opened, part, even_unknown)
    _record(opened, part, "absent", [{"material": material or EVERY}], _Said(author, note, document), output)


@app.command("forget")
def forget(
    part: Part,
    material: Material = None,
    author: Author = None,
    note: Note = None,
    workspace: WorkspaceDir = None,
    output: Format = "text",
) -> None:
    """Withdraw what was confirmed or rejected for a part, or for one material of it; the history keeps both."""
    from riskplug.content.confirmations import EVERY, standing

    opened = open_workspace(workspace)
    said = standing(_entries(opened), day_of(opened))
    said = said[(said["part_no"] == part) & (said["verdict"] != "forgotten")]
    if material is not None:
        said = said[said["material"].isin([material, EVERY])]
    if said.empty:
        what = f"nothing is confirmed or rejected for {part}" + (f" and {material}" if material else "")
        raise UsageError(what, "command line", f"see `riskplug content explain {part}`")
    _record(opened, part, "forgotten", [{"material": material or EVERY}], _Said(author, note, None), output)


@app.command("review")
def review(
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many parts to show.")] = 20,
    workspace: WorkspaceDir = None,
    output: Format = "text",
) -> None:
    """Guesses of the last scan that are most worth confirming, and whom to ask."""
    from riskplug.cli.last_scan import last_scan
    from riskplug.content import requests
    from riskplug.content.review import GRAINS, review_document

    opened = open_workspace(workspace)
    kept = last_scan(opened)
    tables = kept.tables(("sourcing", "purchase_orders", "suppliers", "declarations"))
    on = kept.business_date
    asked = requests.suppliers_of(tables["sourcing"], tables["purchase_orders"], tables["suppliers"], on)
    noted = requests.read_requests(opened.root / requests.FILE)
    states = requests.request_states(noted, tables["declarations"], day_of(opened))
    found = review_document(kept.facts(GRAINS), kept.findings(), asked, requests.open_since(states), limit=limit)
    head = {"schema": "riskplug.review/1", "scan_id": kept.scan_id, "business_date": on.isoformat()}
    print_document({**head, **found}, output, review_lines)


@dataclass(frozen=True)
class _Said:
    """Who says it, why, and on which paper."""

    author: str | None
    note: str | None
    document: str | None


def _masses(mass_g: float | None, mass_pct: float | None, low: float | None, high: float | None) -> "dict[str, Cell]":
    if mass_g is not None and mass_pct is not None:
        raise UsageError("grams and percent", "command line", "give --mass-g or --mass-pct, not both")
    typical = mass_g if mass_pct is None else mass_pct
    if typical is None and low is None and high is None:
        return {}
    for number in (typical, low, high):
        if number is not None and not 0 <= number < float("inf"):
            raise UsageError(f"{number:g} is no mass", "command line", "give a number from 0 on")
    return {"mass_min": low, "mass_typ": typical, "mass_max": high, "mass_unit": "g" if mass_pct is None else "pct"}


def day_of(workspace: "Workspace") -> date:
    """The day an entry is dated: the workspace's business date, by the clock where it is not pinned."""
    from riskplug.scan import today

    return today(workspace, datetime.now(UTC))


def _entries(workspace: "Workspace") -> "pd.DataFrame":
    from riskplug.content.confirmations import FILE, read_confirmations

    return read_confirmations(workspace.root / FILE)


def known_part(part: str, part_nos: "Collection[str]", fix: str = "") -> None:
    """UsageError for a part number that is not among the known ones, with the closest of them."""
    from riskplug.content.confirmations import near_number

    if part not in part_nos:
        fix = near_number(part, part_nos) or fix or "see `riskplug facts part`"
        raise UsageError(f"no part {part!r}", "part number", fix)


def _guesses(workspace: "Workspace", part: str, even_unknown: bool) -> "pd.DataFrame":
    """The part's own rows of grain `content` in the last scan; none for an unknown part that is allowed."""
    import pandas as pd

    from riskplug.catalogue import GRAINS, frame
    from riskplug.cli.last_scan import last_scan

    try:
        facts = last_scan(workspace).facts(("part", "content"))
    except StateMissing:
        if not even_unknown:
            raise
        facts = {grain: frame(GRAINS[grain], {}, 0) for grain in ("part", "content")}
    if not even_unknown:
        known_part(part, set(facts["part"]["part_no"]), "add --even-unknown if no export has it yet")
    rows = facts["content"]
    own = rows[(rows["part_no"] == part) & ~rows["rolled_up"].fillna(False).astype(bool)]
    return pd.DataFrame(own.drop_duplicates(["material", "form"]))


def knowledge_of(workspace: "Workspace") -> "Knowledge":
    """The knowledge tables with the workspace's own rows over them."""
    from riskplug.content import load_knowledge
    from riskplug.extend.discovery import shipped_folder

    own = workspace.root / "materials"
    return load_knowledge(shipped_folder("rules") / "materials", own if own.is_dir() else None)


def _record(
    workspace: "Workspace",
    part: str,
    verdict: str,
    entries: "Sequence[Mapping[str, Cell]]",
    said: _Said,
    output: str,
    left: Sequence[str] = (),
    guesses: "pd.DataFrame | None" = None,
) -> None:
    """Add entries about a part to the evidence and say what was added."""
    from riskplug.content.confirmations import FILE, JOURNAL, add_confirmations, superseded
    from riskplug.content.review import beyond_guess

    about: dict[str, Cell] = {"recorded_on": day_of(workspace), "author": author_named(said.author)}
    about |= {"verdict": verdict, "part_no": part, "note": said.note, "document": said.document}
    made = [{**about, **entry} for entry in entries]
    parse_format(output)
    before = _entries(workspace)
    add_confirmations(workspace.root / FILE, made, knowledge_of(workspace).materials)
    ended = superseded(before, _entries(workspace), day_of(workspace))
    document = {
        "schema": "riskplug.confirmation/1",
        "part_no": part,
        "file": FILE.as_posix(),
        "recorded": [{name: entry.get(name) for name in JOURNAL.names} for entry in made],
        "left_out": list(left),
        "remarks": [*ended, *([] if guesses is None else beyond_guess(made, guesses))],
    }
    print_document(document, output, recorded_lines)


def print_document(document: dict[str, Any], output: str, lines: Callable[[dict[str, Any]], list[str]]) -> None:
    """The document as JSON, or the lines made of it."""
    text = json.dumps(document, indent=1, default=str) if parse_format(output) == "json" else "\n".join(lines(document))
    typer.echo(text)
