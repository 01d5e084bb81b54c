"""Mail to people: plain text, over SMTP or into a folder. Nothing here knows what a letter is about."""

from __future__ import annotations

import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, make_msgid
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
_LONGEST_SUBJECT = 150


class CannotSend(RuntimeError):
    """A letter was not handed over. The message says where it failed, and nothing of the letter."""


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
        failure = CannotSend(frames_of(error))
    else:
        return
    # Raised out here, because the library's own exceptions name the people written to.
    raise failure


def _message(letter: Letter, settings: Settings) -> EmailMessage:
    to = [address for address in map(_address, letter.to) if address is not None]
    if not to:
        raise ValueError("nobody to write to")
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address(settings.product_name, addr_spec=settings.mail_from)
    message["To"] = to
    message["Subject"] = " ".join(letter.subject.split())[:_LONGEST_SUBJECT]
    message["Date"] = format_datetime(clock.utc_now())
    message["Message-ID"] = make_msgid(domain=settings.mail_from.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    reply_to = _address(letter.reply_to) if letter.reply_to else None
    if reply_to is not None:
        message["Reply-To"] = [reply_to]
    if letter.stop_url:
        message["List-Unsubscribe"] = f"<{letter.stop_url}>"
    if letter.stop_url.startswith("https://"):
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.text)
    return message


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
    try:
        with server:
            server.connect(place.hostname, place.port or usual_port)
            _hand_over(message, server, place, tls)
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
