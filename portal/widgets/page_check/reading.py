"""What a page has of the widget and of Spektrix, as its server sends it: text in, plain values out.

A page is read as a browser reads it, by a parser that follows the same standard, since patterns mistake
comments, scripts and text for markup. No script is run, so what scripts add is not seen.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from io import StringIO
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

from tinyhtml5.parser import HTMLParser

from portal.integration.connection import cleaning

_SECONDS = 2.0
# What one page may hold of a kind before the rest goes unread, so that no page takes long to judge.
_MOST = 200
_LONGEST_POLICY = 20_000
_PLACE = "data-rezzy-widget"
_ELEMENT = "rezzy-booking"
_LOADER = "spektrix-component-loader"
_SCRIPTS = frozenset({"script", "style"})
# What stands within these is not part of the page; within a template it is markup all the same.
_TEXT_ONLY = frozenset({"noscript", "textarea", "iframe", "xmp", "noembed", "noframes"})
_INERT = _TEXT_ONLY | {"template"}
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
    """The Spektrix address that something on a page uses: a client, and a host, "" where it names none."""

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
    """Return what a page has.

    Args:
        html: the page.
        page_url: its address, from which others in it are counted.
        script_path: path of our script at its portal.

    Raises TooOdd.
    """
    reader = _Reader(page_url, script_path)
    reader.read(html)
    return reader.found


class _Timed(StringIO):
    """A page that can be read only until its time is over."""

    def __init__(self, html: str, ends: float) -> None:
        super().__init__(html)
        self._ends = ends

    def read(self, size: int | None = -1) -> str:
        _require_time(self._ends)
        return super().read(size)


def _require_time(ends: float) -> None:
    if time.monotonic() > ends:
        raise TooOdd


class _Reader:
    """Goes through a page's elements in their order and collects what concerns us."""

    def __init__(self, page_url: str, script_path: str) -> None:
        self.found = Reading()
        self._base = page_url
        self._script_path = script_path
        self._number = 0
        self._ends = time.monotonic() + _SECONDS

    def read(self, html: str, within: str = "") -> None:
        """Read a page, or the text that an element `within` which it stands keeps out of the page."""
        page = HTMLParser(namespace_html_elements=False).parse(
            _Timed(html, self._ends), full_tree=True, scripting=True
        )
        # An element, what keeps it out of the page, and the place that it stands in.
        waiting: list[tuple[Element, str, Place | None]] = [(page, within, None)]
        while waiting:
            element, inert, place = waiting.pop()
            _require_time(self._ends)
            if not isinstance(element.tag, str):
                self._note_text(element.text, "comment")
                continue
            tag = element.tag
            values = {str(name): value for name, value in element.items()}
            self._number += 1
            place = self._note_place(tag, values, inert, place)
            if not inert:
                self._note(tag, values)
            if tag in _TEXT_ONLY and _names_ours(element.text) and not within:
                self.read(element.text or "", within=inert or tag)
            elif tag not in _TEXT_ONLY:
                self._note_text(element.text, "script" if tag in _SCRIPTS else "text")
            for child in element:
                self._note_text(child.tail, "text")
            inert = inert or (tag if tag in _INERT else "")
            waiting += [(child, inert, place) for child in reversed(element)]

    def _note_text(self, text: str | None, kind: str) -> None:
        if _names_ours(text):
            self.found.strays.add(kind)

    def _note_place(
        self, tag: str, values: dict[str, str], within: str, around: Place | None
    ) -> Place | None:
        """Note a place, and return the one that the element's children stand in."""
        if tag == "a" and around and values.get("href"):
            around.has_link = True
        widget = values.get("widget" if tag == _ELEMENT else _PLACE)
        if widget is None or len(self.found.places) >= _MOST:
            return around
        plain = "".join(letter for letter in widget if letter.isascii()).strip("\"' ")
        prefix = "" if tag == _ELEMENT else "data-rezzy-"
        opens = (values.get(f"{prefix}opens", ""), values.get(f"{prefix}color", "").lower())
        place = Place(plain, opens, curled=plain != widget, within=within)
        self.found.places.append(place)
        return place

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
            parts = urlsplit(ours[0])
            runs = values.get("type", "").strip().lower() in _JAVASCRIPT and values.get("src")
            script = Script(
                f"{parts.scheme}://{parts.netloc}".lower(),
                is_async="async" in values or "defer" in values,
                held=not runs,
                pinned=bool(values.get("integrity")),
                nonce=values.get("nonce", ""),
                number=self._number,
            )
            self.found.scripts.append(script)
        self._note_embedded(values.get("src", ""))

    def _note_frame(self, values: dict[str, str]) -> None:
        self._note_text(values.get("srcdoc"), "frame")
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

    def _note_spektrix(self, written: str, client: str, what: str) -> None:
        if client.strip() and len(self.found.spektrix) < _MOST:
            self.found.spektrix.add(SpektrixAddress(_host_of(written), client.strip(), what))

    def _absolute(self, address: str) -> str:
        try:
            url = urljoin(self._base, address.strip())
            urlsplit(url)
        except ValueError:
            return ""
        return url


def _names_ours(text: str | None) -> bool:
    """Tell whether a text holds our code."""
    lower = (text or "").lower()
    return _PLACE in lower or f"<{_ELEMENT}" in lower


def _host_of(custom_domain: str) -> str:
    """Return the host of a custom domain, which some websites write as a whole address."""
    rest = re.sub(r"^(https?:)?/*", "", custom_domain.strip(), flags=re.IGNORECASE)
    try:
        host = urlsplit(f"https://{rest}").netloc.rpartition("@")[2]
    except ValueError:
        return custom_domain
    return cleaning.in_ascii(host.lower()).removesuffix(":443")
