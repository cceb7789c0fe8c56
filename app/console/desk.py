"""What every tab leans on: the house, what waits, names, acts, and who is asking."""

import functools
import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, Protocol, Self, TypeVar

import gradio as gr

from app.console.acts import KindActs
from app.console.house import Board, ConsoleHouse, Names, Team
from app.console.mount import WHO
from app.domain.people import Person, Right
from app.errors import NotAuthorised

QUIET: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
"""How every event runs: at once, without a veil over the page, and not as part of an interface for programs."""
_PICK = (
    "element.addEventListener('click', (event) => {"
    " const hit = event.target.closest('[data-pick]');"
    " if (hit && element.contains(hit))"
    " trigger('select', {id: hit.dataset.pick, act: hit.dataset.act || '', at: performance.now()}); })"
)
"""A click on something that names what it picks is an event."""


@dataclass(frozen=True)
class Desk:
    """Handed to each tab."""

    house: ConsoleHouse
    board: Board
    names: Names
    team: Team
    acts: KindActs

    @classmethod
    def of(cls, house: ConsoleHouse) -> Self:
        """A desk in this house."""
        board, team = Board(house), Team(house)
        return cls(house, board, Names(house), team, KindActs(house, board, team))

    def customers(self) -> list[tuple[str, str]]:
        """The demonstration shop's customers, to ask as; a real shop's are named by their numbers."""
        if not self.house.settings.shows_demo:
            return []
        numbers = [f"C-{number:04}" for number in range(1, _CAST + 1)]
        return [(f"{name}, {number}", number) for number in numbers if (name := self.names.of(number)) != number]


_CAST = 12
"""So many customers of the demonstration shop stand for something to ask about."""


class OneByOne:
    """Lets what happens in one page through one after the other: Gradio runs its events side by side. The page's state
    is copied when a page is opened, and each copy has its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __deepcopy__(self, memo: object) -> "OneByOne":
        return OneByOne()

    @contextmanager
    def through(self) -> Iterator[bool]:
        """Whether somebody was before: the page may get the two answers in any order."""
        waited = not self._lock.acquire(blocking=False)
        if waited:
            self._lock.acquire()
        try:
            yield waited
        finally:
            self._lock.release()


class Shown(Protocol):
    """What one open page shows."""

    one_by_one: OneByOne
    again: int
    """So many looks send everything, because an answer may have overtaken another."""


_Shown = TypeVar("_Shown", bound=Shown)
_Tab = TypeVar("_Tab")
_Rest = ParamSpec("_Rest")
_Result = TypeVar("_Result")


def in_order(
    handler: Callable[Concatenate[_Tab, _Shown, _Rest], _Result],
) -> Callable[Concatenate[_Tab, _Shown, _Rest], _Result]:
    """What happens in a page, one thing after the other."""

    @functools.wraps(handler)
    def alone(tab: _Tab, shown: _Shown, /, *rest: _Rest.args, **named: _Rest.kwargs) -> _Result:
        with shown.one_by_one.through() as waited:
            if waited:
                shown.again = 1
            return handler(tab, shown, *rest, **named)

    return alone


def who(request: gr.Request) -> Person:
    """Who is asking, as the way in has found out. Raises NotAuthorised."""
    asked = request.request
    person = asked.scope.get(WHO) if asked is not None else None
    if not isinstance(person, Person):
        raise NotAuthorised("no session")
    return person


def html(
    value: str = "", *, elem_id: str | None = None, elem_classes: str | None = None, picks: bool = False
) -> gr.HTML:
    """A part of the page that is HTML of ours; `picks`: a click on what names something is an event."""
    return gr.HTML(
        value,
        elem_id=elem_id,
        elem_classes=elem_classes,
        js_on_load=_PICK if picks else None,
        apply_default_css=False,
        padding=False,
    )


def hidden_button(elem_id: str) -> gr.Button:
    """What the page's script presses."""
    return gr.Button("Look", elem_id=elem_id, visible="hidden")


def may_decide(person: Person) -> bool:
    """Whether the buttons are for this supervisor."""
    return person.role.may(Right.DECIDE)


def changed(tab: object, shown: dict[str, str], whole: Mapping[str, Any]) -> dict[Any, Any]:
    """The updates of a tab's components that the page does not have yet: `whole` is name → value, or whether it is to
    be seen; `shown` remembers, by hash, what the page has."""
    update: dict[Any, Any] = {}
    for name, value in whole.items():
        digest = hashlib.sha256(str(value).encode()).hexdigest()[:16]
        if shown.get(name) != digest:
            shown[name] = digest
            update[getattr(tab, name)] = gr.update(visible=value) if isinstance(value, bool) else value
    return update
