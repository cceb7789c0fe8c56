"""The real clock and the real ids."""

import secrets
import time
from datetime import UTC, datetime


class SystemClock:
    """Fills the role of `Clock`, in UTC."""

    def now(self) -> datetime:
        """The present moment."""
        return datetime.now(UTC)


class SortableIds:
    """Fills the role of `IdGenerator`: milliseconds since 1970 in hex, then randomness, so that later sorts later."""

    def new(self, prefix: str) -> str:
        """Such as "turn_0199f3c2a4b1_9f86d081884c7d65"."""
        return f"{prefix}_{int(time.time() * 1000):012x}_{secrets.token_hex(8)}"
