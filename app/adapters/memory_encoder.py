"""An encoder that needs no weights: hashed character n-grams, for hermetic tests and a start without any download.

Texts that share letters come out close, so an index or a head built on it behaves sensibly; it knows no meaning.
"""

import hashlib
from collections.abc import Sequence

import numpy as np

from app.ports import Vectors

DIMENSIONS = 384
_LENGTHS = (3, 4, 5)


class HashingEncoder:
    """Implements the `Encoder` port with numpy alone; the same text gives the same vector on every machine."""

    @property
    def version(self) -> str:
        """Names the hashing scheme."""
        return "hashing-3to5-384"

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), 384), float32, rows of length 1."""
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for row, text in enumerate(texts):
            for gram in _grams(text):
                digest = hashlib.blake2b(gram.encode(), digest_size=4).digest()
                bucket = int.from_bytes(digest[:3]) % DIMENSIONS
                # A signed count lets collisions cancel out instead of adding up.
                vectors[row, bucket] += 1.0 if digest[3] & 1 else -1.0
            length = float(np.linalg.norm(vectors[row]))
            if length == 0.0:
                vectors[row, 0] = length = 1.0
            vectors[row] /= length
        return vectors


def _grams(text: str) -> list[str]:
    padded = f"  {' '.join(text.casefold().split())}  "
    return [padded[start : start + size] for size in _LENGTHS for start in range(len(padded) - size + 1)]
