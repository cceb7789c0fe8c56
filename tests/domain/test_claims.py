"""What a reply states as a fact, and what it only names under a condition, a negation or in general."""

import pytest

from app.domain.claims import asserted, untrue
from app.domain.playbook import Playbook
from app.playbook.loader import load_playbook

PLAYBOOK: Playbook = load_playbook()

STATED = [
    ("delivered", "Your order {order_id} was delivered on {delivered_date}."),
    ("delivered", "Your parcel has already arrived."),
    ("delivered", "The carrier delivered it on {delivered_date}."),
    ("delivered", "Order {order_id} shows as delivered, and its return period is open."),
    ("delivered", "I am sorry, order {order_id} was delivered on {delivered_date} and can no longer be returned."),
    ("not_shipped_yet", "Your order {order_id} has not been packed yet, so there is no parcel to follow so far."),
    ("not_shipped_yet", "Nothing is missing, because order {order_id} is still being prepared."),
    ("not_shipped_yet", "There is still time: order {order_id} is not packed."),
    ("shipped", "Your order {order_id} has shipped and can no longer be stopped."),
    ("shipped", "The parcel is with {carrier}, and you can follow it here: {tracking_link}"),
    ("shipped", "Your tent is on its way."),
    ("on_time", "The good news is that your parcel is on time."),
    ("on_time", "The carrier brings order {order_id} on {delivery_date}, and everything is going as planned."),
    ("late", "Your order {order_id} is {days_late} late, and that should not have happened."),
    ("late", "Your parcel is delayed by {days_late}."),
    ("lost", "Your parcel was lost by the carrier."),
    ("lost", "It is true, the carrier has lost your order {order_id}; I am sorry."),
    ("cancelled", "Our records show order {order_id} as cancelled."),
    ("cancelled", "Your order {order_id} is cancelled already."),
    ("refunded", "We paid {refund_amount} back, so the money was refunded."),
    ("refunded", "Your money has been paid out to {refund_method}."),
    ("refund_approved", "Your refund of {refund_amount} has been approved."),
    ("refund_refused", "Your refund for order {order_id} was declined."),
    ("paid", "Order {order_id} is paid, so there is nothing to do."),
    ("payment_failed", "The payment for order {order_id} did not go through."),
    ("in_stock", "The {product} is in stock."),
    ("out_of_stock", "The {product} is sold out at the moment."),
    ("did_it", "I have cancelled your order."),
    ("did_it", "We've refunded your card."),
    ("did_it", "I have passed this to my colleague."),
    ("did_it", "Your address has been changed."),
    ("did_it", "I'm now cancelling order {order_id}."),
    ("promise", "I promise that it arrives tomorrow."),
    ("promise", "You will receive a voucher for the wait."),
    ("promise", "You are entitled to compensation."),
    ("promise", "We will refund you."),
    ("promise", "It will definitely be there."),
]
NOT_STATED = [
    ("delivered", "Once it has been delivered, you can return it within {return_days}."),
    ("delivered", 'When your order has arrived, open "My orders".'),
    ("delivered", "Your parcel has not been delivered yet."),
    ("delivered", "If the parcel was delivered to a neighbor, please ask there."),
    ("delivered", "Please tell me what has arrived so far."),
    ("not_shipped_yet", "You can change it yourself as long as the order is not packed."),
    ("not_shipped_yet", 'If it is still being prepared, "Cancel order" is there.'),
    ("shipped", "As soon as the parcel has left our warehouse, the link comes by email."),
    ("shipped", "Your order {order_id} has not shipped."),
    ("shipped", "Nothing is on its way at the moment."),
    ("late", "Your parcel is not late."),
    ("late", "If your parcel is late, tell us."),
    ("late", "It is too late to cancel."),
    ("lost", "If there is no news after that, the parcel is lost for us."),
    ("lost", "Your parcel is not lost."),
    ("cancelled", 'Your order can be cancelled under "My orders".'),
    ("cancelled", "Order {order_id} cannot be cancelled any more."),
    ("cancelled", "Once the order is cancelled, the money goes back within {refund_days}."),
    ("refunded", "The amount will be refunded to the same card."),
    ("refunded", "Your refund has not been paid out yet."),
    ("refunded", "When the money has been paid out, you get an email."),
    ("refund_approved", "As soon as the refund is approved, you hear from us."),
    ("paid", "The order is not paid yet."),
    ("paid", 'Whether the order is paid stands under "My orders".'),
    ("payment_failed", "If a payment failed, nothing is charged."),
    ("in_stock", "You can order again as long as it is in stock."),
    ("in_stock", "The {product} is not in stock."),
    ("out_of_stock", "If an item is sold out, a refund is the only way."),
    ("did_it", "I can pass this to a colleague."),
    ("did_it", "A colleague can cancel it for you."),
    ("did_it", 'You can update your address under "My account".'),
    ("did_it", "Would you like me to pass this to a colleague?"),
    ("promise", "You can choose between a replacement and a refund."),
    ("promise", "I cannot promise a day."),
]


def claim_id(case: object) -> str | None:
    return case if isinstance(case, str) else None


@pytest.mark.parametrize(("claim", "sentence"), STATED, ids=claim_id)
def test_a_statement_of_fact_is_recognised(claim: str, sentence: str) -> None:
    assert asserted(PLAYBOOK.claims[claim], sentence)


@pytest.mark.parametrize(("claim", "sentence"), NOT_STATED, ids=claim_id)
def test_what_is_denied_or_depends_on_something_is_no_statement(claim: str, sentence: str) -> None:
    assert not asserted(PLAYBOOK.claims[claim], sentence)


def test_a_condition_in_one_sentence_does_not_soften_the_next() -> None:
    text = "If you have moved, tell us. Your parcel has been delivered."

    assert asserted(PLAYBOOK.claims["delivered"], text)


def untrue_names(text: str, **signs: str) -> set[str]:
    return {claim.name for claim in untrue(PLAYBOOK.claims, text, signs)}


def test_a_statement_that_the_records_bear_out_is_true() -> None:
    assert untrue_names("Your parcel is late.", shipment="late") == set()


def test_a_statement_that_the_records_contradict_is_untrue() -> None:
    assert untrue_names("Your parcel is late.", shipment="on_time") == {"late"}


def test_a_sign_that_is_unknown_bears_out_nothing() -> None:
    assert untrue_names("Your parcel is late.") == {"late"}


def test_any_one_of_several_conditions_makes_a_statement_true() -> None:
    assert untrue_names("The money has been paid back.", payment="refunded") == set()
    assert untrue_names("The money has been paid back.", refund="paid_out") == set()
    assert untrue_names("The money has been paid back.", refund="approved", payment="paid") == {"refunded"}


@pytest.mark.parametrize("text", ["I have cancelled your order.", "I promise that you will get it."])
def test_an_action_or_a_promise_is_untrue_whatever_the_records_say(text: str) -> None:
    assert untrue_names(text, order_status="cancelled", shipment="delivered", refund="paid_out")


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("beyond_policy", "We can waive the return fee for you."),
        ("beyond_policy", "I will give you a discount on the next one."),
        ("beyond_policy", "We will add a free gift."),
        ("beyond_policy", "You get double your money back."),
        ("beyond_policy", "I made an exception for you."),
        ("legal_advice", "You can sue the carrier for that."),
        ("legal_advice", "We are legally liable for the damage."),
        ("legal_advice", "Under the law you may keep it."),
        ("legal_advice", "You have a right to a replacement."),
        ("medical_advice", "It is safe to eat."),
        ("medical_advice", "Take an aspirin and rest."),
        ("medical_advice", "You do not need a doctor."),
        ("medical_advice", "Rinse your eyes with water."),
    ],
)
def test_what_only_a_person_may_say_is_recognised(claim: str, sentence: str) -> None:
    assert asserted(PLAYBOOK.claims[claim], sentence)


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("beyond_policy", "A return costs {return_fee}, which is taken off your refund."),
        ("beyond_policy", "Delivery is free for orders from {free_shipping_from}."),
        ("legal_advice", "Your rights by law in your country stay as they are."),
        ("legal_advice", "You have the choice between a replacement and a refund."),
        ("medical_advice", "Please stop using it and call us right away."),
        ("medical_advice", "The jacket is safe to wash at 30 degrees."),
    ],
)
def test_what_the_pages_say_is_not_taken_for_it(claim: str, sentence: str) -> None:
    assert not asserted(PLAYBOOK.claims[claim], sentence)
