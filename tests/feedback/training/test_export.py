"""An adapter is the same in llama.cpp as in torch: the next word is as likely in the one as in the other."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from app.errors import ConfigurationError
from app.inference.requantize import served_gguf
from app.inference.supervisor import WorkerProcess
from app.inference.weights import SMOLLM2, fetch
from feedback.training.export import export_adapter
from feedback.training.lora import LoraRecipe, LoraRun
from feedback.training.torch_model import load_for_training

MODELS = Path(os.environ.get("HANDRAIL_TEST_MODELS", Path(__file__).parents[3] / "var" / "models"))
PROMPT = "The parcel is on its way and will be there on"
RECIPE = LoraRecipe(rank=4, alpha=8)
_ROUNDING = 0.35
"""llama.cpp rounds what goes into a Q8_0 product to eight bits, torch does not."""


@pytest.fixture(scope="module")
def weights() -> Path:
    fetch(SMOLLM2.name, MODELS)
    return served_gguf(MODELS)


@pytest.fixture(scope="module")
def run(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> LoraRun:
    """An adapter of random weights, large enough to change what is said."""
    tokenizer, network = load_for_training(weights)
    made = LoraRun(tokenizer, network, RECIPE, tmp_path_factory.mktemp("run"), lambda _: None)
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for name, weight in made.network.named_parameters():
            if "lora_B" in name:
                weight.copy_(torch.randn(weight.shape, generator=generator) * 0.2)
    return made


@pytest.fixture(scope="module")
def adapter(run: LoraRun, weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("adapter")
    save_file(run.state(), folder / "adapter.safetensors")
    export_adapter(folder / "adapter.safetensors", weights, folder / "answer.gguf", alpha=RECIPE.alpha, name="test")
    return folder / "answer.gguf"


@pytest.fixture(scope="module")
def worker(weights: Path, adapter: Path) -> Iterator[WorkerProcess]:
    with WorkerProcess(weights, adapters=[adapter]) as started:
        yield started


def in_llama_cpp(worker: WorkerProcess, scale: float) -> dict[int, float]:
    """Token → log-probability of the likeliest next tokens."""
    body = {"prompt": PROMPT, "n_predict": 1, "n_probs": 12, "temperature": 0, "cache_prompt": False}
    response = httpx.post(
        f"{worker.base_url().removesuffix('/v1')}/completion",
        json=body | {"lora": [{"id": 0, "scale": scale}]},
        headers={"authorization": f"Bearer {worker.api_key}"},
        timeout=60,
    )
    response.raise_for_status()
    likeliest: list[dict[str, Any]] = response.json()["completion_probabilities"][0]["top_logprobs"]
    return {entry["id"]: entry["logprob"] for entry in likeliest}


def in_torch(run: LoraRun, *, with_adapter: bool) -> torch.Tensor:
    """The log-probability of every next token."""
    network, tokenizer = run.network.eval(), run.tokenizer
    tokens = torch.tensor([tokenizer(PROMPT)["input_ids"]])
    with torch.inference_mode():
        if with_adapter:
            logits = network(input_ids=tokens).logits
        else:
            with network.disable_adapter():
                logits = network(input_ids=tokens).logits
    return torch.log_softmax(logits[0, -1].float(), dim=-1)


@pytest.mark.parametrize("with_adapter", [True, False], ids=["with the adapter", "alone"])
def test_the_next_word_is_as_likely_in_the_worker_as_in_torch(
    worker: WorkerProcess, run: LoraRun, with_adapter: bool
) -> None:
    served = in_llama_cpp(worker, 1.0 if with_adapter else 0.0)
    ours = in_torch(run, with_adapter=with_adapter)
    differences = [served[token] - float(ours[token]) for token in served]
    assert np.max(np.abs(differences)) < _ROUNDING


def test_the_adapter_changes_what_is_said(worker: WorkerProcess, run: LoraRun) -> None:
    alone, tuned = in_torch(run, with_adapter=False), in_torch(run, with_adapter=True)
    assert float((alone.exp() - tuned.exp()).abs().sum()) > 0.2
    assert in_llama_cpp(worker, 1.0) != in_llama_cpp(worker, 0.0)


def test_what_has_no_place_in_the_served_model_is_refused_and_nothing_is_written(weights: Path, tmp_path: Path) -> None:
    stray = tmp_path / "stray.safetensors"
    save_file({"base_model.model.lm_head.lora_A.weight": torch.zeros(4, 4)}, stray)
    with pytest.raises(ConfigurationError, match="no place"):
        export_adapter(stray, weights, tmp_path / "answer.gguf", alpha=8, name="stray")
    assert not (tmp_path / "answer.gguf").exists()
