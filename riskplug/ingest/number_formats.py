"""What a spreadsheet's number format shows of a stored number: the key that people see is the one on the sheet.

Format codes as in ECMA-376 part 1, 18.8.31 (numFmts). Runs in the limited child process.
"""

import re
from functools import lru_cache

_QUOTED = re.compile(r'"[^"]*"|\\.')
_UNSHOWN = re.compile(r"_.|\*.|\[[^\]]*\]")  # a gap as wide as a sign, a filler, a colour or locale
_ZEROS = re.compile(r"#*(0{2,})")
_PLAIN = re.compile(r"(?:general|[#0?,. @eE+])*", re.IGNORECASE)


def shows_percent(code: str) -> bool:
    """Whether 0.05 is shown as 5 %."""
    return "%" in _QUOTED.sub("", code)


@lru_cache(maxsize=1024)
def zeros_shown(code: str) -> int:
    """Digits that a format of zeros alone fills up to, so that `00000` shows 815 as 00815; 0 for any other format."""
    found = _ZEROS.fullmatch(_first_section(code))
    return len(found[1]) if found else 0


@lru_cache(maxsize=1024)
def shows_other_text(code: str) -> bool:
    """Whether a whole number is shown with signs of the format's own: `00-000` shows 12345 as 12-345."""
    section = _first_section(code)
    digits = re.split(r"[.eE]", section)[0]
    return not _PLAIN.fullmatch(section) or (digits.count("0") > 1 and not zeros_shown(code))


def _first_section(code: str) -> str:
    """The section for positive numbers, without what shows nothing; quoted text stays."""
    quoted: list[str] = []

    def kept(match: re.Match[str]) -> str:
        quoted.append(match[0])
        return "\x00"

    section = _UNSHOWN.sub("", _QUOTED.sub(kept, code).split(";")[0]).strip()
    return section.replace("\x00", '"') if quoted else section
