"""`serve` in child processes, with the emulator as the service."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from serving import (
    TIMEOUT_SECONDS,
    GuestPool,
    PausableService,
    ServeProcess,
    call_endpoint,
    command_line,
    send_bytes,
)

from cognito_credentials.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def guests(emulator: Emulator) -> GuestPool:
    return GuestPool(emulator)


@pytest.fixture
def environment(guests: GuestPool, home: Path) -> dict[str, str]:
    return guests.environment(home)


@pytest.fixture
def serve() -> Iterator[Any]:
    running: list[ServeProcess] = []

    def start(environment: dict[str, str], *words: str, **options: Any) -> ServeProcess:
        running.append(ServeProcess(environment, *words, **options))
        return running[-1]

    yield start
    for serving in running:
        serving.close()


def run(environment: dict[str, str], *words: str) -> Any:
    return subprocess.run(
        command_line("serve", *words),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
    )


def list_directories(home: Path) -> list[str]:
    return [name for name in os.listdir(home) if name.startswith("cognito-credentials-")]


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_serve_responds_until_a_signal_arrives(
    environment: dict[str, str], home: Path, serve: Any, name: str
):
    serving = serve(environment)
    response = serving.call()
    assert response.status == 200
    assert response.document["AccessKeyId"].startswith("ASIA")
    assert os.stat(serving.token_file).st_mode & 0o777 == 0o600
    assert os.stat(os.path.dirname(serving.token_file)).st_mode & 0o777 == 0o700
    assert serving.stop(getattr(signal, name)) == (0, "")
    assert list_directories(home) == []


def test_credentials_are_served_from_memory(
    environment: dict[str, str], guests: GuestPool, serve: Any
):
    serving = serve(environment)
    before = guests.calls
    first = serving.call().document
    assert all(serving.call().document == first for _ in range(20))
    assert guests.calls == before


def test_unauthorized_requests_are_rejected_and_secrets_are_not_logged(
    environment: dict[str, str], serve: Any
):
    serving = serve(environment, "--debug")
    url, token = serving.url, serving.token
    statuses = [
        call_endpoint(url, None).status,
        call_endpoint(url, "guessed" * 6).status,
        call_endpoint(url, token, Host="evil.example").status,
        call_endpoint(url, token, Origin="http://evil.example").status,
        call_endpoint(url, token, method="POST").status,
        call_endpoint(url, token, A="a" * 17_000).status,
    ]
    assert statuses == [401, 401, 403, 403, 405, 431]
    send_bytes(url, os.urandom(100_000))
    response = serving.call()
    assert response.status == 200
    status, log = serving.stop(signal.SIGTERM)
    assert status == 0
    assert "401" in log
    document = response.document
    for secret in (token, document["SecretAccessKey"], document["Token"], "guessed"):
        assert secret not in log


def test_a_port_in_use_is_reported(environment: dict[str, str], serve: Any):
    port = serve(environment).url.split(":")[2].partition("/")[0]
    done = run(environment, "--port", port)
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"port {port}" in done.stderr
    assert "\nNext: " in done.stderr


def test_each_start_writes_a_new_token_to_the_same_file(
    environment: dict[str, str], home: Path, serve: Any
):
    file = home / "token"
    tokens = []
    for _ in range(2):
        serving = serve(environment, "--token-file", "~/token")
        assert serving.token_file == str(file)
        assert file.stat().st_mode & 0o777 == 0o600
        assert serving.call().status == 200
        assert all(call_endpoint(serving.url, token).status == 401 for token in tokens)
        tokens.append(serving.token)
        assert serving.stop(signal.SIGTERM) == (0, "")
    assert len({*tokens}) == 2


def test_a_serve_that_cannot_start_leaves_the_token_of_a_running_one(
    environment: dict[str, str], serve: Any
):
    serving = serve(environment, "--token-file", "~/token")
    port = serving.url.split(":")[2].partition("/")[0]
    assert run(environment, "--token-file", "~/token", "--port", port).returncode == 2
    with open(serving.token_file, encoding="ascii") as file:
        assert file.read() == serving.token


def test_a_socket_of_systemd_holds_the_port_between_two_starts(
    environment: dict[str, str], serve: Any
):
    with socket.create_server(("127.0.0.1", 0)) as passed:
        port = passed.getsockname()[1]
        for _ in range(2):
            serving = serve(environment, "--token-file", "~/token", passed=passed)
            assert serving.url == f"http://127.0.0.1:{port}/credentials"
            assert serving.call().status == 200
            assert serving.stop(signal.SIGTERM) == (0, "")
            with pytest.raises(OSError, match="in use"):
                socket.create_server(("127.0.0.1", port))


def test_a_permanent_error_at_the_start_ends_serve(environment: dict[str, str], home: Path):
    environment["AWS_COGNITO_IDENTITY_POOL_ID"] = "us-east-1:00000000-0000-0000-0000-000000000000"
    done = run(environment)
    assert (done.returncode, done.stdout) == (4, "")
    assert "ResourceNotFoundException" in done.stderr
    assert list_directories(home) == []


def test_each_user_has_an_identity_of_its_own(
    environment: dict[str, str], guests: GuestPool, serve: Any
):
    serving = serve(environment, "--per-user")
    before = len(guests.calls)
    assert serving.url.endswith("/users/NAME")
    urls = {name: serving.url.replace("NAME", name) for name in ("ada", "bob", "b%20b")}
    ada, bob = serving.call(url=urls["ada"]), serving.call(url=urls["bob"])
    assert (ada.status, bob.status) == (200, 200)
    assert ada.document["AccessKeyId"] != bob.document["AccessKeyId"]
    assert serving.call(url=urls["ada"]).document == ada.document
    assert guests.calls[before:] == ["GetId", "GetCredentialsForIdentity"] * 2
    plain = serving.call(url=serving.url.replace("/users/NAME", "/credentials"))
    assert plain.status == 404
    assert "/users/NAME" in plain.document["message"]
    assert serving.call().status == 404  # The printed URL contains the placeholder NAME.
    assert serving.call(url=urls["b%20b"]).status == 404
    assert call_endpoint(urls["ada"], "guessed").status == 401


# --- a slow or unreachable service ----------------------------------------------------------


@pytest.fixture
def pausable_service(emulator: Emulator) -> Iterator[PausableService]:
    service = PausableService(emulator.endpoint_url)
    yield service
    service.close()


def test_serve_responds_in_time_while_the_first_fetch_continues(
    guests: GuestPool, home: Path, serve: Any, pausable_service: PausableService
):
    """`call_endpoint` uses botocore's timeout of two seconds."""
    serving = serve(guests.environment(home, AWS_ENDPOINT_URL=pausable_service.url), "--per-user")
    url = serving.url.replace("NAME", "ada")
    before = len(guests.calls)
    pausable_service.pause()
    for _ in range(2):
        response = serving.call(url=url)
        assert response.status == 503
        assert response.document["Code"] == "refresh-timeout"
    pausable_service.resume()
    assert serving.call(url=url).status == 200
    assert guests.calls[before:] == ["GetId", "GetCredentialsForIdentity"]


def test_cached_credentials_are_served_while_the_service_does_not_respond(home: Path, serve: Any):
    """Credentials that expire in ten seconds are refreshed after one second."""
    with Emulator(account_id="111122223355", credential_lifetime=10) as emulator:
        pausable_service = PausableService(emulator.endpoint_url)
        serving = serve(
            GuestPool(emulator).environment(home, AWS_ENDPOINT_URL=pausable_service.url)
        )
        pausable_service.pause()
        responses = []
        while not pausable_service.has_received_request.wait(0.05):
            responses.append(serving.call())
        responses += [serving.call() for _ in range(3)]
        pausable_service.close()
    assert {response.status for response in responses} == {200}
    assert len({response.document["AccessKeyId"] for response in responses}) == 1


def test_serve_starts_while_the_service_is_unreachable(guests: GuestPool, home: Path, serve: Any):
    unreachable = "http://127.0.0.1:9"
    serving = serve(guests.environment(home, AWS_ENDPOINT_URL=unreachable, AWS_MAX_ATTEMPTS="1"))
    response = serving.call()
    assert response.status == 503
    assert response.document["code"] == "transport"
    status, log = serving.stop(signal.SIGTERM)
    assert status == 0
    assert unreachable.removeprefix("http://") in log
    assert "Next: " in log
