"""The weights that the worker is tested with, fetched once and kept between runs."""

import os
from pathlib import Path

import pytest

from app.inference.requantize import served_gguf
from app.inference.weights import SMOLLM2, fetch

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def models_dir() -> Path:
    folder = Path(os.environ.get("HANDRAIL_TEST_MODELS", REPOSITORY / "var" / "models"))
    fetch(SMOLLM2.name, folder)
    return folder


@pytest.fixture(scope="session")
def model_file(models_dir: Path) -> Path:
    return served_gguf(models_dir)
