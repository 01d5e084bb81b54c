"""Pages read as a tree of elements, so that a test says what it looks for instead of matching markup."""

from collections.abc import Iterator
from html.parser import HTMLParser

VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "use", "wbr"}


class Element:
    """One element: its tag, its attributes, and its children, which are elements and text."""

    def __init__(self, tag: str, attributes: dict[str, str | None]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: list[Element | str] = []

    @property
    def words(self) -> str:
        """All text inside, with single spaces."""
        return " ".join("".join(self._texts()).split())

    @property
    def elements(self) -> list["Element"]:
        """The children that are elements."""
        return [child for child in self.children if isinstance(child, Element)]

    def all(self, tag: str | None = None, **attributes: str) -> list["Element"]:
        """Return the elements inside that have this tag and these attributes; `hx_get` stands for hx-get."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [e for e in self._inside() if tag in {None, e.tag} and wanted.items() <= e.attributes.items()]

    def one(self, tag: str | None = None, **attributes: str) -> "Element":
        """Return the only such element; fails when there are none or several."""
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} elements {tag or ''} {attributes}"
        return found[0]

    def value_of(self, attribute: str) -> str:
        """Return what the attribute says of the only element that has it; fails when none or several have."""
        found = [element for element in self._inside() if attribute in element.attributes]
        assert len(found) == 1, f"{len(found)} elements have {attribute}"
        return found[0].attributes[attribute] or ""

    def link(self, words: str) -> str:
        """Return where the only link leads that says this; fails when there are none or several."""
        found = [element for element in self.all("a") if words in element.words]
        assert len(found) == 1, f"{len(found)} links say {words}"
        return found[0].attributes["href"] or ""

    def typed(self, name: str) -> str:
        """Return what stands in the only text field of this name; fails when there are none or several."""
        found = [e for e in self.all(name=name) if e.tag == "textarea" or e.attributes.get("type") == "text"]
        assert len(found) == 1, f"{len(found)} text fields {name}"
        if found[0].tag == "textarea":
            # Browsers leave out the line break that follows the tag.
            return "".join(found[0]._texts()).replace("\r\n", "\n", 1).removeprefix("\n")
        return found[0].attributes["value"] or ""

    def addresses(self) -> list[str]:
        """Return every address that something inside leads to, sends a form to or loads by itself."""
        names = ("href", "src", "action", "formaction", "hx-get", "hx-post")
        return [e.attributes[name] or "" for e in self._inside() for name in names if name in e.attributes]

    def _inside(self) -> Iterator["Element"]:
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child._inside()

    def _texts(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            else:
                yield " "
                yield from child._texts()
                yield " "


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("page", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].children.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if any(element.tag == tag for element in self._open[1:]):
            while self._open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def read(response) -> Element:
    """Return the page in an answer."""
    return read_html(response.text)


def read_html(html: str) -> Element:
    reader = _Reader()
    reader.feed(html)
    return reader.root


def inline(page: Element) -> list[str]:
    """Return what a strict policy would stop: scripts, styles and handlers that stand in the page itself."""
    scripts = [each.tag for each in page.all("script") if "src" not in each.attributes]
    names = {name for each in page.all() for name in each.attributes}
    return [
        *scripts,
        *(each.tag for each in page.all("style")),
        *(name for name in sorted(names) if name == "style" or name.startswith("on")),
    ]


def table(page: Element) -> list[list[str]]:
    """Return the words of each body row of the tables on a page, cell by cell."""
    return [[cell.words for cell in row.all("td")] for row in page.all("tr") if row.all("td")]
