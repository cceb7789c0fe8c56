"""What the endpoints are given: the house, and who is asking."""

import ipaddress
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from app.api.events import EventHub
from app.api.limits import RateLimits
from app.api.tokens import AgentTokens, ShopTokens, check_conversation_token
from app.api.workers import TurnWorkers
from app.domain.audit import AuditAction
from app.domain.conversation import Conversation
from app.domain.ids import ConversationId, CustomerId
from app.domain.people import Person, Role
from app.errors import NotAuthorised, OriginNotAllowed, TokenExpired
from app.pipeline.assistant import Assistant
from app.settings import Settings
from app.stores import Stores
from app.supervision.acts import Acts
from app.supervision.browser import SESSION_COOKIE, SIGN_INS_PER_MINUTE, from_own_page
from app.supervision.door import Door
from app.supervision.rights import Rights
from app.supervision.staff import Staff


@dataclass(frozen=True, slots=True)
class Service:
    """Everything that endpoints lean on, made when the service starts."""

    settings: Settings
    assistant: Assistant
    stores: Stores
    hub: EventHub
    workers: TurnWorkers
    rates: RateLimits
    shop_tokens: ShopTokens
    agent_tokens: AgentTokens
    door: Door
    staff: Staff
    rights: Rights
    acts: Acts


def running(request: Request) -> Service:
    """The service that answers this request."""
    service: Service = request.app.state.running
    return service


def address_of(request: Request) -> str:
    """Whose request it is, for counting."""
    return counted_address(request.client.host if request.client else "")


def counted_address(host: str) -> str:
    """An address; of IPv6 the network that one customer has."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == _IPV6:
        return str(ipaddress.ip_network(f"{host}/64", strict=False))
    return host


_IPV6 = 6

Running = Annotated[Service, Depends(running)]

_bearer = HTTPBearer(auto_error=False, scheme_name="conversation", description="The conversation's token")
_shop_bearer = HTTPBearer(auto_error=False, scheme_name="customer", description="A token signed by the shop (JWT)")
_agent_bearer = HTTPBearer(auto_error=False, scheme_name="agent", description="An agent's token")
_session_cookie = APIKeyCookie(
    name=SESSION_COOKIE, auto_error=False, scheme_name="session", description="A signed-in supervisor's session"
)
_READS = frozenset({"GET", "HEAD", "OPTIONS"})

Id = Annotated[str, Path(max_length=64, pattern=r"^[\w.:-]+$", examples=["conv_0199f3c2a4b1_9f86d081884c7d65"])]


def conversation_of(
    conversation_id: Id,
    service: Running,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Conversation:
    """The conversation, when the token opens it. Raises NotAuthorised, TokenExpired, NotFound."""
    if given is None:
        raise NotAuthorised("no conversation token")
    conversation = service.stores.conversations.conversation(ConversationId(conversation_id))
    check_conversation_token(conversation, given.credentials, service.assistant.parts.clock.now())
    return conversation


def customer_of(
    service: Running, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_shop_bearer)]
) -> CustomerId | None:
    """The customer that the shop's token names, None without one. Raises NotAuthorised, TokenExpired."""
    return service.shop_tokens.customer(given.credentials) if given is not None else None


def person_of(
    request: Request,
    service: Running,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_agent_bearer)],
    session: Annotated[str | None, Depends(_session_cookie)],
) -> Person:
    """Who is acting: the holder of an agent's token, or a signed-in supervisor. A write by cookie has to come from a
    page of this service. Raises NotAuthorised, OriginNotAllowed, TooManyRequests."""
    if given is not None:
        return _holder_of(given.credentials, request, service)
    if session is None:
        raise NotAuthorised("neither an agent's token nor a session")
    person = service.door.person(session)
    if person is None:
        raise TokenExpired("session")
    service.rates.check("supervisor", person.name, service.settings.agent_calls_per_minute)
    if request.method not in _READS and not own_page(request):
        error = OriginNotAllowed(f"a write with a session from {request.headers.get('origin', 'no origin')[:200]}")
        service.rights.refuse(person, AuditAction.CROSS_SITE, f"{request.method} {request.url.path}", error)
    service.door.seen(session)
    return person


def count_sign_in(service: Service, host: str) -> None:
    """One more from this address, wherever it signs in. Raises TooManyRequests."""
    service.rates.check("sign-ins", counted_address(host), SIGN_INS_PER_MINUTE)


def own_page(request: Request) -> bool:
    """Whether a page of this very service sends it."""
    return from_own_page(request.headers.get("origin"), request.headers.get("host"))


def _holder_of(token: str, request: Request, service: Service) -> Person:
    try:
        name = service.agent_tokens.agent(token)
    except NotAuthorised:
        # Who guesses is slowed down by address; who has a token is counted by name, whoever else sits there.
        service.rates.check("wrong agent token", address_of(request), service.settings.agent_calls_per_minute)
        raise
    service.rates.check("agent", name, service.settings.agent_calls_per_minute)
    return Person(name, Role.AGENT)


ThisConversation = Annotated[Conversation, Depends(conversation_of)]
SignedIn = Annotated[CustomerId | None, Depends(customer_of)]
Acting = Annotated[Person, Depends(person_of)]
