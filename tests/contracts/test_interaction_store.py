"""What every store of past replies keeps: above all, that an import never approves again what a person has not."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from app.adapters.sql.interactions import SqlInteractions
from app.domain.ids import InteractionId, ProductId
from app.domain.retrieval import Interaction, InteractionStatus
from app.ports import InteractionStore
from tests.builders import an_interaction

RETURNS_V1 = {"playbook:get_refund/window_open": "p1", "policy:returns": "v1"}
REFUND = an_interaction("how do I send it back", situation="get_refund/window_open", rests_on=RETURNS_V1)
LATE = an_interaction("where is my parcel", rests_on={"playbook:track_order/late": "p1"})


@pytest.fixture
def store(database: Engine) -> InteractionStore:
    return SqlInteractions(database)


def test_a_reply_comes_back_as_it_was_put(store: InteractionStore) -> None:
    whole = an_interaction(
        "is the “Inglenook” kettle 🫖 in stock?",
        situation="product_question/in_stock",
        reply="The {product} is.\n{product_details}",
        status=InteractionStatus.PROVISIONAL,
        product=ProductId("P-1"),
        rests_on={"product:P-1": "k1"},
    )
    store.put([whole, LATE])
    assert store.by_id([whole.id]) == {whole.id: whole}


def test_all_are_listed_by_id(store: InteractionStore) -> None:
    store.put([replace(LATE, id=InteractionId(number)) for number in ("c", "a", "b")])
    assert [item.id for item in store.all_interactions()] == ["a", "b", "c"]


def test_only_those_that_exist_come_back_by_id(store: InteractionStore) -> None:
    store.put([LATE])
    assert store.by_id([InteractionId("nobody"), LATE.id]) == {LATE.id: LATE}
    assert store.by_id([]) == {}


def test_more_ids_than_a_query_takes_come_back(store: InteractionStore) -> None:
    items = [replace(LATE, id=InteractionId(f"n{number:04}")) for number in range(1201)]
    store.put(items)
    assert len(store.by_id([item.id for item in items])) == 1201


@pytest.mark.parametrize("status", [InteractionStatus.RESTING, InteractionStatus.WITHDRAWN])
def test_putting_a_reply_again_never_approves_it(store: InteractionStore, status: InteractionStatus) -> None:
    put_aside = replace(REFUND, status=status)
    store.approve([put_aside])

    store.put([replace(REFUND, rests_on={"policy:returns": "v2"}, reply="Other words.")])

    assert store.by_id([REFUND.id])[REFUND.id] == put_aside


def test_the_same_reply_twice_in_one_import_is_kept_once(store: InteractionStore) -> None:
    store.put([LATE, LATE])
    store.put([LATE, REFUND, LATE])
    assert len(store.all_interactions()) == 2


def test_nothing_to_put_or_approve_is_no_mistake(store: InteractionStore) -> None:
    store.put([])
    store.approve([])
    assert store.all_interactions() == []


def test_approving_replaces_status_words_and_what_it_rests_on(store: InteractionStore) -> None:
    store.put([replace(REFUND, status=InteractionStatus.RESTING), LATE])
    checked = replace(REFUND, reply="Send it back.", rests_on={"policy:returns": "v2"})

    store.approve([checked])

    assert store.by_id([REFUND.id, LATE.id]) == {REFUND.id: checked, LATE.id: LATE}


def test_approving_a_reply_that_is_new_adds_it(store: InteractionStore) -> None:
    store.approve([LATE])
    assert store.all_interactions() == [LATE]


def test_a_reply_rests_when_one_thing_under_it_has_changed(store: InteractionStore) -> None:
    store.put([REFUND, LATE])

    rested = store.rest_outdated({**RETURNS_V1, **LATE.rests_on, "policy:returns": "v2"})

    assert [item.id for item in rested] == [REFUND.id]
    kept = store.by_id([REFUND.id, LATE.id])
    assert kept[REFUND.id] == replace(REFUND, status=InteractionStatus.RESTING)
    assert kept[LATE.id] == LATE


def test_a_reply_rests_when_something_under_it_is_gone(store: InteractionStore) -> None:
    store.put([REFUND])
    assert [item.id for item in store.rest_outdated({"policy:returns": "v1"})] == [REFUND.id]


def test_a_reply_that_was_never_read_against_a_version_rests_though_that_is_unknown_too(
    store: InteractionStore,
) -> None:
    store.put([replace(REFUND, rests_on={"policy:returns": ""})])
    assert len(store.rest_outdated({})) == 1


def test_a_provisional_reply_rests_too(store: InteractionStore) -> None:
    store.put([replace(REFUND, status=InteractionStatus.PROVISIONAL)])
    assert len(store.rest_outdated({})) == 1


def test_a_withdrawn_reply_stays_withdrawn(store: InteractionStore) -> None:
    withdrawn = replace(REFUND, status=InteractionStatus.WITHDRAWN)
    store.put([withdrawn])
    assert store.rest_outdated({}) == []
    assert store.all_interactions() == [withdrawn]


def test_a_reply_that_is_withdrawn_while_others_come_to_rest_stays_withdrawn(
    store: InteractionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    withdrawn = replace(REFUND, status=InteractionStatus.WITHDRAWN)
    store.put([REFUND])
    read = store.all_interactions

    def read_and_then_withdraw() -> list[Interaction]:
        found = read()
        store.approve([withdrawn])
        return found

    with monkeypatch.context() as patch:
        patch.setattr(store, "all_interactions", read_and_then_withdraw)
        store.rest_outdated({})

    assert store.all_interactions() == [withdrawn]


def test_resting_twice_names_a_reply_once_and_going_back_wakes_nothing(store: InteractionStore) -> None:
    store.put([REFUND])
    assert len(store.rest_outdated({})) == 1
    assert store.rest_outdated({}) == []
    assert store.rest_outdated(RETURNS_V1) == []
    assert not store.all_interactions()[0].usable


def test_a_reply_that_rests_on_nothing_never_becomes_outdated(store: InteractionStore) -> None:
    store.put([an_interaction()])
    assert store.rest_outdated({}) == []
