"""Finds which catalogue products a message names, by full name, by what customers call them, or nearly so."""

import re
from collections import Counter
from collections.abc import Sequence

from rapidfuzz import fuzz

from app.domain.customer import Product
from app.domain.ids import ProductId

_NEAR = 90
"""rapidfuzz's partial ratio from which a name with typos still counts."""
_SHORTEST_NEAR = 9
"""Names shorter than this have to be spelled right: too many words are near a short one."""
_TELLS_NOTHING = {
    "set", "pack", "kit", "case", "box", "card", "light", "lights", "board", "cover", "stand", "line", "top", "bottom",
    "bag", "pair", "order", "item", "can", "nine", "maker", "layer", "pad", "pit", "throw", "tools",
}  # fmt: skip
"""Words of product names that mean something else as often, as in "can you pack my order"."""


class ProductNames:
    """The catalogue's names, made ready for matching once."""

    def __init__(self, products: Sequence[Product]) -> None:
        self.products = tuple(products)
        self.versions: dict[str, str] = {product.id: product.version for product in products}
        """Product → hash of what the catalogue says of it: a reply about one product rests on it."""
        self._names = {product.id: product.name.lower() for product in products}
        self._called: dict[str, list[ProductId]] = {}
        for product in products:
            phrases = {alias.lower() for alias in product.aliases}
            phrases |= {phrase.split()[-1] for phrase in (*phrases, product.name.lower())}
            for phrase in phrases.difference(_TELLS_NOTHING):
                self._called.setdefault(phrase, []).append(product.id)
        first = Counter(name.split()[0] for name in self._names.values())
        self._first = {name.split()[0]: key for key, name in self._names.items() if first[name.split()[0]] == 1}
        """What only one product's name begins with ("Switchback"): it counts when nothing plainer is named."""

    def named_in(self, text: str) -> tuple[ProductId, ...]:
        """The products meant; several when they share the name that was used, most specific name first."""
        lowered = text.lower()
        if full := [key for key, name in self._names.items() if _stands_in(name, lowered)]:
            return tuple(full)
        near = max(
            (
                (fuzz.partial_ratio(name, lowered), key)
                for key, name in self._names.items()
                if min(len(name), len(lowered)) >= _SHORTEST_NEAR
            ),
            default=(0.0, None),
        )
        if near[1] is not None and near[0] >= _NEAR:
            return (near[1],)
        called = [phrase for phrase in self._called if _stands_in(phrase, lowered)]
        longest = max(called, key=lambda phrase: (len(phrase.split()), len(phrase)), default="")
        if longest:
            return tuple(dict.fromkeys(self._called[longest]))
        return tuple(key for word, key in self._first.items() if _begins_a_name(word, text))[:1]


def _stands_in(phrase: str, text: str) -> bool:
    """Whole words, singular or plural."""
    stem = re.escape(phrase.removesuffix("s"))
    return re.search(rf"(?<!\w){stem}(?:s|es)?(?!\w)", text) is not None


def _begins_a_name(word: str, text: str) -> bool:
    """With a capital inside the sentence: "the Switchback", not "a beacon of hope"."""
    return re.search(rf"(?<=\w\s){word.title()}\b", text) is not None
