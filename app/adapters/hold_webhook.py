"""Word to another system that something waits for a person: one signed POST."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from app.errors import CallFailed, ConfigurationError

SIGNATURE = "handrail-signature"
"""`t=<seconds>,v1=<hex>`: HMAC-SHA256 of `<seconds>.<body>` under the shared secret."""
DELIVERY = "handrail-delivery"
"""Names what is told: the same when it is told again."""
_TIMEOUT_S = 10.0
_FEWEST_CHARACTERS = 16


class HoldWebhook:
    """Fills the role of `Caller`."""

    def __init__(self, url: str, secret: str) -> None:
        """Raises ConfigurationError."""
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise ConfigurationError("HANDRAIL_HOLD_WEBHOOK_URL begins with https:// or http:// and names a host")
        if len(secret) < _FEWEST_CHARACTERS:
            raise ConfigurationError(f"HANDRAIL_HOLD_WEBHOOK_SECRET needs {_FEWEST_CHARACTERS} characters or more")
        self._url = url
        self._secret = secret.encode()

    def call(self, key: str, content: Mapping[str, Any], at: datetime) -> None:
        """Returns when it was taken (2xx). Raises CallFailed, also for a redirect: it would lead somewhere else."""
        body = json.dumps(dict(content), ensure_ascii=False, separators=(",", ":")).encode()
        headers = {
            "content-type": "application/json",
            "user-agent": "handrail",
            DELIVERY: key,
            SIGNATURE: signature(self._secret, body, int(at.timestamp())),
        }
        try:
            response = httpx.post(self._url, content=body, headers=headers, timeout=_TIMEOUT_S, follow_redirects=False)
        except (httpx.HTTPError, OSError) as error:
            raise CallFailed(type(error).__name__) from None
        if not response.is_success:
            raise CallFailed(f"HTTP {response.status_code}")


def signature(secret: bytes, body: bytes, seconds: int) -> str:
    """What the header holds; the moment is signed too, so that an old call cannot be played again later."""
    signed = hmac.new(secret, f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={signed}"
