"""Use one ProviderConfig in pools of processes, with icechunk and with Dask, at a virtual time.

Arguments: identity pool ID, bucket, endpoint URL. For each number of seconds in a line of its input,
the program sets the clock of all processes ahead of the real time by this number, and uses both
libraries. test_processes.py runs this program.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from pathlib import Path

# Replace the clock before the library is imported, in this process and in each process of a pool.
AHEAD = Path(os.environ["AHEAD"])
_now = time.time
time.time = lambda: _now() + float(AHEAD.read_text())  # type: ignore[method-assign]

# ruff: noqa: E402

import dask
import icechunk
import zarr
from dask.bytes import read_bytes

from cognito_credentials import ProviderConfig
from cognito_credentials.integrations.icechunk import get_credentials
from cognito_credentials.integrations.s3fs import session

PROCESSES = 8


def read_array(icechunk_session):
    return int(zarr.open_array(icechunk_session.store, mode="r")[:].sum())


def use_icechunk(config, bucket, url, prefix):
    storage = icechunk.s3_storage(
        bucket=bucket,
        prefix=prefix,
        region="us-east-1",
        endpoint_url=url,
        allow_http=True,
        force_path_style=True,
        get_credentials=get_credentials(config),
    )
    repository = icechunk.Repository.create(storage)
    writable = repository.writable_session("main")
    zarr.create_array(writable.store, shape=(4,), dtype="i4")[:] = 7
    writable.commit("write")
    sessions = [repository.readonly_session("main") for _ in range(PROCESSES)]
    with multiprocessing.get_context("forkserver").Pool(PROCESSES) as pool:
        assert pool.map(read_array, sessions, chunksize=1) == [28] * PROCESSES


def use_dask(config, bucket, url):
    options = {"session": session(config), "endpoint_url": url}
    _, (parts,) = read_bytes(f"s3://{bucket}/text", blocksize=1, sample=False, **options)
    dask.config.set({"multiprocessing.context": "forkserver"})
    read = dask.compute(*parts, scheduler="processes", num_workers=PROCESSES)
    assert b"".join(read) == b"contents"


if __name__ == "__main__":
    pool_id, *arguments = sys.argv[1:]
    shared_config = ProviderConfig(pool_id)
    for line in sys.stdin:
        AHEAD.write_text(line)
        use_icechunk(shared_config, *arguments, prefix=f"maps-{line.strip()}")
        use_dask(shared_config, *arguments)
        sys.stdout.write("done\n")
        sys.stdout.flush()
