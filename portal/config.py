"""Settings of the whole portal; the only reader of the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"


class SettingMissing(RuntimeError):
    """A setting without a safe default is absent; the message names it and says how to make one."""


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

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read settings from `environ`, whose names are the field names in capitals.

        Raises SettingMissing for an absent secret and ValueError for a number that is none.
        """
        missing = [name for name in ("SECRET_KEY", "ENCRYPTION_KEYS") if not environ.get(name)]
        if missing:
            raise SettingMissing(
                f"{' and '.join(missing)} must be set in the environment. "
                "bin/demo makes them for a trial; docs/running.md says how to make them for a live portal."
            )
        values = {f.name: environ[f.name.upper()] for f in fields(cls) if environ.get(f.name.upper())}
        return cls(**{name: _parse(name, text) for name, text in values.items()})  # type: ignore[arg-type]


_FLOATS = {
    "spektrix_timeout_seconds",
    "feed_timeout_seconds",
    "write_back_grace_seconds",
    "relay_interval_seconds",
    "lease_seconds",
}


def _parse(name: str, text: str) -> object:
    if name in _FLOATS:
        return float(text)
    if name == "trusted_proxies":
        return int(text)
    if name in {"testing", "rate_limits", "allow_local_domains"}:
        return text.lower() in {"1", "true", "yes"}
    if name == "encryption_keys":
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return text.rstrip("/") if name in {"portal_url", "spektrix_url"} else text
