"""The process in which llama.cpp runs: an OpenAI-compatible server on a loopback port.

A process of its own, because a crash in native code must not take the service with it and because its threads must
not compete with the service's for the interpreter. Started by `app.inference.supervisor`, which reads one JSON line
from its standard output: `{"address": …}` once it answers, or `{"error": …}` when the model cannot be loaded.

Its standard input is the tie to its parent: the first line is the API key that requests must carry (empty: none),
and its end means that the parent is gone, by whatever death, and that this process must go too.
"""

import argparse
import http.client
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import xllamacpp

from app.inference.weights import problem_of

QUIET = -1
PROMPT_CACHE_MIB = 256
"""Memory for the prefixes of prompts whose slot is in use again; llama.cpp would take 8 GiB."""


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line, read; exits with a message when it is wrong."""
    parser = argparse.ArgumentParser(prog="python -m app.inference.worker", description="Serves one GGUF on loopback.")
    parser.add_argument("--model", required=True, help="GGUF file")
    parser.add_argument(
        "--adapter", action="append", default=[], help="LoRA adapter in GGUF; requests name it by its place"
    )
    parser.add_argument(
        "--sha256", action="append", default=[], help="what the adapters' files have to hash to, in the same order"
    )
    parser.add_argument("--port", type=int, default=0, help="0 chooses a free one")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--context", type=int, default=2048, help="tokens, shared by all requests at work")
    parser.add_argument("--parallel", type=int, default=4, help="completions at work at once")
    return parser.parse_args(argv)


def serve(options: argparse.Namespace, api_key: str) -> xllamacpp.Server:
    """Loads the model and listens; the server runs in native threads. Raises RuntimeError when it cannot be loaded."""
    params = xllamacpp.CommonParams()
    params.model.path = options.model
    params.lora_adapters = [_adapter(path) for path in options.adapter]
    params.hostnames = ["127.0.0.1"]
    params.port = options.port
    params.cpuparams.n_threads = options.threads
    params.cpuparams_batch.n_threads = options.threads
    params.n_ctx = options.context
    params.n_parallel = options.parallel
    # One pool for all slots: a long prompt may use all of it, and n drafts share the cells of their one prompt.
    params.kv_unified = True
    params.cache_ram_mib = PROMPT_CACHE_MIB
    params.verbosity = QUIET
    params.ui = False
    params.endpoint_slots = False
    params.endpoint_props = False
    # llama.cpp lets every web page in a browser on this machine call it; nobody's page has business here.
    params.cors_origins = ""
    if api_key:
        params.api_keys = [api_key]
    return xllamacpp.Server(params)


def _adapter(path: str) -> xllamacpp.CommonAdapterLoraInfo:
    """Loaded and not applied: a request asks for it by name, so the model and every adapter are served side by side."""
    adapter = xllamacpp.CommonAdapterLoraInfo()
    adapter.path = path
    adapter.scale = 0.0
    return adapter


def wait_until_healthy(address: str) -> None:
    """Returns once `/health` says ok; the supervisor bounds the wait."""
    place = urlsplit(address)
    while True:
        connection = http.client.HTTPConnection(place.hostname or "127.0.0.1", place.port, timeout=5)
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == http.client.OK:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.02)


def report(**line: str) -> None:
    """One JSON line for the supervisor."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main(argv: Sequence[str] | None = None) -> None:
    """Serves until standard input ends."""
    options = arguments(argv)
    api_key = sys.stdin.readline().strip()
    for path, sha256 in zip(options.adapter, options.sha256, strict=False):
        if problem := problem_of(Path(path), sha256):
            report(error=problem)
            sys.exit(1)
    try:
        server = serve(options, api_key)
    except RuntimeError:
        report(error=f"{options.model} is missing, damaged or no model that llama.cpp can load")
        sys.exit(1)
    wait_until_healthy(server.listening_address)
    report(address=server.listening_address)
    sys.stdin.read()
    # Not sys.exit: the native threads may be in the middle of a batch that nobody waits for any more.
    os._exit(0)


if __name__ == "__main__":
    main()
