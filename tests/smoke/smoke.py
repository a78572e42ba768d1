"""Use the installed wheel in an environment without optional dependencies.

Run this program with `python -I`, so that neither this directory nor the source can be imported. It
uses only the standard library.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import importlib.resources
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

before = set(sys.modules)
import cognito_credentials  # noqa: E402

imported_packages = {name.partition(".")[0] for name in set(sys.modules) - before}

POOL_ID = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
IDENTITY_ID = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"
OPTIONAL = {"aiobotocore", "aiohttp", "boto3", "botocore", "moto"}


class FakeCognito(BaseHTTPRequestHandler):
    calls = []  # noqa: RUF012

    def do_POST(self):
        members = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.calls.append(self.headers["X-Amz-Target"].rpartition(".")[2])
        if not members:  # `doctor` sends such a request to check that Cognito responds.
            self.respond(400, {"__type": "ValidationException", "message": "1 error detected"})
            return
        response = {"IdentityId": IDENTITY_ID}
        if self.headers["X-Amz-Target"].endswith(".GetCredentialsForIdentity"):
            response["Credentials"] = {
                "AccessKeyId": "ASIASMOKESMOKESMOKE1",
                "SecretKey": "secret-of-the-smoke-test",
                "SessionToken": "token-of-the-smoke-test",
                "Expiration": time.time() + 3600,
            }
        self.respond(200, response)

    def respond(self, status, response):
        body = json.dumps(response).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def check_package():
    assert not imported_packages & {"asyncio", "logging", "typing", "urllib3", *OPTIONAL}, (
        imported_packages
    )
    assert cognito_credentials.__version__ == importlib.metadata.version("cognito-credentials")
    for file in ("py.typed", "emulator/console/static/index.html"):
        assert importlib.resources.files("cognito_credentials").joinpath(file).is_file(), file
    assert not any(importlib.util.find_spec(name) for name in OPTIONAL)
    (plugin,) = importlib.metadata.entry_points(group="pytest11")
    assert importlib.util.find_spec(plugin.value), plugin
    for name in cognito_credentials.__all__:
        assert getattr(cognito_credentials, name) is not None


def check_credentials(endpoint_url):
    with cognito_credentials.from_cognito_identity_pool(
        POOL_ID, client_config={"endpoint_url": endpoint_url}
    ) as provider:
        credentials = provider()
        assert provider.identity_id == credentials.identity_id == IDENTITY_ID
        assert provider.cached().get().access_key_id == "ASIASMOKESMOKESMOKE1"
    assert not credentials.is_expired
    assert "smoke-test" not in repr(credentials)
    assert not OPTIONAL & set(sys.modules)


def check_missing_library(endpoint_url):
    from cognito_credentials import aio

    async def fetch():
        provider = aio.from_cognito_identity_pool(
            POOL_ID, client_config={"endpoint_url": endpoint_url}
        )
        try:
            await provider()
        finally:
            await provider.aclose()

    try:
        asyncio.run(fetch())
    except cognito_credentials.CognitoCredentialsError as error:
        assert "pip install" in f"{error} {error.hint}", error
    else:
        raise AssertionError("the async provider worked without aiohttp")


def run_command(home, *words):
    command = os.path.join(os.path.dirname(sys.executable), "cognito-credentials")
    return subprocess.run(
        [command, *words],
        env={"HOME": home, "PATH": os.defpath},
        check=False,
        capture_output=True,
        text=True,
    )


def check_command(endpoint_url):
    """Run the subcommands that need no extra; the others must list every missing package."""
    with tempfile.TemporaryDirectory() as home:
        done = run_command(
            home,
            "configure",
            "--yes",
            "--identity-pool-id",
            POOL_ID,
            "--endpoint-url",
            endpoint_url,
        )
        assert done.returncode == 0, done.stderr
        FakeCognito.calls.clear()
        for _ in range(2):
            done = run_command(home, "process")
            assert json.loads(done.stdout)["AccessKeyId"] == "ASIASMOKESMOKESMOKE1", done.stderr
        assert FakeCognito.calls == ["GetId", "GetCredentialsForIdentity"], (
            "the store did not share the credentials"
        )
        for words in (["doctor"], ["whoami"], ["export"], ["cache", "list"]):
            done = run_command(home, *words)
            assert done.returncode == 0, (words, done.stdout, done.stderr)
        done = run_command(home, "explain", "names no user (sub)")
        assert "login token" in done.stdout, (done.stdout, done.stderr)
        for words in (
            [
                "login",
                "--issuer",
                endpoint_url,
                "--client-id",
                "application",
                "--store",
                "keychain",
            ],
            ["completion", "bash"],
            ["emulator"],
        ):
            done = run_command(home, *words)
            assert done.returncode == 2, (words, done.stdout, done.stderr)
            assert 'pip install "cognito-credentials[cli]"' in done.stderr, (words, done.stderr)
            assert "boto3" in done.stderr, (words, done.stderr)


server = ThreadingHTTPServer(("127.0.0.1", 0), FakeCognito)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"
check_package()
check_credentials(url)
check_missing_library(url)
check_command(url)
server.shutdown()
print("The wheel works.")
