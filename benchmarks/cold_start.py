"""Wall time of a new process that fetches credentials and exits.

The programs in `benchmarks/programs` call GetId and GetCredentialsForIdentity as a guest, over loopback
HTTP without TLS. The programs run in turn, so that a busy moment affects all of them. The first round,
which warms up the file system and compiles all programs to bytecode, is not counted.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from benchmarks import fixed_server
from benchmarks.figures import Figure, Ratio, Row
from benchmarks.processes import NODE, PYTHON, javascript, python, wall_time

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 21
NAME = "cold start"


def measure() -> Iterator[Row]:
    with fixed_server.running() as url:
        target = (url, fixed_server.IDENTITY_POOL_ID)
        programs = {
            "python -c pass": [PYTHON, "-c", "pass"],
            "import cognito_credentials": [PYTHON, "-c", "import cognito_credentials"],
            "cognito_credentials": python("cold_ours.py", *target),
            "boto3": python("cold_boto3.py", *target),
            "JavaScript SDK": javascript(str(NODE), "cold_javascript.mjs", *target),
        }
        if system_node := shutil.which("node"):
            programs["JavaScript SDK, system Node"] = javascript(
                system_node, "cold_javascript.mjs", *target
            )
        samples: dict[str, list[float]] = {name: [] for name in programs}
        for round_number in range(ROUNDS + 1):
            for name, command in programs.items():
                duration = wall_time(command)
                if round_number:
                    samples[name].append(duration)
    figures = {name: Figure(name, "ms", durations) for name, durations in samples.items()}
    bare, imported, ours, *peers = figures.values()
    targets = {"boto3": 0.25, "JavaScript SDK": 0.50}
    yield Row(NAME, bare)
    yield Row(NAME, imported, Ratio(imported, bare, 2.0))
    yield Row(NAME, ours, *(Ratio(ours, peer, targets.get(peer.name)) for peer in peers))
    for peer in peers:
        yield Row(NAME, peer)
