"""Knowledge and past replies are brought in once, kept honest with each other, and never half-written."""

import shutil

import pytest

from app.errors import ConfigurationError, PlaybookError
from tests.builders import KETTLE
from tests.ingestion.small_shop import PAST, REPLIES, RETURN_REPLIES, Shop

POLICY, DELIVERY, STOCK = "check_refund_policy/policy", "delivery_options/list", "product_question/in_stock"


def test_pages_and_replies_are_brought_in_and_found(shop: Shop) -> None:
    assert shop.bring_all() == (2, REPLIES)

    assert len(shop.found(POLICY)) == RETURN_REPLIES
    assert (shop.loader.index.count(), shop.loader.index.count_passages()) == (REPLIES, 3)
    assert shop.loader.resting() == []


def test_a_reply_rests_on_its_situation_its_pages_and_its_product(shop: Shop) -> None:
    shop.bring_all()
    versions = shop.loader.versions()

    (reply,) = shop.replies(STOCK)

    names = (f"playbook:{STOCK}", "policy:delivery", f"product:{KETTLE.id}")
    assert reply.rests_on == {name: versions[name] for name in names}
    assert reply.source == "import:product_question.yaml: in_stock, pair 1"


def test_what_identifies_a_person_is_masked_before_anything_is_kept(shop: Shop) -> None:
    shop.bring_all()
    questions = [item.question for item in shop.replies(POLICY)]
    assert "how many days do I have to return something, my number is [order]" in questions


def test_repeating_every_import_changes_nothing(shop: Shop) -> None:
    shop.bring_all()
    before = shop.contents()
    shop.said.clear()

    assert shop.bring_all() == (0, 0)
    shop.loader.reindex()
    assert shop.bring_all() == (0, 0)

    assert shop.contents() == before
    assert all("rest" not in line for line in shop.said)


def test_a_new_reply_in_a_file_is_added_to_the_others(shop: Shop) -> None:
    shop.bring_all()
    shop.files.edit("past/track_order.yaml", "where is my parcel", "what is keeping my parcel")

    assert shop.bring_all() == (0, 1)

    assert shop.loader.index.count() == REPLIES + 1


def test_the_index_is_rebuilt_to_the_same_state_after_its_folder_is_lost(shop: Shop) -> None:
    shop.bring_all()
    shop.files.shorten_returns()
    shop.loader.bring_knowledge(shop.files.pages)
    before = shop.contents()
    shop.loader.index.close()
    shutil.rmtree(shop.folder)

    assert shop.loader.reindex() == (REPLIES - RETURN_REPLIES, 3)

    assert shop.contents() == before


def test_the_index_is_rebuilt_while_its_folder_is_deleted_under_it(shop: Shop) -> None:
    shop.bring_all()
    before = shop.contents()
    shutil.rmtree(shop.folder)

    shop.loader.reindex()

    assert shop.contents() == before


@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        (
            "track_order",
            "Your order {order_id} is late.",
            "It is late.",
            "late, pair 1: {order_id} has to be mentioned",
        ),
        ("track_order", "is late.", "is at {warehouse}.", "late, pair 1: {warehouse} is not offered"),
        ("track_order", "is late.", "is late!", "late, pair 1: no exclamation marks"),
        ("track_order", "is late.", "has arrived.", "late, pair 1: says that the parcel has arrived"),
        ("check_refund_policy", "You have 30 days", "You have 45 days", "policy, pair 2: "),
        (
            "check_refund_policy",
            "You can send it",
            "I have started it. Send it",
            "policy, pair 1: says that a return was",
        ),
        ("delivery_options", "  list:", "  by_drone:", "by_drone, pair 1: the playbook has no situation"),
        ("product_question", f"product: {KETTLE.id}", "product: P-99", "in_stock, pair 1: there is no product P-99"),
    ],
)
def test_one_reply_that_breaks_a_rule_keeps_all_of_them_out_and_is_named(
    shop: Shop, file: str, old: str, new: str, named: str
) -> None:
    shop.loader.bring_knowledge(shop.files.pages)
    shop.files.edit(f"past/{file}.yaml", old, new)

    with pytest.raises(ConfigurationError) as refused:
        shop.loader.bring_interactions(shop.files.past)

    assert f"{file}.yaml: {named}" in refused.value.detail
    assert "nothing was brought in" in refused.value.detail
    assert shop.loader.interactions.all_interactions() == []
    assert shop.loader.index.count() == 0


def test_every_reply_that_breaks_a_rule_is_named_at_once(shop: Shop) -> None:
    shop.loader.bring_knowledge(shop.files.pages)
    shop.files.edit("past/track_order.yaml", "{order_id} is late.", "{order_id} is late!")
    shop.files.edit("past/delivery_options.yaml", "{standard_days}.", "{standard_days}!")

    with pytest.raises(ConfigurationError) as refused:
        shop.loader.bring_interactions(shop.files.past)

    head, *lines = refused.value.detail.splitlines()
    assert head.startswith("2 problems")
    assert [line.partition(":")[0] for line in lines] == ["delivery_options.yaml", "track_order.yaml"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("id: returns", "id: [returns"),
        ("within {return_days} of", "within {returm_days} of"),
        ("  return_days: 30 days", "  standard_days: 30 days"),
    ],
    ids=["not YAML", "an unknown slot", "a fact of another page"],
)
def test_one_wrong_page_leaves_the_knowledge_as_it_was(shop: Shop, old: str, new: str) -> None:
    shop.bring_all()
    before = shop.contents()
    shop.files.edit("pages/delivery.md", "3 to 5 days", "2 days")
    shop.files.edit("pages/returns.md", old, new)

    with pytest.raises(ConfigurationError, match=r"(returns|delivery)\.md"):
        shop.loader.bring_knowledge(shop.files.pages)

    assert shop.contents() == before


def test_a_page_that_the_playbook_needs_cannot_be_taken_away(shop: Shop) -> None:
    shop.bring_all()
    before = shop.contents()
    (shop.files.pages / "returns.md").unlink()

    with pytest.raises(PlaybookError, match=r"check_refund_policy\.yaml, line 7.*there is no policy page returns"):
        shop.loader.bring_knowledge(shop.files.pages)

    assert shop.contents() == before


def test_replies_need_their_pages_first(shop: Shop) -> None:
    with pytest.raises(PlaybookError, match="there is no policy page"):
        shop.loader.bring_interactions(shop.files.past)


def test_one_file_can_be_brought_in_alone(shop: Shop) -> None:
    shop.loader.bring_knowledge(shop.files.pages)
    assert shop.loader.bring_interactions(shop.files.past / "track_order.yaml") == 1
    assert len(PAST) > 1
    assert shop.loader.bring_interactions(shop.files.past) == REPLIES - 1
