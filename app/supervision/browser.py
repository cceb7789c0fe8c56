"""What keeps a supervisor's session safe in a browser: one cookie, for this service's own pages alone, and a limit on
sign-ins from one address. The HTTP face and the console go by it alike."""

from starlette.datastructures import URL
from starlette.responses import Response

from app.domain.people import SIGNED_IN_FOR

SESSION_COOKIE = "handrail_session"
SIGN_INS_PER_MINUTE = 30
"""From one address, whatever the names."""
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def hand_over(token: str, response: Response, url: URL) -> None:
    """Gives the session to the browser: out of reach of scripts and of other sites, and of the open network."""
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=int(SIGNED_IN_FOR.total_seconds()),
        path="/",
        httponly=True,
        samesite="strict",
        secure=url.scheme == "https" or (url.hostname or "") not in _LOOPBACK,
    )


def take_back(response: Response) -> None:
    """Has the browser forget it."""
    response.delete_cookie(SESSION_COOKIE, path="/")


def from_own_page(origin: str | None, host: str | None) -> bool:
    """Whether a page of this very service sends it; browsers name the origin with every write."""
    return (origin or "").split("://", 1)[-1] == host
