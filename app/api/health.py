"""Whether the process is alive, and whether it can answer."""

from fastapi import APIRouter, Response
from sqlalchemy import text

from app.api.dependencies import Running
from app.api.errors import responses

router = APIRouter(tags=["health"])


@router.get("/healthz", responses=responses())
def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "ok"}


@router.get("/readyz", responses=responses())
def readyz(service: Running, response: Response) -> dict[str, object]:
    """The chain is open and the database answers; what it has had to do without so far is counted."""
    try:
        with service.stores.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        status = "ok"
    except Exception:  # whatever it is: it is not ready
        status, response.status_code = "database_down", 503
    return {"status": status, "degradations": dict(service.assistant.parts.degradations.counts)}
