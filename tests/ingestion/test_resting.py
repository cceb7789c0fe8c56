"""When something under a reply changes, the reply rests until a person has checked it again; nothing else does."""

import shutil
from dataclasses import replace

import pytest

from app.domain.ids import InteractionId
from app.domain.retrieval import InteractionStatus
from app.errors import IndexDown
from tests.builders import KETTLE
from tests.ingestion.small_shop import REPLIES, RETURN_REPLIES, Shop

POLICY, DELIVERY, STOCK = "check_refund_policy/policy", "delivery_options/list", "product_question/in_stock"


def test_replies_rest_when_the_page_they_rest_on_changes(shop: Shop) -> None:
    shop.bring_all()
    shop.files.shorten_returns()

    assert shop.loader.bring_knowledge(shop.files.pages) == 2

    assert {item.status for item in shop.replies(POLICY)} == {InteractionStatus.RESTING}
    assert shop.found(POLICY) == []
    assert shop.loader.index.count() == REPLIES - RETURN_REPLIES
    assert "2 replies rest until they are checked again: handrail-ingest recheck" in shop.said


def test_passages_and_facts_say_what_the_page_says_now(shop: Shop) -> None:
    shop.bring_all()
    shop.files.shorten_returns()
    shop.loader.bring_knowledge(shop.files.pages)

    first, *_ = shop.loader.index.search_passages("an order can be sent back within days", pages=["returns"])
    (facts,) = (page.facts for page in shop.loader.knowledge.pages() if page.id == "returns")

    assert first.text == "An order can be sent back within 14 days of delivery."
    assert facts == {"return_days": "14 days"}


def test_replies_on_another_page_are_untouched(shop: Shop) -> None:
    shop.bring_all()
    before = [shop.replies(key) for key in (DELIVERY, STOCK, "track_order/late")]
    shop.files.shorten_returns()

    shop.loader.bring_knowledge(shop.files.pages)

    assert [shop.replies(key) for key in (DELIVERY, STOCK, "track_order/late")] == before
    assert shop.found(DELIVERY) == shop.replies(DELIVERY)


def test_an_import_does_not_put_a_resting_reply_back_to_work(shop: Shop) -> None:
    shop.bring_all()
    shop.files.shorten_returns()
    shop.loader.bring_knowledge(shop.files.pages)
    resting = shop.loader.resting()
    # Only the reply that the new page bears out, or the import would refuse the file.
    shop.files.edit("past/check_refund_policy.yaml", "You have 30 days, which is", "You have")

    shop.loader.bring_interactions(shop.files.past)

    assert [item for item in shop.loader.resting() if item in resting] == resting


def test_checking_again_puts_back_to_work_what_the_new_page_bears_out(shop: Shop) -> None:
    shop.bring_all()
    shop.files.shorten_returns()
    shop.loader.bring_knowledge(shop.files.pages)
    in_slots, with_a_literal = sorted(shop.loader.resting(), key=lambda item: "30 days" in item.reply)

    approved, refused = shop.loader.recheck(shop.loader.resting())

    assert [item.id for item in approved] == [in_slots.id]
    assert shop.found(POLICY) == approved
    assert approved[0].rests_on["policy:returns"] == shop.loader.versions()["policy:returns"]
    assert list(refused) == [with_a_literal.id]
    assert "“30” stands nowhere" in refused[with_a_literal.id][0]
    assert shop.loader.rest_outdated() == []


def test_a_page_that_is_put_back_leaves_its_replies_at_rest(shop: Shop) -> None:
    shop.bring_all()
    shop.files.shorten_returns()
    shop.loader.bring_knowledge(shop.files.pages)
    shop.files.edit("pages/returns.md", "14 days", "30 days")

    shop.loader.bring_knowledge(shop.files.pages)

    assert len(shop.loader.resting()) == RETURN_REPLIES


def test_replies_rest_when_the_playbook_says_something_else_of_their_situation(shop: Shop) -> None:
    shop.bring_all()
    shop.files.edit("playbook/intents/delivery_options.yaml", "Say how long delivery takes.", "Say when it comes.")

    assert [item.situation for item in shop.loader.rest_outdated()] == [DELIVERY]
    assert shop.loader.bring_knowledge(shop.files.pages) == 0


def test_an_import_of_unchanged_pages_still_lets_outdated_replies_rest(shop: Shop) -> None:
    shop.bring_all()
    shop.files.edit("playbook/intents/delivery_options.yaml", "Say how long delivery takes.", "Say when it comes.")

    shop.loader.bring_knowledge(shop.files.pages)

    assert shop.found(DELIVERY) == []


def test_a_reply_rests_when_the_catalogue_words_its_product_differently(shop: Shop) -> None:
    shop.bring_all()
    reworded = replace(shop.loader, products=(replace(KETTLE, details="Copper."),))
    assert [item.situation for item in reworded.rest_outdated()] == [STOCK]
    assert reworded.rest_outdated() == []


def test_a_catalogue_that_cannot_be_read_lets_nothing_rest(shop: Shop) -> None:
    shop.bring_all()
    blind = replace(shop.loader, products=None)
    shop.files.shorten_returns()

    blind.bring_knowledge(shop.files.pages)

    assert {item.situation for item in blind.resting()} == {POLICY}


def test_a_catalogue_that_cannot_be_read_is_not_guessed_from_replies_at_rest(shop: Shop) -> None:
    shop.bring_all()
    (reply,) = shop.replies(STOCK)
    older = replace(
        reply,
        id=InteractionId(f"{reply.id}_older"),
        status=InteractionStatus.RESTING,
        rests_on={**reply.rests_on, f"product:{KETTLE.id}": "an older one"},
    )
    shop.loader.interactions.approve([older])

    assert replace(shop.loader, products=None).rest_outdated() == []


def test_a_reply_about_a_product_that_is_gone_stays_at_rest(shop: Shop) -> None:
    shop.bring_all()
    without = replace(shop.loader, products=())
    without.rest_outdated()

    approved, refused = without.recheck(without.resting())

    assert approved == []
    assert list(refused.values()) == [[f"product:{KETTLE.id} cannot be found"]]


def test_a_reply_whose_situation_is_gone_stays_at_rest(shop: Shop) -> None:
    shop.bring_all()
    shop.files.edit("playbook/intents/track_order.yaml", "  late: {when", "  delayed: {when")
    shop.loader.rest_outdated()

    approved, refused = shop.loader.recheck(shop.loader.resting())

    assert approved == []
    assert list(refused.values()) == [["the playbook has no such situation any more"]]


def test_a_reply_read_against_an_older_page_rests_from_the_start(shop: Shop) -> None:
    shop.loader.bring_knowledge(shop.files.pages)
    older = {**shop.loader.versions(), "policy:returns": "an older one"}

    assert shop.loader.bring_interactions(shop.files.past, older) == REPLIES

    assert {item.situation for item in shop.loader.resting()} == {POLICY}
    assert shop.found(POLICY) == []
    assert shop.loader.index.count() == REPLIES - RETURN_REPLIES


def test_a_reply_read_again_for_a_release_goes_back_to_work(shop: Shop) -> None:
    shop.loader.bring_knowledge(shop.files.pages)
    older = {**shop.loader.versions(), "policy:returns": "an older one"}
    shop.loader.bring_interactions(shop.files.past, older)
    assert shop.loader.bring_interactions(shop.files.past, older) == 0
    assert shop.found(POLICY) == []

    shop.loader.bring_interactions(shop.files.past, shop.loader.versions())

    assert len(shop.found(POLICY)) == RETURN_REPLIES
    assert shop.loader.resting() == []


def test_a_reply_that_was_withdrawn_stays_so_whatever_a_release_has_read(shop: Shop) -> None:
    shop.loader.bring_knowledge(shop.files.pages)
    shop.loader.bring_interactions(shop.files.past, {**shop.loader.versions(), "policy:returns": "an older one"})
    withdrawn = [replace(item, status=InteractionStatus.WITHDRAWN) for item in shop.replies(POLICY)]
    shop.loader.interactions.approve(withdrawn)

    shop.loader.bring_interactions(shop.files.past, shop.loader.versions())

    assert shop.replies(POLICY) == withdrawn
    assert shop.found(POLICY) == []


def test_a_release_that_was_read_no_further_wakes_nothing(shop: Shop) -> None:
    shop.loader.bring_knowledge(shop.files.pages)
    shipped = shop.loader.versions()
    shop.loader.bring_interactions(shop.files.past, shipped)
    shop.files.shorten_returns()
    shop.loader.bring_knowledge(shop.files.pages)
    shop.files.edit("pages/returns.md", "14 days", "30 days")
    shop.loader.bring_knowledge(shop.files.pages)

    shop.loader.bring_interactions(shop.files.past, shipped)

    assert len(shop.loader.resting()) == RETURN_REPLIES
    assert shop.found(POLICY) == []


def test_a_reply_does_not_stay_at_work_because_the_index_is_down(shop: Shop) -> None:
    shop.bring_all()
    shop.loader.index.close()
    shutil.rmtree(shop.folder)
    shop.folder.write_text("not a folder", encoding="utf-8")
    shop.files.shorten_returns()

    with pytest.raises(IndexDown):
        shop.loader.bring_knowledge(shop.files.pages)

    assert len(shop.loader.resting()) == RETURN_REPLIES
    shop.folder.unlink()
    assert shop.loader.reindex() == (REPLIES - RETURN_REPLIES, 3)
