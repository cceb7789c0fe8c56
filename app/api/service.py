"""The HTTP service: put together here, and run by uvicorn."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from types import FrameType

import uvicorn
from anyio import to_thread
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi_offline import FastAPIOffline

from app.adapters.argon2_passwords import Argon2Passwords
from app.api import conversations, demo, health, people, supervision, webhooks
from app.api.console import console_parts
from app.api.dependencies import Service
from app.api.errors import TRACE_HEADER, Caught, Traced, add_error_handlers
from app.api.events import EventHub
from app.api.limits import IncomingLimits, RateLimits
from app.api.pages import SecurityHeaders, add_pages
from app.api.rounds import Rounds
from app.api.slow_clients import PatientProtocol
from app.api.tokens import AgentTokens, ShopTokens
from app.api.workers import TurnWorkers
from app.bootstrap import House
from app.console.mount import AT, Console
from app.errors import ConfigurationError
from app.learning.learner import Learner
from app.outgoing import Carriers, carriers, post_of
from app.settings import Settings
from app.supervision.acts import Acts
from app.supervision.door import Door
from app.supervision.rights import Rights
from app.supervision.silence import Silence
from app.supervision.staff import Staff

OpenHouse = Callable[[], AbstractContextManager[House]]

_STARTS_WITHIN_S = 30.0
_STOPS_WITHIN_S = 20
_LOOK_AGAIN_S = 0.05
_LEARN_S = 0.5
"""A decision helps the next customer after so long, or little more."""
_SETTLE_S = 300.0
_ABOUT = """
A customer-service chatbot that a company runs itself, with people holding the rail.

A conversation is started, its messages are accepted (and then kept for good), and what happens in it comes by its event
stream: the decided reply sentence by sentence, that a reply is held, that a person takes over, what that person writes.
"""


def create_service(open_house: OpenHouse, settings: Settings) -> FastAPI:
    """The service; the house is opened when it starts and closed when it stops. Raises ConfigurationError."""
    shop_tokens, agent_tokens = ShopTokens(settings), AgentTokens(settings)
    taken_by = carriers(settings)
    console = Console(settings.store_name)

    @asynccontextmanager
    async def lifespan(service: FastAPI) -> AsyncIterator[None]:
        with ExitStack() as stack:
            house = await to_thread.run_sync(lambda: stack.enter_context(open_house()))
            told, clock = house.stores.conversations, house.assistant.parts.clock
            hub = EventHub(told, told, clock)
            workers = TurnWorkers(
                house.assistant,
                hub.told,
                settings.turn_workers,
                house.stores.supervision,
                timedelta(minutes=settings.hold_minutes),
                sole=house.stores.engine.dialect.name == "sqlite",
            )
            service.state.running = _running(house, settings, hub, workers, shop_tokens, agent_tokens)
            watching = asyncio.create_task(hub.watch())
            await to_thread.run_sync(workers.start)
            rounds = _rounds(house, settings, hub, taken_by)
            for each in rounds:
                each.start()
            console.open(*console_parts(service.state.running))
            try:
                yield
            finally:
                hub.close()
                await console.close()
                await to_thread.run_sync(workers.close)
                for each in rounds:
                    await to_thread.run_sync(each.close)
                watching.cancel()
                with suppress(asyncio.CancelledError):
                    await watching

    service: FastAPI = FastAPIOffline(
        redoc_url=None, static_url="/docs-files", title="Handrail", description=_ABOUT, lifespan=lifespan
    )
    for module in (conversations, supervision, people, webhooks, health):
        service.include_router(module.router)
    if settings.shows_demo:
        service.include_router(demo.router)
    service.mount(AT, console, name="console")
    service.state.console = console
    add_pages(service, demo_shop=settings.shows_demo)
    add_error_handlers(service)
    service.add_middleware(Caught)
    service.add_middleware(
        IncomingLimits,
        most_bytes=settings.max_body_bytes,
        timeout_s=settings.request_timeout_s,
        origins=settings.origins,
    )
    service.add_middleware(
        CORSMiddleware,
        allow_origins=settings.origins,
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-type", "last-event-id", TRACE_HEADER],
        expose_headers=[TRACE_HEADER, "retry-after"],
        max_age=600,
    )
    service.add_middleware(SecurityHeaders)
    service.add_middleware(Traced)
    return service


def _rounds(house: House, settings: Settings, hub: EventHub, taken_by: Carriers) -> tuple[Rounds, ...]:
    """What goes on beside the turns, each at its own pace."""
    stores, parts = house.stores, house.assistant.parts
    silence = Silence(stores.silence, timedelta(hours=settings.silent_hours), parts.clock, hub.told)
    post = post_of(settings, stores.outbox, stores.conversations, parts, taken_by)
    learner = Learner(stores.lessons, stores.interactions, stores.knowledge, house.assistant.parts_now)
    return (
        Rounds(post.send_due, silence.resolve),
        Rounds(learner.learn, every_s=_LEARN_S),
        Rounds(learner.settle, every_s=_SETTLE_S),
    )


def _running(
    house: House,
    settings: Settings,
    hub: EventHub,
    workers: TurnWorkers,
    shop_tokens: ShopTokens,
    agent_tokens: AgentTokens,
) -> Service:
    stores, parts = house.stores, house.assistant.parts
    hasher = Argon2Passwords()
    rights = Rights(stores.audit, parts.clock)
    return Service(
        settings,
        house.assistant,
        stores,
        hub,
        workers,
        RateLimits(),
        shop_tokens,
        agent_tokens,
        Door(stores.people, stores.people, hasher, stores.audit, parts.clock),
        Staff(stores.people, hasher, rights, parts.clock),
        rights,
        Acts(
            supervision=stores.supervision,
            conversations=stores.conversations,
            records=stores.conversations,
            desk=stores.desk,
            canned=stores.desk,
            inbox=stores.annotation_inbox,
            knowledge=stores.knowledge,
            customers=parts.records,
            rights=rights,
            clock=parts.clock,
            ids=parts.ids,
            told=hub.told,
            answer=workers.submit,
            longest=settings.max_message_chars,
        ),
    )


class StoppableServer(uvicorn.Server):
    """A server that ends the event streams when it is told to stop; they would hold it up otherwise."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal to stop."""
        self.end_streams()
        super().handle_exit(sig, frame)

    def end_streams(self) -> None:
        """Lets every client go; each comes back where it was."""
        application = self.config.app
        state = getattr(application, "state", None)
        running: Service | None = getattr(state, "running", None)
        if running is not None:
            running.hub.close()
        console: Console | None = getattr(state, "console", None)
        if console is not None:
            console.end_streams()


def server_of(open_house: OpenHouse, settings: Settings) -> StoppableServer:
    """A server that has not started yet."""
    return StoppableServer(
        uvicorn.Config(
            create_service(open_house, settings),
            host=settings.host,
            port=settings.port,
            http=PatientProtocol.within(settings.request_timeout_s),
            ws="none",
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=_STOPS_WITHIN_S,
        )
    )


def serve(open_house: OpenHouse, settings: Settings) -> None:
    """Serves until it is told to stop. Raises ConfigurationError."""
    server_of(open_house, settings).run()


@contextmanager
def serving(open_house: OpenHouse, settings: Settings) -> Iterator[str]:
    """Serves beside whatever runs inside the block; gives the address. Raises ConfigurationError when it cannot."""
    server = server_of(open_house, settings)
    # A failed start (a port that is taken) ends the thread by SystemExit, which a thread swallows.
    thread = threading.Thread(target=server.run, name="http service", daemon=True)
    thread.start()
    patience = time.monotonic() + _STARTS_WITHIN_S
    while not server.started:
        thread.join(_LOOK_AGAIN_S)
        if not thread.is_alive() or time.monotonic() > patience:
            raise ConfigurationError(f"the service cannot listen on {settings.host}:{settings.port}")
    try:
        yield f"http://{settings.host}:{settings.port}"
    finally:
        server.end_streams()
        server.should_exit = True
        thread.join(_STARTS_WITHIN_S)
