"""The pages of the letters to guests: all of them, one with its preview, a test letter to oneself."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Response, g, make_response, render_template, request
from flask.typing import ResponseReturnValue

from portal import config, mail
from portal.extensions import limiter
from portal.letters import drawing, samples, service, text_rules, texts
from portal.letters.originals import ORIGINALS
from portal.letters.texts import Words
from portal.mail import CannotSend
from portal.outbox.models import LetterKind
from portal.restaurant import saving
from portal.restaurant.forms import number_shown
from portal.restaurant.messages.forms import LetterForm, form_of
from portal.restaurant.messages.subjects import CARDS, hour_text, original
from portal.restaurant.saving import OtherSave, SavedMeanwhile, Values
from portal.restaurant.views import after_save, bp
from portal.venues.models import Venue
from portal.venues.sessions import current_staff, current_venue, managers_only

# A letter carries its own style; it runs nothing, leads nowhere, and only our own pages frame it.
_PREVIEW_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'"
)
_KINDS = f"<any({', '.join(LetterKind)}):name>"


def _look(kind: LetterKind, _venue: Venue, _row_id: int, _now: Values, earlier: Values) -> None:
    form_of(kind).of(earlier).look()


for _kind, _about in CARDS.items():
    saving.look_before_undo(_about, partial(_look, _kind))


@bp.get("/messages")
@managers_only
def messages() -> ResponseReturnValue:
    """List the letters."""
    venue, settings = current_venue(), config.current()
    read = {kind: about.read(venue, 0) for kind, about in CARDS.items()}
    return render_template(
        "restaurant/messages/messages.html",
        letters=[
            {
                "about": ORIGINALS[kind],
                "endpoint": about.endpoint,
                "is_on": read[kind]["is_on"],
                "is_own": original(kind).items() - read[kind].items() != set(),
            }
            for kind, about in CARDS.items()
        ],
        hour=hour_text(read[LetterKind.REMINDER]["hour"]),
        failed=service.failed_lately(venue),
        is_set_up=mail.is_set_up(settings),
        mail_from=settings.mail_from,
    )


def _message(kind: LetterKind) -> ResponseReturnValue:
    return _page(kind)


for _kind in LetterKind:
    # Each has an address without anything to fill in, to which Undo leads back.
    bp.add_url_rule(
        f"/messages/{_kind}", f"message_{_kind}", managers_only(partial(_message, _kind)), methods=["GET"]
    )


@bp.post(f"/messages/{_KINDS}")
@managers_only
def save_message(name: str) -> ResponseReturnValue:
    """Save one letter."""
    kind = LetterKind(name)
    form = form_of(kind)()
    if not form.validate_on_submit():
        return _page(kind, form), 422
    return _saved(kind, form.values())


@bp.post(f"/messages/{_KINDS}/original")
@managers_only
def restore_message(name: str) -> ResponseReturnValue:
    """Go back to the original words of one letter; whether and when it is sent stays."""
    kind = LetterKind(name)
    return _saved(kind, CARDS[kind].read(current_venue(), 0) | original(kind))


@bp.route(f"/messages/{_KINDS}/preview", methods=["GET", "POST"])
@managers_only
def preview_message(name: str) -> Response:
    """Show a letter as its guest reads it, with the words that are being typed as far as they can be."""
    kind = LetterKind(name)
    words = texts.words_of(current_venue().id, kind)
    if request.method == "POST":
        words = Words(request.form.get("subject", ""), request.form.get("text", ""))
    booking_id = request.values.get("booking", type=int)
    written = samples.of(current_venue(), kind, words, booking_id)
    response = make_response(drawing.preview(written))
    response.headers["Content-Security-Policy"] = _PREVIEW_POLICY
    return response


@bp.post(f"/messages/{_KINDS}/test")
@managers_only
@limiter.limit("10 per minute", key_func=lambda: f"test letters of {current_staff().id}")
def test_message(name: str) -> ResponseReturnValue:
    """Send the letter as it is typed to the member of staff who asks, and keep what was typed."""
    kind = LetterKind(name)
    form = form_of(kind)()
    if not form.validate_on_submit():
        return _page(kind, form), 422
    to = current_staff().email
    written = samples.of(current_venue(), kind, form.words(), request.form.get("booking", type=int))
    said, tone = f"Sent to {to}. The letter itself is not saved by this.", "ok"
    try:
        samples.send(written, to)
    except CannotSend as failure:
        answer = f" It said: {failure.answer}." if failure.answer else ""
        said, tone = f"The mail server did not take the letter to {to}.{answer}", "bad"
    return _page(kind, form, said=said, tone=tone)


def _saved(kind: LetterKind, values: Values) -> ResponseReturnValue:
    try:
        saved = saving.save(current_venue(), CARDS[kind], values, number_shown(), current_staff().id)
    except SavedMeanwhile as error:
        return _page(kind, form_of(kind).of(error.other.merged), other_save=error.other), 409
    return after_save(CARDS[kind], saved)


def _page(
    kind: LetterKind, form: LetterForm | None = None, other_save: OtherSave | None = None, **more: Any
) -> str:
    venue, about = current_venue(), CARDS[kind]
    number = saving.number_of(venue, about.kind)
    if form is not None:
        number = other_save.number if other_save else number_shown()
    g.frame_sources = "'self'"
    return render_template(
        "restaurant/messages/letter.html",
        kind=kind,
        about=about,
        original=ORIGINALS[kind],
        form=form or form_of(kind).of(about.read(venue, 0)),
        number=number,
        page_form=form if form is not None and form.errors else None,
        fields=text_rules.FIELDS,
        bookings=samples.offered(venue),
        chosen=request.values.get("booking", type=int),
        is_set_up=mail.is_set_up(config.current()),
        other_save=other_save,
        **more,
    )
