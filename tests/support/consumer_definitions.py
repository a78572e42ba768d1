"""Definitions of the libraries in the consumer matrix; see tests/consumers/test_matrix.py.

A definition is a generator function. It creates a client of the library with credentials from
`account`, yields a function that sends one signed request with this client, and closes the client.
The test runs the definition in a separate process (tests/consumers/program.py), which may belong to
another environment, so definitions import their library when they are called:

    @consumer("obstore", request="GET")
    def obstore(account):
        from obstore.store import S3Store
        ...
        yield lambda: store.head(account.key)

Async libraries are defined by async generator functions, which yield a coroutine function.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DEFINITIONS = ROOT / "tests" / "consumers" / "definitions"
RESULTS = ROOT / "tests" / "consumers" / "results"


@dataclass(frozen=True, kw_only=True)
class Consumer:
    """A library in the matrix.

    Attributes:
        name: Name of the definition, and of its file with results.
        title: Name of the library in the table of docs/consumers.md. The name links to the heading
            with the same text.
        package: The library's distribution on PyPI, whose version is recorded.
        open: The definition: a generator function, or an async generator function.
        request: Operation of the emulator, or HTTP method, of the requests that the definition
            sends. A fault for this operation rejects them.
        environment: Directory below `.build` with the environment in which the definition runs; ""
            for the development environment.
        recheck_seconds: Seconds of real time during which the library itself caches credentials.
        lifetime: Lifetime of the credentials in seconds. It is short for libraries that use the
            endpoint of `serve()`, because they request new credentials only if fewer than 5
            minutes remain according to the real clock.
        hook: Markdown for the table: what users pass to the library.
    """

    name: str
    title: str
    package: str
    open: Callable[[Any], Any]
    hook: str
    request: str = "GET"
    environment: str = ""
    recheck_seconds: float = 0.0
    lifetime: int = 3600

    @property
    def python(self) -> Path:
        """The interpreter that runs the definition."""
        environment = ROOT / ".build" / self.environment if self.environment else ROOT / ".venv"
        return environment / "bin" / "python"

    @property
    def results(self) -> Path:
        """The file with the results of the last test."""
        return RESULTS / f"{self.name}.json"


CONSUMERS: dict[str, Consumer] = {}


def consumer(
    package: str, *, hook: str, title: str = "", **fields: Any
) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """Register the decorated function as the definition of a library; see `Consumer`."""

    def register(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        name = function.__name__.replace("_", "-")
        assert name not in CONSUMERS, f"two definitions are named {name}"
        CONSUMERS[name] = Consumer(
            name=name, title=title or package, package=package, open=function, hook=hook, **fields
        )
        return function

    return register


def load_consumers() -> dict[str, Consumer]:
    """Import all modules with definitions, and return the consumers by name."""
    if not CONSUMERS:
        for path in sorted(DEFINITIONS.glob("*.py")):
            spec = importlib.util.spec_from_file_location(f"consumer_{path.stem}", path)
            assert spec is not None
            assert spec.loader is not None
            spec.loader.exec_module(importlib.util.module_from_spec(spec))
    return CONSUMERS
