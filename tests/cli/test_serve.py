"""`serve` in processes of its own, against the emulator; asked by hand and by real programs."""

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
    for one in running:
        one.close()


def run(environment: dict[str, str], *words: str) -> Any:
    return subprocess.run(
        command("serve", *words),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG,
    )


def left_in(home: Path) -> list[str]:
    return [name for name in os.listdir(home) if name.startswith("cognito-credentials-")]


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_it_serves_until_a_signal_comes(
    environment: dict[str, str], home: Path, serve: Any, name: str
):
    serving = serve(environment)
    answer = serving.ask()
    assert answer.status == 200
    assert answer.document["AccessKeyId"].startswith("ASIA")
    assert os.stat(serving.token_file).st_mode & 0o777 == 0o600
    assert os.stat(os.path.dirname(serving.token_file)).st_mode & 0o777 == 0o700
    assert serving.end(getattr(signal, name)) == (0, "")
    assert left_in(home) == []


def test_it_holds_what_it_serves(environment: dict[str, str], guests: Guests, serve: Any):
    serving = serve(environment)
    before = guests.calls
    first = serving.ask().document
    assert all(serving.ask().document == first for _ in range(20))
    assert guests.calls == before


def test_hostile_requests_get_nothing_and_nothing_is_said(environment: dict[str, str], serve: Any):
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
    good = serving.ask()
    assert good.status == 200
    status, said = serving.end(signal.SIGTERM)
    assert status == 0
    assert "HTTP status 401" in said
    for secret in (token, good.document["SecretAccessKey"], good.document["Token"], "guessed"):
        assert secret not in said


def test_a_second_one_on_the_same_port_says_so(environment: dict[str, str], serve: Any):
    port = serve(environment).url.split(":")[2].partition("/")[0]
    done = run(environment, "--port", port)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"cognito-credentials: port {port} is already in use")
    assert "\nNext: " in done.stderr


def test_a_token_file_is_made_once_and_kept(environment: dict[str, str], home: Path, serve: Any):
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


def test_a_refusal_at_the_start_ends_it(environment: dict[str, str], home: Path):
    environment["AWS_COGNITO_IDENTITY_POOL_ID"] = "us-east-1:00000000-0000-0000-0000-000000000000"
    done = run(environment)
    assert (done.returncode, done.stdout) == (4, "")
    assert "ResourceNotFoundException" in done.stderr
    assert left_in(home) == []


def test_each_user_has_an_identity_of_its_own(
    environment: dict[str, str], guests: Guests, serve: Any
):
    serving = serve(environment, "--per-user")
    before = len(guests.calls)
    assert serving.url.endswith("/users/NAME")
    of = {name: serving.url.replace("NAME", name) for name in ("ada", "bob", "b%20b")}
    ada, bob = serving.ask(url=of["ada"]), serving.ask(url=of["bob"])
    assert (ada.status, bob.status) == (200, 200)
    assert ada.document["AccessKeyId"] != bob.document["AccessKeyId"]
    assert serving.ask(url=of["ada"]).document == ada.document
    assert guests.calls[before:] == ["GetId", "GetCredentialsForIdentity"] * 2
    plain = serving.ask(url=serving.url.replace("/users/NAME", "/credentials"))
    assert plain.status == 404
    assert "/users/NAME" in plain.document["message"]
    assert serving.ask().status == 404  # what was printed, with NAME left as it is
    assert serving.ask(url=of["b%20b"]).status == 404
    assert ask(of["ada"], "guessed").status == 401


# --- a service that is slow, or away --------------------------------------------------------


@pytest.fixture
def held_service(emulator: Emulator) -> Iterator[HeldService]:
    held = HeldService(emulator.endpoint_url)
    yield held
    held.close()


def test_where_nothing_is_held_it_answers_in_time_and_the_fetch_goes_on(
    guests: Guests, home: Path, serve: Any, held_service: HeldService
):
    """`ask` gives up after two seconds, as botocore does."""
    serving = serve(guests.environment(home, AWS_ENDPOINT_URL=held_service.url), "--per-user")
    url = serving.url.replace("NAME", "ada")
    before = len(guests.calls)
    held_service.hold()
    for _ in range(2):
        answer = serving.ask(url=url)
        assert answer.status == 503
        assert answer.document["Code"] == "refresh-timeout"
    held_service.release()
    assert serving.ask(url=url).status == 200
    assert guests.calls[before:] == ["GetId", "GetCredentialsForIdentity"]


def test_what_is_held_is_served_while_the_service_does_not_answer(home: Path, serve: Any):
    """Of ten seconds, one is fresh: soon an answer begins a renewal, which hangs."""
    with Emulator(account_id="111122223355", credential_lifetime=10) as emulator:
        held_service = HeldService(emulator.endpoint_url)
        serving = serve(Guests(emulator).environment(home, AWS_ENDPOINT_URL=held_service.url))
        held_service.hold()
        answers = []
        while not held_service.is_asked.wait(0.05):
            answers.append(serving.ask())
        answers += [serving.ask() for _ in range(3)]
        held_service.close()
    assert {answer.status for answer in answers} == {200}
    assert len({answer.document["AccessKeyId"] for answer in answers}) == 1


def test_a_service_that_is_away_at_the_start_may_come_back(guests: Guests, home: Path, serve: Any):
    nobody = "http://127.0.0.1:9"
    serving = serve(guests.environment(home, AWS_ENDPOINT_URL=nobody, AWS_MAX_ATTEMPTS="1"))
    answer = serving.ask()
    assert answer.status == 503
    assert answer.document["code"] == "transport"
    status, said = serving.end(signal.SIGTERM)
    assert status == 0
    assert "There are no credentials yet" in said
    assert "Next: " in said
