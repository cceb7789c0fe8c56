"""A plain, slow reading of GBNF, as far as this project writes it: whether a text can be written under a grammar."""

import re
from functools import cache

_TOKEN = re.compile(r'"[^"]*"|\[[^\]]*\]|[()|*]|[\w-]+')


class Reading:
    """One text under one grammar; every method gives the places where a reading that starts somewhere can end."""

    def __init__(self, grammar: str, text: str) -> None:
        rules = dict(line.split(" ::= ", 1) for line in grammar.splitlines())
        self._rules = {name: _TOKEN.findall(body) for name, body in rules.items()}
        self._text = text
        self._named = cache(self._rule)

    def whole(self) -> bool:
        """Whether the grammar's root writes all of the text."""
        return len(self._text) in self._named("root", 0)

    def _rule(self, name: str, start: int) -> frozenset[int]:
        return frozenset(self._any_of(self._rules[name], start))

    def _any_of(self, parts: list[str], start: int) -> set[int]:
        return {end for branch in _branches(parts) for end in self._sequence(branch, start)}

    def _sequence(self, parts: list[str], start: int) -> set[int]:
        if not parts:
            return {start}
        length = _closing(parts) + 1 if parts[0] == "(" else 1
        head, rest = parts[:length], parts[length:]
        if rest[:1] == ["*"]:
            ends, rest = self._repeated(head, start), rest[1:]
        else:
            ends = self._one(head, start)
        return {end for middle in ends for end in self._sequence(rest, middle)}

    def _repeated(self, head: list[str], start: int) -> set[int]:
        reached, frontier = {start}, {start}
        while frontier:
            frontier = {end for place in frontier for end in self._one(head, place)} - reached
            reached |= frontier
        return reached

    def _one(self, head: list[str], start: int) -> set[int]:
        if head[0] == "(":
            return self._any_of(head[1:-1], start)
        if head[0].startswith('"'):
            return {start + len(head[0]) - 2} if self._text.startswith(head[0][1:-1], start) else set()
        if head[0].startswith("["):
            fits = start < len(self._text) and re.fullmatch(head[0], self._text[start])
            return {start + 1} if fits else set()
        return set(self._named(head[0], start))


def _closing(parts: list[str]) -> int:
    depth = 0
    for place, part in enumerate(parts):
        depth += (part == "(") - (part == ")")
        if depth == 0:
            return place
    raise ValueError("a bracket is never closed")


def _branches(parts: list[str]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    depth = 0
    for part in parts:
        depth += (part == "(") - (part == ")")
        if part == "|" and depth == 0:
            found.append([])
        else:
            found[-1].append(part)
    return found
