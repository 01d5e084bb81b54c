"""The logo: drawn anew, without what was hidden in the file, and served so that it can do nothing."""

import random
import struct
import zlib
from contextlib import suppress
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import func, select

from portal.extensions import db
from portal.restaurant.details import pictures
from portal.restaurant.details.pictures import MOST_BYTES, NotALogo
from portal.venues.models import Logo, Venue
from tests.factories import make_widget
from tests.restaurant.cards import form_of, save_id
from tests.support.reading import read
from tests.support.tables import each_row

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 40">{}</svg>'
DOT = '<circle cx="20" cy="20" r="16" fill="#5b2a6e"/>'


def drawn(kind="PNG", size=(300, 100), mode="RGB", **options):
    file = BytesIO()
    Image.new(mode, size, "purple" if mode != "CMYK" else None).save(file, kind, **options)
    return file.getvalue()


def choose(office, file, name="logo.png", **fields):
    sent = form_of(office, "logo") | fields | {"logo_file": (BytesIO(file), name)}
    return office.post("/settings/details", data=sent, content_type="multipart/form-data")


def shown_to_diners(client, widget):
    found = [each.attributes["src"] for each in read(client.get(f"/w/{widget.public_id}")).all("img")]
    return found[0] if found else None


@pytest.fixture
def widget(app, venue):
    with app.app_context():
        return make_widget(venue, choice="none")


@each_row(
    "file, mimetype",
    [
        (drawn(), "image/png"),
        (drawn(mode="RGBA"), "image/png"),
        (drawn(mode="P"), "image/png"),
        (drawn(mode="L"), "image/png"),
        (drawn("JPEG"), "image/jpeg"),
        (drawn("JPEG", mode="CMYK"), "image/jpeg"),
        (SVG.format(DOT).encode(), "image/svg+xml"),
        (f'<?xml version="1.0" encoding="utf-16"?>{SVG.format(DOT)}'.encode("utf-16"), "image/svg+xml"),
    ],
)
def test_logos_of_each_kind_are_drawn_anew(file, mimetype):
    picture = pictures.read(file)
    assert picture.mimetype == mimetype
    assert picture.content != file
    assert picture.width <= 960
    assert picture.height <= 192
    assert len(picture.content) < 200_000


def test_a_photo_tells_nothing_of_where_it_was_taken():
    place = Image.Exif()
    place[0x010E] = "at our own front door"
    file = drawn("JPEG", exif=place, comment=b"at our own front door") + b"PK\x03\x04 at our own front door"
    assert b"front door" in file
    assert b"front door" not in pictures.read(file).content


def test_a_photo_that_lies_on_its_side_is_put_up():
    turned = Image.Exif()
    turned[0x0112] = 6
    picture = pictures.read(drawn("JPEG", size=(100, 40), exif=turned))
    assert (picture.width, picture.height) == (40, 100)


@each_row(
    "old, new",
    [
        (b"MM\0*", b"MM\0*\x7f\xff\xff\xff"),
        (b"\x01\x12\0\x03", b"\x01\x12\0\x05"),
        (b"\x01\x1a\0\x05", b"\x01\x1a\0\x0a"),
    ],
)
def test_a_note_of_the_camera_that_cannot_be_read_does_not_stop_a_logo(old, new):
    note = Image.Exif()
    note[0x0112], note[0x011A] = 6, 72.0
    assert old in note.tobytes()
    for kind in ("JPEG", "PNG"):
        assert pictures.read(drawn(kind, exif=note.tobytes().replace(old, new))).content


def test_a_large_picture_becomes_small_and_keeps_its_shape():
    picture = pictures.read(drawn(size=(3000, 1000)))
    assert (picture.width, picture.height) == (576, 192)


def bomb():
    """A PNG of a few hundred bytes that says it is 60,000 pixels wide and high."""
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)

    def chunk(name, content):
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    rows = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + rows + chunk(b"IEND", b"")


def in_encoding(name):
    return f'<?xml version="1.0" encoding="{name}"?>{SVG.format(DOT)}'.encode()


@each_row(
    "file, said",
    [
        (b"", "Choose a file first"),
        (b"x" * (MOST_BYTES + 1), "Logo must be 1 MB or smaller"),
        (b"hello", "Logo must be a PNG, JPEG or SVG file"),
        (drawn("GIF"), "Logo must be a PNG, JPEG or SVG file"),
        (drawn("WEBP"), "Logo must be a PNG, JPEG or SVG file"),
        (bomb(), "Logo must be a PNG, JPEG or SVG file"),
        (drawn(size=(8, 300)), "Logo must be at least 16 pixels wide and high"),
        (drawn(size=(5001, 5000)), "Logo must have 25 million pixels or fewer"),
        (drawn(size=(600, 600), compress_level=0)[:5000], "Logo is damaged"),
        (b"<html><svg></html>", "This file is not an SVG drawing"),
        (SVG.format(DOT).encode()[:-3], "This SVG is damaged"),
        (SVG.format("").encode(), "This SVG shows nothing that we can draw"),
        (SVG.format("<style>a{}</style>" + DOT).encode(), "cannot show safely (style)"),
        (SVG.format("<text>Green</text>").encode(), "cannot show safely (text)"),
        (SVG.format('<image href="https://x.example/a.png"/>').encode(), "cannot show safely (image)"),
        (SVG.format("<foreignObject/>").encode(), "cannot show safely (foreignObject)"),
        (SVG.format('<a href="javascript:alert(1)">x</a>').encode(), "cannot show safely (a)"),
        (SVG.format('<rect fill="url(https://x.example/a#b)"/>').encode(), "cannot show safely (fill)"),
        (SVG.format('<rect style="fill:url(//x.example)"/>').encode(), "cannot show safely (fill)"),
        (SVG.format("<g>" * 60 + DOT + "</g>" * 60).encode(), "This SVG has too many parts"),
        (SVG.format(DOT * 4000).encode(), "This SVG has too many parts"),
        (
            f'<!DOCTYPE svg [<!ENTITY a "{DOT}">]>{SVG.format("&a;")}'.encode(),
            "This SVG has entities in it",
        ),
        (
            f'<!DOCTYPE svg [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]>{SVG.format(DOT)}'.encode(),
            "This SVG has entities in it",
        ),
        (b'<x><svg xmlns="http://www.w3.org/2000/svg"/></x>', "This file is not an SVG drawing"),
        (SVG.replace("0 0 120 40", "0 0 1e9 40").format(DOT).encode(), "larger than any screen"),
        (in_encoding("shift_jis"), "This SVG is in an encoding that we cannot read. Save the logo as a PNG"),
        (in_encoding("idna"), "This SVG is in an encoding that we cannot read"),
        (in_encoding("zlib"), "This SVG is in an encoding that we cannot read"),
        (in_encoding("x-nobody-knows"), "This SVG is in an encoding that we cannot read"),
    ],
)
def test_what_is_no_logo_is_refused_in_words(file, said):
    with pytest.raises(NotALogo, match=f".*{said.replace('(', '[(]').replace(')', '[)]')}"):
        pictures.read(file)


def changed(file, dice):
    """The file with some of its bytes lost, doubled or turned into others."""
    made = bytearray(file)
    for _ in range(dice.choice((1, 1, 2, 4))):
        at = dice.randrange(len(made))
        if dice.random() < 0.6:
            made[at] = dice.randrange(256)
        elif dice.random() < 0.5:
            del made[at : at + dice.randrange(1, 8)]
        else:
            made[at:at] = dice.randbytes(dice.randrange(1, 8))
        if not made:
            break
    return bytes(made)


def with_right_sums(file):
    """A PNG whose parts have the check sums that they need, so that a reader goes on to what is in them."""
    made, at = file[:8], 8
    while at + 12 <= len(file):
        size = int.from_bytes(file[at : at + 4])
        part = file[at + 4 : at + 8 + size]
        made += struct.pack(">I", size) + part + struct.pack(">I", zlib.crc32(part))
        at += 12 + size
    return made


def test_whatever_becomes_of_a_file_on_its_way_is_a_logo_or_refused_in_words():
    note = Image.Exif()
    note[0x0112], note[0x010E] = 6, "abc"
    small = {"size": (24, 18)}
    files = [
        drawn(**small),
        drawn(mode="P", **small),
        drawn(mode="I;16", **small),
        drawn(exif=note, **small),
        drawn("JPEG", exif=note, **small),
        drawn("JPEG", mode="CMYK", progressive=True, **small),
        SVG.format(DOT).encode(),
    ]
    dice = random.Random(7)
    for file in files:
        cut = [file[:size] for size in range(0, len(file), 3)]
        spoiled = [changed(file, dice) for _ in range(150)]
        for one in (*cut, *spoiled, *map(with_right_sums, spoiled)):
            with suppress(NotALogo):
                assert pictures.read(one).content


def test_nothing_in_a_drawing_runs_or_loads():
    sent = SVG.format(
        "<script>alert(1)</script><metadata>secret</metadata>"
        '<circle r="9" onclick="alert(1)" class="x" fill="red"/>'
        '<g xmlns:i="http://ns.adobe.example/"><i:pgf>secret</i:pgf><animate onbegin="alert(1)"/></g>'
        '<linearGradient id="a"><stop stop-color="#fff" offset="0"/></linearGradient>'
        "<rect width='9' height='9' style=\"fill:url('#a'); behavior:url(x.htc); stroke:#000\"/>"
    )
    content = pictures.read(sent.encode()).content.decode()
    for gone in ("script", "alert", "onclick", "onbegin", "secret", "animate", "behavior", "htc", "class"):
        assert gone not in content
    assert 'fill="url(#a)" stroke="#000"' in content
    assert content.startswith('<svg xmlns="http://www.w3.org/2000/svg"')


def test_diners_see_it_from_an_address_that_can_do_nothing(client, office, widget):
    assert shown_to_diners(client, widget) is None
    assert choose(office, SVG.format(DOT).encode(), "logo.svg").status_code == 303
    answer = client.get(shown_to_diners(client, widget))
    assert answer.mimetype == "image/svg+xml"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'; sandbox" in answer.headers["Content-Security-Policy"]
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.cache_control.max_age == 365 * 24 * 60 * 60
    assert answer.cache_control.immutable
    assert "Set-Cookie" not in answer.headers


def test_the_page_shows_it_and_offers_undo_and_remove(app, client, office, widget):
    choose(office, drawn())
    first = shown_to_diners(client, widget)
    second = save_id(choose(office, drawn(size=(200, 90))))
    assert shown_to_diners(client, widget) != first
    office.post(f"/settings/undo/{second}")
    assert shown_to_diners(client, widget) == first
    card = read(office.get("/settings/details")).one(id="logo")
    assert card.one("img").attributes["src"] == first
    office.post("/settings/details", data=form_of(office, "logo") | {"remove": "1"})
    assert shown_to_diners(client, widget) is None
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Logo)) <= 2
        assert db.session.scalar(select(Venue.logo_digest)) == ""


def test_what_is_no_logo_leaves_the_one_there_is(client, office, widget):
    choose(office, drawn())
    before = shown_to_diners(client, widget)
    answer = choose(office, b"<?php", "logo.png")
    assert answer.status_code == 422
    assert "Logo must be a PNG, JPEG or SVG file" in read(answer).one(class_="summary").words
    assert shown_to_diners(client, widget) == before


def test_two_managers_choose_a_logo_at_once(client, office, other_office, widget):
    mine = form_of(office, "logo")
    choose(other_office, drawn())
    theirs = shown_to_diners(client, widget)
    sent = mine | {"logo_file": (BytesIO(drawn("JPEG")), "logo.jpg")}
    answer = office.post("/settings/details", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 409
    assert "Ade Bello changed it meanwhile" in read(answer).words
    assert shown_to_diners(client, widget) == theirs


def test_a_request_of_several_megabytes_is_cut_short(office):
    kind = "multipart/form-data; boundary=x"
    assert office.post("/settings/details", data=b"x" * 3_000_000, content_type=kind).status_code == 413


def test_staff_choose_no_logo(desk):
    sent = {"logo_file": (BytesIO(drawn()), "logo.png")}
    answer = desk.post("/settings/details", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 403


@pytest.mark.both_databases
def test_an_unknown_logo_is_not_there(client):
    assert client.get("/logos/0123456789abcdef").status_code == 404
    for odd in ("%00", "0" * 32, "0" * 5000, "%ED%A0%80", "%F0%9F%8D%B7", "%0a"):
        assert client.get(f"/logos/{odd}").status_code == 404
    assert client.get("/logos/..%2f..%2fetc%2fpasswd").status_code == 404
