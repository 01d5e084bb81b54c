"""Letters of other alphabets that look like Latin ones, accents, and characters that cannot be seen.

The table holds single letters that Unicode's list of confusable characters (UTS 39) calls alike, and the
small letters of those capitals, for the alphabets that a keyboard or a web page may slip in. Wide and
styled forms of Latin letters need no table, because Unicode itself names their plain form.
"""

import re
import unicodedata

_LOOKS = {
    "Cyrillic": (
        "АВЕЅІЈКМНОРСТУХԚԜӀѴавԁеһіјкмноргѕтсухьѵԛԝӏҽп",
        "ABESIJKMHOPCTYXQWIVabdehijkmhoprstcyxbvqwlen",
    ),
    "Greek": ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹαικνορτυχϲσ", "ABEZHIKMNOPTYXCaikvoptuxco"),
    "Armenian": ("ՕՍԼօսոռցհքյ", "OSLounnghfj"),
}
_LATIN_SISTERS = ("ıɩɪɑɡᴏᴜꜱʀᴛɴᴠ", "iiiagousrtnv")
_SCRIPT_OF = {letter: script for script, (letters, _) in _LOOKS.items() for letter in letters}
_PLAIN = {
    ord(letter): plain
    for letters, plains in (*_LOOKS.values(), _LATIN_SISTERS)
    for letter, plain in zip(letters, plains, strict=True)
}
_ALIKE_IN_MANY_FONTS = str.maketrans("I1|0", "lllO")
_INVISIBLE = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
# Marks that Unicode says to ignore: variation selectors and joiners, as they come along with an emoji.
_UNSEEN_MARKS = re.compile("[\u034f\u17b4\u17b5\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_SPACES_BY_LOOKS = "\u115f\u2800\u3164"
_NAMES = {
    "\t": "tab",
    "\n": "line break",
    "\r": "line break",
    "\ufeff": "byte order mark",
    "-": "hyphen",
    "_": "underscore",
    "'": "apostrophe",
}


def skeleton(text: str) -> str:
    """The plain Latin text that `text` looks like: no accents, nothing invisible, no other alphabets."""
    parts = unicodedata.normalize("NFKD", text)
    return "".join(each for each in parts if not is_accent(each) and not is_invisible(each)).translate(_PLAIN)


def look_alike(one: str, other: str) -> bool:
    """Whether a reader may take two texts for the same, their spaces aside."""
    return _as_drawn(one) == _as_drawn(other)


def _as_drawn(text: str) -> str:
    parts = unicodedata.normalize("NFKC", text)
    seen = "".join(each for each in parts if not is_space(each) and not is_invisible(each))
    drawn = unicodedata.normalize("NFC", seen.translate(_PLAIN)).translate(_ALIKE_IN_MANY_FONTS)
    return drawn.replace("rn", "m").replace("vv", "w")


def is_accent(character: str) -> bool:
    """Whether it is a mark that sits on the letter before it."""
    return unicodedata.category(character) in ("Mn", "Me") and not is_invisible(character)


def is_invisible(character: str) -> bool:
    """Whether it takes no room at all; a space of any width is no invisible character."""
    return unicodedata.category(character) in _INVISIBLE or bool(_UNSEEN_MARKS.match(character))


def is_space(character: str) -> bool:
    """Whether it shows as a gap."""
    return unicodedata.category(character) == "Zs" or character in _SPACES_BY_LOOKS


def name_of(character: str) -> str:
    """The character's name in small letters."""
    fallback = f"control character {ord(character):02X}"
    return _NAMES.get(character) or unicodedata.name(character, "").lower() or fallback


def alphabet_of(letter: str) -> str:
    """What a letter that looks Latin is instead: Cyrillic, Greek, Armenian, full-width, or not plain."""
    if letter in _SCRIPT_OF:
        return _SCRIPT_OF[letter]
    return "full-width" if unicodedata.name(letter, "").startswith("FULLWIDTH") else "not plain"
