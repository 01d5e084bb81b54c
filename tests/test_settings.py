"""What the environment may say: every setting is looked at when a process starts, all faults told at once."""

import subprocess
import sys
from dataclasses import fields, replace

import pytest
from embedded import free_port

from portal import create_app
from portal.config import Settings, SettingsWrong
from tests.support.lines import LINE
from tests.support.nursery import ROOT
from tests.support.processes import BIN, environment
from tests.support.tables import each_row

KEY = "cmV6enktdGVzdC1rZXktcmV6enktdGVzdC1rZXktMTI="
NEEDED = {"SECRET_KEY": "a secret of the tests", "ENCRYPTION_KEYS": KEY}


def read(**values):
    return Settings.from_env(NEEDED | values)


def faults(**values):
    with pytest.raises(SettingsWrong) as wrong:
        Settings.from_env({name: value for name, value in (NEEDED | values).items() if value is not None})
    return wrong.value.faults


@each_row(
    "typed, meant",
    [
        ("https://book.example.org", "https://book.example.org"),
        ("https://book.example.org/", "https://book.example.org"),
        ("HTTPS://Book.Example.org:443", "https://book.example.org"),
        ("http://Book.example.org:80/", "http://book.example.org"),
        ("https://book.example.org:8443", "https://book.example.org:8443"),
        (" https://book.example.org\n", "https://book.example.org"),
        ("https://Bücher.example", "https://xn--bcher-kva.example"),
        ("http://127.0.0.1:8700", "http://127.0.0.1:8700"),
        ("http://[::1]:8700", "http://[::1]:8700"),
        ("http://localhost:8700", "http://localhost:8700"),
    ],
)
def test_public_address_is_kept_in_one_form(typed, meant):
    assert read(PORTAL_URL=typed).portal_url == meant


def test_https_in_capitals_switches_secure_cookies_on():
    assert read(PORTAL_URL="HTTPS://Book.Example.org:443").secure_cookies


@each_row(
    "typed, why",
    [
        ("example.org", "must begin with https:// or http://"),
        ("ftp://example.org", "must begin with https:// or http://"),
        ("https://", "names no host"),
        ("https://example.org/rezzy", "must end with the host, without a path"),
        ("https://example.org?a=b", "must end with the host, without a path"),
        ("https://example.org#a", "must end with the host, without a path"),
        ("https://me:secret@example.org", "must hold no name and no password"),
        ("https://example.org:99999", "has a port that cannot be"),
        ("https://example.org:http", "has a port that cannot be"),
        ("https://exa mple.org", "names no host"),
        ("https://-.example", "names no host"),
        ("https://[::1", "names no host"),
    ],
)
def test_public_address_that_would_not_work_is_refused(typed, why):
    (fault,) = faults(PORTAL_URL=typed)
    assert fault.startswith("PORTAL_URL ")
    assert why in fault
    assert "secret" not in fault


@each_row(
    "typed, meant",
    [
        ("postgres://me:p%40w@db.example:5432/rezzy", "postgresql+psycopg://me:p%40w@db.example:5432/rezzy"),
        ("postgresql://me@db/rezzy", "postgresql+psycopg://me@db/rezzy"),
        (
            "postgresql+psycopg://me@db/rezzy?sslmode=require",
            "postgresql+psycopg://me@db/rezzy?sslmode=require",
        ),
        ("sqlite:////srv/portal.db", "sqlite:////srv/portal.db"),
    ],
)
def test_database_is_taken_as_hosts_write_it(typed, meant):
    assert read(DATABASE_URL=typed).database_url == meant


@each_row(
    "name, typed, why",
    [
        ("DATABASE_URL", "mysql://me:pw@db/rezzy", "must begin with postgresql:// or sqlite:///"),
        ("DATABASE_URL", "nonsense", "must begin with postgresql:// or sqlite:///"),
        (
            "DATABASE_URL",
            "postgresql+asyncpg://me:pw@db/rezzy",
            "must begin with postgresql:// or sqlite:///",
        ),
        ("DATABASE_URL", "postgresql://me:pw@db", "names no database"),
        ("DATABASE_URL", "postgresql://me:pw@db:port/rezzy", "has a port that cannot be"),
        (
            "DATABASE_URL",
            "postgresql://db/rezzy?prepare_threshold=pw",
            "has a prepare_threshold that is no number",
        ),
        ("DATABASE_URL", "sqlite://", "names no file"),
        ("DATABASE_URL", "sqlite:///:memory:", "names no file"),
        ("REDIS_URL", "localhost:6379", "must begin with redis://, rediss:// or unix://"),
        ("REDIS_URL", "http://:pw@localhost", "must begin with redis://, rediss:// or unix://"),
        ("REDIS_URL", "redis://:pw@localhost:port/0", "has a port that cannot be"),
        ("REDIS_URL", "redis://:pw@localhost/first", "must end with the number of a database"),
        ("SPEKTRIX_URL", "system.spektrix.com", "must begin with https:// or http://"),
        ("SPEKTRIX_URL", "https://system.spektrix.com/api", "must end with the host, without a path"),
        ("SPEKTRIX_TIMEOUT_SECONDS", "soon", "must be a number of seconds"),
        ("SPEKTRIX_TIMEOUT_SECONDS", "0", "must be a number of seconds above 0"),
        ("FEED_TIMEOUT_SECONDS", "-1", "must be a number of seconds above 0"),
        ("LEASE_SECONDS", "nan", "must be a number of seconds above 0"),
        ("RELAY_INTERVAL_SECONDS", "inf", "must be a number of seconds above 0"),
        ("WRITE_BACK_GRACE_SECONDS", "-0.1", "must be a number of seconds, 0 or more"),
        ("TRUSTED_PROXIES", "yes", "must be a whole number from 0 to 10"),
        ("TRUSTED_PROXIES", "-1", "must be a whole number from 0 to 10"),
        ("RATE_LIMITS", "maybe", "must be yes or no"),
        ("ALLOW_LOCAL_DOMAINS", "2", "must be yes or no"),
        ("SUPPORT_EMAIL", "support", "must be one email address"),
        ("SUPPORT_EMAIL", "a@b.example\nBcc: c@d.example", "must be one email address"),
        ("MAIL_FROM", "Us <us@rezzy.example>", "must be one email address"),
        ("MAIL_URL", "mail.example:587", "must begin with smtp://, smtps:// or file:///"),
        ("MAIL_URL", "smtp://me:pw@", "names no host"),
        ("MAIL_URL", "smtp://me:pw@mail.example:port", "has a port that cannot be"),
        ("MAIL_URL", "file://mail", "must begin with smtp://, smtps:// or file:///"),
        ("PRODUCT_NAME", "x" * 81, "must be 1 to 80 characters on one line"),
        ("PRODUCT_NAME", "a\nb", "must be 1 to 80 characters on one line"),
        ("SECRET_KEY", "short", "must have 16 characters or more"),
        ("ENCRYPTION_KEYS", "pw", "must be Fernet keys"),
        ("ENCRYPTION_KEYS", f"{KEY},pw", "must be Fernet keys"),
        ("ENCRYPTION_KEYS", " , ", "must be Fernet keys"),
        ("TESTING", "sometimes", "must be yes or no"),
    ],
)
def test_setting_that_cannot_be_is_named_without_its_value(name, typed, why):
    (fault,) = faults(**{name: typed})
    assert fault.startswith(f"{name} "), fault
    assert why in fault, fault
    assert fault.endswith(".")
    assert len(fault.splitlines()) == 1
    assert "pw" not in fault


def test_all_faults_are_named_at_once():
    found = faults(SECRET_KEY=None, ENCRYPTION_KEYS=None, PORTAL_URL="example.org", LEASE_SECONDS="x")
    assert [fault.partition(" ")[0] for fault in found] == [
        "SECRET_KEY",
        "ENCRYPTION_KEYS",
        "PORTAL_URL",
        "LEASE_SECONDS",
    ]
    assert "docs/running.md" in found[0]


def test_every_setting_is_looked_at():
    """A setting that takes whatever is typed would be found here."""
    nonsense = {field.name.upper(): "\x00" for field in fields(Settings)}
    found = {fault.partition(" ")[0] for fault in faults(**nonsense)}
    assert found == set(nonsense)


@each_row(
    "typed, meant",
    [
        *((word, True) for word in ("1", "yes", "True", "ON")),
        *((word, False) for word in ("0", "No", "false", "off")),
    ],
)
def test_yes_and_no_in_every_way(typed, meant):
    assert read(RATE_LIMITS=typed).rate_limits is meant


SMTP = {"MAIL_URL": "smtp://mail.theatre.org", "PORTAL_URL": "https://book.theatre.org"}


@each_row(
    "sender, doubt",
    [
        ("no-reply@theatre.org", ""),
        ("no-reply@mail.theatre.org", ""),
        ("no-reply@other-company.com", ""),
        ("", "is not set"),
        ("us@rezzy.example", "nobody can own"),
        ("us@example.com", "nobody can own"),
        ("us@mail.EXAMPLE.org", "nobody can own"),
        ("us@rezzy.test", "nobody can own"),
        ("us@rezzy.invalid", "nobody can own"),
        ("root@localhost", "nobody can own"),
        ("root@server.local", "nobody can own"),
        ("root@server", "nobody can own"),
        ("us@[192.0.2.1]", "nobody can own"),
        ("us@my-example.com", ""),
    ],
)
def test_sender_that_the_operator_hardly_owns_is_doubted(sender, doubt):
    doubts = read(**SMTP, MAIL_FROM=sender).doubts
    assert bool(doubts) is bool(doubt)
    assert all(one.startswith("MAIL_FROM ") and doubt in one for one in doubts)
    assert read(PORTAL_URL=SMTP["PORTAL_URL"], MAIL_FROM=sender).doubts == [], "no letter leaves"


def test_own_portal_of_the_default_sender_is_not_doubted():
    assert read(MAIL_URL=SMTP["MAIL_URL"], PORTAL_URL="https://portal.makearezzy.com").doubts == []


def test_doubt_is_a_warning_in_the_log_and_the_process_starts(settings, caplog):
    create_app(replace(settings, mail_url=SMTP["MAIL_URL"], mail_from="us@rezzy.example"))
    (line,) = [record for record in caplog.records if record.name == "portal"]
    assert line.levelname == "WARNING"
    assert line.message.startswith("MAIL_FROM is an address at a domain that nobody can own")
    assert "rezzy.example" not in line.message


def test_what_is_left_empty_is_the_default():
    assert read(PORTAL_URL="", RATE_LIMITS="", MAIL_URL="") == read()


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("process", "command"),
    [
        ("web", [str(BIN / "gunicorn"), "wsgi:app", "--bind", "127.0.0.1:PORT"]),
        ("worker", ["-m", "jobs.worker"]),
        ("relay", ["-m", "jobs.relay"]),
        ("command", ["-m", "flask", "--app", "wsgi", "db", "upgrade"]),
    ],
)
def test_no_process_starts_with_settings_that_cannot_be(settings, process, command):
    command = [part.replace("PORT", str(free_port())) for part in command]
    wrong = {"PORTAL_URL": "example.org", "DATABASE_URL": "mysql://me:canary-8731@db/rezzy"}
    ended = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment(settings) | wrong,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode != 0
    told = [LINE.fullmatch(line) for line in ended.stderr.splitlines()]
    assert all(told), ended.stderr
    critical = {(one["process"], one["event"].split()[0]) for one in told if one["level"] == "CRITICAL"}
    assert critical >= {(process, name) for name in wrong}, ended.stderr
    assert "canary" not in ended.stderr + ended.stdout


def test_web_server_looks_no_more_for_garbage_in_what_stays(settings):
    asked = "import wsgi, gc; print(gc.get_freeze_count() > 100_000, len(gc.get_objects()) < 10_000)"
    told = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=ROOT,
        env=environment(settings),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert told.stdout == "True True\n"
