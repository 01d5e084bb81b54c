"""Settings of the whole portal; the only reader of the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, cast

from flask import Flask, current_app

from portal.settings_rules import RULES, Wrong, doubt_about_sender

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"


class SettingsWrong(RuntimeError):
    """The environment says what cannot be; `faults` has a sentence for each, without any value."""

    def __init__(self, faults: list[str]) -> None:
        """Take the sentences."""
        super().__init__(" ".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class Settings:
    """What one process needs to know about where it runs. Times are in seconds.

    Secrets have no default: a portal that starts with a guessable key would look healthy and be open.
    """

    secret_key: str
    encryption_keys: tuple[str, ...]
    database_url: str = f"sqlite:///{VAR / 'portal.db'}"
    redis_url: str = "redis://127.0.0.1:8779/0"
    portal_url: str = "http://127.0.0.1:8700"
    spektrix_url: str = "https://system.spektrix.com"
    spektrix_timeout_seconds: float = 10.0
    # For both lists of a theatre's programme together; a job on the queue may last a minute.
    feed_timeout_seconds: float = 50.0
    write_back_grace_seconds: float = 10.0
    # How long a letter to a guest waits, so that Undo or a second change can overtake it.
    letter_delay_seconds: float = 30.0
    relay_interval_seconds: float = 2.0
    lease_seconds: float = 45.0
    support_email: str = "support@makearezzy.com"
    # Empty: no mail is sent. Else smtp://USER:PASSWORD@HOST:PORT, smtps://… or file:///FOLDER.
    mail_url: str = ""
    mail_from: str = "no-reply@makearezzy.com"
    product_name: str = "Make a Rezzy"
    trusted_proxies: int = 0
    rate_limits: bool = True
    # Lets a custom domain be localhost, over plain http. For the demo and for tests alone.
    allow_local_domains: bool = False
    testing: bool = False

    @property
    def secure_cookies(self) -> bool:
        """Cookies travel over TLS only, except on a portal that is itself addressed by plain http."""
        return self.portal_url.startswith("https://")

    @property
    def doubts(self) -> list[str]:
        """What may be meant and will hardly work: a sentence for each, for the log."""
        is_default = self.mail_from == type(self).mail_from
        doubt = doubt_about_sender(self.mail_from, self.mail_url, self.portal_url, is_default=is_default)
        return [f"MAIL_FROM {doubt}."] if doubt else []

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read settings from `environ`, whose names are the field names in capitals; empty is not said.

        Raises SettingsWrong with everything that is wrong.
        """
        faults = []
        values: dict[str, Any] = {}
        for field in fields(cls):
            name = field.name.upper()
            if text := environ.get(name):
                try:
                    values[field.name] = RULES[field.name](text)
                except Wrong as wrong:
                    faults.append(f"{name} {wrong}.")
            elif field.default is MISSING:
                faults.append(f"{name} must be set; docs/running.md says how to make one.")
        if faults:
            raise SettingsWrong(faults)
        return cls(**values)


def current() -> Settings:
    """Return the settings of the app at work."""
    return of(current_app)


def of(app: Flask) -> Settings:
    """Return the settings that an app was made with."""
    return cast(Settings, app.extensions["settings"])
