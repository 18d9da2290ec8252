"""riskplug content request, requests: asking suppliers what is in their parts. Nothing is sent from here."""

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskplug.cli.content import Author, day_of, knowledge_of, known_part, print_document
from riskplug.cli.options import Format, WorkspaceDir, author_named, open_workspace, parse_date, parse_format
from riskplug.errors import Problem, UsageError, suggestion

if TYPE_CHECKING:
    import pandas as pd

    from riskplug.cli.last_scan import LastScan
    from riskplug.content.letters import Asked
    from riskplug.content.requests import Request

DAYS_TO_ANSWER = 28
OUT = Path("requests")


def request(
    parts: Annotated[list[str], typer.Argument(help="Part numbers.")],
    supplier: Annotated[str | None, typer.Option("--supplier", help="Ask this one; else each part's first.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for letters and sheets; else requests/.")] = None,
    language: Annotated[str, typer.Option("--language", help="en or de.")] = "en",
    due: Annotated[str | None, typer.Option("--due", help="Answer wanted by, YYYY-MM-DD; else in four weeks.")] = None,
    author: Author = None,
    workspace: WorkspaceDir = None,
    output: Format = "text",
) -> None:
    """Write declaration requests, one per supplier: a letter and a sheet that reads back as declarations."""
    from riskplug.cli.last_scan import last_scan
    from riskplug.content import requests
    from riskplug.content.letters import LANGUAGES

    opened, asker = open_workspace(workspace), author_named(author)
    parse_format(output)
    if language not in LANGUAGES:
        raise UsageError(f"no letter in {language!r}", "--language", f"use {' or '.join(LANGUAGES)}")
    on = day_of(opened)
    until = parse_date(due) or on + timedelta(days=DAYS_TO_ANSWER)
    if until < on:
        raise UsageError(f"{until} has passed on {on}", "--due", "name a day to come")
    file, knowledge = opened.root / requests.FILE, knowledge_of(opened)
    taken = set(requests.read_requests(file)["request"])
    planned = _planned(last_scan(opened), list(dict.fromkeys(parts)), supplier, on, taken)
    folder = out or opened.root / OUT
    written = [
        requests.write_request(
            folder,
            one,
            knowledge,
            language=language,
            company=opened.workspace.name,
            author=asker,
            due=until,
        )
        for one in planned
    ]
    requests.note_requests(file, planned, on=on, author=asker, due=until)
    rows = [
        {
            "request": one.id,
            "supplier": one.supplier,
            "name": one.name or None,
            "parts": [{"part_no": part.part_no, "materials": list(part.materials)} for part in one.parts],
            "due": until.isoformat(),
            "files": [str(path) for path in paths],
        }
        for one, paths in zip(planned, written, strict=True)
    ]
    print_document({"schema": "riskplug.request/1", "requests": rows}, output, _written_lines)


def list_requests(
    everything: Annotated[bool, typer.Option("--all", help="Also what is answered or withdrawn.")] = False,
    withdraw: Annotated[str | None, typer.Option("--withdraw", help="No longer wait for this request.")] = None,
    author: Author = None,
    workspace: WorkspaceDir = None,
    output: Format = "text",
) -> None:
    """Declaration requests that suppliers have not answered, the oldest first."""
    from riskplug.cli.last_scan import last_scan
    from riskplug.content import requests

    opened = open_workspace(workspace)
    file, on = opened.root / requests.FILE, day_of(opened)
    noted = requests.read_requests(file)
    if withdraw is not None:
        if withdraw not in set(noted["request"]):
            raise UsageError(
                f"no request {withdraw!r}", "--withdraw", suggestion(withdraw, noted["request"]) or "see --all"
            )
        requests.withdraw(file, withdraw, on=on, author=author_named(author))
        noted = requests.read_requests(file)
    declarations = last_scan(opened).tables(("declarations",))["declarations"]
    states = requests.request_states(noted, declarations, on)
    shown = states if everything else states[states["state"] == "open"]
    document = {
        "schema": "riskplug.requests/1",
        "business_date": on.isoformat(),
        "requests": [_state(row) for row in shown.sort_values(["on", "request", "part_no"]).to_dict("records")],
    }
    print_document(document, output, _state_lines)


def _planned(kept: "LastScan", parts: list[str], supplier: str | None, on: date, taken: set[str]) -> "list[Request]":
    """The parts grouped by supplier; UsageError for parts nobody is known to deliver."""
    from riskplug.content.requests import Request, request_id, suppliers_of

    facts = kept.facts(("part", "content", "material"))
    tables = kept.tables(("parts", "sourcing", "purchase_orders", "suppliers"))
    numbers = set(facts["part"]["part_no"])
    for part in parts:
        known_part(part, numbers)
    known = suppliers_of(tables["sourcing"], tables["purchase_orders"], tables["suppliers"], kept.business_date)
    names = {str(key): name for key, name in tables["suppliers"].set_index("supplier")["name"].dropna().items()}
    chosen = {part: supplier or next(iter(known.loc[known["part_no"] == part, "supplier"]), "") for part in parts}
    lost = [
        Problem(f"nobody is known to deliver {part}", "part number", "add --supplier S")
        for part in parts
        if not chosen[part]
    ]
    if lost:
        raise UsageError.of(lost)
    made: list[Request] = []
    for who in dict.fromkeys(chosen.values()):
        asked = tuple(_asked(part, facts, tables["parts"]) for part in parts if chosen[part] == who)
        made.append(Request(request_id(who, on, taken), who, names.get(who, ""), asked))
    return made


def _asked(part: str, facts: "dict[str, pd.DataFrame]", master: "pd.DataFrame") -> "Asked":
    from riskplug.content.letters import Asked
    from riskplug.content.requests import asked_materials

    about = master[master["part_no"] == part]
    content = facts["content"]
    own = content[(content["part_no"] == part) & ~content["rolled_up"].fillna(False).astype(bool)]
    flags = facts["part"]
    magnet = bool(flags.loc[flags["part_no"] == part, "likely_magnet"].fillna(False).any())
    materials = asked_materials(own, set(facts["material"]["material"]), magnet)
    return Asked(part, _text(about["mpn"]), _text(about["description"]), materials)


def _text(column: "pd.Series") -> str:
    known = column.dropna()
    return str(known.iloc[0]) if len(known) else ""


def _state(row: dict[Any, Any]) -> dict[str, Any]:
    answered = row["answered_on"]
    return {
        "request": row["request"],
        "supplier": row["supplier"],
        "part_no": row["part_no"],
        "materials": str(row["materials"]).split(),
        "asked_on": row["on"].date().isoformat(),
        "author": row["author"],
        "due": row["due"].date().isoformat(),
        "state": row["state"],
        "answered_on": None if answered != answered else answered.date().isoformat(),
        "age_days": int(row["age_days"]),
        "overdue": bool(row["overdue"]),
    }


def _written_lines(document: dict[str, Any]) -> list[str]:
    lines = []
    for one in document["requests"]:
        parts = ", ".join(part["part_no"] for part in one["parts"])
        lines += [f"{one['request']}: {one['supplier']} {one['name'] or ''} is asked about {parts}, due {one['due']}"]
        lines += [f"  {path}" for path in one["files"]]
    return [*lines, "Nothing was sent. Mail the letter with the .xlsx; its lines count once they say `final`."]


def _state_lines(document: dict[str, Any]) -> list[str]:
    rows = [
        f"{row['request']:<28}{row['supplier']:<14}{row['part_no']:<20}{row['age_days']:>4} days  "
        + ("overdue" if row["overdue"] else row["state"] if row["state"] != "open" else f"due {row['due']}")
        for row in document["requests"]
    ]
    return rows or ["no request is open"]
