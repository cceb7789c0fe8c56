"""A running service for the whole session, and who talks to it."""

import os
from collections.abc import Callable, Iterator

import httpx
import pytest

from app.settings import Settings
from tests.api.house import ADA, SAM, Customer, Served, a_service, shop_token, starts

NewCustomer = Callable[..., Customer]


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_the_developer_all_session() -> Iterator[None]:
    """Services that live longer than a test are made without the developer's own settings, too."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("HANDRAIL_") and not name.startswith("HANDRAIL_TEST_"):
                patch.delenv(name)
        patch.setitem(Settings.model_config, "env_file", None)
        yield


@pytest.fixture(scope="session")
def served(
    tmp_path_factory: pytest.TempPathFactory, _no_settings_of_the_developer_all_session: None
) -> Iterator[Served]:
    """One service for every test that changes nothing but conversations of its own."""
    folder = tmp_path_factory.mktemp("service")
    with a_service(folder, allowed_origins="https://shop.example", request_timeout_s=120.0) as running:
        yield running


@pytest.fixture(scope="session")
def http(served: Served) -> Iterator[httpx.Client]:
    with served.http() as client:
        yield client


@pytest.fixture(scope="session")
def sam(served: Served) -> Iterator[httpx.Client]:
    with served.http(authorization=f"Bearer {SAM}") as client:
        yield client


@pytest.fixture(scope="session")
def ada(served: Served) -> Iterator[httpx.Client]:
    with served.http(authorization=f"Bearer {ADA}") as client:
        yield client


@pytest.fixture
def visitor(http: httpx.Client) -> Customer:
    """Somebody who is not signed in."""
    return starts(http)


@pytest.fixture
def maya(http: httpx.Client) -> Customer:
    """She waits for a late parcel."""
    return starts(http, shop_token("C-1"))


@pytest.fixture
def samuel(http: httpx.Client) -> Customer:
    """He ordered today; where his parcel is, a person checks."""
    return starts(http, shop_token("C-4"))
