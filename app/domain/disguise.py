"""Undoes what hides words from a reader of text: letters drawn apart, digits for letters, look-alikes, letters without
width, and whole sentences in base64, hexadecimal, binary, a shifted alphabet or backwards.

An attack is written for a model that sees through such dress; a detector has to see as much. Whatever comes out is only
looked at, never shown, stored or answered, so undoing too much costs nothing but a second look.
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Callable, Iterator

_WIDTHLESS = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_TAGS = re.compile(r"[\U000e0020-\U000e007e]")
_TAG_OFFSET = 0xE0000
_LOOK_ALIKES = str.maketrans(
    "аеорсухіѕјһԁѵԛАВЕКМНОРСТХУІЅЈοανερτυκιΑΒΕΖΗΙΚΜΝΟΡΤΥΧıɡ",
    "aeopcyxisjhdvqABEKMHOPCTXYISJoavertukiABEZHIKMNOPTYXig",
)
_ASCII_LETTER = re.compile(r"[A-Za-z]")
_LETTER = re.compile(r"[^\W\d_]")
_APART = re.compile(r"(?<!\w)\w(?:[ .\-_*|]{1,2}\w(?!\w)){3,}")
_DRAWN_BY_SIGNS = re.compile(r"[.\-_*|]")
_DIGITS = str.maketrans("0134578@$!|", "oieastbasil")
_DRESSED = re.compile(
    r"(?<!\S)[\"'(]*(?=\S*[A-Za-z])(?=\S*[0134578@$!|])[A-Za-z0134578@$!|]+[A-Za-z0134578@$|](?![\w@])"
)
_INSIDE = re.compile(r"[A-Za-z][0134578@$!|]+[A-Za-z]")
_BASE64 = re.compile(r"(?<![\w+/-])[\w+/-]{16,}={0,2}")
_HEX = re.compile(r"(?<!\w)(?:[0-9a-fA-F]{2}[ :]?){8,}(?!\w)|(?:\\x[0-9a-fA-F]{2}){8,}")
_BINARY = re.compile(r"(?<!\w)(?:[01]{8} ?){6,}(?!\w)")
_SEGMENT_END = re.compile(r"[\n:;\"“”`<>]+|[.?!]+\s")
_WORD = re.compile(r"[a-z]+")
_PRINTABLE_SHARE = 0.9
_SHORTEST = 3
"""Words below which a shifted or reversed segment is no sentence."""
_LONGEST_SEARCHED = 4000

_COMMON = frozenset(
    re.findall(
        r"\w+",
        """
    a about above all allowed also an and any answer are as ask at be before begin bot but by can card code could
    customer customers data do does employee every everything first follow for forget from get give go have here
    hidden how i if ignore in instruction instructions is it just key know last like list make me message my name new
    no not now number of on one or order orders other out password people please previous print prompt reply repeat
    reveal rule rules say secret secrets show so some system tell than that the their them then there these they this
    time to up use user users want was we what when where which who why will with without word words write would you
    your
    """,
    )
)

_MARKS = re.compile(
    r"<\|[\w ]{2,30}\|>|\[/?INST\]|<</?SYS>>|</?(?:start|end)_of_turn>|"
    r"</?(?:system|assistant|instructions?|system[_ -]prompt)>|"
    r"^[ \t]*#{2,}[ \t]*(?:system|assistant|instructions?|human|user)\b|"
    r"^[ \t]*(?:human|assistant)[ \t]*:|\[(?:system|assistant)(?: (?:message|prompt|note))?\]|"
    r"[\"']role[\"']\s*:\s*[\"'](?:system|assistant)[\"']",
    re.IGNORECASE | re.MULTILINE,
)


def template_marks(text: str) -> tuple[str, ...]:
    """The marks in `text` by which chat models tell who speaks: no customer has a use for them."""
    return tuple(dict.fromkeys(match.group().strip() for match in _MARKS.finditer(text)))


def undisguised(text: str) -> str:
    """`text` in plain letters, and after it, each on a line of its own, what was decoded from it."""
    bare = _bare(text)
    found = dict.fromkeys(line for line in _decoded(bare[:_LONGEST_SEARCHED]) if line)
    return "\n".join([_undressed(bare), *found])


def _bare(text: str) -> str:
    """Without what has no width, in composed letters, look-alikes in Latin when most of the text is Latin."""
    shown = _TAGS.sub(lambda match: chr(ord(match.group()) - _TAG_OFFSET), text)
    shown = unicodedata.normalize("NFKC", _WIDTHLESS.sub("", shown))
    if len(_ASCII_LETTER.findall(shown)) * 2 >= len(_LETTER.findall(shown)):
        shown = shown.translate(_LOOK_ALIKES)
    return shown


def _undressed(text: str) -> str:
    """Letters drawn apart put together, digits and signs in words turned into the letters they stand for."""
    joined = _APART.sub(lambda match: _together(match.group()), text)
    dressed = _DRESSED.findall(joined)
    if len(dressed) < 2 and not any(_INSIDE.search(word) for word in dressed):
        return joined
    return _DRESSED.sub(lambda match: match.group().translate(_DIGITS), joined)


def _together(run: str) -> str:
    """A run of single letters as words: what is wider than the gap between letters parts them."""
    if _DRAWN_BY_SIGNS.search(run):
        return _DRAWN_BY_SIGNS.sub("", run)
    return " ".join(word.replace(" ", "") for word in run.split("  "))


def _decoded(text: str) -> Iterator[str]:
    yield from (_from_base64(match.group()) for match in _BASE64.finditer(text))
    yield from (_from_digits(match.group(), 16, 2) for match in _HEX.finditer(text))
    yield from (_from_digits(match.group(), 2, 8) for match in _BINARY.finditer(text))
    for segment in _SEGMENT_END.split(text):
        yield _turned(segment)


def _from_base64(chunk: str) -> str:
    body = chunk.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        raw = base64.b64decode(body + "=" * (-len(body) % 4), validate=True)
    except (binascii.Error, ValueError):
        return ""
    return _readable(raw)


def _from_digits(chunk: str, base: int, width: int) -> str:
    digits = re.sub(r"\\x|[ :]", "", chunk)
    raw = bytes(int(digits[start : start + width], base) for start in range(0, len(digits) - width + 1, width))
    return _readable(raw)


def _readable(raw: bytes) -> str:
    """The words in `raw`; empty when it holds none, such as a number that only looks encoded."""
    text = raw.decode("utf-8", errors="replace").strip()
    plain = sum(character.isalnum() or character in " .,;:!?'\"-/<>=_\n" for character in text)
    return text if text.count(" ") and plain >= _PRINTABLE_SHARE * len(text) else ""


def _turned(segment: str) -> str:
    """The segment shifted through the alphabet or read backwards, where that makes a sentence of it; else empty."""
    words = _WORD.findall(segment.lower())
    if len(words) < _SHORTEST or _known(words) * 3 > len(words):
        return ""
    ways: list[Callable[[str], str]] = [lambda text: text[::-1], _each_word_backwards]
    ways += [lambda text, by=shift: _shifted(text, by) for shift in range(1, 26)]  # type: ignore[misc]
    tried = [way(segment.lower()) for way in ways]
    best = max(tried, key=lambda text: _known(_WORD.findall(text)))
    known = _known(_WORD.findall(best))
    return best.strip() if known >= _SHORTEST and known * 2 >= len(words) else ""


def _known(words: list[str]) -> int:
    return sum(word in _COMMON for word in words)


def _each_word_backwards(text: str) -> str:
    return " ".join(word[::-1] for word in text.split())


def _shifted(text: str, by: int) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return text.translate(str.maketrans(letters, letters[by:] + letters[:by]))
