"""An office with people in it."""

from collections.abc import Iterator

import pytest

from app.domain.people import Role
from tests.supervision.house import Office


@pytest.fixture
def office() -> Iterator[Office]:
    opened = Office()
    for name, role in (("sam", Role.AGENT), ("ada", Role.ADMIN), ("vic", Role.VIEWER)):
        opened.has(name, role)
    yield opened
    opened.stores.engine.dispose()
