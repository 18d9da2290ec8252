"""The beginning and the end of a file as text, and in which encoding that is."""

import codecs
import re
import unicodedata
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from riskplug.errors import DataRefused
from riskplug.ingest.recognise import NAMES, WAYS_OUT, Format, recognise, wide_encoding
from riskplug.ingest.suggest.vocabulary import all_titles, compact
from riskplug.ingest.text import is_unfinished, line_at, refuse_empty, split_lines

HEAD_BYTES = 2_000_000
TAIL_BYTES = 64_000
MAX_LINES = 20_000

Certainty = Literal["certain", "likely", "guess"]


@dataclass(frozen=True)
class Encoding:
    """``words``: some words as they read so, for a person to judge. ``others``: encodings that fit nearly as well."""

    name: str
    certainty: Certainty
    why: str
    words: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sample:
    """``tail``: the last lines where they are not among ``head``. ``is_ended``: the last line has its line end."""

    path: Path
    encoding: Encoding
    head: tuple[str, ...]
    tail: tuple[str, ...]
    is_ended: bool

    @property
    def name(self) -> str:
        return self.path.name


def read_ends(path: Path) -> tuple[bytes, bytes]:
    """The first 2 MB and the last 64 kB of a file; DataRefused when it cannot be read, is empty or unfinished."""
    if is_unfinished(path.name):
        raise DataRefused("the name says that a transfer is under way", str(path), "name the finished file")
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
            size = stream.seek(0, 2)
            # even, for a UTF-16 character is two bytes
            stream.seek(max(len(head), (size - TAIL_BYTES) & ~1))
            tail = stream.read()
    except OSError as error:
        raise DataRefused(f"cannot be read: {error.strerror}", str(path), "check the file and its rights") from error
    refuse_empty(head, str(path))
    return head, tail


def format_of(path: Path, head: bytes, tail: bytes) -> Format:
    """What the file is by its bytes; a zip archive is told from a workbook by its list of members, at its end."""
    found = recognise(head)
    if found != "zip" or not tail:
        return found
    try:
        with zipfile.ZipFile(path) as archive:
            return "xlsx" if "xl/workbook.xml" in archive.namelist() else "zip"
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return found


def refuse_other(found: Format, head: bytes, path: Path) -> None:
    """DataRefused, by its real name, for what is neither text nor workbook nor Parquet."""
    if found in ("text", "utf-16", "xlsx", "parquet"):
        return
    fix = "unpack it and suggest on its content" if found in ("zip", "gzip", "packed") else WAYS_OUT[found]
    raise DataRefused(f"no profile can be proposed: it is {NAMES[found]}, first bytes {head[:16]!r}", str(path), fix)


def read_sample(path: Path, head: bytes, tail: bytes) -> Sample:
    """Head and tail as lines; the line that the head breaks off in is left out."""
    encoding = detect_encoding(head, tail, str(path))
    text = _decoded(head, encoding.name, final=not tail) or ""
    nul = text.find("\0")
    if nul >= 0:
        where = f"{path}:{line_at(text, nul)}"
        raise DataRefused("binary data: NUL byte in what should be text", where, "export it as CSV, XLSX or Parquet")
    lines = split_lines(text.lstrip("\ufeff"))
    end = _tail_text(tail, encoding.name, head)
    if tail and lines:
        lines = lines[:-1]
    last = [*lines[MAX_LINES:], *split_lines(end)[1:]][-500:]
    return Sample(path, encoding, tuple(lines[:MAX_LINES]), tuple(last), (end or text).endswith(("\n", "\r")))


def _tail_text(tail: bytes, encoding: str, head: bytes) -> str:
    if encoding == "utf-16":
        return tail.decode("utf-16-le" if head.startswith(b"\xff\xfe") else "utf-16-be", errors="ignore")
    start = 0 if encoding.startswith("utf-16") else tail.find(b"\n")
    return tail[max(start, 0) :].decode(encoding, errors="ignore")


# --- encoding


def detect_encoding(head: bytes, tail: bytes, where: str) -> Encoding:
    """By its mark, else strictly as UTF-8, else the encoding in which the words look most like words."""
    wide = wide_encoding(head)
    if wide:
        return Encoding(
            wide,
            "certain" if wide == "utf-16" else "likely",
            "byte-order mark" if wide == "utf-16" else "every other byte is zero",
        )
    if head.startswith(codecs.BOM_UTF8) and _decoded(head, "utf-8", not tail) is not None:
        return Encoding("utf-8", "certain", "byte-order mark of UTF-8")
    data = head + tail[max(tail.find(b"\n"), 0) :]
    if head.isascii() and tail.isascii():
        return Encoding(
            "utf-8",
            "certain" if not tail else "likely",
            "only ASCII, which every encoding reads alike" + (", in the part looked at" if tail else ""),
        )
    text = _decoded(head, "utf-8", not tail)
    if text is not None and _decoded(data[len(head) :], "utf-8", True) is not None:
        return Encoding("utf-8", "certain", "valid UTF-8, which other encodings hardly ever are", _words(text))
    return _most_plausible(head, tail, where)


def _decoded(data: bytes, encoding: str, final: bool) -> str | None:
    try:
        return codecs.getincrementaldecoder(encoding)("strict").decode(data, final)
    except UnicodeDecodeError:
        return None


def _most_plausible(head: bytes, tail: bytes, where: str) -> Encoding:
    rest = tail[max(tail.find(b"\n"), 0) :]
    scores: dict[str, float] = {}
    for name in ("cp1252", "cp850", "cp932", "gb18030", "big5", "cp949", "euc_jp"):
        text = _decoded(head, name, not tail)
        if text is not None and _decoded(rest, name, True) is not None:
            scores[name] = plausibility(text, name) + 0.15 * min(3, _known_titles(text))
    if not scores or max(scores.values()) < 0.2:
        why = "fits none of the encodings tried; latin-1 reads any byte"
        return Encoding("latin-1", "guess", why, _words(head.decode("latin-1")), tuple(scores))
    ranked = sorted(scores, key=lambda name: -scores[name])
    best, text = ranked[0], _decoded(head, ranked[0], not tail) or ""
    close = tuple(name for name in ranked[1:] if scores[name] > 0.75 * scores[best])
    why = "not UTF-8; of the encodings tried its words look most like words so"
    if best == "cp1252":
        why += _latin_1(text)
    thin = best != "cp1252" and not _known_titles(text) and sum(not sign.isascii() for sign in text) < 10
    certainty: Certainty = "guess" if close or thin or scores[best] < 0.6 else "likely"
    return Encoding(best, certainty, why, _words(text), close)


def _latin_1(text: str) -> str:
    signs = sorted({sign for sign in text if sign in "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"})
    if signs:
        return f"; {signs[0]!r} would be a control character in latin-1"
    return "; latin-1 reads the part looked at the same, cp1250 and others read other letters"


def _known_titles(text: str) -> int:
    """Column titles we know, beyond ASCII, among the first lines: hardly ever there by accident."""
    cells = {cell.strip(' "') for cell in re.split(r"[;,\t|\r\n]", text[:20_000]) if not cell.isascii()}
    return sum(compact(cell) in all_titles() for cell in cells)


_LETTERS = frozenset("äöüÄÖÜßéèêëàâçîïôûùÉÈÀÇáíóúñÁÍÓÚÑãõåÅæÆøØ")
_SIGNS = frozenset("€°²³µ±×§–—’‘“”„…½¼¾®©™«»¿¡ºª\u00a0")


def plausibility(text: str, encoding: str) -> float:
    """How much the characters beyond ASCII look like writing in this encoding, 0 to 1."""
    counts = Counter(re.sub(r"[\x00-\x7f]", "", text))
    if not counts:
        return 0.0
    weigh = _western if encoding in ("cp1252", "cp850") else _EASTERN[encoding]
    total = sum(weigh(character) * count for character, count in counts.items())
    inside = len(re.findall(r"(?<=[A-Za-z])[„”“‚–—…°±×÷«»³²§½¼¾](?=[a-z])", text)) if weigh is _western else 0
    return float(max(0.0, total - inside) / counts.total())


def _western(character: str) -> float:
    if character in _LETTERS:
        return 1.0
    if character in _SIGNS:
        return 0.9
    return 0.3 if character.isalpha() else 0.0


@dataclass(frozen=True)
class _Weigh:
    """Full weight for the characters of a charset's first level (frequent ones), none for those outside it."""

    charset: str
    first: int
    last: int

    def __call__(self, character: str) -> float:
        if "\uff61" <= character <= "\uff9f":  # half-width kana: what any high byte is in cp932
            return 0.3 if self.charset == "cp932" else 0.0
        try:
            code = character.encode(self.charset)
        except UnicodeEncodeError:
            return 0.0
        if "\u3040" <= character <= "\u30ff":
            return 1.0 if self.charset == "cp932" else 0.1
        if unicodedata.category(character)[0] in "PSN" or "\uff00" <= character <= "\uff60":
            return 0.6
        return 1.0 if self.first <= code[0] <= self.last else 0.1


_EASTERN = {
    "cp932": _Weigh("cp932", 0x88, 0x98),
    "euc_jp": _Weigh("cp932", 0x88, 0x98),
    "gb18030": _Weigh("gb2312", 0xB0, 0xD7),
    "big5": _Weigh("big5", 0xA4, 0xC6),
    "cp949": _Weigh("euc_kr", 0xB0, 0xC8),
}


def _words(text: str) -> tuple[str, ...]:
    found = re.findall(r"[^\W\d_]*[^\x00-\x7f]+[^\W\d_]*", text[:200_000])
    return tuple(list(dict.fromkeys(word for word in found if word.strip()))[:5])
