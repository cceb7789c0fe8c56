"""A supervisor corrects a reply for every such case: the next one drafts with it, and it can be taken back."""

from playwright.sync_api import expect

from app.measure.child import Child
from tests.e2e.browser.conftest import OpenShop
from tests.e2e.browser.office import PATIENCE_MS, goes_to, item, opens
from tests.e2e.browser.test_supervisors import SignIn, asks, careful, sign_in

__all__ = ["careful", "sign_in"]

ASKED = "which payment methods do you take, I am the first to ask"
AGAIN = "which payment methods do you take, I am the second to ask"
BETTER = "You have the choice. "


def test_a_correction_for_every_such_case_is_in_the_next_draft_until_it_is_taken_back(
    shop: OpenShop, careful: Child, sign_in: SignIn
) -> None:
    asks(shop, careful, ASKED)
    sam = sign_in("sam")
    opens(sam, ASKED)
    sam.locator("#q-edit").click()
    box = sam.locator("#q-text textarea")
    expect(box).not_to_have_value("")
    greeting, _, body = box.input_value().partition("\n")
    box.fill(f"{greeting}\n{BETTER}{body}")
    sam.get_by_label("In every such case").check()
    sam.locator("#q-send").click()
    expect(sam.locator("#queue-told")).to_contain_text("kept for cases like this one")

    asks(shop, careful, AGAIN, "two_orders")
    expect(item(sam, AGAIN)).to_have_count(1, timeout=PATIENCE_MS)
    opens(sam, AGAIN)
    expect(sam.locator("#queue-draft")).to_contain_text(BETTER.strip())

    goes_to(sam, "Learnt")
    learnt = sam.locator("#learnt-list .learnt").filter(has_text=BETTER.strip())
    expect(learnt).to_contain_text("On trial")
    expect(learnt).to_contain_text("1 for it")
    learnt.get_by_role("button", name="Take back").click()
    expect(sam.locator("#learnt-told")).to_contain_text("Taken back.")
    expect(learnt).to_have_count(0)
