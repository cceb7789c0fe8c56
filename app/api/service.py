"""The HTTP service: so far its skeleton, with liveness and readiness."""

from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager

import uvicorn
from anyio import to_thread
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from app.bootstrap import open_assistant
from app.errors import HandrailError
from app.settings import Settings

Progress = Callable[[str], None]


def create_service(settings: Settings, progress: Progress) -> FastAPI:
    """The service; the chain is opened when it starts and closed when it stops."""

    @asynccontextmanager
    async def lifespan(service: FastAPI) -> AsyncIterator[None]:
        with ExitStack() as stack:
            service.state.assistant = await to_thread.run_sync(
                lambda: stack.enter_context(open_assistant(settings, progress))
            )
            progress(f"Handrail answers on http://{settings.host}:{settings.port}")
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


def run_service(settings: Settings, progress: Progress) -> None:
    """Serves until it is told to stop."""
    uvicorn.run(create_service(settings, progress), host=settings.host, port=settings.port, log_level="warning")
