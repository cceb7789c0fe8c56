"""Something new that waits is heard and seen on the tab, once, by whoever has switched the sound on."""

from playwright.sync_api import Page, expect

from app.measure.child import Child
from tests.e2e.browser.conftest import OpenShop
from tests.e2e.browser.office import PATIENCE_MS, item
from tests.e2e.browser.test_supervisors import BEYOND, SignIn, asks, careful, sign_in

__all__ = ["careful", "sign_in"]

COUNTS_TONES = """() => {
  window.tones = 0;
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...when) { window.tones += 1; return start.apply(this, when); };
}"""


def tones(page: Page) -> int:
    count: int = page.evaluate("window.tones")
    return count


def test_a_new_hold_is_heard_once_and_counted_in_the_title(shop: OpenShop, careful: Child, sign_in: SignIn) -> None:
    sam = sign_in("sam")
    sam.evaluate(COUNTS_TONES)
    waiting = sam.locator("#queue-list [data-pick]").count()
    sam.locator("#sound").click()
    expect(sam.locator("#sound")).to_have_attribute("aria-pressed", "true")
    before = tones(sam)
    assert before > 0, "she hears what it will sound like"

    words = f"{BEYOND}, says somebody new"
    asks(shop, careful, words)

    expect(item(sam, words)).to_have_count(1, timeout=PATIENCE_MS)
    expect(sam).to_have_title(f"({waiting + 1}) Larkfield · Handrail")
    assert tones(sam) == 2 * before
    sam.locator("#sound").click()
    asks(shop, careful, f"{words}, and once more", "late")
    expect(sam).to_have_title(f"({waiting + 2}) Larkfield · Handrail", timeout=PATIENCE_MS)
    assert tones(sam) == 2 * before
