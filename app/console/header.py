"""The line at the top: whose console it is, how much waits, who is signed in."""

from collections.abc import Sequence

from app.console.markup import Html, joined, tag
from app.console.mount import AT
from app.console.signin import LOGO
from app.domain.people import Person, Role
from app.domain.supervision import WaitingTurn

_ROLES = {Role.VIEWER: "can look", Role.AGENT: "agent", Role.ADMIN: "admin"}


def header(store: str, person: Person, items: Sequence[WaitingTurn]) -> Html:
    """The script reads the count and the newest item from it, for the tab's title and the sound."""
    newest = max((str(item.turn_id) for item in items), default="")
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
                data_newest=newest,
                data_store=store,
            ),
        )
    )
