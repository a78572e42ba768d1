"""Programs must exit immediately, even while a supplier or a store is still waiting."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")

# Must be less than the minute for which the suppliers and stores in the programs block.
TIMEOUT_SECONDS = 30

COMMON = """
import asyncio, contextlib, os, sys, threading, time

import cognito_credentials
from cognito_credentials import CommandToken, FileToken, aio
from cognito_credentials.testing import AsyncScriptedTransport, ScriptedTransport

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
KEY = "accounts.google.com"
called, pipe, pid_file = threading.Event(), sys.argv[2], sys.argv[3]

class Function:
    blocks = True

    def __call__(self):
        called.set()
        time.sleep(60)

class Store:
    blocks = True

    def get(self, key):
        called.set()
        time.sleep(60)

    def put(self, key, value, *, expires_at, lease=None):
        self.get(key)

    def lock(self, key, seconds):
        self.get(key)

    delete = get

command = ["sh", "-c", f"echo $$ > {pid_file}; exec sleep 60"]
suppliers = {
    "command": CommandToken(command, timeout=60),
    "file": FileToken(pipe, timeout=60),
    "function": Function(),
}
supplier = suppliers.get(sys.argv[1])
logins = supplier and {KEY: supplier}

def wait_for_call():
    if sys.argv[1] == "command":
        while not (os.path.exists(pid_file) and open(pid_file).read().endswith("\\n")):
            time.sleep(0.01)
    elif sys.argv[1] == "file":
        globals()["writer"] = os.open(pipe, os.O_WRONLY)  # a pipe that does not end
    else:
        assert called.wait(30)
"""

PROVIDER = """
async def main():
    config = {"transport": AsyncScriptedTransport([OSError("x")])}
    provider = aio.from_cognito_identity_pool(POOL, logins=logins, client_config=config)
    get = provider if supplier else aio.AsyncCredentialsCache(provider, store=Store()).get
    task = asyncio.create_task(get())
    while not task.done() and not ready.is_set():
        await asyncio.sleep(0.01)
    print("ending", flush=True)

ready = threading.Event()
threading.Thread(target=lambda: (wait_for_call(), ready.set()), daemon=True).start()
asyncio.run(main())
"""

BROKER = """
config = {"transport": ScriptedTransport([OSError("x")])}
broker = cognito_credentials.CredentialBroker(POOL, client_config=config)

def get():
    with contextlib.suppress(cognito_credentials.LoginTokenError):
        broker.get("user", logins, deadline=60)

threading.Thread(target=get, daemon=True).start()
wait_for_call()
print("ending", flush=True)
"""


@pytest.mark.parametrize(
    ("program", "waits_for"),
    [
        (PROVIDER, "command"),
        (PROVIDER, "file"),
        (PROVIDER, "function"),
        (PROVIDER, "store"),
        (BROKER, "command"),
        (BROKER, "file"),
        (BROKER, "function"),
    ],
)
def test_a_program_ends_while_a_supplier_or_a_store_waits(tmp_path, program, waits_for):
    pipe, pid_file = tmp_path / "pipe", tmp_path / "pid"
    os.mkfifo(pipe)
    source = textwrap.dedent(COMMON + program)
    words = [sys.executable, "-c", source, waits_for, str(pipe), str(pid_file)]
    done = subprocess.run(words, capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"ending\n", b"")
    # The supplier's command continues to run, because a library should not install an exit handler.
    if waits_for == "command":
        os.kill(int(pid_file.read_text()), signal.SIGKILL)
