"""What a page holds of the widget and of Spektrix, as its server sends it: text in, plain values out.

A page is read as a browser reads it, by a parser, since patterns mistake comments, scripts and text for
markup. No script is run, so what scripts add is not seen.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

_SECONDS = 2.0
_CHUNK = 65_536
# What one page may hold of a kind before the rest goes unread, so that no page takes long to judge.
_MOST = 200
_DEEPEST = 50
_LONGEST_POLICY = 20_000
_PLACE = "data-rezzy-widget"
_ELEMENT = "rezzy-booking"
_LOADER = "spektrix-component-loader"
_TAIL = len(_PLACE)
_RAW = frozenset({"script", "style"})
# What stands within these is not part of the page.
_INERT = frozenset({"template", "noscript", "textarea", "iframe", "xmp", "noembed", "noframes"})
_JAVASCRIPT = frozenset({"", "module", "text/javascript", "application/javascript", "text/ecmascript"})


class TooOdd(Exception):
    """The page takes too long to read."""


@dataclass
class Place:
    """A place for a widget.

    Args:
        opens: how the code says that it opens, and the colour of a floating button; "" where it does not say.
        curled: a builder made its quotes curly, so that they are part of the value.
        within: the element that keeps it out of the page, "" where nothing does.
    """

    widget: str
    opens: tuple[str, str] = ("", "")
    curled: bool = False
    within: str = ""
    has_link: bool = False


@dataclass(frozen=True)
class Script:
    """A script that could be ours.

    Args:
        origin: where it comes from.
        is_async: whether the page goes on while it loads.
        held: something holds it back, as consent tools and optimisers do.
        pinned: an integrity attribute holds it to one version.
        number: how many elements of the page came before it.
    """

    origin: str
    is_async: bool
    held: bool
    pinned: bool
    nonce: str
    number: int


@dataclass(frozen=True, order=True)
class SpektrixAddress:
    """Where something of Spektrix's on a page leads: a host, and a client, "" where it names none."""

    host: str
    client: str
    what: str = field(compare=False)


@dataclass
class Reading:
    """What was found.

    Args:
        strays: kinds of places where the code stands as something else: "text", "comment", "script", "frame".
        frames: hosts of the page's frames.
        policies: of its meta elements.
        loader: number of Spektrix's component loader among the elements, None without one.
    """

    places: list[Place] = field(default_factory=list)
    scripts: list[Script] = field(default_factory=list)
    strays: set[str] = field(default_factory=set)
    frames: set[str] = field(default_factory=set)
    policies: list[str] = field(default_factory=list)
    spektrix: set[SpektrixAddress] = field(default_factory=set)
    components: int = 0
    loader: int | None = None


def read(html: str, page_url: str, script_path: str) -> Reading:
    """Return what a page holds.

    Args:
        html: the page.
        page_url: its address, from which others in it are counted.
        script_path: path of our script at its portal.

    Raises TooOdd.
    """
    reader = _Reader(page_url, script_path)
    ends = time.monotonic() + _SECONDS
    for start in range(0, len(html), _CHUNK):
        reader.feed(html[start : start + _CHUNK])
        if time.monotonic() > ends:
            raise TooOdd
    return reader.found


class _Reader(HTMLParser):
    """Collects while it reads. It is never closed, as what is left open at the end is no element."""

    def __init__(self, page_url: str, script_path: str) -> None:
        super().__init__()
        self.found = Reading()
        self._base = page_url
        self._script_path = script_path
        self._number = 0
        self._inert: list[str] = []
        self._raw = ""
        self._place: tuple[Place, str, int] | None = None
        self._tail = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in reversed(attrs)}
        self._number += 1
        self._raw = tag if tag in _RAW else ""
        self._tail = ""
        self._note_place(tag, values)
        if not self._inert:
            self._note(tag, values)
        if tag in _INERT and len(self._inert) < _DEEPEST:
            self._inert.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A slash at the end of a tag closes nothing in HTML."""
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self._raw = ""
        if tag in self._inert:
            del self._inert[self._inert.index(tag) :]
        if self._place and self._place[1] == tag:
            place, name, depth = self._place
            self._place = (place, name, depth - 1) if depth else None

    def handle_data(self, data: str) -> None:
        text = (self._tail + data).lower()
        if _PLACE in text or f"<{_ELEMENT}" in text:
            self._stray("script" if self._raw else "text")
        self._tail = text[-_TAIL:]

    def handle_comment(self, data: str) -> None:
        if _PLACE in data or f"<{_ELEMENT}" in data:
            self._stray("comment")

    def _stray(self, kind: str) -> None:
        self.found.strays.add(kind)

    def _note_place(self, tag: str, values: dict[str, str]) -> None:
        if self._place and tag == self._place[1]:
            self._place = (*self._place[:2], self._place[2] + 1)
        if tag == "a" and self._place and values.get("href"):
            self._place[0].has_link = True
        widget = values.get("widget" if tag == _ELEMENT else _PLACE)
        if widget is None or len(self.found.places) >= _MOST:
            return
        plain = "".join(letter for letter in widget if letter.isascii()).strip("\"' ")
        prefix = "" if tag == _ELEMENT else "data-rezzy-"
        opens = (values.get(f"{prefix}opens", ""), values.get(f"{prefix}color", "").lower())
        within = self._inert[0] if self._inert else ""
        place = Place(plain, opens, curled=plain != widget, within=within)
        self.found.places.append(place)
        self._place = (place, tag, 0)

    def _note(self, tag: str, values: dict[str, str]) -> None:
        if tag == "script":
            self._note_script(values)
        elif tag == "meta" and values.get("http-equiv", "").lower() == "content-security-policy":
            self.found.policies = [*self.found.policies[:9], values.get("content", "")[:_LONGEST_POLICY]]
        elif tag == "base" and values.get("href"):
            self._base = self._absolute(values["href"])
        elif tag == "iframe":
            self._note_frame(values)
        elif tag.startswith("spektrix-"):
            self.found.components += 1
            self._note_spektrix(values.get("custom-domain", ""), values.get("client-name", ""), tag)

    def _note_script(self, values: dict[str, str]) -> None:
        addresses = [
            self._absolute(value) for name, value in values.items() if name.endswith("src") and value
        ]
        for address in addresses:
            if _LOADER in address and self.found.loader is None:
                self.found.loader = self._number
        ours = [address for address in addresses if urlsplit(address).path == self._script_path]
        if ours and len(self.found.scripts) < _MOST:
            self.found.scripts.append(self._script(ours[0], values))
        self._note_embedded(values.get("src", ""))

    def _script(self, address: str, values: dict[str, str]) -> Script:
        parts = urlsplit(address)
        runs = values.get("type", "").strip().lower() in _JAVASCRIPT and values.get("src")
        return Script(
            f"{parts.scheme}://{parts.netloc}".lower(),
            is_async="async" in values or "defer" in values,
            held=not runs,
            pinned=bool(values.get("integrity")),
            nonce=values.get("nonce", ""),
            number=self._number,
        )

    def _note_frame(self, values: dict[str, str]) -> None:
        inside = values.get("srcdoc", "").lower()
        if _PLACE in inside or f"<{_ELEMENT}" in inside:
            self._stray("frame")
        host = urlsplit(self._absolute(values.get("src", ""))).netloc if values.get("src") else ""
        if host and len(self.found.frames) < _MOST:
            self.found.frames.add(host.lower())
        self._note_embedded(values.get("src", ""))

    def _note_embedded(self, address: str) -> None:
        """Note an embedded page of Spektrix's (docs/spektrix.md section 2), https://HOST/CLIENT/website/Page.aspx."""
        parts = urlsplit(self._absolute(address)) if address else None
        steps = parts.path.split("/") if parts else []
        if parts and len(steps) > 3 and steps[2].lower() == "website":
            self._note_spektrix(parts.netloc, steps[1], "embedded page")

    def _note_spektrix(self, host: str, client: str, what: str) -> None:
        if len(self.found.spektrix) < _MOST:
            self.found.spektrix.add(SpektrixAddress(host.strip().lower(), client.strip(), what))

    def _absolute(self, address: str) -> str:
        try:
            url = urljoin(self._base, address.strip())
            urlsplit(url)
        except ValueError:
            return ""
        return url
