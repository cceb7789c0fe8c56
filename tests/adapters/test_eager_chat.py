"""The eager yardstick's own arithmetic; that it answers like a `ChatModel` is the contract suite's business."""

from pathlib import Path

import numpy as np
import pytest

from app.adapters.eager_chat import EagerChat, _halves_apart
from app.errors import WeightsError


def test_the_rows_that_rotate_together_are_put_half_a_head_apart() -> None:
    two_heads_of_four = np.arange(8, dtype=np.float32).reshape(8, 1)
    assert _halves_apart(two_heads_of_four, heads=2).ravel().tolist() == [0, 2, 1, 3, 4, 6, 5, 7]


def test_a_missing_file_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no model file"):
        EagerChat(tmp_path / "nothing.gguf", version="none")


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    junk = tmp_path / "junk.gguf"
    junk.write_bytes(b"not a model at all" * 10)
    with pytest.raises(WeightsError, match="cannot be read"):
        EagerChat(junk, version="none")
