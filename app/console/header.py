"""The line at the top: whose console it is, how much waits, who is signed in."""

import hashlib
from collections.abc import Sequence

from app.console.markup import Html, joined, tag
from app.console.mount import AT
from app.console.signin import LOGO
from app.domain.people import Person, Role
from app.domain.supervision import WaitingTurn

_ROLES = {Role.VIEWER: "can look", Role.AGENT: "agent", Role.ADMIN: "admin"}


def header(store: str, person: Person, items: Sequence[WaitingTurn]) -> Html:
    """The script reads from it how much waits, for the tab's title, and what, to sound when something is new."""
    out = tag("form", tag("button", "Sign out", type="submit"), method="post", action=f"{AT}/sign-out", cls="sign-out")
    sound = tag(
        "button",
        "Sound",
        type="button",
        id="sound",
        aria_pressed="false",
        title="A short sound when something new waits",
    )
    return joined(
        (
            tag("div", LOGO, tag("h1", "Handrail"), tag("span", store, cls="store"), cls="brand"),
            tag(
                "div",
                sound,
                tag("span", tag("b", person.shown), tag("span", _ROLES[person.role]), cls="person"),
                out,
                cls="self",
                data_waiting=len(items),
                data_items=" ".join(_mark(item) for item in items),
                data_store=store,
            ),
        )
    )


def _mark(item: WaitingTurn) -> str:
    """Tells it from what waited before: a turn that was held, asked anew and held again is new. Short, for there may be
    hundreds."""
    return hashlib.sha256(f"{item.turn_id} {item.status} {item.draft_id}".encode()).hexdigest()[:8]
