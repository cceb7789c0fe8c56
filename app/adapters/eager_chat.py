"""`ChatModel` in this process, by transformers' eager code in fp32, from the same GGUF that the worker serves.

The yardstick of `handrail bench`: what the embedded worker gains is measured against it, and a doubt about the worker's
numbers can be settled with it. It knows no grammar, as `ChatRequest.grammar` allows. Not used to serve.
"""

import threading
import time
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from numpy.typing import NDArray

from app.errors import DeadlineExceeded, WeightsError
from app.ports import ChatCompletion, ChatRequest

OUTER_NAMES = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
LAYER_NAMES = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
}


class EagerChat:
    """SmolLM2, or another GGUF of the llama architecture. One request at a time; some ten seconds to load.

    Raises WeightsError when the file is missing or unreadable. `threads` sets torch's threads for the whole process.
    """

    def __init__(self, model: Path, *, version: str, threads: int = 2) -> None:
        # They take seconds to import, and only this adapter's users should pay for that.
        import torch  # noqa: PLC0415
        from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM  # noqa: PLC0415

        if not model.is_file():
            raise WeightsError(f"There is no model file {model}; fetch the weights first.")
        torch.set_num_threads(threads)
        try:
            reader = gguf.GGUFReader(model)
            self._tokenizer: Any = AutoTokenizer.from_pretrained(
                model.parent, gguf_file=model.name, local_files_only=True
            )
            config = LlamaConfig(**config_of(reader))
            network: Any = LlamaForCausalLM(config)
            network.set_attn_implementation("eager")
            weights = {name: torch.from_numpy(values) for name, values in weights_of(reader).items()}
            # The output layer of a tied model is its embedding, and stands in no file.
            network.load_state_dict(weights, strict=not config.tie_word_embeddings)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise WeightsError(f"{model} cannot be read: {error}") from error
        self._model: Any = network.eval()
        self._torch = torch
        self._version = version
        self._one_at_a_time = threading.Lock()

    @property
    def version(self) -> str:
        """Names the weights that answer."""
        return self._version

    def complete(self, request: ChatRequest) -> list[ChatCompletion]:
        """`request.n` completions. Raises DeadlineExceeded after `timeout_s`."""
        deadline = time.monotonic() + request.timeout_s
        if not self._one_at_a_time.acquire(timeout=request.timeout_s):
            raise DeadlineExceeded(f"No completion within {request.timeout_s:.1f} s.")
        try:
            return self._generate(request, deadline)
        finally:
            self._one_at_a_time.release()

    def _generate(self, request: ChatRequest, deadline: float) -> list[ChatCompletion]:
        chat = [{"role": message.role, "content": message.content} for message in request.messages]
        prompt = self._tokenizer.apply_chat_template(
            chat, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        length = prompt["input_ids"].shape[1]
        if request.seed is not None:
            self._torch.manual_seed(request.seed)
        sampled = request.temperature > 0
        sampling = {"do_sample": True, "temperature": request.temperature} if sampled else {"do_sample": False}
        with self._torch.inference_mode():
            written = self._model.generate(
                input_ids=prompt["input_ids"],
                attention_mask=prompt["attention_mask"],
                max_new_tokens=request.max_tokens,
                num_return_sequences=request.n if sampled else 1,
                max_time=max(deadline - time.monotonic(), 0.0),
                eos_token_id=self._tokenizer.eos_token_id,
                pad_token_id=self._tokenizer.eos_token_id,
                **sampling,
            )
        if time.monotonic() >= deadline:
            raise DeadlineExceeded(f"No completion within {request.timeout_s:.1f} s.")
        # Without sampling all n are the same, so one is computed.
        rows = [row[length:].tolist() for row in written] * (1 if sampled else request.n)
        return [self._completion(row, length) for row in rows]

    def _completion(self, row: list[int], prompt_tokens: int) -> ChatCompletion:
        end = self._tokenizer.eos_token_id
        finished = end in row
        kept = row[: row.index(end)] if finished else row
        return ChatCompletion(
            text=self._tokenizer.decode(kept, skip_special_tokens=True),
            finished=finished,
            prompt_tokens=prompt_tokens,
            cached_tokens=0,
            completion_tokens=len(kept) + finished,
            version=self._version,
        )


def config_of(reader: gguf.GGUFReader) -> dict[str, Any]:
    """What transformers has to know of the network, as the file states it. Raises KeyError."""

    def stated(name: str) -> Any:  # noqa: ANN401 - a GGUF field may hold anything
        return reader.fields[name].contents()

    return {
        "vocab_size": stated("llama.vocab_size"),
        "hidden_size": stated("llama.embedding_length"),
        "intermediate_size": stated("llama.feed_forward_length"),
        "num_hidden_layers": stated("llama.block_count"),
        "num_attention_heads": stated("llama.attention.head_count"),
        "num_key_value_heads": stated("llama.attention.head_count_kv"),
        "max_position_embeddings": stated("llama.context_length"),
        "rms_norm_eps": stated("llama.attention.layer_norm_rms_epsilon"),
        "rope_parameters": {"rope_type": "default", "rope_theta": stated("llama.rope.freq_base")},
        "bos_token_id": stated("tokenizer.ggml.bos_token_id"),
        "eos_token_id": stated("tokenizer.ggml.eos_token_id"),
        "tie_word_embeddings": all(tensor.name != "output.weight" for tensor in reader.tensors),
    }


def weights_of(reader: gguf.GGUFReader) -> dict[str, NDArray[np.float32]]:
    """Name in transformers → values, for every tensor of the file."""
    heads = {
        "attn_q": reader.fields["llama.attention.head_count"].contents(),
        "attn_k": reader.fields["llama.attention.head_count_kv"].contents(),
    }
    weights = {}
    for tensor in reader.tensors:
        values = np.array(gguf.quants.dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)
        *block, part, _ = tensor.name.split(".")
        if part in heads:
            values = _halves_apart(values, int(heads[part]))
        name = f"model.layers.{block[1]}.{LAYER_NAMES[part]}" if block else OUTER_NAMES[part]
        weights[f"{name}.weight"] = values
    return weights


def _halves_apart(values: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """Rows of each head from pairs that rotate together, as llama.cpp keeps them, to transformers' two halves."""
    rows, columns = values.shape
    pairs = values.reshape(heads, rows // heads // 2, 2, columns)
    return np.ascontiguousarray(pairs.swapaxes(1, 2).reshape(rows, columns))
