"""`serve` in processes of its own, with the emulator as the service."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from serving import LONG, Guests, HeldService, Serving, ask, command, send

from cognito_credentials.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def guests(emulator: Emulator) -> Guests:
    return Guests(emulator)


@pytest.fixture
def environment(guests: Guests, home: Path) -> dict[str, str]:
    return guests.environment(home)


@pytest.fixture
def serve() -> Iterator[Any]:
    running: list[Serving] = []

    def start(environment: dict[str, str], *words: str) -> Serving:
        running.append(Serving(environment, *words))
        return running[-1]

    yield start
    for serving in running:
        serving.close()


def run(environment: dict[str, str], *words: str) -> Any:
    return subprocess.run(
        command("serve", *words),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG,
    )


def list_directories(home: Path) -> list[str]:
    return [name for name in os.listdir(home) if name.startswith("cognito-credentials-")]


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_serve_answers_until_a_signal_arrives(
    environment: dict[str, str], home: Path, serve: Any, name: str
):
    serving = serve(environment)
    response = serving.ask()
    assert response.status == 200
    assert response.document["AccessKeyId"].startswith("ASIA")
    assert os.stat(serving.token_file).st_mode & 0o777 == 0o600
    assert os.stat(os.path.dirname(serving.token_file)).st_mode & 0o777 == 0o700
    assert serving.end(getattr(signal, name)) == (0, "")
    assert list_directories(home) == []


def test_credentials_are_served_from_memory(
    environment: dict[str, str], guests: Guests, serve: Any
):
    serving = serve(environment)
    before = guests.calls
    first = serving.ask().document
    assert all(serving.ask().document == first for _ in range(20))
    assert guests.calls == before


def test_unauthorized_requests_are_rejected_and_secrets_are_not_logged(
    environment: dict[str, str], serve: Any
):
    serving = serve(environment, "--debug")
    url, token = serving.url, serving.token
    statuses = [
        ask(url, None).status,
        ask(url, "guessed" * 6).status,
        ask(url, token, Host="evil.example").status,
        ask(url, token, Origin="http://evil.example").status,
        ask(url, token, method="POST").status,
        ask(url, token, A="a" * 17_000).status,
    ]
    assert statuses == [401, 401, 403, 403, 405, 431]
    send(url, os.urandom(100_000))
    response = serving.ask()
    assert response.status == 200
    status, log = serving.end(signal.SIGTERM)
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


def test_a_token_file_is_created_once_and_reused(
    environment: dict[str, str], home: Path, serve: Any
):
    file = home / "token"
    tokens = []
    for _ in range(2):
        serving = serve(environment, "--token-file", "~/token")
        assert serving.token_file == str(file)
        assert file.stat().st_mode & 0o777 == 0o600
        assert serving.ask().status == 200
        tokens.append(serving.token)
        assert serving.end(signal.SIGTERM) == (0, "")
    assert tokens[0] == tokens[1] == file.read_text()


def test_a_permanent_error_at_the_start_ends_serve(environment: dict[str, str], home: Path):
    environment["AWS_COGNITO_IDENTITY_POOL_ID"] = "us-east-1:00000000-0000-0000-0000-000000000000"
    done = run(environment)
    assert (done.returncode, done.stdout) == (4, "")
    assert "ResourceNotFoundException" in done.stderr
    assert list_directories(home) == []


def test_each_user_has_an_identity_of_its_own(
    environment: dict[str, str], guests: Guests, serve: Any
):
    serving = serve(environment, "--per-user")
    before = len(guests.calls)
    assert serving.url.endswith("/users/NAME")
    urls = {name: serving.url.replace("NAME", name) for name in ("ada", "bob", "b%20b")}
    ada, bob = serving.ask(url=urls["ada"]), serving.ask(url=urls["bob"])
    assert (ada.status, bob.status) == (200, 200)
    assert ada.document["AccessKeyId"] != bob.document["AccessKeyId"]
    assert serving.ask(url=urls["ada"]).document == ada.document
    assert guests.calls[before:] == ["GetId", "GetCredentialsForIdentity"] * 2
    plain = serving.ask(url=serving.url.replace("/users/NAME", "/credentials"))
    assert plain.status == 404
    assert "/users/NAME" in plain.document["message"]
    assert serving.ask().status == 404  # the printed URL contains NAME literally
    assert serving.ask(url=urls["b%20b"]).status == 404
    assert ask(urls["ada"], "guessed").status == 401


# --- a slow or unreachable service ----------------------------------------------------------


@pytest.fixture
def held_service(emulator: Emulator) -> Iterator[HeldService]:
    held = HeldService(emulator.endpoint_url)
    yield held
    held.close()


def test_serve_responds_in_time_while_the_first_fetch_continues(
    guests: Guests, home: Path, serve: Any, held_service: HeldService
):
    """`ask` fails after two seconds, like botocore."""
    serving = serve(guests.environment(home, AWS_ENDPOINT_URL=held_service.url), "--per-user")
    url = serving.url.replace("NAME", "ada")
    before = len(guests.calls)
    held_service.hold()
    for _ in range(2):
        response = serving.ask(url=url)
        assert response.status == 503
        assert response.document["Code"] == "refresh-timeout"
    held_service.release()
    assert serving.ask(url=url).status == 200
    assert guests.calls[before:] == ["GetId", "GetCredentialsForIdentity"]


def test_cached_credentials_are_served_while_the_service_does_not_respond(home: Path, serve: Any):
    """Credentials of ten seconds are fresh for one, so that a request soon starts a renewal."""
    with Emulator(account_id="111122223355", credential_lifetime=10) as emulator:
        held_service = HeldService(emulator.endpoint_url)
        serving = serve(Guests(emulator).environment(home, AWS_ENDPOINT_URL=held_service.url))
        held_service.hold()
        responses = []
        while not held_service.is_asked.wait(0.05):
            responses.append(serving.ask())
        responses += [serving.ask() for _ in range(3)]
        held_service.close()
    assert {response.status for response in responses} == {200}
    assert len({response.document["AccessKeyId"] for response in responses}) == 1


def test_serve_starts_while_the_service_is_unreachable(guests: Guests, home: Path, serve: Any):
    unreachable = "http://127.0.0.1:9"
    serving = serve(guests.environment(home, AWS_ENDPOINT_URL=unreachable, AWS_MAX_ATTEMPTS="1"))
    response = serving.ask()
    assert response.status == 503
    assert response.document["code"] == "transport"
    status, log = serving.end(signal.SIGTERM)
    assert status == 0
    assert unreachable.removeprefix("http://") in log
    assert "Next: " in log
