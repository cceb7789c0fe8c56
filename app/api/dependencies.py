"""What the endpoints are given: the house, and who is asking."""

import ipaddress
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.api.events import EventHub
from app.api.limits import RateLimits
from app.api.tokens import AgentTokens, ShopTokens, check_conversation_token
from app.api.workers import TurnWorkers
from app.bootstrap import Stores
from app.domain.conversation import Conversation
from app.domain.ids import ConversationId, CustomerId
from app.errors import NotAuthorised
from app.pipeline.assistant import Assistant
from app.settings import Settings


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


def running(request: Request) -> Service:
    """The service that answers this request."""
    service: Service = request.app.state.running
    return service


def address_of(request: Request) -> str:
    """Whose request it is, for counting: an address, of IPv6 the network that one customer has."""
    host = request.client.host if request.client else ""
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


def agent_of(
    request: Request,
    service: Running,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_agent_bearer)],
) -> str:
    """The agent's name. Raises NotAuthorised, TooManyRequests."""
    if given is None:
        raise NotAuthorised("no agent's token")
    try:
        name = service.agent_tokens.agent(given.credentials)
    except NotAuthorised:
        # Who guesses is slowed down by address; who has a token is counted by name, whoever else sits there.
        service.rates.check("wrong agent token", address_of(request), service.settings.agent_calls_per_minute)
        raise
    service.rates.check("agent", name, service.settings.agent_calls_per_minute)
    return name


ThisConversation = Annotated[Conversation, Depends(conversation_of)]
SignedIn = Annotated[CustomerId | None, Depends(customer_of)]
Agent = Annotated[str, Depends(agent_of)]
