"""The demo shop's past replies, and for each situation the demo customers in whose records it holds."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.adapters.crm_memory import MemoryCustomerRecords
from app.adapters.memory import NoInteractions
from app.domain.conversation import DialogueState
from app.domain.customer import CustomerContext
from app.domain.ids import ConversationId, TurnId
from app.domain.playbook import IntentPlaybook
from app.domain.retrieval import PolicyPassage
from app.domain.understanding import Entities, IntentPrediction, Move, Request
from app.pipeline.answer import Answered, answer
from app.pipeline.gather import Case, gather
from app.pipeline.parts import Parts, Turn
from app.pipeline.products import ProductNames
from app.pipeline.understand import Understood
from ingestion.demo.catalogue import load_catalogue
from ingestion.demo.crm import demo_customers
from ingestion.demo.shop import CATALOGUE, INTERACTIONS
from ingestion.sources.interactions import PastCase, read_past_cases
from tests.builders import NOW, TODAY
from tests.pipeline.chain import PLAYBOOK, PastCases, approved, build_parts

PRODUCTS = load_catalogue(CATALOGUE, today=TODAY)
PAST = read_past_cases(INTERACTIONS)
_TEXTS = ("", "stop", "to Canada")
"""Words that turn the signs of a message: wanting out, naming a place."""
_ORDERS = 4
_ENOUGH = 3


@dataclass(frozen=True)
class Asked:
    """A customer (None: not signed in) and a request that puts her into a situation."""

    context: CustomerContext | None
    request: Request

    def about(self, past: PastCase) -> "Asked":
        """The same, asked in the words of a past question."""
        return replace(self, request=replace(self.request, masked=past.question))


class _NoPassages(NoInteractions):
    """Finds nothing, at no cost: a situation does not depend on what is found."""

    def search_passages(self, question: str, *, pages: Sequence[str] = (), limit: int = 3) -> list[PolicyPassage]:
        return []

    def replace_passages(self, passages: Sequence[PolicyPassage]) -> None: ...

    def count_passages(self) -> int:
        return 0


def demo_parts() -> Parts:
    """The chain over the demo's catalogue."""
    return replace(build_parts(), product_names=ProductNames(PRODUCTS), records=MemoryCustomerRecords((), PRODUCTS))


def situations(parts: Parts, seed: int, customers: int) -> dict[str, list[Asked]]:
    """Situation → a few customers in it."""
    quick = replace(parts, interactions=NoInteractions(), passages=_NoPassages())
    people = demo_customers(PRODUCTS, seed=seed, today=TODAY, customers=customers)
    found: defaultdict[str, list[Asked]] = defaultdict(list)
    for context in (None, *people):
        for entry in PLAYBOOK.intents.values():
            for request in _requests(entry, context):
                rule = case_of(Asked(context, request), quick).rule
                if rule is not None and len(found[rule.key]) < _ENOUGH:
                    found[rule.key].append(Asked(context, request))
    return dict(found)


def case_of(asked: Asked, parts: Parts) -> Case:
    """The request in the light of the records."""
    understood = Understood(asked.request.masked, "en", (asked.request,), Move.REQUEST)
    return gather(turn_of(asked), understood, asked.context, parts).cases[0]


def turn_of(asked: Asked) -> Turn:
    """The turn in which it is asked."""
    customer = asked.context.customer_id if asked.context else None
    return Turn(TurnId("turn_1"), ConversationId("conv_1"), customer, (asked.request.text,), DialogueState(), NOW)


def answered_with(asked: Asked, past: PastCase, parts: Parts) -> tuple[Answered, ...]:
    """What the chain makes of the request when this past reply is the only one there is."""
    about = asked.about(past)
    parts = replace(parts, interactions=PastCases([approved(past.situation, past.reply, product_id=past.product)]))
    gathered = gather(
        turn_of(about), Understood(past.question, "en", (about.request,), Move.REQUEST), about.context, parts
    )
    return answer(turn_of(about), gathered, parts)


def _requests(entry: IntentPlaybook, context: CustomerContext | None) -> Iterator[Request]:
    prediction = IntentPrediction(entry.intent, 0.97, 0.98, ((entry.intent, 0.97),))
    signs = {sign for rule in entry.situations for sign in rule.when}
    for entities in _entities(entry, context, signs):
        for text in _TEXTS if signs & {"direction", "place_named"} else ("",):
            yield Request(text, text, prediction, entities)


def _entities(entry: IntentPlaybook, context: CustomerContext | None, signs: set[str]) -> Iterator[Entities]:
    if entry.about == "product":
        yield Entities()
        yield Entities(products=(PRODUCTS[0].id, PRODUCTS[1].id))
        yield from (Entities(products=(product.id,)) for product in PRODUCTS)
        return
    orders = context.orders[:_ORDERS] if context else ()
    people: tuple[tuple[str, ...], ...] = ((), ("Ms. Hill",)) if "person_named" in signs else ((),)
    for named in people:
        yield Entities(people=named)
        yield from (Entities(numbers=(number,), people=named) for number in ("LF-99999", *(o.id for o in orders)))


def asked_in(found: dict[str, list[Asked]], past: PastCase) -> list[Asked]:
    """Customers to whom this past reply could be said; a reply about one product only where that one is meant."""
    everyone = found.get(past.situation, [])
    if past.product is None:
        return everyone
    named = Entities(products=(past.product,))
    return [replace(asked, request=replace(asked.request, entities=named)) for asked in everyone]
