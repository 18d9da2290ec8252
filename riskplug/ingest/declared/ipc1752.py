"""IPC-1752A and 1752B, read by local name.

============  ==========================================================================================
class A       answers to queries: suspicion, never mass
class B       material groups: suspicion, never element mass
class C       substances of the product, above or below a threshold; a compound's figure tells presence only
class D       homogeneous materials with their substances
============  ==========================================================================================

Element names are those that public readers of the schema use; no file of a real supplier was at hand, so the layout is
not confirmed. The count of a sub-product is taken from numberOfInstances, numberOfUnits or quantity.
"""

import re
from dataclasses import replace

from riskplug.errors import DataRefused
from riskplug.ingest.declared.masses import Amount, read_amount, read_count
from riskplug.ingest.declared.statements import Answer, Declaration, Group, Material, Piece, Statement
from riskplug.ingest.declared.xml_documents import Node

ROOT = "MainDeclaration"
_VERSIONS = {"webstds.ipc.org/175x/2.0": "IPC-1752A", "webstds.ipc.org/175x/1752b/1752b": "IPC-1752B"}
_COUNTS = ("numberOfInstances", "numberOfUnits", "quantity")
_YES, _NO = {"yes", "true", "1", "y"}, {"no", "false", "0", "n"}


def read_ipc1752(root: Node, where: str) -> Declaration:
    """The declaration in an IPC-1752 document; DataRefused for another version, and for one without a product."""
    standard = _standard(root, where)
    products = root.outermost("Product")
    if not products:
        raise DataRefused(f"{standard} without a Product", where, "ask the supplier for a full declaration")
    response = _below(root, "Response")
    date = response.get("date") if response else ""
    made = tuple(_product(node) for node in products)
    return Declaration(
        standard, root.get("version"), _supplier(response or root), date, _status(root, response), made, _answers(root)
    )


def _standard(root: Node, where: str) -> str:
    """1752A or B by the namespace; without one, by the wrapper element or the schema version of 1752A."""
    namespace = re.sub(r"^https?://", "", root.namespace.strip().rstrip("/").lower())
    inner = next((re.sub(r"^https?://", "", n.namespace.rstrip("/").lower()) for n in root.children if n.namespace), "")
    version = root.get("version")
    known = _VERSIONS.get(namespace or inner)
    if known is None and not (namespace or inner):
        known = "IPC-1752B" if root.outermost("IPC-1752B") else "IPC-1752A"
    if known is None or (known == "IPC-1752A" and version and not version.startswith("2")):
        said = " ".join(part for part in (root.namespace, f"version {version}" if version else "") if part)
        raise DataRefused(f"{ROOT} of an unknown schema: {said}", where, "ask for IPC-1752A (schema 2.0) or IPC-1752B")
    return known


def _below(root: Node, name: str) -> Node | None:
    return next((node for node in root.walk() if node.name == name), None)


def _supplier(response: Node) -> str:
    company = _below(response, "SupplyCompany")
    if company is None:
        return ""
    identity = company.first("CompanyID", "UniqueID")
    return " ".join((company.get("name") or (identity.get("identity") if identity else "")).split())


def _status(root: Node, response: Node | None) -> str:
    """What the document says of itself; a request without an answer declares nothing, so it is not final."""
    heads = [node for node in root.walk() if node.name in (ROOT, "BusinessInfo", "Response")]
    said = next((status for node in heads if (status := node.get("status"))), "")
    asked = response is None and _below(root, "Request") is not None
    return said.lower() or ("request" if asked else "final")


def _product(node: Node) -> Piece:
    """A Product or SubProduct with all that is below it."""
    identity = node.first("ProductID")
    about = identity or node
    count, fault = read_count(node.get(*_COUNTS) or about.get(*_COUNTS))
    amounts = [_amount(each) for each in (about, node)]
    return Piece(
        node.line,
        about.get("itemName", "itemNumber"),
        about.get("requesterItemNumber"),
        about.get("itemNumber"),
        node.get("unitType"),
        next((amount for amount in amounts if amount.text), amounts[0]),
        count,
        fault,
        tuple(_material(each) for each in _own(node, "HomogeneousMaterial")),
        tuple(each for child in node.children for each in _listed(child)),
        tuple(_product(child) for child in node.outermost("SubProduct")),
        tuple(Group(each.line, each.get("name", "materialGroupName")) for each in _own(node, "MaterialGroup")),
        _answers(node),
    )


def _own(node: Node, name: str) -> list[Node]:
    """Nodes of a product that belong to none of its sub-products."""
    return [each for each in node.outermost(name, "SubProduct") if each.name == name]


def _amount(node: Node) -> Amount:
    """The amount of a node: its own attributes, or its child Amount, or Concentration (percent without a unit)."""
    places = (node, *node.all("Amount"), *node.all("Concentration"))
    of = next((each for each in places if each.get("value")), node)
    unit = of.get("UOM", "unitOfMeasure")
    return read_amount(of.get("value"), unit or ("masspercent" if of.name == "Concentration" else ""))


def _material(node: Node) -> Material:
    """A homogeneous material; a category in it that has an amount and no substances counts as one."""
    nodes = node.outermost("Substance")
    nodes += [each for each in node.outermost("SubstanceCategory") if each.first("Amount") and not _lists(each)]
    name = " ".join(part for part in (node.get("name"), node.get("materialGroupName")) if part)
    return Material(node.line, name, _amount(node), tuple(_statement(each) for each in nodes))


def _lists(category: Node) -> bool:
    return bool(category.outermost("Substance"))


def _statement(node: Node, listed: bool = False) -> Statement:
    identity, authority = _identity(node)
    over, limit = _threshold(node)
    return Statement(node.line, node.get("name"), identity, authority, _amount(node), listed, over, limit)


def _listed(child: Node) -> list[Statement]:
    """Substances of class C, and categories spoken of as a whole: in no homogeneous material and no sub-product."""
    if child.name in ("HomogeneousMaterial", "SubProduct"):
        return []
    if child.name == "Substance" or (child.name == "SubstanceCategory" and not _lists(child)):
        return [_statement(child, listed=True)]
    found = [each for below in child.children for each in _listed(below)]
    over, limit = _threshold(child)
    return [replace(each, over=over, limit=limit) if each.over is None else each for each in found]


def _identity(node: Node) -> tuple[str, str]:
    """The CAS number where there is one among the identities, else the first identity."""
    found = [
        (each.get("identity"), each.get("authority").upper())
        for each in node.walk()
        if each.name in ("SubstanceID", "UniqueID") and each.get("identity")
    ]
    return next((pair for pair in found if pair[1].startswith("CAS")), found[0] if found else ("", ""))


def _threshold(node: Node) -> tuple[bool | None, str]:
    mark = node.first("Threshold")
    if mark is None:
        return None, ""
    over = mark.get("overThreshold", "aboveThreshold", "aboveThresholdLevel").lower()
    limit = mark.get("threshold", "reportingThreshold")
    return True if over in _YES else False if over in _NO else None, limit


def _answers(node: Node) -> tuple[Answer, ...]:
    """Queries of class A, of the document or of one product."""
    nodes = [each for child in node.children for each in _queries(child)]
    return tuple(Answer(each.line, _question(each), _yes(each)) for each in nodes)


def _queries(node: Node) -> list[Node]:
    named = node.name.lower()
    if named in ("product", "subproduct"):
        return []
    if named in ("query", "queryresponse", "additionalstatement") or (named == "statement" and node.get("response")):
        return [node]
    return [each for child in node.children for each in _queries(child)]


def _question(node: Node) -> str:
    own = node.get("statement", "question", "description", "text", "name") or node.text.strip()
    below = [each.text.strip() for each in node.walk() if each.name.lower() in ("statement", "question", "text")]
    return " ".join((own or " ".join(below)).split())


def _yes(node: Node) -> bool | None:
    said = node.get("response", "answer", "reply", "value", "additionalResponse")
    below = [
        each.get("value", "response", "answer") or each.text.strip()
        for each in node.walk()
        if each is not node and each.name.lower() in ("response", "answer", "reply")
    ]
    word = (said or next(iter(below), "")).lower()
    return True if word in _YES else False if word in _NO else None
