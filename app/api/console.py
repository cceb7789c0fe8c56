"""What the console is handed of the running service."""

from collections.abc import Callable

from app.api.dependencies import Service, count_sign_in
from app.console.house import ConsoleHouse
from app.console.mount import Anything
from app.supervision.door import Door


def console_parts(service: Service) -> tuple[ConsoleHouse, Door, Callable[[str], None], Anything]:
    """The house that it shows, the door to it, what counts sign-ins by the address they come from, and what tells that
    something happened."""
    stores = service.stores
    house = ConsoleHouse(
        settings=service.settings,
        assistant=service.assistant,
        supervision=stores.supervision,
        conversations=stores.conversations,
        records=stores.conversations,
        desk=stores.desk,
        canned=stores.desk,
        annotations=stores.supervision,
        people=stores.people,
        figures=stores.quality,
        interactions=stores.interactions,
        lessons=stores.lessons,
        models=stores.models,
        acts=service.acts,
    )
    return house, service.door, lambda host: count_sign_in(service, host), service.hub.anything
