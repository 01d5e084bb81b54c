"""Letters: what they may hold, and how they leave."""

import dataclasses
import email
import smtplib
import socket
import threading
import time
from contextlib import contextmanager, suppress
from email.policy import default

import pytest

from portal import mail
from portal.mail import CannotSend, Letter


@pytest.fixture
def settings_here(tmp_path):
    return {"mail_url": (tmp_path / "out going").as_uri(), "mail_from": "us@rezzy.example"}


def sent(tmp_path):
    files = list((tmp_path / "out going").glob("*"))
    assert [path.suffix for path in files] == [".eml"] * len(files)
    return [email.message_from_bytes(path.read_bytes(), policy=default) for path in files]


def test_a_letter_is_kept_in_the_folder(settings, tmp_path):
    mail.send(Letter(("priya@venue.example",), "Spektrix", "First line.\n\nLast line.\n"), settings)
    (letter,) = sent(tmp_path)
    assert (letter["To"], letter["Subject"]) == ("priya@venue.example", "Spektrix")
    assert letter["From"].addresses[0].addr_spec == "us@rezzy.example"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert "Last line." in letter.get_content()


def test_letter_that_can_be_stopped_says_where_on_one_line(settings, tmp_path):
    """Folded, a mail program would not know the address for one."""
    for place in (
        "https://portal.example",
        "https://the-booking-portal.of-a-theatre-with-a-long-name.example",
    ):
        stop = f"{place}/letters/abcdefghijklmnopqrstuv"
        mail.send(Letter(("priya@venue.example",), "Spektrix", "text", stop_url=stop), settings)
        raw = max((tmp_path / "out going").glob("*"), key=lambda path: path.stat().st_mtime_ns).read_bytes()
        assert f"\r\nList-Unsubscribe: <{stop}>\r\n".encode() in raw
        assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


def test_one_press_is_offered_over_https_alone_and_other_letters_offer_nothing(settings, tmp_path):
    mail.send(Letter(("a@venue.example",), "Spektrix", "text", stop_url="http://127.0.0.1/x"), settings)
    mail.send(Letter(("b@venue.example",), "Spektrix", "text"), settings)
    local, other = sorted(sent(tmp_path), key=lambda letter: letter["To"])
    assert local["List-Unsubscribe"] == "<http://127.0.0.1/x>"
    assert (local["List-Unsubscribe-Post"], other["List-Unsubscribe"]) == (None, None)


@pytest.mark.parametrize(
    ("reply_to", "shown"),
    [
        ("hello@greenroom.example", "hello@greenroom.example"),
        ("", None),
        ("no address", None),
        ("hello@greenroom.example\r\nBcc: thief@elsewhere.example", None),
    ],
)
def test_an_answer_goes_to_the_venue_that_is_named(settings, tmp_path, reply_to, shown):
    mail.send(Letter(("amara@example.org",), "A table", "text", reply_to=reply_to), settings)
    (letter,) = sent(tmp_path)
    assert (letter["Reply-To"], letter["Bcc"]) == (shown, None)


@pytest.mark.parametrize("ends", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\x00"])
def test_no_header_can_be_added(settings, tmp_path, ends):
    subject = f"The Green Room{ends}Bcc: thief@elsewhere.example"
    mail.send(Letter(("priya@venue.example",), subject, "text"), settings)
    (letter,) = sent(tmp_path)
    assert letter["Bcc"] is None
    assert len(letter.get_all("Subject")) == 1


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b\r\nBcc: c@d", "a@b, c@d", "a b@c.example", "<x>", "@", "a@b\n", "\x00@b"]
)
def test_an_address_that_is_none_is_left_out(settings, tmp_path, address):
    mail.send(Letter((address, "priya@venue.example"), "Spektrix", "text"), settings)
    (letter,) = sent(tmp_path)
    assert letter["To"] == "priya@venue.example"
    assert letter["Bcc"] is None


def test_a_domain_of_any_script_is_written_in_plain_letters(settings, tmp_path):
    mail.send(Letter(("priya@bücher.example",), "Spektrix", "text"), settings)
    (letter,) = sent(tmp_path)
    assert letter["To"] == "priya@xn--bcher-kva.example"


def test_a_letter_to_nobody_is_not_sent(settings):
    with pytest.raises(CannotSend):
        mail.send(Letter(("not an address",), "Spektrix", "text"), settings)


@pytest.mark.parametrize("url", ["ftp://host/", "smtp://", "https://mail.example", "smtp://127.0.0.1:1"])
def test_a_way_that_is_none_is_told_without_the_letter(settings, url):
    with pytest.raises(CannotSend) as caught:
        mail.send(
            Letter(("priya@venue.example",), "Spektrix", "text"), dataclasses.replace(settings, mail_url=url)
        )
    assert "priya" not in str(caught.value)
    assert caught.value.__context__ is None


class Server:
    """Stands in for smtplib.SMTP and remembers what was done to it."""

    sock = None

    def __init__(self, timeout, **_):
        self.done = []
        self.offers_tls = True
        self.timeout = timeout
        Server.last = self

    def connect(self, host, port):
        assert host == self._host
        self.done.append(("connect", host, port, self.timeout))
        return 220, b"ready"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.done.append("quit")

    def ehlo_or_helo_if_needed(self):
        pass

    def has_extn(self, name):
        return name == "starttls" and Server.tls

    def starttls(self, context):
        assert context.check_hostname
        self.done.append("starttls")

    def login(self, user, password):
        self.done.append(("login", user, password))

    def send_message(self, message):
        self.done.append(("send", message["To"]))


@pytest.fixture
def server(monkeypatch):
    Server.tls = True
    monkeypatch.setattr(smtplib, "SMTP", Server)
    monkeypatch.setattr(smtplib, "SMTP_SSL", Server)


LETTER = Letter(("priya@venue.example",), "Spektrix", "text")


def test_smtp_signs_in_over_tls(settings, server):
    mail.send(LETTER, dataclasses.replace(settings, mail_url="smtp://user%40x:p%3Aw@mail.example:2525"))
    assert Server.last.done[0][1:3] == ("mail.example", 2525)
    assert Server.last.done[1:3] == ["starttls", ("login", "user@x", "p:w")]


def test_smtps_is_encrypted_from_the_start(settings, server):
    mail.send(LETTER, dataclasses.replace(settings, mail_url="smtps://u:p@mail.example"))
    assert Server.last.done[0][2] == 465
    assert "starttls" not in Server.last.done


def test_a_password_never_leaves_unencrypted(settings, server):
    Server.tls = False
    with pytest.raises(CannotSend):
        mail.send(LETTER, dataclasses.replace(settings, mail_url="smtp://u:p@mail.example"))
    assert not any(step[0] == "login" for step in Server.last.done if isinstance(step, tuple))


@contextmanager
def slow_server():
    """A mail server that greets a byte at a time, for three seconds."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet():
            peer, _ = listener.accept()
            with peer, suppress(OSError):
                for _ in range(30):
                    peer.sendall(b"2")
                    time.sleep(0.1)

        threading.Thread(target=greet, daemon=True).start()
        yield f"smtp://127.0.0.1:{listener.getsockname()[1]}"


def seconds_for_a_letter(settings):
    began = time.monotonic()
    with slow_server() as mail_url, pytest.raises(CannotSend):
        mail.send(LETTER, dataclasses.replace(settings, mail_url=mail_url))
    return time.monotonic() - began


def test_a_server_that_comes_to_no_end_is_waited_for_so_long_in_all(settings, monkeypatch):
    monkeypatch.setattr(mail, "_SECONDS_IN_ALL", 0.3)
    assert seconds_for_a_letter(settings) < 2


def test_without_a_time_for_it_all_each_byte_is_waited_for(settings, monkeypatch):
    """The control: shows that the test above can fail."""
    monkeypatch.setattr(mail, "_hang_up", lambda _server: None)
    monkeypatch.setattr(mail, "_SECONDS_IN_ALL", 0.3)
    assert seconds_for_a_letter(settings) > 2.5


def test_whatever_a_server_does_to_the_library_is_a_letter_not_sent(settings, server, monkeypatch):
    def stumble(*_):
        raise AttributeError("priya@venue.example")

    monkeypatch.setattr(Server, "send_message", stumble)
    with pytest.raises(CannotSend) as caught:
        mail.send(LETTER, dataclasses.replace(settings, mail_url="smtps://u:p@mail.example"))
    assert "priya" not in str(caught.value)
