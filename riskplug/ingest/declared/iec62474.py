"""IEC 62474 declarations: a composition (parts, materials, substances) and a compliance part (above or below limits).

Element and attribute names are those a public viewer of the format reads; no supplier's file was at hand, so the
layout is not confirmed. A substance's MatMassPercent and MassPercent are of the material it stands in; MassPercent of
a part or a material is of what holds it.
"""

import re

from riskplug.errors import DataRefused
from riskplug.ingest.declared.masses import NOTHING, Amount, read_amount, read_count
from riskplug.ingest.declared.statements import Answer, Declaration, Group, Material, Piece, Statement
from riskplug.ingest.declared.xml_documents import Node

ROOT = "Main"
FORMAT = "IEC 62474"
_NAMESPACE = r"https?://std\.iec\.ch/iec62474(/|$)"
_PARTS = ("ProductPart",)
_SUBSTANCES = ("Substance", "DsDsg", "DeclarableSubstance")
_GROUPS = ("SubstanceGroup", "DeclarableSubstanceGroup")
_YES, _NO = {"yes", "true", "1"}, {"no", "false", "0"}


def read_iec62474(root: Node, where: str) -> Declaration:
    """The declaration in an IEC 62474 document; DataRefused for another namespace, and for one without a product."""
    if root.namespace and not re.match(_NAMESPACE, root.namespace, re.IGNORECASE):
        raise DataRefused(f"{ROOT} of an unknown schema: {root.namespace}", where, "ask for IEC 62474")
    products = root.outermost("Product")
    if not products:
        raise DataRefused(f"{FORMAT} without a Product", where, "ask the supplier for a full declaration")
    business = root.first("BusinessInfo") or root
    response = business.first("Response")
    company = next((node for node in (response or business).walk() if node.name == "SupplyCompany"), None)
    return Declaration(
        FORMAT,
        root.get("schemaDatabaseVersion", "version") or business.get("schemaDatabaseVersion"),
        " ".join(company.get("name", "nameLocal").split()) if company else "",
        response.get("date", "actionDate") if response else "",
        _status(root, business, response),
        tuple(_piece(node) for node in products),
        tuple(_answer(node) for node in business.walk() if node.get("additionalStatement", "statement")),
    )


def _status(root: Node, business: Node, response: Node | None) -> str:
    said = root.get("status") or business.get("status") or (response.get("status") if response else "")
    return said.lower() or ("request" if response is None and business.first("Request") else "final")


def _piece(node: Node) -> Piece:
    """A product, or a part of one with its number of units."""
    identity = node.first("ProductID")
    about = identity or node
    amounts = [_amount(each) for each in (about, node)]
    count, fault = read_count(node.get("numberOfUnits"))
    return Piece(
        node.line,
        about.get("name", "identifier"),
        about.get("requesterIdentifier"),
        about.get("identifier"),
        node.get("unitType"),
        next((amount for amount in amounts if amount.text), amounts[0]),
        count,
        fault,
        tuple(_material(each) for each in (*_own(node, "Material"), *_classes(node, filled=True))),
        tuple(_listed(node)),
        tuple(_piece(each) for each in node.outermost(*_PARTS)),
        tuple(Group(each.line, each.get("name", "id")) for each in _classes(node, filled=False)),
    )


def _own(node: Node, name: str) -> list[Node]:
    """Nodes of a part that belong to no part inside it; a material class around materials is looked through."""
    found: list[Node] = []
    for child in node.children:
        if child.name == name:
            found.append(child)
        if child.name not in (*_PARTS, name):
            found += _own(child, name)
    return found


def _classes(node: Node, filled: bool) -> list[Node]:
    """Material classes that are not around materials: filled with substances, or with no more than a mass."""
    classes = [each for each in _own(node, "MaterialClass") if not each.outermost("Material")]
    return [each for each in classes if bool(each.outermost(*_SUBSTANCES, *_GROUPS)) == filled]


def _material(node: Node) -> Material:
    name = " ".join(part for part in (node.get("name"), node.get("materialClassID")) if part)
    return Material(node.line, name, _amount(node), tuple(_substances(node, listed=False)))


def _listed(node: Node) -> list[Statement]:
    """Substances spoken of for the part as a whole."""
    found: list[Statement] = []
    for child in node.children:
        alone = child.name == "MaterialClass" and not child.outermost("Material")
        if child.name not in (*_PARTS, "Material", *_SUBSTANCES, *_GROUPS) and not alone:
            found += _listed(child)
    return [*_substances(node, listed=True), *found]


def _substances(node: Node, listed: bool) -> list[Statement]:
    """Substances below a node; a group counts for itself only where it names no substances.

    A Threshold that stands behind a substance instead of in it is that substance's.
    """
    found: list[Statement] = []
    for at, child in enumerate(node.children):
        inner = [each for each in child.children if each.name in _SUBSTANCES]
        if child.name in _GROUPS and inner:
            found += _substances(child, listed)
        elif child.name in (*_SUBSTANCES, *_GROUPS):
            behind = node.children[at + 1] if at + 1 < len(node.children) else None
            mark = child.first("Threshold") or (behind if behind and behind.name == "Threshold" else None)
            found.append(_statement(child, mark, listed))
    return found


def _statement(node: Node, mark: Node | None, listed: bool) -> Statement:
    identity = _identity(node)
    over = mark.get("aboveThresholdLevel", "aboveThreshold", "overThreshold").lower() if mark else ""
    above = True if over in _YES else False if over in _NO else None
    limit = mark.get("reportingThreshold", "threshold") if mark else ""
    authority = identity.get("authority").upper() if identity else ""
    number = identity.get("identity") if identity else ""
    return Statement(node.line, node.get("name"), number, authority, _amount(node), listed, above, limit)


def _identity(node: Node) -> Node | None:
    identities = node.all("UniqueID", "SubstanceID")
    cas = [each for each in identities if each.get("authority").upper().startswith("CAS")]
    return next(iter([*cas, *identities]), None)


def _amount(node: Node) -> Amount:
    """Mass before MatMassPercent before MassPercent."""
    if (mass := node.first("Mass")) is not None and mass.get("mass", "value"):
        return read_amount(mass.get("mass", "value"), mass.get("unitOfMeasure", "unit"))
    for name in ("MatMassPercent", "MassPercent"):
        if (share := node.first(name)) is not None and share.get("massPercent", "value"):
            return read_amount(share.get("massPercent", "value"), "masspercent")
    return NOTHING


def _answer(node: Node) -> Answer:
    word = node.get("additionalResponse", "response").lower()
    yes = True if word in _YES else False if word in _NO else None
    return Answer(node.line, " ".join(node.get("additionalStatement", "statement").split()), yes)
