"""chemSHERPA-AI: a zip container around a document shaped like IEC 62474. Layout not confirmed against real files."""

import io
import zipfile
import zlib

from riskplug.errors import DataRefused
from riskplug.ingest.declared.xml_documents import MAX_BYTES

FORMAT = "chemSHERPA-AI"
MAX_MEMBERS = 1000
MAX_RATIO = 200
_ASK = "ask the supplier for the file as the chemSHERPA tool wrote it"


def unpacked(data: bytes, where: str) -> bytes:
    """The one XML document inside; nothing is written to disk, and never more is unpacked than a declaration has."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as container:
            return _read(container, _document(container, where), where)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise DataRefused(f"not a readable .shai container: {error}", where, _ASK) from error


def _document(container: zipfile.ZipFile, where: str) -> zipfile.ZipInfo:
    members = container.infolist()
    if len(members) > MAX_MEMBERS:
        raise DataRefused(f"{len(members):,} files in the container", where, _ASK)
    documents = [each for each in members if each.filename.lower().endswith(".xml") and not each.is_dir()]
    if len(documents) != 1:
        names = ", ".join(each.filename for each in documents[:5]) or "none"
        raise DataRefused(f"one XML document expected in the container, found {names}", where, _ASK)
    return documents[0]


def _read(container: zipfile.ZipFile, document: zipfile.ZipInfo, where: str) -> bytes:
    """The declared size is the container's word only: reading stops behind the limit whatever it says."""
    packed = max(document.compress_size, 1)
    if document.file_size > MAX_BYTES or document.file_size > max(MAX_RATIO * packed, 1_000_000):
        raise DataRefused(f"unpacks from {packed:,} to {document.file_size:,} bytes", where, _ASK)
    with container.open(document) as stream:
        text = stream.read(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        raise DataRefused(f"unpacks to more than {MAX_BYTES:,} bytes", where, _ASK)
    return text
