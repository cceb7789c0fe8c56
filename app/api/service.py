"""The HTTP service: so far its skeleton, with liveness and readiness."""

import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, contextmanager

import uvicorn
from anyio import to_thread
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from app.errors import ConfigurationError, HandrailError
from app.pipeline.assistant import Assistant
from app.settings import Settings

OpenChain = Callable[[], AbstractContextManager[Assistant]]

_STARTS_WITHIN_S = 30.0
_LOOK_AGAIN_S = 0.05


def create_service(open_chain: OpenChain) -> FastAPI:
    """The service; the chain is opened when it starts and closed when it stops."""

    @asynccontextmanager
    async def lifespan(service: FastAPI) -> AsyncIterator[None]:
        with ExitStack() as stack:
            service.state.assistant = await to_thread.run_sync(lambda: stack.enter_context(open_chain()))
            yield

    service = FastAPI(title="Handrail", lifespan=lifespan)

    @service.get("/healthz")
    def healthz() -> dict[str, str]:
        """The process is alive."""
        return {"status": "ok"}

    @service.get("/readyz")
    def readyz(request: Request) -> dict[str, object]:
        """The chain is open; what it has had to do without so far is counted."""
        return {"status": "ok", "degradations": request.app.state.assistant.parts.degradations.counts}

    @service.exception_handler(HandrailError)
    def failed(_: Request, error: HandrailError) -> JSONResponse:
        return JSONResponse({"error": {"code": error.code, "message": error.safe_message}}, status_code=error.status)

    return service


def serve(open_chain: OpenChain, settings: Settings) -> None:
    """Serves until it is told to stop."""
    uvicorn.run(create_service(open_chain), host=settings.host, port=settings.port, log_level="warning")


@contextmanager
def serving(open_chain: OpenChain, settings: Settings) -> Iterator[str]:
    """Serves beside whatever runs inside the block; gives the address. Raises ConfigurationError when it cannot."""
    config = uvicorn.Config(create_service(open_chain), host=settings.host, port=settings.port, log_level="warning")
    server = uvicorn.Server(config)
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
        server.should_exit = True
        thread.join(_STARTS_WITHIN_S)
