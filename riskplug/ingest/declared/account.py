"""Makes rows, rejects, drops and suspicions of a declaration, and counts that nothing went missing."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from riskplug.ingest.declared.declaration_file import SMELTER_COLUMNS, SUSPICION_COLUMNS, DeclarationFile
from riskplug.ingest.declared.merged import merged
from riskplug.ingest.declared.statements import Answer, Declaration, Piece
from riskplug.ingest.declared.substances import RARE_EARTHS, Substances, rare_earth_magnet, rare_earths
from riskplug.ingest.declared.unfold import Dropped, Outcome, Refused, Told, unfold
from riskplug.ingest.extract import Reject
from riskplug.tables import TABLES

Direction = Literal["raises", "lowers"]

ADDED = "added to another row of its material"
DETAILED = "product-level figure, told in detail by the materials"
HINT = "says something without a mass: kept as a suspicion"
SILENT = "names no watched material"
UNANSWERED = "question without an answer"
NOTHING_TOLD = "no substances declared: nothing is known of its content, which is not the same as free of it"
_DENIALS = ("not contain", "free of", "free from", "without", "none of", "not intentionally", "no intentional")


@dataclass
class Account:
    """What has been made of a file so far. ``document``: what a row says it comes from."""

    substances: Substances
    document: str
    supplier: str = ""
    status: str = ""
    declared_on: str = ""
    rows: list[dict[str, str | None]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    suspicions: list[tuple[object, ...]] = field(default_factory=list)
    smelters: list[tuple[object, ...]] = field(default_factory=list)
    elements: int = 0

    def drop(self, rule: str, count: int = 1) -> None:
        if count:
            self.dropped[rule] += count

    def reject(self, line: int, value: str, reason: str) -> None:
        self.rejects.append(Reject(line, value, reason))

    def suspect(self, product: Piece | None, material: str, direction: Direction, text: str, line: int) -> None:
        part_no, mpn = (product.part_no, product.mpn) if product else ("", "")
        self.suspicions.append((part_no, mpn, self.supplier, material, direction, text, line))

    def suspect_text(self, text: str, line: int, direction: Direction, product: Piece | None) -> None:
        """A hint in words: an element of the file that is a suspicion where it names a watched material."""
        named = [each.material for each in self.substances.held(text, "")]
        if rare_earths(text) or (rare_earth_magnet(text) and not named):
            named.append(RARE_EARTHS)
        for material in named:
            self.suspect(product, material, direction, text, line)
        self.elements += 1
        self.drop(HINT if named else SILENT)

    def as_file(self, file: str, format_: str, version: str) -> DeclarationFile:
        names = TABLES["declarations"].column_names
        return DeclarationFile(
            file,
            format_,
            version,
            pa.table({name: pa.array([row.get(name) for row in self.rows], pa.string()) for name in names}),
            np.array(self.lines, dtype=np.int64),
            tuple(sorted(self.rejects, key=lambda reject: reject.line)),
            dict(self.dropped),
            pd.DataFrame(self.suspicions, columns=list(SUSPICION_COLUMNS)),
            pd.DataFrame(self.smelters, columns=list(SMELTER_COLUMNS)),
            self.elements,
        )


def account_for(declaration: Declaration, file: str, document: str, substances: Substances) -> DeclarationFile:
    """The declaration as rows and all the rest; loops over its elements, which grow with what people declare."""
    when = declaration.declared_on[:10]
    account = Account(substances, document, declaration.supplier, declaration.status, when)
    for product in declaration.products:
        _product(product, account)
    _answers(declaration.answers, None, account)
    return account.as_file(file, declaration.format, declaration.version)


def _product(product: Piece, account: Account) -> None:
    outcomes = unfold(product, account.substances)
    account.elements += len(outcomes)
    nameless = not (product.part_no or product.mpn)
    for outcome in outcomes:
        if nameless and isinstance(outcome, Told):
            account.reject(outcome.statement.line, outcome.statement.name, "the product has no number")
        elif not isinstance(outcome, Told):
            _aside(outcome, product, account)
    if not nameless:
        _rows(product, outcomes, account)
    if not outcomes:
        account.elements += 1
        account.reject(product.line, product.part_no or product.mpn or product.name, NOTHING_TOLD)
    _hints(product, product, account)


def _aside(outcome: Refused | Dropped, product: Piece, account: Account) -> None:
    if isinstance(outcome, Dropped):
        account.drop(outcome.rule)
        return
    account.reject(outcome.statement.line, outcome.value, outcome.reason)
    if RARE_EARTHS in outcome.materials:
        account.suspect(product, RARE_EARTHS, "raises", outcome.value, outcome.statement.line)


def _rows(product: Piece, outcomes: Iterable[Outcome], account: Account) -> None:
    """What homogeneous materials tell in detail stands for the product-level figure of the same material.

    A list of declarable substances names the compounds it restricts and no others: the figure of one of them is not all
    of its element in the product, so that it tells presence and leaves the mass open.
    """
    told = [each for each in outcomes if isinstance(each, Told)]
    doubted = {material for each in outcomes if isinstance(each, Refused) for material in each.materials}
    detailed = {each.held.material for each in told if not each.statement.listed}
    kept = [each for each in told if not each.statement.listed or each.held.material not in detailed]
    account.drop(DETAILED, len(told) - len(kept))
    doubted |= {each.held.material for each in kept if each.statement.listed and not each.held.elemental}
    for row in merged(kept, doubted):
        account.rows.append(
            {
                "part_no": product.part_no or None,
                "mpn": product.mpn or None,
                "supplier": account.supplier or None,
                "material": row.material,
                "cas_no": row.cas_no,
                "form": row.form,
                "mass_g": row.mass_g,
                "mass_pct": row.mass_pct,
                "bound": row.bound,
                "status": account.status or None,
                "declared_on": account.declared_on or None,
                "document": account.document,
            }
        )
        account.lines.append(row.of[0].statement.line)
        account.drop(ADDED, len(row.of) - 1)


def _hints(product: Piece, piece: Piece, account: Account) -> None:
    """Suspicions of answers, material groups, and materials without substances, sub-products included."""
    _answers(piece.answers, product, account)
    for group in piece.groups:
        account.suspect_text(group.name, group.line, "raises", product)
    for material in piece.materials:
        if not material.statements:
            account.suspect_text(material.name, material.line, "raises", product)
    for inner in piece.pieces:
        _hints(product, inner, account)


def _answers(answers: Iterable[Answer], product: Piece | None, account: Account) -> None:
    """Yes to `contains neodymium` raises, yes to `does not contain neodymium` lowers; no answer does neither."""
    for answer in answers:
        if answer.yes is None:
            account.elements += 1
            account.drop(UNANSWERED)
            continue
        denies = any(words in answer.text.lower() for words in _DENIALS)
        account.suspect_text(answer.text, answer.line, "raises" if answer.yes != denies else "lowers", product)
