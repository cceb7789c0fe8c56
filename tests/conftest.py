"""Keeps every test hermetic: no network but loopback, none of the developer's own settings, no model hub."""

import ipaddress
import os
import socket
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest

from app.settings import Settings

KEPT = "HANDRAIL_TEST_"
"""Variables that choose what the tests run on, not how the product behaves."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-snapshots", action="store_true", help="Write the rendered prompts anew, to be reviewed.")


def pytest_configure(config: pytest.Config) -> None:
    # Read when huggingface_hub is imported, so it has to be there before any test module is.
    os.environ["HF_HUB_OFFLINE"] = "1"
    # A busy machine is no reason to fail.
    hypothesis.settings.register_profile("handrail", deadline=None)
    hypothesis.settings.load_profile("handrail")


@pytest.fixture(autouse=True)
def _no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("HANDRAIL_") and not name.startswith(KEPT):
            monkeypatch.delenv(name)
    monkeypatch.setitem(Settings.model_config, "env_file", None)


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    real = socket.socket.connect

    def connect(self: socket.socket, address: tuple[Any, ...] | str | bytes) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address):
            raise OSError(f"tests may not reach {address!r}")
        real(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect)
        yield


def _is_loopback(address: object) -> bool:
    host = address[0] if isinstance(address, tuple) else ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
