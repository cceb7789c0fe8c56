"""Typing mistakes as people make them: letters swapped, dropped, doubled, a key beside the right one, words by ear."""

import random
import re
from collections.abc import Callable

_NEIGHBOURS = {
    "q": "wa", "w": "qes", "e": "wrd", "r": "etf", "t": "ryg", "y": "tuh", "u": "yij", "i": "uok", "o": "ipl",
    "p": "ol", "a": "qsz", "s": "awdx", "d": "sefc", "f": "drgv", "g": "fthb", "h": "gyjn", "j": "hukm", "k": "jil",
    "l": "ko", "z": "asx", "x": "zsdc", "c": "xdfv", "v": "cfgb", "b": "vghn", "n": "bhjm", "m": "njk",
}  # fmt: skip
_BY_EAR = (
    ("you", "u"), ("your", "ur"), ("are", "r"), ("why", "y"), ("please", "pls"), ("the", "teh"), ("where", "were"),
    ("where", "wher"), ("their", "there"), ("to", "2"), ("for", "4"), ("order", "oder"), ("order", "ordr"),
    ("parcel", "parsel"), ("package", "pakage"), ("address", "adress"), ("receive", "recieve"), ("refund", "refnd"),
    ("account", "acount"), ("cancel", "cancle"), ("password", "pasword"), ("which", "wich"), ("know", "no"),
    ("delivered", "deliverd"), ("delivery", "delivry"), ("exchange", "exchage"), ("invoice", "invoce"),
    ("payment", "paymnt"), ("money", "mony"), ("because", "cuz"), ("what", "wat"), ("with", "wit"), ("my", "me"),
    ("have", "hav"), ("here", "hear"), ("whole", "hole"), ("want", "wnat"), ("how", "hwo"), ("does", "dose"),
)  # fmt: skip
_WORD = re.compile(r"[A-Za-z]{3,}")
_MASK = re.compile(r"\[[a-z]+\]")
_SHARE_OF_WORDS = 0.25


def mistyped(text: str, rng: random.Random) -> str:
    """The text with about every fourth word mistyped; what stands in for a name or a number is left alone."""
    if rng.random() < 0.5:
        text = text.lower()
    kept = [match.span() for match in _MASK.finditer(text)]

    def change(match: re.Match[str]) -> str:
        masked = any(start <= match.start() < end for start, end in kept)
        return match[0] if masked or rng.random() >= _SHARE_OF_WORDS else _mistake(match[0], rng)

    return re.sub(r"[A-Za-z]{2,}", change, text)


def _mistake(word: str, rng: random.Random) -> str:
    heard = [said for meant, said in _BY_EAR if meant == word.lower()]
    if heard and rng.random() < 0.6:
        return rng.choice(heard)
    if not _WORD.fullmatch(word):
        return word
    return rng.choice(_MISTAKES)(word, rng.randrange(len(word) - 1), rng)


def _swapped(word: str, place: int, rng: random.Random) -> str:  # noqa: ARG001
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def _dropped(word: str, place: int, rng: random.Random) -> str:  # noqa: ARG001
    return word[: place + 1] + word[place + 2 :]


def _doubled(word: str, place: int, rng: random.Random) -> str:  # noqa: ARG001
    return word[: place + 1] + word[place] + word[place + 1 :]


def _beside(word: str, place: int, rng: random.Random) -> str:
    neighbours = _NEIGHBOURS.get(word[place].lower())
    return word[:place] + rng.choice(neighbours) + word[place + 1 :] if neighbours else word


_MISTAKES: tuple[Callable[[str, int, random.Random], str], ...] = (
    _swapped,
    _swapped,
    _dropped,
    _dropped,
    _doubled,
    _beside,
)
