"""The example applications: two users, each of whom can read only their own files."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from django.test import Client
from fastapi.testclient import TestClient

from cognito_credentials.emulator import Emulator, allow

EXAMPLES = Path(__file__).parents[2] / "examples"
BUCKET = "files-of-users"


@pytest.fixture(scope="module")
def emulator():
    with Emulator(account_id="333344445555") as emulator:
        emulator.create_bucket(BUCKET)
        yield emulator


@pytest.fixture(scope="module")
def pool(emulator):
    own_files = f"arn:aws:s3:::{BUCKET}/${{cognito-identity.amazonaws.com:sub}}/*"
    return emulator.create_identity_pool(
        "files", signed_in=[allow(["s3:GetObject", "s3:PutObject"], own_files)]
    )


@pytest.fixture(scope="module")
def load(emulator, pool):
    """Return a function that imports an example with the settings of the emulated account."""
    variables = {
        **emulator.environment(),
        "IDENTITY_POOL_ID": pool.id,
        "USER_POOL_ID": pool.user_pool_id,
        "CLIENT_ID": pool.client_id,
        "BUCKET": BUCKET,
        "DJANGO_SECRET_KEY": "only-for-tests",
        "DJANGO_ALLOWED_HOSTS": "testserver",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)

        def load(name):
            spec = spec_from_file_location(name, EXAMPLES / f"{name}.py")
            module = module_from_spec(spec)
            patch.setitem(sys.modules, name, module)
            spec.loader.exec_module(module)
            return module

        yield load


@pytest.fixture(scope="module")
def fastapi(load):
    with TestClient(load("fastapi_app").app) as client:

        def send(method, path, token, body=None):
            headers = {"Authorization": f"Bearer {token}"}
            response = client.request(method, path, content=body, headers=headers)
            return response.status_code, response.content

        yield send


@pytest.fixture(scope="module")
def django(load):
    module = load("django_app")  # Django can be configured once in a process
    client = Client()

    def send(method, path, token, body=b""):
        headers = {"Authorization": f"Bearer {token}"}
        response = client.generic(method, path, body, headers=headers)
        return response.status_code, response.content

    yield send
    module.broker.close()


@pytest.mark.parametrize("framework", ["fastapi", "django"])
def test_users_see_only_their_own_files(framework, request, pool, emulator):
    send = request.getfixturevalue(framework)
    tokens = [pool.create_user(f"{framework}-{name}").id_token() for name in ("ada", "grace")]
    ids = []
    for token in tokens:
        status, body = send("GET", "/me", token)
        assert status == 200
        ids.append(body.decode().split('"')[3])
    assert ids[0] != ids[1]

    for token, owner in zip(tokens, ids, strict=True):
        content = f"file of {owner}".encode()
        assert send("PUT", f"/files/{owner}/notes", token, content)[0] == 200
        assert send("GET", f"/files/{owner}/notes", token) == (200, content)

    first, second = tokens
    assert send("GET", f"/files/{ids[0]}/notes", second)[0] == 403
    assert send("PUT", f"/files/{ids[1]}/notes", first, b"overwritten")[0] == 403
    # The requests of the two users were signed with different keys.
    keys = {call.access_key_id for call in emulator.calls if call.service == "s3"}
    assert len(keys) >= 2


@pytest.mark.parametrize("framework", ["fastapi", "django"])
def test_invalid_tokens_are_rejected(framework, request, pool):
    send = request.getfixturevalue(framework)
    user = pool.create_user(f"{framework}-mallory")
    token = user.id_token()
    for invalid in ("", "x.y.z", token[:-4] + "AAAA"):
        assert send("GET", "/me", invalid)[0] == 401
    assert send("GET", "/me", token)[0] == 200


@pytest.mark.parametrize("framework", ["fastapi", "django"])
@pytest.mark.parametrize(
    ("code", "message", "status"),
    [
        ("NotAuthorizedException", "Invalid login token. Token expired: 1 >= 0", 401),
        ("NotAuthorizedException", "Access to Identity 'us-east-1:1' is forbidden.", 403),
        ("InvalidIdentityPoolConfigurationException", "Invalid identity pool configuration.", 500),
        ("TooManyRequestsException", "Rate exceeded", 503),
    ],
)
def test_an_error_of_the_service_determines_the_status(
    framework, code, message, status, request, pool, emulator
):
    send = request.getfixturevalue(framework)
    token = pool.create_user(f"{framework}-{status}").id_token()
    emulator.fail("GetCredentialsForIdentity", code, message, times=10)
    try:
        assert send("GET", "/me", token)[0] == status
    finally:
        emulator.faults.clear()
