"""The letters that go with a declaration request, in English and German. Nothing is sent: people do that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

LANGUAGES = ("en", "de")


@dataclass(frozen=True)
class Asked:
    """One part in a request: our number, the manufacturer's, what it is called, what is asked about it."""

    part_no: str
    mpn: str
    description: str
    materials: tuple[str, ...]


@dataclass(frozen=True)
class Wording:
    """How a language says it. ``columns``: what to write into each column that the supplier fills."""

    subject: str
    greeting: str
    ask: str
    how: str
    columns: Mapping[str, str]
    due: str
    parts: str
    closing: str
    day: str


_EN = Wording(
    "Request {request}: rare earths and other controlled materials in parts you deliver to {company}",
    "Dear Sir or Madam,",
    "export controls on rare earths and other raw materials oblige us to know what is in the parts below. Please tell"
    " us, for every line of the attached sheet {sheet}, how much of the material one piece holds.",
    "Please fill in these columns and leave the others as they are:",
    {
        "form": "magnet, alloy, metal, oxide, compound or component",
        "mass_g or mass_pct": "mass of the element in one piece, in grams, or its share of the part in percent",
        "bound": "exact (or empty); at_most where you know only a limit; absent where there is none of it",
        "status": "final, once a line is answered. Lines left at `asked` are not read.",
        "declared_on": "the date of your answer, YYYY-MM-DD",
    },
    "You may add lines for further materials. A full material declaration (IPC-1752A class D, IEC 62474 with"
    " composition) answers all of it at once. We would be grateful for your answer by {due}.",
    "Parts",
    "Yours faithfully\n{author}\n{company}",
    "%d %B %Y",
)
_DE = Wording(
    "Anfrage {request}: Seltene Erden und andere kontrollierte Rohstoffe in Teilen, die Sie an {company} liefern",
    "Sehr geehrte Damen und Herren,",
    "wegen der Ausfuhrkontrollen für Seltene Erden und andere Rohstoffe müssen wir wissen, was in den unten genannten"
    " Teilen steckt. Bitte teilen Sie uns zu jeder Zeile der beigefügten Liste {sheet} mit, wie viel des Rohstoffs ein"
    " Stück enthält.",
    "Bitte füllen Sie diese Spalten aus und lassen Sie die übrigen unverändert:",
    {
        "form": "magnet, alloy (Legierung), metal, oxide, compound (Verbindung) oder component (Bauteil)",
        "mass_g oder mass_pct": "Masse des Elements in einem Stück in Gramm, oder sein Anteil am Teil in Prozent",
        "bound": "exact (oder leer); at_most, wenn Sie nur eine Obergrenze kennen; absent, wenn nichts davon enthalten"
        " ist",
        "status": "final, sobald eine Zeile beantwortet ist. Zeilen, in denen `asked` stehen bleibt, werden nicht"
        " gelesen.",
        "declared_on": "Datum Ihrer Antwort, JJJJ-MM-TT",
    },
    "Zeilen für weitere Stoffe können Sie anfügen. Eine vollständige Materialdeklaration (IPC-1752A Klasse D oder"
    " IEC 62474 mit Zusammensetzung) beantwortet alles auf einmal. Für Ihre Antwort bis zum {due} wären wir dankbar.",
    "Teile",
    "Mit freundlichen Grüßen\n{author}\n{company}",
    "%d.%m.%Y",
)
WORDINGS: Mapping[str, Wording] = {"en": _EN, "de": _DE}


def letter(
    language: str, *, request: str, company: str, author: str, sheet: str, due: date, parts: Sequence[Asked]
) -> str:
    """The mail text, subject first."""
    words = WORDINGS[language]
    given = {"request": request, "company": company, "author": author, "sheet": sheet, "due": due.strftime(words.day)}
    columns = "\n".join(f"  {name}: {says}" for name, says in words.columns.items())
    lines = "\n".join(map(_line, parts))
    subject = words.subject.format(**given)
    head = {"en": "Subject", "de": "Betreff"}[language]
    body = (
        words.greeting,
        words.ask.format(**given),
        f"{words.how}\n{columns}",
        words.due.format(**given),
        f"{words.parts}:\n{lines}",
        words.closing.format(**given),
    )
    return f"{head}: {subject}\n\n" + "\n\n".join(body) + "\n"


def _line(part: Asked) -> str:
    named = " / ".join(filter(None, (part.part_no, part.mpn, part.description)))
    return f"  {named}: {', '.join(part.materials)}"
