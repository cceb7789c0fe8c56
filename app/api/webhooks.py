"""What other programs tell us. A call is kept and answered; what it means is worked out by `handrail-feedback`."""

import hmac
import json
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends
from fastapi.security import APIKeyHeader

from app.api.dependencies import Running
from app.api.errors import responses
from app.api.schemas import Nothing
from app.domain.review import WEBHOOK_HEADER
from app.errors import NotAuthorised

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])
_secret = APIKeyHeader(name=WEBHOOK_HEADER, auto_error=False, scheme_name="webhook", description="The shared secret")


def from_label_studio(service: Running, given: Annotated[str | None, Depends(_secret)]) -> None:
    """Whether the call brings the secret. Raises NotAuthorised."""
    expected = service.settings.label_studio_webhook_secret.get_secret_value()
    # Bytes, because other than ASCII text cannot be compared so; an empty secret lets nobody in.
    if not expected or not hmac.compare_digest((given or "").encode(), expected.encode()):
        raise NotAuthorised("the webhook's secret")


@router.post("/label-studio", status_code=202, responses=responses(401), dependencies=[Depends(from_label_studio)])
def label_studio(
    service: Running, body: Annotated[dict[str, Any], Body(examples=[{"action": "ANNOTATION_CREATED"}])]
) -> Nothing:
    """Keeps what Label Studio tells of annotations. Missing one does no harm: we look there ourselves, too."""
    service.stores.webhook_inbox.keep(json.dumps(body), service.assistant.parts.clock.now())
    return Nothing()
