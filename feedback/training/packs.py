"""Examples that begin alike, read together: their common beginning once, then each with its own question and reply.

Most of a prompt is the situation, which dozens of examples share, and only the reply is learnt from. Read one by one,
five of six tokens would be work done again; packed, an example costs its question and its reply. No example sees
another one: the mask lets it look at the common beginning and at itself, and its positions go on from there, so the
loss is what it would be alone.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import torch


@dataclass(frozen=True, slots=True)
class Encoded:
    """One example in tokens; the loss counts from `reply_from` on."""

    tokens: tuple[int, ...]
    reply_from: int

    @property
    def learnt(self) -> int:
        """Tokens of the reply."""
        return len(self.tokens) - self.reply_from


@dataclass(frozen=True, slots=True)
class Pack:
    """Examples and how many of their first tokens they share; none of these belongs to a reply."""

    examples: tuple[Encoded, ...]
    shared: int

    @property
    def learnt(self) -> int:
        """Tokens of the replies."""
        return sum(example.learnt for example in self.examples)

    @property
    def tokens(self) -> tuple[int, ...]:
        """The common beginning, then what each adds to it."""
        beginning = self.examples[0].tokens[: self.shared]
        return (*beginning, *(token for example in self.examples for token in example.tokens[self.shared :]))

    def tensors(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Tokens (1, T), positions (1, T), mask (1, 1, T, T; true where one may look), the places that predict a
        reply's tokens (R,), and these tokens (R,)."""
        tokens = torch.tensor([self.tokens])
        length = tokens.shape[1]
        positions = torch.arange(length)
        owner = torch.zeros(length, dtype=torch.long)
        places: list[int] = []
        aims: list[int] = []
        start = self.shared
        for number, example in enumerate(self.examples, start=1):
            own = len(example.tokens) - self.shared
            positions[start : start + own] = torch.arange(self.shared, len(example.tokens))
            owner[start : start + own] = number
            offset = start - self.shared
            places += [
                # The token before the reply's first may be the last of the common beginning.
                (place if place < self.shared else place + offset)
                for place in range(example.reply_from - 1, len(example.tokens) - 1)
            ]
            aims += example.tokens[example.reply_from :]
            start += own
        order = torch.arange(length)
        before = order[None, :] <= order[:, None]
        mask = before & ((owner[None, :] == 0) | (owner[None, :] == owner[:, None]))
        return tokens, positions[None], mask[None, None], torch.tensor(places), torch.tensor(aims)


def families(examples: Sequence[Encoded], least_shared: float = 0.75) -> list[list[Encoded]]:
    """The examples by how they begin; the members of a family share at least that part of a prompt, more or less."""
    found: list[list[Encoded]] = []
    for example in sorted(examples, key=lambda one: one.tokens):
        last = found[-1][-1] if found else None
        if last is not None and _shared(last, example) >= least_shared * example.reply_from:
            found[-1].append(example)
        else:
            found.append([example])
    return found


def packs(family: Sequence[Encoded], most: int, rng: random.Random) -> Iterator[Pack]:
    """The family in a new order, `most` at a time."""
    order = rng.sample(list(family), len(family))
    for start in range(0, len(order), most):
        together = tuple(order[start : start + most])
        shared = min((_shared(together[0], other) for other in together), default=0)
        yield Pack(together, min(shared, *(example.reply_from - 1 for example in together)) if together else 0)


def epoch(grouped: Sequence[Sequence[Encoded]], most: int, batch: int, rng: random.Random) -> Iterator[list[Pack]]:
    """All packs once, in batches of about `batch` examples."""
    every = [pack for family in grouped for pack in packs(family, most, rng)]
    rng.shuffle(every)
    number, together = 0, list[Pack]()
    for pack in every:
        together.append(pack)
        number += len(pack.examples)
        if number >= batch:
            yield together
            number, together = 0, []
    if together:
        yield together


def _shared(first: Encoded, second: Encoded) -> int:
    """How many tokens the prompts of two examples have in common at their beginning."""
    most = min(first.reply_from, second.reply_from)
    same = groupby(zip(first.tokens[:most], second.tokens[:most], strict=True), key=lambda pair: pair[0] == pair[1])
    equal, run = next(same, (False, iter(())))
    return sum(1 for _ in run) if equal else 0
