"""Mail to people, over SMTP or into a folder. Nothing here knows what a letter is about."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, make_msgid
from enum import StrEnum
from pathlib import Path
from threading import Timer
from urllib.parse import SplitResult, unquote, urlsplit

from email_validator import EmailNotValidError, validate_email

from portal import clock
from portal.config import Settings
from portal.log import frames_of

_SECONDS = 10.0
# For one letter; a server that answers a byte now and then would else hold it for ever.
_SECONDS_IN_ALL = 20.0
_SMTP_PORT, _SMTPS_PORT = 587, 465
_READY = 220
_LONGEST_SUBJECT = 150


_LONGEST_ANSWER = 120
# Controls, ends of lines, halves of characters.
_NOT_IN_HEADERS = frozenset({"Cc", "Zl", "Zp", "Cs"})
_ADDRESSES = re.compile(r"<?[^\s<>]+@[^\s<>]+>?")


class Refused(StrEnum):
    """What stands in the way of a letter: its address, the letter itself, or the way there."""

    # For good: the mail server knows nobody there, or the address is none.
    ADDRESS = "address"
    # For good: the mail server read the letter and does not want it.
    LETTER = "letter"
    # Another try may go through: away, slow, busy, or set up wrongly.
    WAY = "way"


class CannotSend(RuntimeError):
    """A letter was not handed over. The message says where it failed, and nothing of the letter.

    Args:
        frames: where it failed.
        refused: what was refused.
        answer: what the mail server said, without addresses; "" where it said nothing.
    """

    def __init__(self, frames: str, refused: Refused = Refused.WAY, answer: str = "") -> None:
        self.refused, self.answer = refused, answer
        super().__init__(frames)


class _NoAddress(ValueError):
    """There is nobody to write to."""


@dataclass(frozen=True, repr=False)
class CalendarFile:
    """A calendar file beside a letter, and what its reader is to do with it (RFC 5546)."""

    content: bytes
    method: str


@dataclass(frozen=True, repr=False)
class Letter:
    """One letter to one or more people; `text` is plain, lines ended by line feeds."""

    to: tuple[str, ...]
    subject: str
    text: str
    # Where its reader stops letters of this kind, by a button of the mail program's own too (RFC 8058).
    stop_url: str = ""
    # Who reads an answer, "" where nobody is named: the sender's own mailbox is nobody's.
    reply_to: str = ""
    # The same with a look, "" where plain text is all.
    html: str = ""
    # Who seems to write, "" for the portal itself.
    from_name: str = ""
    calendar: CalendarFile | None = None
    # The same at each try, so that mail programs show a letter once that arrived twice.
    message_id: str = ""


class _AsItIs(UnstructuredHeader, BaseHeader):
    """A header that is never folded: the library would break a long address into words of its own."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _AsItIs)
_POLICY = SMTP.clone(header_factory=_HEADERS)


def is_set_up(settings: Settings) -> bool:
    """Tell whether there is a way for mail to leave."""
    return bool(settings.mail_url)


def send(letter: Letter, settings: Settings) -> None:
    """Hand a letter over to where `settings.mail_url` points: smtp://, smtps:// or file:///FOLDER.

    No header can be added by what a letter holds: line ends never get into one, and an address that is none
    is left out. Raises CannotSend, also where there is nobody left to send it to.
    """
    try:
        message = _message(letter, settings)
        _deliver(message, settings.mail_url)
    except Exception as error:
        failure = CannotSend(frames_of(error), *_why(error))
    else:
        return
    # Raised out here, because the library's own exceptions name the people written to.
    raise failure


def _why(error: Exception) -> tuple[Refused, str]:
    """Return what was refused and in which words."""
    if isinstance(error, (_NoAddress, smtplib.SMTPNotSupportedError)):
        return Refused.ADDRESS, ""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = list(error.recipients.values())
        is_final = all(_is_final(code) for code, _ in answers)
        return Refused.ADDRESS if is_final else Refused.WAY, _words(*answers[0])
    if isinstance(error, smtplib.SMTPResponseException):
        is_final = isinstance(error, smtplib.SMTPDataError) and _is_final(error.smtp_code)
        return Refused.LETTER if is_final else Refused.WAY, _words(error.smtp_code, error.smtp_error)
    return Refused.WAY, ""


def _is_final(code: int) -> bool:
    return 500 <= code < 600


def _words(code: int, answer: bytes | str) -> str:
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    text = _ADDRESSES.sub("", "".join(each if each.isprintable() else " " for each in text))
    return f"{code} {' '.join(text.split())}"[:_LONGEST_ANSWER].strip()


def _message(letter: Letter, settings: Settings) -> EmailMessage:
    to = [address for address in map(_address, letter.to) if address is not None]
    if not to:
        raise _NoAddress("nobody to write to")
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address(
        _one_line(letter.from_name) or settings.product_name, addr_spec=settings.mail_from
    )
    message["To"] = to
    message["Subject"] = _one_line(letter.subject)[:_LONGEST_SUBJECT]
    message["Date"] = format_datetime(clock.utc_now())
    domain = settings.mail_from.rpartition("@")[2]
    message["Message-ID"] = (
        f"<{letter.message_id}@{domain}>" if letter.message_id else make_msgid(domain=domain)
    )
    message["Auto-Submitted"] = "auto-generated"
    reply_to = _address(letter.reply_to) if letter.reply_to else None
    if reply_to is not None:
        message["Reply-To"] = [reply_to]
    if letter.stop_url:
        message["List-Unsubscribe"] = f"<{letter.stop_url}>"
    if letter.stop_url.startswith("https://"):
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.text)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    if letter.calendar:
        message.add_attachment(
            letter.calendar.content.decode(),
            subtype="calendar",
            cte="base64",
            filename="booking.ics",
            params={"method": letter.calendar.method},
        )
    return message


def _one_line(text: str) -> str:
    """Return a text as a header can hold it; marks that shape words and emoji stay."""
    kept = (" " if unicodedata.category(each) in _NOT_IN_HEADERS else each for each in text)
    return " ".join("".join(kept).split())


def _address(text: str) -> Address | None:
    """Return an address, its domain in the plain letters in which it travels; None where it is none."""
    if not text.isprintable():
        return None
    try:
        plain = validate_email(text, check_deliverability=False).ascii_email or text
    except EmailNotValidError:
        plain = text
    try:
        return Address(addr_spec=plain)
    except (ValueError, IndexError, MessageError):
        return None


def _deliver(message: EmailMessage, mail_url: str) -> None:
    place = urlsplit(mail_url)
    if place.scheme == "file":
        _keep_in(Path(unquote(place.path)), message)
        return
    if place.scheme not in {"smtp", "smtps"} or not place.hostname:
        raise ValueError("unknown kind of mail address")
    tls = ssl.create_default_context()
    if place.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(timeout=_SECONDS, context=tls)
        usual_port = _SMTPS_PORT
    else:
        server = smtplib.SMTP(timeout=_SECONDS)
        usual_port = _SMTP_PORT
    # Connected to only once the clock runs; the certificate is compared with this name.
    server._host = place.hostname  # type: ignore[attr-defined]
    alarm = Timer(_SECONDS_IN_ALL, _hang_up, [server])
    alarm.start()
    is_taken = False
    try:
        with server:
            code, answer = server.connect(place.hostname, place.port or usual_port)
            if code != _READY:
                raise smtplib.SMTPConnectError(code, answer)
            _hand_over(message, server, place, tls)
            is_taken = True
    except (smtplib.SMTPException, OSError):
        # However the server takes its leave, what it has taken is not sent once more.
        if not is_taken:
            raise
    finally:
        alarm.cancel()


def _hand_over(message: EmailMessage, server: smtplib.SMTP, place: SplitResult, tls: ssl.SSLContext) -> None:
    server.ehlo_or_helo_if_needed()
    encrypted = place.scheme == "smtps"
    if not encrypted and server.has_extn("starttls"):
        server.starttls(context=tls)
        encrypted = True
    if place.username:
        if not encrypted:
            raise ValueError("a password is sent over TLS only")
        server.login(unquote(place.username), unquote(place.password or ""))
    server.send_message(message)


def _hang_up(server: smtplib.SMTP) -> None:
    """End what the server is being waited for."""
    if server.sock is not None:
        with suppress(OSError):
            server.sock.shutdown(socket.SHUT_RDWR)


def _keep_in(folder: Path, message: EmailMessage) -> None:
    """Write the letter where a person or a test can open it, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    name = str(message["Message-ID"]).strip("<>").partition("@")[0]
    draft = folder / f"{name}.part"
    draft.write_bytes(message.as_bytes())
    draft.rename(folder / f"{clock.utc_now():%Y%m%dT%H%M%S}-{name}.eml")
