"""A logo made safe: nothing of the file that somebody sent is kept but what can be seen (R61).

A PNG or JPEG is read and written anew, small enough for its place. Of an SVG the shapes and colours on a list
are written anew; one with anything else that would be seen is refused, with the advice to send a PNG.
"""

from __future__ import annotations

import hashlib
import struct
import warnings
from dataclasses import dataclass
from io import BytesIO

from PIL import ExifTags, Image, UnidentifiedImageError
from PIL.Image import Transpose

from portal.restaurant.details import drawings
from portal.restaurant.details.drawings import NotDrawable

MOST_BYTES = 1024 * 1024
# A file of a few kilobytes may unpack to gigabytes.
_MOST_PIXELS = 25_000_000
_LEAST_SIDE = 16
# It is shown 64 pixels high at most, and screens have up to three points for each.
_LARGEST = (960, 192)
_JPEG_QUALITY = 88
# How to put up what a camera says it was held like.
_TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}


class NotALogo(ValueError):
    """A file that cannot be the logo; the message says why and what to send instead."""


@dataclass(frozen=True)
class Picture:
    """A logo as it is kept: its bytes, what kind they are, and how large it is drawn."""

    content: bytes
    mimetype: str
    width: int
    height: int

    @property
    def digest(self) -> str:
        """Name the content, in 32 characters."""
        return hashlib.sha256(self.content).hexdigest()[:32]


def read(file: bytes) -> Picture:
    """Return what a file shows, made anew. Raises NotALogo."""
    if not file:
        raise NotALogo("Choose a file first")
    if len(file) > MOST_BYTES:
        raise NotALogo("Logo must be 1 MB or smaller")
    if drawings.looks_like_one(file):
        try:
            drawing = drawings.read(file)
        except NotDrawable as error:
            raise NotALogo(f"{error}. Save the logo as a PNG and choose that") from None
        return Picture(drawing.content, "image/svg+xml", drawing.width, drawing.height)
    return _photo(file)


def _put_up(picture: Image.Image) -> Image.Image:
    """Return a picture as it was held, without Pillow's way, which writes all that the camera noted anew."""
    turn = _TURNS.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
    return picture if turn is None else picture.transpose(turn)


def _photo(file: bytes) -> Picture:
    try:
        with warnings.catch_warnings():
            # What else is odd about a file, it may be.
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(BytesIO(file), formats=("PNG", "JPEG"))
            if picture.width * picture.height > _MOST_PIXELS:
                raise NotALogo("Logo must have 25 million pixels or fewer")
            if min(picture.size) < _LEAST_SIDE:
                raise NotALogo(f"Logo must be at least {_LEAST_SIDE} pixels wide and high")
            kind = picture.format or ""
            picture.load()
            turned = _put_up(picture)
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NotALogo("Logo must be a PNG, JPEG or SVG file") from None
    except (OSError, SyntaxError, ValueError, MemoryError, TypeError, struct.error) as error:
        if isinstance(error, NotALogo):
            raise
        raise NotALogo("Logo is damaged, so it cannot be read. Save it once more and choose that") from None
    is_photo = kind == "JPEG"
    # The mode of pixels alone; profiles, comments and places where it was taken stay behind.
    plain = turned.convert("RGB" if is_photo else "RGBA")
    plain.thumbnail(_LARGEST, Image.Resampling.LANCZOS)
    fresh = Image.new(plain.mode, plain.size)
    fresh.paste(plain)
    made = BytesIO()
    if is_photo:
        fresh.save(made, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    else:
        fresh.save(made, "PNG", optimize=True)
    return Picture(made.getvalue(), f"image/{kind.lower()}", fresh.width, fresh.height)
