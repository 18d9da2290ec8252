"""What is in a part, and how surely: knowledge tables, signals in texts, declarations, plugin mappers."""

from riskplug.content.again import TextReader
from riskplug.content.document import content_document
from riskplug.content.knowledge import Knowledge, element_names, load_knowledge, top_producer
from riskplug.content.signals import read_texts
from riskplug.content.stage import PartContent, TextReading, candidates_of_mappers, map_content
from riskplug.content.strength import is_strong

__all__ = [
    "Knowledge",
    "PartContent",
    "TextReader",
    "TextReading",
    "candidates_of_mappers",
    "content_document",
    "element_names",
    "is_strong",
    "load_knowledge",
    "map_content",
    "read_texts",
    "top_producer",
]
