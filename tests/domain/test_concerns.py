"""What has to reach a person is heard in many wordings, and not where the same words mean something else."""

import pytest

from app.domain.concerns import Concern, asks_for_person, concerns_in

PERSON = (
    "can I talk to a real person",
    "Let me speak to somebody who can decide this",
    "I have written three times. Put me through to your manager now!",
    "Where is my kettle? And please have a human look at this before you answer.",
    "i want a person to look at my refund",
    "Could a colleague check this for me",
    "I'd rather have an agent handle it",
    "get me your supervisor",
    "agent",
    "human please",
    "REPRESENTATIVE",
    "Please escalate this",
    "I don't want to talk to a bot",
    "no more chatbot please",
    "stop the bot, I have had enough of machines",
    "why can't I just speak with a human being?",
    "is there a real person there",
    "My parcel is late, can someone call me back?",
    "could you please ring me about the invoice",
    "I would like this to be reviewed by a person",
    "a manager should look at this",
    "connect me with live support agent",
    "I need a human, not an FAQ",
    "I'm not getting anywhere here, transfer me to someone who knows",
    "Let someone look at my case properly",
    "pass this on to a member of your staff",
    "I don't need a voucher, I need to speak to a manager",
    "Don\u2019t make me repeat it, I want to talk with a person",
    "how do I reach an operator",
    "not a machine, a person",
    "help me speak with an operator",
    "i do not know what to do to talk with a live agemt",
    "Can a colleague of yours take over? This isn't working.",
    "i wanna spk 2 a manger",
    "let me talk to a real one",
)
NOT_PERSON = (
    "I don't need to talk to a person, just tell me the status",
    "no need to connect me to an agent",
    "I spoke to an agent yesterday and he said it would ship today",
    "your colleague told me that the refund is on its way",
    "the person at the door took my parcel",
    "can someone tell me where my order is",
    "could somebody help me choose a tent",
    "what number can I call to talk to someone",
    "until when can I speak to an agent on Saturdays",
    "can someone else pick up the parcel for me",
    "is the tent big enough for one person",
    "I would rather not talk to anyone, just cancel it",
    "my manager wants an invoice for the shoes",
    "I need the descaling agent for the kettle",
    "please call me Jane in the greeting",
    "the tent is for four people",
    "without talking to a person, can I change my address",
    "can I return it to another shop",
    "the machine does not turn on",
    "can i talk about my order",
    "contact details of the carrier",
    "Could I switch the two person tent I received for the three person one?",
    "hello, is someone there",
    "in the chat on Friday a colleague of yours was rude",
    "I was speaking with your agent when the chat closed, where is my order",
)
LEGAL = (
    "Where is my refund? Otherwise my lawyer will write to you.",
    "I will take you to court over these shoes",
    "if the money is not here by Friday I am filing a chargeback",
    "I have asked my bank to reverse the payment, where is my parcel",
    "going to small claims with this",
    "I am going to sue",
    "I'll sue you",
    "I'll report you to trading standards",
    "the consumer protection office will hear about this",
    "my solicitor says you owe me a new tent",
    "should I go to the papers with this story?",
    "I will contact the press",
    "I'm disputing this with my credit card company",
    "I know my legal rights",
    "you are in breach of contract",
    "expect legal action",
    "see you in court",
    "I'll complain to the ombudsman if the exchange is refused",
    "I'll open a charge back tomorrow",
    "I am going to inform the authorities",
    "my attorney has been told",
    "I'll make a claim under section 75",
)
NOT_LEGAL = (
    "is the charge back on my card?",
    "when do I get the charge back",
    "please address the parcel to Sue Miller",
    "Sue ordered the kettle for me",
    "are these court shoes in stock",
    "deliver it to Court Street 5",
    "I live next to the court house road",
    "the French press arrived broken",
    "do I press the red button first",
    "I'm a lawyer and need the invoice with my firm's name",
    "is there a legal warranty of two years",
    "my bank says the payment went through",
    "where do I report a damaged parcel",
    "I want to take the shoes back",
    "can I pay with my credit card and take the parcel home",
    "I'd like to complain about the delivery",
)
DANGER = (
    "the kettle caught fire this morning, can I still return it",
    "my son got burned by the lamp",
    "It gave me an electric shock. Where do I send it?",
    "there is smoke coming out of the toaster",
    "I had an allergic reaction to the jumper",
    "the blender cut my finger, I want a refund",
    "it started smoking after two minutes",
    "there was a burning smell and then sparks",
    "the battery exploded in my bag",
    "my skin is swollen since I wore the shirt",
    "the stove burnt my hand",
    "my daughter swallowed a part of the toy",
    "she had to go to hospital after using your heater",
    "the charger melted",
    "it smells like burning when I switch it on",
    "I came out in a nasty rash",
    "he was injured when the chair broke",
)
NOT_DANGER = (
    "can the blanket catch fire if I leave it near the stove",
    "do you sell smoke alarms",
    "is the fire pit in stock",
    "the price does not hurt my wallet",
    "could you cut my order to two pieces",
    "you cut my name off the label",
    "sparkling water maker, when does it arrive",
    "is this jumper all right for somebody with allergies",
    "the stitches on the bag came loose",
    "will it melt in the dishwasher",
    "I am burning to know where my parcel is",
    "the zip broke, can I exchange it",
    "is it safe for children",
)
EMERGENCY = (
    "I want to kill myself",
    "what is the point, I don't want to live any more. cancel my order",
    "my mother can't breathe after using the spray",
    "he is unconscious, what is in this cleaner",
    "my dad collapsed after using the treadmill",
    "I keep thinking about suicide",
    "I feel like hurting myself",
    "she took an overdose",
    "should I call an ambulance",
)
NOT_EMERGENCY = (
    "I'm dying to get these shoes",
    "the tent collapsed in the wind",
    "I would die for that jacket",
    "I cut myself a deal with the discount code",
    "end my newsletter subscription",
    "my live chat stopped working",
)
SECURITY = (
    "somebody used my card to order a tent",
    "my card was stolen, what happens to my order",
    "I think my account has been hacked",
    "there is a payment that I did not make",
    "I see another customer's address in my orders",
    "an order I never placed is on my account",
    "has there been a data breach",
    "I don't recognise this charge",
    "someone has logged into my account from abroad",
    "unauthorised purchase on my account",
    "I got an e-mail with somebody else's invoice",
    "is my card charged twice? somebody else used my card I think",
)
NOT_SECURITY = (
    "my parcel was stolen from the porch",
    "is my card data safe with you",
    "how do you protect my account from fraud",
    "I forgot my password",
    "can someone else pay with my gift card",
    "my card was declined",
    "how do I change my card details",
    "is my account still active",
    "what do you do with my data",
    "I never got my order",
    "I have not made the payment yet",
)
HEARD = (
    (Concern.PERSON, PERSON, NOT_PERSON),
    (Concern.LEGAL, LEGAL, NOT_LEGAL),
    (Concern.DANGER, DANGER, NOT_DANGER),
    (Concern.EMERGENCY, EMERGENCY, NOT_EMERGENCY),
    (Concern.SECURITY, SECURITY, NOT_SECURITY),
)


@pytest.mark.parametrize(("concern", "text"), [(concern, text) for concern, texts, _ in HEARD for text in texts])
def test_a_concern_is_heard(concern: Concern, text: str) -> None:
    assert concern in concerns_in(text)


@pytest.mark.parametrize(("concern", "text"), [(concern, text) for concern, _, texts in HEARD for text in texts])
def test_the_same_words_in_another_sense_are_not_taken_for_it(concern: Concern, text: str) -> None:
    assert concern not in concerns_in(text)


def test_a_question_like_any_other_raises_none() -> None:
    for text in ("where is my parcel", "I want my money back", "cancel my order please", "how long is the warranty"):
        assert concerns_in(text) == frozenset()


def test_one_message_may_raise_several() -> None:
    text = "The heater burnt my arm. My lawyer is informed, and I want to speak to a manager."

    assert concerns_in(text) == {Concern.DANGER, Concern.LEGAL, Concern.PERSON}


def test_a_not_counts_for_its_own_clause_only() -> None:
    assert asks_for_person("I don't need a voucher, get me a manager")
    assert not asks_for_person("I don't need a manager, just a voucher")
