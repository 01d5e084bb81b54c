"""An SVG written anew from a list of what may be in it: shapes and colours, nothing that runs or loads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_BETWEEN = " "
# More than any logo has.
_MOST_ELEMENTS = 3000
_DEEPEST = 40
_LARGEST_SIDE = 100_000.0
_USUAL_SIZE = (300, 150)

_SHAPES = frozenset({"path", "rect", "circle", "ellipse", "line", "polyline", "polygon"})
_DRAWN = _SHAPES | frozenset(
    {"svg", "g", "defs", "linearGradient", "radialGradient", "stop", "clipPath", "mask", "title", "desc"}
)
# Left out with all that is in them, for nobody sees them.
_UNSEEN = frozenset({"metadata", "script", "animate", "animateTransform", "animateMotion", "set"})
_PLACED = frozenset(
    {
        "id",
        "x",
        "y",
        "x1",
        "y1",
        "x2",
        "y2",
        "cx",
        "cy",
        "r",
        "rx",
        "ry",
        "fx",
        "fy",
        "fr",
        "d",
        "points",
        "width",
        "height",
        "viewBox",
        "preserveAspectRatio",
        "transform",
        "gradientTransform",
        "gradientUnits",
        "spreadMethod",
        "offset",
        "clipPathUnits",
        "maskUnits",
        "maskContentUnits",
    }
)
_PAINTED = frozenset(
    {
        "fill",
        "fill-opacity",
        "fill-rule",
        "stroke",
        "stroke-width",
        "stroke-linecap",
        "stroke-linejoin",
        "stroke-miterlimit",
        "stroke-dasharray",
        "stroke-dashoffset",
        "stroke-opacity",
        "opacity",
        "stop-color",
        "stop-opacity",
        "clip-path",
        "clip-rule",
        "mask",
        "display",
        "visibility",
        "color",
        "paint-order",
        "vector-effect",
    }
)
_HARMLESS = re.compile(r"[\w\s.,:;%#()+\-/]*")
_OWN_PART = re.compile(r"#[\w.\-]+")
_REFERENCE = re.compile(r"url\(\s*['\"]?(#[\w.\-]+)['\"]?\s*\)")
_NUMBER = re.compile(r"\s*\+?([0-9]*\.?[0-9]+)(px)?\s*")


class NotDrawable(ValueError):
    """An SVG that cannot be written anew; the message says why, in a sentence without its end."""


@dataclass(frozen=True)
class Drawing:
    """An SVG of ours, and the size at which it is drawn."""

    content: bytes
    width: int
    height: int


def looks_like_one(file: bytes) -> bool:
    """Tell whether a file is meant to be an SVG."""
    return b"<svg" in file[:4096].replace(b"\0", b"").lower()


def read(file: bytes) -> Drawing:
    """Return the drawing in a file. Raises NotDrawable."""
    writer = _Writer()
    # Expat reads no file and no address by itself; entities, which can grow without end, are refused.
    parser = expat.ParserCreate(namespace_separator=_BETWEEN)
    parser.StartDoctypeDeclHandler = writer.doctype
    parser.EntityDeclHandler = _refuse_entities
    parser.StartElementHandler = writer.start
    parser.EndElementHandler = writer.end
    parser.CharacterDataHandler = writer.text
    try:
        parser.Parse(file, True)
    except NotDrawable:
        raise
    except expat.ExpatError:
        raise NotDrawable("This SVG is damaged, so it cannot be read") from None
    except (ValueError, LookupError):
        # What Python's decoders say of an encoding that is none, or that Expat cannot take.
        raise NotDrawable("This SVG is in an encoding that we cannot read") from None
    if not writer.has_shapes:
        raise NotDrawable("This SVG shows nothing that we can draw")
    return Drawing("".join(writer.written).encode(), *writer.size)


def _refuse_entities(*_declared: object) -> None:
    raise NotDrawable("This SVG has entities in it, which are not safe to read")


class _Writer:
    """Writes what the parser meets, as far as it is on the list."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.size = _USUAL_SIZE
        self.has_shapes = False
        self._open: list[str] = []
        self._unseen = 0
        self._elements = 0

    def doctype(self, _name: str, _system: str | None, _public: str | None, has_subset: int) -> None:
        """Let the old line pass that names SVG, without what some write into it."""
        if has_subset:
            _refuse_entities()

    def start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(_BETWEEN)
        if self._unseen or space != _SVG or local in _UNSEEN:
            if not self._open:
                raise NotDrawable("This file is not an SVG drawing")
            self._unseen += 1
            return
        if local not in _DRAWN:
            raise NotDrawable(f"This SVG has a part that we cannot show safely ({local[:20]})")
        self._elements += 1
        if self._elements > _MOST_ELEMENTS or len(self._open) >= _DEEPEST:
            raise NotDrawable("This SVG has too many parts")
        if not self._open and local != "svg":
            raise NotDrawable("This file is not an SVG drawing")
        kept = _kept(attributes)
        if not self._open:
            self.size = _size(kept)
            kept = {"xmlns": _SVG, **kept}
        self.has_shapes |= local in _SHAPES
        self._open.append(local)
        self.written.append(f"<{local}{''.join(f' {key}={quoteattr(text)}' for key, text in kept.items())}>")

    def end(self, _name: str) -> None:
        if self._unseen:
            self._unseen -= 1
        else:
            self.written.append(f"</{self._open.pop()}>")

    def text(self, text: str) -> None:
        if not self._unseen and self._open and self._open[-1] in {"title", "desc"}:
            self.written.append(escape(text))


def _kept(attributes: dict[str, str]) -> dict[str, str]:
    """Return the attributes that may stay; what a style says comes after, as it counts for more."""
    found: dict[str, str] = {}
    for name, text in attributes.items():
        space, _, local = name.rpartition(_BETWEEN)
        if local == "href" and space in {"", _XLINK}:
            if not _OWN_PART.fullmatch(text.strip()):
                raise NotDrawable("This SVG loads something from elsewhere")
            found["href"] = text.strip()
        elif space == "" and local in _PLACED | _PAINTED:
            _keep(found, local, text)
    for part in attributes.get("style", "").split(";"):
        name, _, text = part.partition(":")
        if name.strip() in _PAINTED:
            _keep(found, name.strip(), text.replace("!important", "").strip())
    return found


def _keep(found: dict[str, str], name: str, text: str) -> None:
    without_references = _REFERENCE.sub("", text)
    if "url" in without_references.lower() or not _HARMLESS.fullmatch(without_references):
        raise NotDrawable(f"This SVG has a part that we cannot show safely ({name})")
    found[name] = _REFERENCE.sub(r"url(\1)", text)


def _size(root: dict[str, str]) -> tuple[int, int]:
    """Return how large the drawing says it is, in whole pixels."""
    sides = [_NUMBER.fullmatch(root.get(name, "")) for name in ("width", "height")]
    if all(sides):
        width, height = (float(side[1]) for side in sides if side)
    else:
        try:
            _, _, width, height = (float(each) for each in re.split(r"[\s,]+", root["viewBox"].strip()))
        except (KeyError, ValueError):
            return _USUAL_SIZE
        root["width"], root["height"] = f"{width:g}", f"{height:g}"
    if not 0 < width <= _LARGEST_SIDE or not 0 < height <= _LARGEST_SIDE:
        raise NotDrawable("This SVG says that it is larger than any screen")
    return max(1, round(width)), max(1, round(height))
