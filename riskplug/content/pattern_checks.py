"""Patterns of the knowledge tables that would not read a million texts: refused by RE2, or slow in Python's engine.

RE2 looks at every text first and is linear by construction; it takes no backreference. What it lets through is held
against the exact pattern, and there a repeated group that itself holds an open repeat can take exponential time.
"""

import re
from collections.abc import Iterator

from riskplug.content.texts import prefilter, tokens

_OPEN = re.compile(r"[*+]|\{[0-9]+,\}")
_BACKREFERENCE = re.compile(r"\\[1-9]|\(\?P=|\(\?\(")
LONGEST_REPEAT = 200


def pattern_faults(pattern: str) -> Iterator[str]:
    """What is wrong with a pattern; nothing when it is fit for use. It compiles: that is checked when it is read."""
    if _BACKREFERENCE.search(pattern):
        yield "refers back to what a group matched, which takes more than linear time"
        return
    if refused := _refused_by_re2(pattern):
        yield f"is not a pattern of RE2: {refused}"
    if nested := nested_repeat(pattern):
        yield f"repeats {nested!r}, which itself repeats without limit: such a pattern can take exponential time"
    if re.compile(pattern.replace("{<}", "").replace("{>}", "")).match("") and not pattern.startswith("^"):
        yield "matches the empty text, so it is in every text"


def _refused_by_re2(pattern: str) -> str:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        pc.match_substring_regex(pa.array([""], type=pa.large_string()), pattern=prefilter(pattern))
    except pa.ArrowInvalid as error:
        return str(error).removeprefix("Invalid regular expression: ").split(":", 1)[0]
    return ""


def nested_repeat(pattern: str) -> str:
    """The first group under an open repeat (``*``, ``+``, ``{2,}``) that holds an open repeat itself; else empty."""
    stack: list[tuple[int, bool]] = []
    bare = pattern.replace("{<}", "\x00\x00\x00").replace("{>}", "\x00\x00\x00")
    for start, token in tokens(bare):
        repeat = _OPEN.match(bare, start) is not None and token in "*+{"
        if token == "(":
            stack.append((start, False))
        elif token == ")" and stack:
            opened, holds = stack.pop()
            repeated = _OPEN.match(bare, start + 1) is not None
            if repeated and holds:
                return pattern[opened : start + 2]
            if stack and (repeated or holds):
                stack[-1] = (stack[-1][0], True)
        elif repeat and stack:
            stack[-1] = (stack[-1][0], True)
    return ""
