"""What the console is handed of the running service."""

from app.api.dependencies import Service
from app.console.house import ConsoleHouse
from app.supervision.door import Door


def console_parts(service: Service) -> tuple[ConsoleHouse, Door]:
    """The house that it shows, and the door to it."""
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
        models=stores.models,
        acts=service.acts,
    )
    return house, service.door
