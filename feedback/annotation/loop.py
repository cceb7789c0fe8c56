"""The whole loop: outbox out, annotations in, turns settled. One pass of it, and a worker that makes pass after pass.

One process at a time carries it, by a lease: a second one waits, and takes over when the first has died. Whatever stops
a pass (Label Studio down, a crash) leaves rows that the next pass finds.
"""

import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from app.errors import Conflict, HandrailError
from app.playbook.loader import SHIPPED, load_playbook
from app.ports import Clock
from app.settings import Settings
from app.stores import Stores
from feedback.annotation.delivery import BATCH, Delivered, Delivery
from feedback.annotation.intake import FROM_THE_BEGINNING, Intake, TakenIn
from feedback.annotation.label_studio import TIMEOUT_S, LabelStudio
from feedback.annotation.labels import label_config
from feedback.annotation.project import Projects
from feedback.annotation.settling import Rule, Settling
from feedback.annotation.task import TaskWriter

log = logging.getLogger(__name__)

LEASE = "label-studio"
LEASE_S = 2 * TIMEOUT_S
"""Outlives any request of a writer that died, so that what it asked for last is visible before the next one looks."""
PASS_EVERY_S = 3.0
WALK_EVERY_S = 600.0
_LONGEST_REST_S = 60.0
_LOOK_S = 0.5


class LeaseTaken(Conflict):
    """Another process carries the loop."""

    code = "lease_taken"
    safe_message = "Another worker is at it already."


@dataclass
class Pass:
    """What one pass did."""

    delivered: Delivered = field(default_factory=Delivered)
    heard: TakenIn = field(default_factory=TakenIn)
    looked: TakenIn = field(default_factory=TakenIn)
    settled: int = 0


class Loop:
    """Everything a pass needs."""

    def __init__(
        self,
        settings: Settings,
        stores: Stores,
        clock: Clock,
        tool: LabelStudio,
        lease_s: float = LEASE_S,
        batch: int = BATCH,
    ) -> None:
        playbook = load_playbook(settings.playbook_dir or SHIPPED)
        config = label_config(playbook.intents)
        self._settings = settings
        self._stores = stores
        self._clock = clock
        self._tool = tool
        self._lease_s = lease_s
        self._holder = f"{os.getpid()}-{secrets.token_hex(8)}"
        self._walked: tuple[str, float] = ("", 0.0)
        self._adjudicators = settings.adjudicator_list
        self.projects = Projects(
            tool, stores.knowledge, config, f"Handrail: {settings.store_name}", settings.annotators
        )
        writer = TaskWriter(stores.conversations, stores.conversations, stores.desk, stores.interactions)
        self._delivery = Delivery(
            tool, stores.review_outbox, stores.review_annotations, writer, clock, self._still_ours, batch
        )
        self._intake = Intake(
            tool,
            stores.webhook_inbox,
            stores.review_annotations,
            stores.review_outbox,
            stores.conversations,
            config,
        )

    def once(self, *, whole: bool = False) -> Pass:
        """One pass. `whole`: walks through all tasks and all annotations, not only what has changed. Raises LeaseTaken,
        LabelStudioDown, Refused."""
        self._still_ours()
        done = Pass()
        known = self.projects.ready(self._settings.label_studio_webhook_secret.get_secret_value())
        project = known.project
        walked, at = self._walked
        if whole or walked != project.made_at or time.monotonic() - at > WALK_EVERY_S:
            done.delivered = self._delivery.look_for_all(project.id)
            self._walked = (project.made_at, time.monotonic())
        fresh = self._delivery.deliver(project.id)
        fresh.queued_again, fresh.removed = done.delivered.queued_again, done.delivered.removed
        done.delivered = fresh
        self.projects.show_first(known, fresh.model_version)
        done.heard = self._intake.hear(project.id)
        done.looked, cursor = self._intake.look(project.id, FROM_THE_BEGINNING if whole else known.cursor)
        self.projects.keep_cursor(known, max(cursor, known.cursor))
        done.settled = self._settling().settle()
        return done

    def let_go(self) -> None:
        """Gives up the lease, for the next one to begin at once."""
        self._stores.leases.release(LEASE, self._holder)

    def _settling(self) -> Settling:
        self._adjudicators = self._adjudicators or frozenset({self._tool.whoami()})
        rule = Rule(self._settings.annotators, self._adjudicators)
        stores = self._stores
        return Settling(stores.review_annotations, stores.conversations, stores.annotation_inbox, rule, self._clock)

    def _still_ours(self) -> None:
        now = self._clock.now()
        if not self._stores.leases.take(LEASE, self._holder, now, now + timedelta(seconds=self._lease_s)):
            raise LeaseTaken


def work(loop: Loop, stop: threading.Event, told: Callable[[str], None], every_s: float = PASS_EVERY_S) -> None:
    """Pass after pass until it is told to stop; rests longer and longer while Label Studio is not there."""
    failures = 0
    try:
        while not stop.is_set():
            try:
                loop.once()
            except HandrailError as error:
                failures += 1
                told(f"Label Studio: {error.detail}")
            except Exception:
                failures += 1
                log.exception("a pass failed; the next one goes on")
            else:
                failures = 0
            stop.wait(min(every_s * 2 ** min(failures, 10), _LONGEST_REST_S))
    finally:
        loop.let_go()


@contextmanager
def while_parent_lives(stop: threading.Event) -> Iterator[None]:
    """Stops when the process that started this one is gone, however it went."""
    parent = os.getppid()

    def watch() -> None:
        while not stop.wait(_LOOK_S):
            if os.getppid() != parent:
                stop.set()

    threading.Thread(target=watch, name="parent", daemon=True).start()
    yield
