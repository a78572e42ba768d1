"""Client CPU time for an uncached GetCredentialsForIdentity call on an open connection.

After 100 calls to warm up, each process makes 1,000 calls, and divides its user and system time by their
number. The server runs in another process, whose time is not counted. The programs run in turn,
nine times each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import fixed_server
from benchmarks.figures import Figure, Ratio, Row
from benchmarks.processes import python, run

if TYPE_CHECKING:
    from collections.abc import Iterator

PROCESSES = 9
NAME = "fetch CPU"
# Module of this library, name of the other library, and maximum ratio
PAIRS = (
    ("cognito_credentials", "boto3", 0.35),
    ("cognito_credentials.aio", "aiobotocore", None),
)


def measure() -> Iterator[Row]:
    names = [name for *pair, _ in PAIRS for name in pair]
    samples: dict[str, list[float]] = {name: [] for name in names}
    with fixed_server.running() as url:
        for _ in range(PROCESSES):
            for name in names:
                printed = run(python("fetch.py", name, url, fixed_server.IDENTITY_ID))
                samples[name].append(float(printed))
    figures = {name: Figure(name, "µs", durations) for name, durations in samples.items()}
    for our_name, peer_name, target in PAIRS:
        ours, peer = figures[our_name], figures[peer_name]
        yield Row(NAME, ours, Ratio(ours, peer, target))
        yield Row(NAME, peer)
