"""Data as Slack shows it: nothing in it mentions, links or formats, and nothing hides.

Slack gives three characters a meaning in control sequences: & < > (docs.slack.dev, formatting message text). Formatting
marks have no escape of their own; they only work beside a blank or punctuation, so that ``PN_1_A`` needs none.
"""

import re
import unicodedata
from urllib.parse import quote, urlsplit

# Control, format (bidirectional marks among them), private use, surrogates, line and paragraph separators.
_INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
_MARKS = str.maketrans({"*": "∗", "_": "ˍ", "~": "∼"})
_AT_EDGE = re.compile(r"(?<!\w)[*_~]+|[*_~]+(?!\w)")
_HALF_ENTITY = re.compile(r"&[a-z]{0,3}$")


def escape(text: str) -> str:
    """For mrkdwn: control and bidirectional marks out, formatting marks made plain, & < > escaped."""
    plain = _AT_EDGE.sub(lambda found: found.group().translate(_MARKS), visible(text).replace("`", "'"))
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def typed(text: str) -> str:
    """For cells and buttons, which show text as it is: angle brackets are exchanged all the same, to be sure."""
    return visible(text).translate(str.maketrans("<>", "‹›"))


def visible(text: str) -> str:
    """Without marks that do not show, or that show the rest in another order."""
    return "".join(" " if unicodedata.category(mark) in _INVISIBLE else mark for mark in text)


def shortened(text: str, length: int) -> str:
    """At most ``length`` characters of escaped text, cut at a word where there is one near, with a mark of the cut."""
    if len(text) <= length:
        return text
    cut = _HALF_ENTITY.sub("", text[: length - 1])
    return (cut.rsplit(" ", 1)[0] if " " in cut[length // 2 :] else cut) + "…"


def link(url: str, words: str) -> str:
    """A link of our own making: https only, and no character in it that could end it."""
    if urlsplit(url).scheme != "https":
        return escape(words)
    return f"<{quote(url, safe=':/?#[]@!$&()*+,;=%~-._')}|{escape(words)}>"
