"""Declaration requests to suppliers: who is asked about what, the sheet they fill in, and what is still open.

``evidence/requests.csv`` in the workspace is a journal (journal.py), one line per part asked about. The sheet has the
columns of the canonical table `declarations`, so that it comes back as a declaration. Its lines say `asked` until the
supplier writes `final`: an untouched line is never read as a declaration without amount.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from riskplug.cells import safe_cell
from riskplug.content.journal import Cell, Entry, Field, Journal, locked, refuse
from riskplug.content.knowledge import Knowledge
from riskplug.content.letters import Asked, letter
from riskplug.errors import Problem
from riskplug.tables import BOUNDS, TABLES

FILE = Path("evidence") / "requests.csv"
JOURNAL = Journal(
    (
        Field("request", required=True),
        Field("step", required=True, choices=("asked", "withdrawn")),
        Field("on", "date", required=True),
        Field("author", required=True),
        Field("supplier"),
        Field("part_no"),
        Field("mpn"),
        Field("materials"),
        Field("due", "date"),
    )
)
COLUMNS = TABLES["declarations"].column_names
# What is asked about a magnet, whatever its text says.
OF_MAGNETS = ("Nd", "Pr", "Dy", "Tb", "Sm")
OPEN_STATUS = "asked"
# Cells that a spreadsheet would run as a formula (OWASP's list for CSV injection).
_FILLED = ("form", "mass_g", "mass_pct", "bound", "status", "declared_on")


@dataclass(frozen=True)
class Request:
    """What one supplier is asked."""

    id: str
    supplier: str
    name: str
    parts: tuple[Asked, ...]


def suppliers_of(sourcing: pd.DataFrame, orders: pd.DataFrame, suppliers: pd.DataFrame, on: date) -> pd.DataFrame:
    """Suppliers of each part, the one to ask first on top: part_no, supplier, name.

    Sources that are valid and not blocked come by priority, then by share; suppliers of open orders after them.
    """
    today = pd.Timestamp(on)
    starts, ends = sourcing["valid_from"], sourcing["valid_to"]
    valid = (starts.isna() | (starts <= today)) & (ends.isna() | (ends >= today))
    rows = sourcing[valid & ~sourcing["blocked"].fillna(False).astype(bool)]
    rows = rows.sort_values(["priority", "share_pct"], ascending=[True, False], na_position="last", kind="stable")
    named: list[pd.DataFrame] = [frame[["part_no", "supplier"]].astype("str") for frame in (rows, orders)]
    both = pd.concat(named, ignore_index=True).dropna().drop_duplicates()
    names = suppliers.assign(supplier=suppliers["supplier"].astype("str")).dropna(subset=["name"])
    name_of = names.drop_duplicates("supplier").set_index("supplier")["name"]
    order = both.groupby("part_no", sort=False).cumcount()
    made = both.assign(name=both["supplier"].map(name_of).astype("str"), order=order)
    return made.sort_values(["part_no", "order"], ignore_index=True).drop(columns="order")


def asked_materials(content: pd.DataFrame, controlled: Collection[str], magnet: bool) -> tuple[str, ...]:
    """What to ask about a part: the controlled materials it may hold by less than a declaration, rare earths first
    where it is or may be a magnet, or where nothing is known. ``content``: its own rows of grain `content`.
    """
    guessed = content[(content["evidence_rank"] > 1) & (content["probability"].fillna(1.0) > 0)]
    named = sorted(set(guessed["material"]) & set(controlled))
    base = OF_MAGNETS if magnet or not named or set(named) & set(OF_MAGNETS) else ()
    return tuple(dict.fromkeys([*base, *named]))


def request_id(supplier: str, on: date, taken: Collection[str]) -> str:
    """``RQ-20250428-100104``, with a counter where that is taken."""
    plain = f"RQ-{on:%Y%m%d}-{''.join(c if c.isalnum() else '-' for c in supplier)}"
    names = (plain if count == 1 else f"{plain}-{count}" for count in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def sheet_of(request: Request, knowledge: Knowledge) -> pd.DataFrame:
    """The lines to fill in: COLUMNS, one per part and material, with the CAS number of the element where known."""
    elements = knowledge["elements"].set_index("material")["cas_no"]
    rows = [
        {
            "part_no": part.part_no,
            "mpn": part.mpn,
            "supplier": request.supplier,
            "material": material,
            "cas_no": elements.get(material) or None,
            "status": OPEN_STATUS,
            "document": request.id,
        }
        for part in request.parts
        for material in part.materials
    ]
    sheet = pd.DataFrame(rows, columns=list(COLUMNS), dtype="object")
    return sheet.where(sheet.notna(), None)


def write_request(
    folder: Path, request: Request, knowledge: Knowledge, *, language: str, company: str, author: str, due: date
) -> list[Path]:
    """Write letter, XLSX and CSV below ``folder``; returns their paths. Files of that name are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    sheet = sheet_of(request, knowledge)
    text, book, plain = (folder / f"{request.id}{suffix}" for suffix in (".txt", ".xlsx", ".csv"))
    said = letter(
        language,
        request=request.id,
        company=company,
        author=author,
        sheet=book.name,
        due=due,
        parts=request.parts,
    )
    text.write_text(said, encoding="utf-8")
    _write_book(sheet, book)
    sheet.map(lambda cell: safe_cell(cell) if isinstance(cell, str) else cell).to_csv(plain, index=False)
    return [text, book, plain]


def _write_book(sheet: pd.DataFrame, path: Path) -> None:
    """The sheet as a workbook: every prefilled cell a text, lists to choose from, the columns to fill in marked."""
    import xlsxwriter  # type: ignore[import-untyped]

    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("declarations")
        head, fill = book.add_format({"bold": True}), book.add_format({"bold": True, "bg_color": "#FFF2CC"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        page.freeze_panes(1, 0)
        for at, name in enumerate(sheet.columns):
            page.write_string(0, at, name, fill if name in _FILLED else head)
            page.set_column(at, at, 14, day if name == "declared_on" else None)
            for line, cell in enumerate(sheet[name], 1):
                if cell is not None:
                    page.write_string(line, at, str(cell))
        for name, words in (("bound", BOUNDS), ("status", (OPEN_STATUS, "final"))):
            at = list(sheet.columns).index(name)
            page.data_validation(1, at, max(1, len(sheet)), at, {"validate": "list", "source": list(words)})


def read_requests(path: Path) -> pd.DataFrame:
    """Every line in file order; UsageError with every problem as file:line:column."""
    entries, problems = JOURNAL.read(path)
    refuse([*problems, *(problem for entry in entries for problem in _wrong(entry))])
    return JOURNAL.frame(entries)


def _wrong(entry: Entry) -> Iterator[Problem]:
    if entry.text("step") == "asked":
        for name in ("supplier", "part_no", "due"):
            if entry.values[name] is None:
                yield entry.problem(name, f"{name} is empty", f"write the {name}", "request-empty")


def note_requests(path: Path, requests: Sequence[Request], *, on: date, author: str, due: date) -> None:
    """Add what was asked, all or nothing."""
    lines: list[dict[str, Cell]] = [
        {
            "request": request.id,
            "step": "asked",
            "on": on,
            "author": author,
            "supplier": request.supplier,
            "part_no": part.part_no,
            "mpn": part.mpn,
            "materials": " ".join(part.materials),
            "due": due,
        }
        for request in requests
        for part in request.parts
    ]
    with locked(path):
        read_requests(path)
        refuse(JOURNAL.drafted(lines)[1])
        JOURNAL.add(path, lines)


def withdraw(path: Path, request: str, *, on: date, author: str) -> None:
    """Note that an answer to a request is no longer waited for."""
    with locked(path):
        read_requests(path)
        JOURNAL.add(path, [{"request": request, "step": "withdrawn", "on": on, "author": author}])


def request_states(requests: pd.DataFrame, declarations: pd.DataFrame, on: date) -> pd.DataFrame:
    """One row per request and part: its columns, ``state`` (open, answered, withdrawn), ``answered_on``, ``age_days``,
    ``overdue``.

    Answered is what the supplier has declared finally for the part, by our number or theirs, on or after the day it
    was asked; or, whatever its date, in a line that carries the request's number as its document. An undated line
    without that number does not show that it is an answer.
    """
    asked = requests[(requests["step"] == "asked") & (requests["on"] <= pd.Timestamp(on))]
    gone = requests.loc[(requests["step"] == "withdrawn") & (requests["on"] <= pd.Timestamp(on)), "request"]
    asked = asked.drop_duplicates(["request", "supplier", "part_no"], keep="last").reset_index(drop=True)
    answer = _answers(asked, _final(declarations, on))
    first = answer.groupby("at")["declared_on"].min()
    answered = asked.index.isin(answer["at"])
    state = (
        pd.Series("open", index=asked.index).mask(asked["request"].isin(gone), "withdrawn").mask(answered, "answered")
    )
    return asked.assign(
        state=state,
        answered_on=first.reindex(asked.index),
        age_days=(pd.Timestamp(on) - asked["on"]).dt.days,
        overdue=(state == "open") & (asked["due"] < pd.Timestamp(on)),
    )


def _final(declarations: pd.DataFrame, on: date) -> pd.DataFrame:
    status = declarations["status"].astype("str").str.strip().str.lower()
    later = declarations["declared_on"] > pd.Timestamp(on)
    rows = declarations[(status.isna() | (status == "final")) & ~later]
    names = ["part_no", "mpn", "supplier", "document"]
    return rows[[*names, "declared_on"]].astype(dict.fromkeys(names, "str")).drop_duplicates()


def _answers(asked: pd.DataFrame, final: pd.DataFrame) -> pd.DataFrame:
    """at (position in ``asked``) and declared_on of every final declaration that answers it."""
    lines = asked.rename_axis("at").reset_index()[["at", "request", "supplier", "part_no", "mpn", "on"]]
    lines = lines.assign(mpn=_key(lines["mpn"]))
    given = final.rename(columns={"document": "request"}).assign(mpn=_key(final["mpn"]))
    ours = given.dropna(subset=["part_no"]).drop(columns="mpn")
    theirs = given[given["part_no"].isna()].dropna(subset=["mpn"]).drop(columns="part_no")
    matched = [
        lines.merge(ours, on=["supplier", "part_no"], suffixes=("", "_given")),
        lines.dropna(subset=["mpn"]).merge(theirs, on=["supplier", "mpn"], suffixes=("", "_given")),
        lines.merge(ours.drop(columns="supplier"), on=["request", "part_no"]).assign(
            request_given=lambda f: f["request"]
        ),
    ]
    found = pd.concat([frame for frame in matched if len(frame)] or matched[:1], ignore_index=True)
    named = found["request"] == found["request_given"]
    return found.loc[named | (found["declared_on"] >= found["on"]), ["at", "declared_on"]]


def _key(mpn: pd.Series) -> pd.Series:
    key = mpn.astype("str").str.strip().str.upper()
    return key.where(key != "")


def open_since(states: pd.DataFrame) -> Mapping[str, date]:
    """Parts that an open request asks about, with the day of the last one."""
    rows = states[states["state"] == "open"].sort_values("on")
    return {part: day.date() for part, day in zip(rows["part_no"], rows["on"], strict=True)}
