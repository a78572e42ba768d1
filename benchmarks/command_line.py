"""Wall time of a `credential_process` that finds credentials in the store.

Each time an AWS tool starts, it runs `cognito-credentials process --profile NAME`, which
`configure` writes into a profile. The credentials are fetched once before the measurement, over
loopback HTTP. For comparison, the benchmark also runs `aws --version`, which needs no credentials.
The programs run in turn, so that a busy moment affects all of them. The first round, which warms up
the file system, is not counted.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import fixed_server
from benchmarks.figures import Figure, Ratio, Row
from benchmarks.processes import ENVIRONMENT, PYTHON, run, wall_time

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 41
NAME = "command line"
AWS = Path(__file__).parent.parent / ".build" / "awscli" / "bin" / "aws"
COMMAND = Path(PYTHON).with_name("cognito-credentials")


def measure() -> Iterator[Row]:
    process = [str(COMMAND), "process", "--profile", "game"]
    config = Path(ENVIRONMENT["HOME"], ".aws", "config")
    config.parent.mkdir(exist_ok=True)
    with fixed_server.running() as url:
        config.write_text(
            f"[profile game]\ncognito_identity_pool_id = {fixed_server.IDENTITY_POOL_ID}\n"
            f"endpoint_url = {url}\n",
            encoding="utf-8",
        )
        run(process)
    # The server has stopped, so the credentials must come from the store.
    programs = {
        "python -c pass": [PYTHON, "-c", "pass"],
        "cognito-credentials process": process,
        "aws --version": [str(AWS), "--version"],
    }
    samples: dict[str, list[float]] = {name: [] for name in programs}
    for round_number in range(ROUNDS + 1):
        for name, command in programs.items():
            duration = wall_time(command)
            if round_number:
                samples[name].append(duration)
    os.unlink(config)
    bare, ours, aws = (Figure(name, "ms", durations) for name, durations in samples.items())
    yield Row(NAME, bare)
    yield Row(NAME, ours, Ratio(ours, bare, 3.5), Ratio(ours, aws, 0.15))
    yield Row(NAME, aws)
