"""Packs: read together, each example is learnt from as if it were alone."""

import random

import pytest
import torch
from transformers import LlamaForCausalLM

from feedback.training.packs import Encoded, Pack, epoch, families, packs
from tests.feedback.training import tiny

ALIKE = [
    Encoded((5, 6, 7, 8, 9, 11, 12, 13, 2), 6),
    Encoded((5, 6, 7, 8, 10, 14, 3, 15), 6),
    Encoded((5, 6, 7, 8, 9, 3, 16, 17, 18, 19, 2), 7),
]
OTHER = Encoded((20, 21, 22, 23, 24, 25), 4)


@pytest.fixture(scope="module")
def network() -> LlamaForCausalLM:
    made = tiny.network()
    made.train(mode=False)
    return made


def losses(network: LlamaForCausalLM, pack: Pack) -> torch.Tensor:
    tokens, positions, mask, places, aims = pack.tensors()
    with torch.inference_mode():
        hidden = network.model(input_ids=tokens, position_ids=positions, attention_mask=mask).last_hidden_state
        return torch.nn.functional.cross_entropy(network.lm_head(hidden[0, places]), aims, reduction="none")


def test_each_token_of_a_reply_is_as_likely_in_a_pack_as_alone(network: LlamaForCausalLM) -> None:
    together = losses(network, Pack(tuple(ALIKE), 4))
    alone = torch.cat([losses(network, Pack((example,), example.reply_from - 1)) for example in ALIKE])
    plain = torch.cat(
        [
            torch.nn.functional.cross_entropy(
                network(torch.tensor([example.tokens])).logits[0, example.reply_from - 1 : -1],
                torch.tensor(example.tokens[example.reply_from :]),
                reduction="none",
            )
            for example in ALIKE
        ]
    )
    assert torch.allclose(together, alone, atol=1e-5)
    assert torch.allclose(together, plain.detach(), atol=1e-5)


def test_a_pack_holds_the_common_beginning_once() -> None:
    assert Pack(tuple(ALIKE), 4).tokens == (5, 6, 7, 8, 9, 11, 12, 13, 2, 10, 14, 3, 15, 9, 3, 16, 17, 18, 19, 2)


def test_families_begin_alike_and_nobody_is_lost() -> None:
    grouped = families([ALIKE[0], OTHER, *ALIKE[1:]], least_shared=0.5)
    assert sorted(len(family) for family in grouped) == [1, 3]


def test_an_epoch_reads_every_example_once_in_batches_of_about_the_size_asked_for() -> None:
    many = [Encoded((5, 6, 7, 8, 9, number), 4) for number in range(10, 30)]
    grouped = families([*many, OTHER])
    batches = list(epoch(grouped, 4, 6, random.Random(1)))
    read = [example for batch in batches for pack in batch for example in pack.examples]
    assert sorted(read, key=lambda one: one.tokens) == sorted([*many, OTHER], key=lambda one: one.tokens)
    assert all(6 <= sum(len(pack.examples) for pack in batch) < 10 for batch in batches[:-1])
    assert batches != list(epoch(grouped, 4, 6, random.Random(2)))


def test_what_is_shared_never_reaches_into_a_reply() -> None:
    same_reply = [Encoded((5, 6, 7, 8, 9), 3), Encoded((5, 6, 7, 8, 9), 3)]
    [pack] = packs(same_reply, 4, random.Random(1))
    assert pack.shared == 2
