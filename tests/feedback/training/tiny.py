"""A model of a few thousand weights, always the same ones."""

import torch
from transformers import LlamaConfig, LlamaForCausalLM


def network() -> LlamaForCausalLM:
    """With random weights."""
    torch.manual_seed(7)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=32,
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=1,
            max_position_embeddings=64,
            initializer_range=0.3,
        )
    )
