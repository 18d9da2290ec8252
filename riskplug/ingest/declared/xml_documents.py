"""XML from strangers, read by local name, with the line of every element.

Prefixes and namespaces differ between tools that write the same format, so names are compared without them and
attribute names without their case. A document type is refused outright: none of the formats has one, and it is where
external entities and entity expansion live. Nothing is read from disk or from the network.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from riskplug.errors import DataRefused

MAX_BYTES = 64_000_000
MAX_DEPTH = 60
_SEPARATOR = "\n"  # stands in no namespace


@dataclass(slots=True)
class Node:
    """An element: local name, namespace, attributes by lower-case local name, its own text without its children's."""

    name: str
    namespace: str
    attributes: Mapping[str, str]
    line: int
    children: list["Node"] = field(default_factory=list)
    text: str = ""

    def get(self, *names: str) -> str:
        """The first of these attributes that is filled, trimmed; empty when none is."""
        found = (self.attributes.get(name.lower(), "").strip() for name in names)
        return next((value for value in found if value), "")

    def all(self, *names: str) -> list["Node"]:
        """Children with one of these names, in document order."""
        return [child for child in self.children if child.name in names]

    def first(self, *names: str) -> "Node | None":
        return next((child for child in self.children if child.name in names), None)

    def walk(self) -> Iterator["Node"]:
        """The node and everything below it, in document order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def outermost(self, *names: str) -> list["Node"]:
        """Nodes of these names that stand in no other of them, in document order."""
        found = []
        for child in self.children:
            found += [child] if child.name in names else child.outermost(*names)
        return found


class _Builder:
    """Builds the tree from expat's events."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.root: Node | None = None
        self.open: list[Node] = []
        self.parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.StartDoctypeDeclHandler = self.refuse_doctype

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        namespace, _, local = name.rpartition(_SEPARATOR)
        named = {key.rpartition(_SEPARATOR)[2].lower(): value for key, value in attributes.items()}
        node = Node(local, namespace, named, self.parser.CurrentLineNumber)
        if len(self.open) >= MAX_DEPTH:
            raise DataRefused(f"elements nested deeper than {MAX_DEPTH}", f"{self.where}:{node.line}", _ASK)
        if self.open:
            self.open[-1].children.append(node)
        else:
            self.root = node
        self.open.append(node)

    def end(self, _: str) -> None:
        self.open.pop()

    def characters(self, text: str) -> None:
        if self.open:
            self.open[-1].text += text

    def refuse_doctype(self, *_: object) -> None:
        where = f"{self.where}:{self.parser.CurrentLineNumber}"
        raise DataRefused("has a document type (DOCTYPE), which may hide entities", where, _ASK)


_ASK = "ask the supplier for the file as its compliance tool wrote it"


def parse_xml(data: bytes, where: str) -> Node:
    """The root element; DataRefused for broken XML, a document type, and sizes no declaration has."""
    if len(data) > MAX_BYTES:
        raise DataRefused(f"{len(data):,} bytes are more than a declaration has ({MAX_BYTES:,})", where, _ASK)
    builder = _Builder(where)
    try:
        builder.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise DataRefused(f"broken XML: {error}", f"{where}:{error.lineno}", _ASK) from error
    except (ValueError, LookupError) as error:  # an encoding that expat cannot read
        raise DataRefused(f"cannot be read as XML: {error}", where, "save it as UTF-8") from error
    assert builder.root is not None  # expat raises on an empty document
    return builder.root
