"""The annotation worker with a short lease and small batches, to be killed often: `python -m
feedback.annotation.measured_writer`."""

import threading

from app.adapters.system import SystemClock
from app.settings import Settings
from app.stores import open_stores
from feedback.annotation.label_studio import LabelStudio
from feedback.annotation.loop import Loop, work

LEASE_S = 5.0
_REQUEST_S = 4.0
_BATCH = 10
_EVERY_S = 0.2


def main() -> None:
    """Works until it is killed."""
    settings = Settings()
    tool = LabelStudio(settings.label_studio_url, settings.label_studio_token.get_secret_value(), _REQUEST_S)
    loop = Loop(settings, open_stores(settings), SystemClock(), tool, LEASE_S, _BATCH)
    work(loop, threading.Event(), print, _EVERY_S)


if __name__ == "__main__":
    main()
