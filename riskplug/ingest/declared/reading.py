"""Which format a supplier's file is in, and what it says."""

import hashlib
from dataclasses import replace
from pathlib import Path, PurePath

from riskplug.errors import DataRefused
from riskplug.ingest.declared import chemsherpa, iec62474, ipc1752, rmi
from riskplug.ingest.declared.account import Account, account_for
from riskplug.ingest.declared.declaration_file import DeclarationFile
from riskplug.ingest.declared.substances import Substances, shipped_substances
from riskplug.ingest.declared.xml_documents import parse_xml

REFUSED = "refused"
SUFFIXES = (".xml", ".shai", ".xlsx")
_READERS = {ipc1752.ROOT: ipc1752.read_ipc1752, iec62474.ROOT: iec62474.read_iec62474}


def read_declarations(path: Path, root: Path, substances: Substances | None = None) -> DeclarationFile:
    """The declarations in one file; ``root`` is the folder its name is told from.

    DataRefused for a file that cannot be trusted as a whole: broken, hostile, or of an unknown format or version.
    """
    data, where = _bytes(path, root)
    return declarations_in(data, where, substances or shipped_substances())


def read_or_reject(path: Path, root: Path, substances: Substances | None = None) -> DeclarationFile:
    """As ``read_declarations``, with a file that cannot be trusted as one reject by its name."""
    data, where = _bytes(path, root)
    return declarations_or_reject(data, where, substances or shipped_substances())


def _bytes(path: Path, root: Path) -> tuple[bytes, str]:
    inside = path.resolve().is_relative_to(root.resolve())
    where = path.resolve().relative_to(root.resolve()).as_posix() if inside else str(path)
    try:
        return path.read_bytes(), where
    except OSError as error:
        raise DataRefused(f"cannot be read: {error.strerror}", where, "check the file and its rights") from error


def declarations_in(data: bytes, where: str, substances: Substances) -> DeclarationFile:
    """The declarations in the bytes of a file; ``where`` is its name, which tells the kind of container."""
    suffix = PurePath(where).suffix.lower()
    if suffix == ".xlsx":
        made = rmi.read_rmi(data, where, substances)
    elif suffix == ".shai":
        made = _of_xml(chemsherpa.unpacked(data, where), where, substances, chemsherpa.FORMAT)
    elif suffix == ".shci":
        raise DataRefused("chemSHERPA-CI declares chemicals, not articles", where, "ask the supplier for chemSHERPA-AI")
    elif suffix == ".xml":
        made = _of_xml(data, where, substances)
    else:
        raise DataRefused(f"{suffix or 'no'} file suffix", where, f"declarations come as {', '.join(SUFFIXES)}")
    return replace(made, sha256=hashlib.sha256(data).hexdigest(), size=len(data))


def declarations_or_reject(data: bytes, where: str, substances: Substances) -> DeclarationFile:
    """As ``declarations_in``; a refused file is one reject by its name, so that the other suppliers' still count."""
    try:
        return declarations_in(data, where, substances)
    except DataRefused as refused:
        account = Account(substances, where, elements=1)
        line = refused.where.removeprefix(where).removeprefix(":")
        account.reject(int(line) if line.isdigit() else 1, PurePath(where).name, f"{refused.what}; {refused.fix}")
        made = account.as_file(where, REFUSED, "")
        return replace(made, sha256=hashlib.sha256(data).hexdigest(), size=len(data))


def _of_xml(data: bytes, where: str, substances: Substances, format_: str = "") -> DeclarationFile:
    tree = parse_xml(data, where)
    reader = _READERS.get(tree.name)
    if reader is None:
        namespace = f" of {tree.namespace}" if tree.namespace else ""
        known = "IPC-1752A, IPC-1752B, IEC 62474 and chemSHERPA-AI"
        raise DataRefused(f"root element {tree.name}{namespace}", where, f"{known} are read")
    declaration = reader(tree, where)
    named = replace(declaration, format=format_ or declaration.format)
    return account_for(named, where, f"{PurePath(where).name} ({named.format})", substances)
