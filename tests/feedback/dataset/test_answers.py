"""Examples are made by the code that serves, evenly over situations, and what is held out is held out whole."""

from dataclasses import replace
from pathlib import Path

from app.domain.facts import slots_in
from app.domain.ids import InteractionId
from app.domain.retrieval import Interaction, InteractionStatus
from app.playbook.loader import load_playbook
from app.prompts.loader import load_prompts
from feedback.dataset.answers import AnswerRecipe, Shop, answer_examples
from feedback.dataset.snapshot import TrainingExample, write_snapshot
from ingestion.demo.shop import INTERACTIONS, POLICIES
from ingestion.sources.interactions import read_past_cases
from ingestion.sources.knowledge import read_pages

PAGES, PASSAGES = read_pages(POLICIES)
PAST = [
    Interaction(
        InteractionId(f"past_{number}"),
        case.situation.split("/", 1)[0],
        case.situation,
        case.question,
        case.reply,
        "demo",
        product_id=case.product,
    )
    for number, case in enumerate(read_past_cases(INTERACTIONS))
]
SHOP = Shop(
    load_playbook(pages={page.id: frozenset(page.facts) for page in PAGES}),
    {page.id: page for page in PAGES},
    PAST,
    load_prompts(),
    lambda question, pages: [passage for passage in PASSAGES if passage.page_id in pages][:1],
)
RECIPE = AnswerRecipe(rows_per_situation=10)
EXAMPLES = list(answer_examples(SHOP, RECIPE))
BY_ID = {interaction.id: interaction for interaction in PAST}


def rows(split: str) -> list[TrainingExample]:
    return [example for example in EXAMPLES if example.split == split]


def test_the_same_recipe_makes_the_same_examples() -> None:
    assert list(answer_examples(SHOP, RECIPE)) == EXAMPLES


def test_no_situation_has_more_examples_than_asked_for_and_nearly_all_have_some() -> None:
    counts = dict.fromkeys({example.situation for example in EXAMPLES}, 0)
    for example in rows("train"):
        counts[example.situation] += 1
    assert max(counts.values()) <= RECIPE.rows_per_situation
    assert sum(count >= 5 for count in counts.values()) >= 0.85 * len(counts)


def test_situations_that_are_held_out_are_never_trained_on() -> None:
    held_out = {example.situation for example in rows("held_out_situation")}
    assert len(held_out) >= 8
    assert held_out.isdisjoint(example.situation for example in (*rows("train"), *rows("held_out_phrase")))


def test_a_phrase_that_is_held_out_is_neither_asked_nor_answered_in_training() -> None:
    kept_back = {example.lineage.interaction for example in rows("held_out_phrase")}
    assert len(kept_back) >= 100
    for example in rows("train"):
        assert example.lineage.interaction not in kept_back
        assert example.lineage.question_of not in kept_back


def test_every_example_says_what_it_was_made_from_and_uses_only_slots_that_it_offers() -> None:
    for example in EXAMPLES:
        reply, asked = BY_ID[InteractionId(example.lineage.interaction)], example.lineage.question_of
        assert example.reply == reply.reply
        assert BY_ID[InteractionId(asked)].situation == example.situation == reply.situation
        offered = slots_in(example.messages[-1].content)
        assert set(slots_in(example.reply)) <= {*offered, "store_name"}


def test_a_reply_that_rests_is_not_learnt_from() -> None:
    resting = [
        replace(interaction, status=InteractionStatus.RESTING)
        for interaction in PAST
        if interaction.intent == "track_order"
    ]
    others = [interaction for interaction in PAST if interaction.intent != "track_order"]
    examples = answer_examples(replace(SHOP, interactions=[*resting, *others]), RECIPE)
    assert all(not example.situation.startswith("track_order/") for example in examples)


def test_what_several_customers_asked_in_the_same_words_is_learnt_once_and_nothing_held_out(
    tmp_path: Path,
) -> None:
    late = [interaction for interaction in PAST if interaction.situation == "track_order/late"]
    taught = [
        replace(
            late[0], id=InteractionId(f"learnt-{number}"), question=asked.question, reply=f"{late[0].reply} {word}."
        )
        for number, (asked, word) in enumerate(zip([late[0], *late], ("Sorry", *"abcdefghijklmnop"), strict=False))
    ]
    examples = list(answer_examples(replace(SHOP, interactions=[*PAST, *taught]), RECIPE))

    write_snapshot(tmp_path, examples, {})  # refuses two rows that are the same
    asked_of = {interaction.id: interaction.question for interaction in (*PAST, *taught)}
    held_out, learnt = (
        {(e.situation, asked_of[InteractionId(e.lineage.question_of)]) for e in examples if e.split == split}
        for split in ("held_out_phrase", "train")
    )
    assert held_out.isdisjoint(learnt)
