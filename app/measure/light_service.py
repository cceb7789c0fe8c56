"""Runs the service on the light house: `python -m app.measure.light_service`."""

from app.api.service import serve
from app.measure.light import open_light_house
from app.settings import Settings


def main() -> None:
    """Serves until it is told to stop."""
    settings = Settings()
    serve(lambda: open_light_house(settings), settings)


if __name__ == "__main__":
    main()
