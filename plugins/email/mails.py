"""A digest as a mail: plain text and HTML that needs nothing from elsewhere and reads on a telephone.

Every mail of one delivery to one address has the same Message-ID in every attempt, so that a mail program that gets it
twice shows it once.
"""

import hashlib
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from html import escape
from typing import Any

from riskplug.extend.protocols import Attachment, Digest, DigestLine, Limits
from riskplug.extend.wording import digest_text, remarks, shortened, visible

_MAX_SUBJECT, _MAX_TITLE, _MAX_LINE = 150, 300, 2_000
# Mail servers commonly refuse what is over ten megabytes once it is encoded.
MAX_FILES = 7_000_000
# Dark on light, and each with its word beside it: colour alone says nothing.
_COLOURS = {"critical": "#b00020", "warning": "#8a5300", "info": "#1d4f91"}
_SMALL = "color:#5a5a5a;font-size:13px"
_FONT = "font-family:Segoe UI,Helvetica,Arial,sans-serif"


def mail_of(digest: Digest, to: list[str], limits: Limits) -> dict[str, Any]:
    """Recipients, subject, text and HTML."""
    return {
        "to": to,
        "subject": subject_of(digest.headline),
        "workspace": visible(digest.workspace),
        "text": digest_text(digest, limits.text),
        "html": html_of(digest, limits.blocks),
    }


def subject_of(headline: str) -> str:
    """What a list of mails shows: one line, nothing that could start a header."""
    return shortened(f"riskplug: {visible(headline).strip()}", _MAX_SUBJECT)


def bytes_of(mail: Mapping[str, Any], sender: str, key: str, files: Sequence[Attachment] = ()) -> tuple[str, bytes]:
    """Message-ID and the mail as it goes over the line; files that would make it too large are named in it."""
    told = hashlib.sha256("\n".join([key, *sorted(mail["to"])]).encode()).hexdigest()
    domain = sender.rpartition("@")[2]
    message = EmailMessage(policy=SMTP)
    message["From"] = f"riskplug <{sender}>"
    message["To"] = ", ".join(mail["to"])
    message["Subject"] = mail.get("subject") or subject_of(mail["text"].split("\n", 1)[0])
    message["Date"] = formatdate()
    message["Message-ID"] = f"<{told[:40]}.riskplug@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["List-Id"] = f"<riskplug.{domain}>"
    taken = files if sum(len(file.content) for file in files) <= MAX_FILES else ()
    unsent = [f"too large for a mail: {file.name}" for file in files if file not in taken]
    message.set_content("\n".join([mail["text"], *unsent]), cte="quoted-printable")
    if mail.get("html"):
        html = mail["html"].replace("</body>", "".join(f"<p>{_text(line)}</p>" for line in unsent) + "</body>")
        message.add_alternative(html, subtype="html", cte="quoted-printable")
    for file in taken:
        _attach(message, file)
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            part.set_boundary(f"riskplug-{number}-{told[:24]}")
    return str(message["Message-ID"]), message.as_bytes()


def _attach(message: EmailMessage, file: Attachment) -> None:
    kind, _, subkind = file.media_type.partition("/")
    about = {"Content-Description": visible(file.alt)} if file.alt else {}
    headers = [f"{name}: {text}" for name, text in about.items()]
    message.add_attachment(file.content, kind, subkind, filename=visible(file.name), headers=headers)


def html_of(digest: Digest, blocks: int) -> str:
    """One column of at most 640 pixels, styles in place, no link, no picture, no script."""
    shown = digest.lines[:blocks]
    rows = "".join(map(_row, shown))
    said = "".join(
        f'<p style="margin:6px 0">{_text(remark)}</p>' for remark in remarks(digest, left=_left(digest, blocks))
    )
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(subject_of(digest.headline))}</title></head>"
        f'<body style="margin:0;padding:12px;background:#ffffff;color:#1b1b1b;font-size:15px;line-height:1.4;{_FONT}">'
        '<div style="max-width:640px;margin:0 auto;overflow-wrap:anywhere">'
        f'<p style="margin:0;{_SMALL}">riskplug · {_text(digest.workspace)} · {digest.business_date}</p>'
        f'<h1 style="margin:4px 0 12px;font-size:19px;line-height:1.3">{_text(digest.headline)}</h1>'
        f"{rows}"
        f'<div style="margin-top:16px;{_SMALL}">{said}</div>'
        "</div></body></html>"
    )


def _row(line: DigestLine) -> str:
    colour = _COLOURS[line.severity]
    owner = f" · {_text(line.owner)}" if line.owner else ""
    return (
        f'<div style="margin:0 0 12px;padding:2px 0 2px 10px;border-left:4px solid {colour}">'
        f'<div style="font-size:13px;color:{colour}">{line.severity} · {_text(line.change)}{owner}</div>'
        f'<div style="font-weight:600">{_text(shortened(line.title, _MAX_TITLE))}</div>'
        f"<div>{_text(shortened(line.text, _MAX_LINE))}</div></div>"
    )


def _left(digest: Digest, blocks: int) -> int:
    return max(0, len(digest.lines) - blocks)


def _text(text: str) -> str:
    return escape(visible(text))
