"""Stage one: what is asked, about what, in which language. Reads the customer's words; decides nothing."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.domain import extraction, redaction
from app.domain.conversation import DialogueState, OpenQuestion
from app.domain.customer import CustomerContext
from app.domain.playbook import About
from app.domain.text import sentences, tidy, words
from app.domain.understanding import Entities, IntentPrediction, Move, Request
from app.pipeline.parts import Parts, Turn

_JOINTS = re.compile(
    r"\s*(?:;|\n|,?\s+and also\b|,?\s+also,?\s|,?\s+and\s+(?=(?:can|could|how|what|when|where|is|are|do|does|did|i|"
    r"please|my|will|would)\b)|,?\s+plus\s|\.\s+(?=and\b)|\?\s*(?:and|also)\b)",
    re.IGNORECASE,
)
_SMALL_TALK = frozenset({"greeting", "thanks", "goodbye", "off_topic"})
_SURE_PART = 0.8
"""Confidence from which a part of a message counts as a request of its own."""
_SURE_WHOLE = 0.5
"""Confidence below which a long message as a whole says less than its one clear part."""
_LONG_STORY = 40
"""Words; in a shorter message every part is likely to ask something."""
_FEWEST_WORDS = 3
"""A shorter part ("help me", "how do I") is no request of its own."""
_TRACE = 0.002
"""Probability that the whole message must leave an intent for a part of it to count. With both bars, of the questions
held out from training 9 % of those with several sentences fall apart that should not, and 43 % of two that were joined
are seen as two; at 0.7 and without a trace it was 37 % and 63 %."""
_CONSIDERED = 5
"""Both intents of a double request show among this many of the whole message's."""
_MOST_REQUESTS = 2


@dataclass(frozen=True, slots=True)
class Understood:
    """What stage one made of the turn."""

    masked: str
    language: str | None
    requests: tuple[Request, ...]
    move: Move


def understand(turn: Turn, context: CustomerContext | None, parts: Parts) -> Understood:
    """One or two requests, each with its intent and what it names."""
    text = turn.text
    masked = tidy(mask(text, context, parts))
    move = extraction.move_in(text)
    picked = _picks(text, turn.state, context, parts)
    if picked is not None:
        requests: tuple[Request, ...] = (picked,)
        move = Move.SELECT
    else:
        requests = tuple(_requests(text, context, parts))
    language = parts.language.language(masked)
    return Understood(masked, language, requests, move)


def mask(text: str, context: CustomerContext | None, parts: Parts) -> str:
    """The text as a prompt or an index may see it."""
    known: Iterable[str] = ()
    if context is not None:
        account = context.account
        known = (account.first_name, account.last_name, account.email, account.phone, *account.address.split(", "))
    return redaction.mask(text, known, keep=[product.name for product in parts.product_names.products])


def entities_of(text: str, parts: Parts) -> Entities:
    """Everything the text names, catalogue products included."""
    return replace(extraction.entities_in(text), products=parts.product_names.named_in(text))


def _picks(text: str, state: DialogueState, context: CustomerContext | None, parts: Parts) -> Request | None:
    """The request that was open, when this message only answers "which one?" or asks the same of another thing."""
    entities = entities_of(text, parts)
    if entities.numbers and not _beside_numbers(text, entities):
        return _kept(_last_about_orders(state, parts), text, entities, context, parts)
    asked = state.open_question in (OpenQuestion.WHICH_ORDER, OpenQuestion.WHICH_PRODUCT)
    follows = state.failed_attempts == 0 and _AND_WHAT_OF.match(text) is not None and _hers(entities, context)
    if not state.last_intent or not (asked or follows):
        return None
    bare = entities.numbers or entities.products or entities.ordinal is not None
    if not bare or len(words(text)) > (_LONGEST_PICK if asked else _LONGEST_AND_WHAT_OF):
        return None
    prediction = parts.classifier.predict([text])[0]
    if prediction.confidence >= _OTHER_REQUEST and prediction.intent not in {
        state.last_intent,
        "product_question",
        *_SMALL_TALK,
    }:
        return None
    return _kept(state.last_intent, text, entities, context, parts)


def _kept(intent: str, text: str, entities: Entities, context: CustomerContext | None, parts: Parts) -> Request:
    prediction = IntentPrediction(intent, 1.0, 1.0, ((intent, 1.0),))
    return Request(text, tidy(mask(text, context, parts)), prediction, entities, Move.SELECT)


def _hers(entities: Entities, context: CustomerContext | None) -> bool:
    """Whether a product named is one she has ordered; of another, "and the kettle?" is a question about the product."""
    ordered = {item.product_id for order in context.orders for item in order.items} if context else set()
    return not entities.products or not ordered.isdisjoint(entities.products)


def _beside_numbers(text: str, entities: Entities) -> list[str]:
    """The words of a message that are not an order's number or a name for one."""
    for number in entities.numbers:
        text = text.replace(number, " ")
    return [word for word in words(text) if word not in {"order", "number", "no", "nr", "it's", "its", "the", "my"}]


def _last_about_orders(state: DialogueState, parts: Parts) -> str:
    """What a number alone asks for: what was talked of, when that was an order; else where the order is."""
    entry = parts.playbook.intents.get(state.last_intent or "")
    return entry.intent if entry is not None and entry.about is About.ORDER else _WHERE_IS_IT


_WHERE_IS_IT = "track_order"
_AND_WHAT_OF = re.compile(r"\W*(?:and|what about|how about|and what about)\b", re.IGNORECASE)
_LONGEST_AND_WHAT_OF = 6
"""Words of "and the kettle?"; a longer message is a request of its own."""
_LONGEST_PICK = 9
"""Words; a longer message says more than which one."""
_OTHER_REQUEST = 0.9
"""Confidence from which a short message after "which one?" is a new request all the same."""


def _requests(text: str, context: CustomerContext | None, parts: Parts) -> list[Request]:
    whole_masked = tidy(mask(text, context, parts))
    pieces = [piece for piece in _pieces(text) if len(words(piece)) >= _FEWEST_WORDS]
    masked = [tidy(mask(piece, context, parts)) for piece in pieces] if len(pieces) > 1 else []
    whole, *predictions = parts.classifier.predict([whole_masked, *masked])
    entities = entities_of(text, parts)
    considered = {intent for intent, share in whole.ranked[:_CONSIDERED] if share >= _TRACE}
    found: list[Request] = []
    for piece, masked_piece, prediction in zip(pieces, masked, predictions, strict=False):
        if prediction.intent in _SMALL_TALK or prediction.confidence < _SURE_PART:
            continue
        if prediction.in_scope < parts.policy.scope_threshold or prediction.intent not in considered:
            continue
        if prediction.intent in {request.prediction.intent for request in found}:
            continue
        own = entities_of(piece, parts)
        found.append(Request(piece, masked_piece, prediction, _shared(own, entities)))
    if len(found) == _MOST_REQUESTS:
        return found
    story = whole.confidence < _SURE_WHOLE and len(words(text)) >= _LONG_STORY
    if len(found) == 1 and (whole.intent in _SMALL_TALK or story):
        # "Hi there. Where is my parcel?" is a request with a greeting before it; in a long story one sentence asks.
        return found
    return [Request(text, whole_masked, whole, entities)]


def _pieces(text: str) -> list[str]:
    return [part.strip() for sentence in sentences(text) for part in _JOINTS.split(sentence) if part and part.strip()]


def _shared(own: Entities, whole: Entities) -> Entities:
    """What a part names itself, else what the message names elsewhere: "LF-10482 is late, and can I cancel it?"."""
    return Entities(
        numbers=own.numbers or whole.numbers,
        emails=own.emails or whole.emails,
        products=own.products or whole.products,
        people=own.people,
        amounts=own.amounts,
        ordinal=own.ordinal if own.ordinal is not None else whole.ordinal,
    )
