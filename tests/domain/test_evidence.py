"""What can be seen in a draft: each feature shows what it is named for."""

from app.domain.evidence import FEATURES, DraftContext, Phrases, evidence, told_in_words

CONTEXT = DraftContext(
    means="The parcel is with the carrier and is late.",
    steps=("Follow the parcel by the tracking link",),
    policy="",
    question="where is my parcel",
    must=("order_id", "delivery_date"),
    offered=("order_id", "delivery_date", "refund_days"),
)
PHRASES = Phrases.of(
    [
        "Order {order_id} is late, and the carrier now names {delivery_date}.",
        "Follow the parcel by the tracking link.",
        "The money goes back within {refund_days}.",
    ]
)
WRITTEN = "Order {order_id} is late, and the carrier now names {delivery_date}."


def seen(text: str, *others: str, surprise: tuple[float, ...] = ()) -> dict[str, float]:
    return evidence(text, CONTEXT, PHRASES, others, surprise)


def test_what_people_wrote_is_known_and_what_nobody_wrote_is_not() -> None:
    assert seen(WRITTEN)["unknown triples"] == 0
    assert seen("Carrier the order {order_id} late names is.")["unknown triples"] > 0.8


def test_a_slot_is_known_by_its_kind() -> None:
    assert seen("The money goes back within {deposit_days}.")["strange slots"] == 0
    assert seen("Order {refund_days} is late, and the carrier now names {order_id}.")["strange slots"] >= 0.75


def test_what_the_situation_does_not_bear_out_is_seen_in_the_worst_sentence() -> None:
    spoilt = f"{WRITTEN} Your umbrella museum voucher expired yesterday."
    assert seen(spoilt)["worst support"] > seen(WRITTEN)["worst support"]
    assert seen(spoilt)["nothing behind it"] > seen(WRITTEN)["nothing behind it"]


def test_a_draft_that_says_what_is_the_case_covers_it() -> None:
    assert seen("The parcel is with the carrier and late.")["of what is the case"] == 1
    assert seen("Please sign in.")["of what is the case"] == 0


def test_stutter_and_too_many_apologies_are_seen() -> None:
    stutters = "I am sorry, I am sorry that it is late, I am sorry that it is late."
    assert seen(stutters)["stutter"] > 0.2
    assert seen(stutters)["sorry"] == 1
    assert seen(WRITTEN)["stutter"] == 0


def test_a_draft_that_its_siblings_agree_with_is_less_unlike_them() -> None:
    assert seen(WRITTEN, WRITTEN, WRITTEN)["unlike the others"] == 0
    assert seen(WRITTEN, "Please sign in at the top of the page.")["unlike the others"] > 0.8


def test_the_models_own_doubt_is_seen_where_it_is_told() -> None:
    assert seen(WRITTEN, surprise=(0.1, 0.1))["unsure words"] < seen(WRITTEN, surprise=(0.1, 3.0))["unsure words"]


def test_every_feature_has_a_value_for_any_text_and_an_empty_one() -> None:
    for text in ("", "?", "{order_id}", WRITTEN):
        values = seen(text)
        assert tuple(values) == FEATURES
        assert all(-1 <= value <= 10 for value in values.values())


def test_the_supervisor_is_told_what_pulled_the_draft_down_most() -> None:
    assert told_in_words({"a": 0.5, "b": 0.25}, {"a": -2.0, "b": 1.0}) == "a 0.50"
    assert told_in_words({"a": 0.5}, {"a": 1.0}) == ""
