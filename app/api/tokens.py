"""Who is asking: a customer named by the shop's token, the holder of a conversation, an agent.

Shop's tokens are JWTs that the shop's own backend signs for its signed-in customer; conversation tokens are random and
kept as a hash; agents' tokens come from the environment. All are compared in constant time.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt

from app.domain.conversation import Conversation
from app.domain.ids import CustomerId
from app.errors import ConfigurationError, NotAuthorised, NotFound, TokenExpired
from app.settings import Settings

_LEAST_SECRET_BYTES = 32
_LEAST_AGENT_TOKEN = 16
_CLOCK_SKEW_S = 10
DEMO_TOKEN_LIFE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class ConversationToken:
    """A fresh token: the customer gets `secret`, the database `digest`."""

    secret: str
    digest: str


def new_conversation_token() -> ConversationToken:
    """256 random bits: nothing to guess, so a plain hash is enough to keep."""
    secret = secrets.token_urlsafe(32)
    return ConversationToken(secret, digest_of(secret))


def digest_of(secret: str) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()


def check_conversation_token(conversation: Conversation, secret: str, now: datetime) -> None:
    """Raises NotFound when the token does not open this conversation (whether it exists is nobody's business),
    TokenExpired when its time is over."""
    if not hmac.compare_digest(conversation.token_hash or "", digest_of(secret)):
        raise NotFound(f"conversation {conversation.id} is not opened by this token")
    if conversation.expires_at is not None and now >= conversation.expires_at:
        raise TokenExpired(f"conversation {conversation.id}")


class ShopTokens:
    """Checks the tokens that the shop signs; signs some itself for the demonstration shop."""

    def __init__(self, settings: Settings) -> None:
        """Raises ConfigurationError for a key that is too short. Without a key, the demonstration makes one up, and
        nobody but the demonstration can sign in."""
        self._algorithm = settings.shop_jwt_algorithm
        self._key = settings.shop_jwt_key.get_secret_value()
        self._tenant = settings.tenant
        self._longest = timedelta(minutes=settings.shop_jwt_minutes)
        symmetric = self._algorithm.startswith("HS")
        if self._key and symmetric and len(self._key.encode()) < _LEAST_SECRET_BYTES:
            raise ConfigurationError(f"HANDRAIL_SHOP_JWT_KEY needs at least {_LEAST_SECRET_BYTES} bytes")
        self._may_sign = settings.shows_demo and symmetric
        if not self._key and self._may_sign:
            self._key = secrets.token_urlsafe(_LEAST_SECRET_BYTES)

    def customer(self, token: str) -> CustomerId:
        """The customer that a token names. Raises NotAuthorised, TokenExpired."""
        if not self._key:
            raise NotAuthorised("no key for shop tokens is set")
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=[self._algorithm],
                audience=self._tenant,
                leeway=_CLOCK_SKEW_S,
                options={"require": ["sub", "aud", "exp", "iat"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise TokenExpired("shop token") from error
        except jwt.InvalidTokenError as error:
            raise NotAuthorised(f"shop token: {error}") from error
        if int(claims["exp"]) - int(claims["iat"]) > self._longest.total_seconds():
            raise NotAuthorised(f"shop token: lives longer than {self._longest}")
        if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 64 or not claims["sub"].isprintable():
            raise NotAuthorised("shop token: sub is not a customer id")
        return CustomerId(claims["sub"])

    def sign(self, customer_id: CustomerId) -> str:
        """A token of the demonstration shop. Raises NotFound when there is none."""
        if not self._may_sign:
            raise NotFound("the demonstration shop is switched off")
        now = datetime.now(UTC)
        claims = {"sub": customer_id, "aud": self._tenant, "iat": now, "exp": now + DEMO_TOKEN_LIFE}
        return jwt.encode(claims, self._key, algorithm=self._algorithm)


class AgentTokens:
    """Agents by token; without any, supervision is closed."""

    def __init__(self, settings: Settings) -> None:
        """Raises ConfigurationError for a line that is not `name:token` or a token that is too short."""
        self._agents: list[tuple[str, str]] = []
        for entry in filter(None, (part.strip() for part in settings.agent_tokens.get_secret_value().split(","))):
            name, _, token = entry.partition(":")
            if not name.strip() or len(token) < _LEAST_AGENT_TOKEN or len(name) > 64:
                raise ConfigurationError(
                    f"HANDRAIL_AGENT_TOKENS needs entries like name:token, tokens of {_LEAST_AGENT_TOKEN} or more"
                )
            self._agents.append((name.strip(), digest_of(token)))

    def agent(self, token: str) -> str:
        """The name of the agent. Every entry is compared, so that time tells nothing. Raises NotAuthorised."""
        presented = digest_of(token)
        found = [name for name, digest in self._agents if hmac.compare_digest(digest, presented)]
        if not found:
            raise NotAuthorised("no agent has this token")
        return found[0]
