"""What a manager may type to connect Spektrix."""

from __future__ import annotations

import re
from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from portal.integration.connection import cleaning, domains
from portal.integration.settings.service import Typed

# What the client sends as part of an address; anything else would be refused there.
_CLIENT_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?")
_LONGEST_KEY = 500
# One sentence for every impossible domain, so that it reveals nothing about the inner network (X11).
BAD_DOMAIN = (
    "Custom domain must be a public host name such as tickets.yourtheatre.org, without a port or a path. "
    "Leave it empty if you have none"
)


class CredentialsForm(FlaskForm):
    """What connects a venue. A blank key keeps the stored one, if there is one.

    `anyway` saves without a test. `new_key` says that a key was typed which a page could not give back, so
    that a blank one then does not quietly mean the stored one. `use_name` takes the place of the client name.
    """

    client_name = StringField("Client name", [InputRequired("Enter the client name")])
    api_user = StringField(
        "API user name",
        [
            InputRequired("Enter the API user name"),
            Length(max=120, message="API user name must be 120 characters or fewer"),
        ],
    )
    api_key = PasswordField("API key")
    custom_domain = StringField("Custom domain")
    use_name = HiddenField()
    anyway = HiddenField()
    new_key = HiddenField()

    def __init__(self, *args: Any, key_is_stored: bool, local_domains: bool = False, **kwargs: Any) -> None:
        self.key_is_stored = key_is_stored
        self.local_domains = local_domains
        super().__init__(*args, **kwargs)
        if self.use_name.data:
            self.client_name.data = self.use_name.data

    @property
    def typed(self) -> Typed:
        """The values, cleaned. An address pasted as client name gives the custom domain too."""
        pasted = self.client_name.data or ""
        domain = cleaning.custom_domain(self.custom_domain.data or "")
        return Typed(
            cleaning.client_name(pasted),
            cleaning.api_user(self.api_user.data or ""),
            cleaning.api_key(self.api_key.data or ""),
            domain or cleaning.domain_of_client_address(pasted),
        )

    @property
    def saves_untested(self) -> bool:
        return bool(self.anyway.data)

    @property
    def removed(self) -> list[str]:
        """Sentences about what was corrected or looks odd in the typed values."""
        typed = self.typed
        fields = (self.client_name, self.api_user, self.api_key, self.custom_domain)
        sentences = [
            f"{field.label.text}: hidden characters were removed."
            for field in fields
            if cleaning.has_hidden(field.data or "")
        ]
        if cleaning.address_in(self.client_name.data or ""):
            sentences.append(f"Client name: {typed.client_name} was taken from the address.")
        if typed.api_key != cleaning.visible(self.api_key.data or "").strip():
            sentences.append("API key: extra spaces or characters around it were removed.")
        if " " in typed.api_user:
            sentences.append("API user name contains a space. Check that it is the same in Spektrix.")
        return sentences + self._said_of_domain(typed.custom_domain)

    def _said_of_domain(self, domain: str) -> list[str]:
        given = cleaning.visible(self.custom_domain.data or "").strip()
        if domain and domain != given.lower():
            return [f"Custom domain: {domain} was taken from the address."]
        if given and not domain:
            return ["Custom domain: this is Spektrix's own address, so it was left empty."]
        return []

    def validate_client_name(self, field: StringField) -> None:
        name = self.typed.client_name
        if not name:
            raise ValidationError(_no_name(field.data or ""))
        if " " in name:
            raise ValidationError("Client name must not contain spaces. Copy it from your Spektrix address")
        if "/" in name or "\\" in name:
            raise ValidationError(
                "Client name must not contain slashes. Copy it from your Spektrix address, "
                "where it follows system.spektrix.com/"
            )
        if not _CLIENT_NAME.fullmatch(name):
            raise ValidationError(
                "Client name must be letters and digits, 64 at most. Copy it from your Spektrix address"
            )

    def validate_api_user(self, _field: StringField) -> None:
        name = self.typed.api_user
        if not name:
            raise ValidationError("Enter the API user name")
        if ":" in name:
            raise ValidationError(
                "API user name must not contain a colon. Copy it from the list of API accounts"
            )

    def validate_api_key(self, field: PasswordField) -> None:
        key = self.typed.api_key
        if not key:
            if self.saves_untested and self.new_key.data:
                raise ValidationError("Paste the API key again. It is never sent back to your browser")
            if self.key_is_stored and not field.data:
                return
            raise ValidationError("Enter the API key")
        if len(key) > _LONGEST_KEY or not cleaning.is_base64(key):
            raise ValidationError(
                "API key must be letters, digits, + and /, often with = at the end. Copy the whole key again"
            )

    def validate_custom_domain(self, _field: StringField) -> None:
        domain = self.typed.custom_domain
        if not domain or domains.is_host(domain) or (self.local_domains and domains.is_local(domain)):
            return
        raise ValidationError(BAD_DOMAIN)


def _no_name(given: str) -> str:
    if cleaning.address_in(given):
        return "Client name is missing from this address. It follows system.spektrix.com/"
    return "Enter the client name"
