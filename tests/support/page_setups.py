"""The variables that the Python blocks of each page assume, and checks of what the blocks did.

Each generator yields the variables of one page. After the blocks have run, it continues with the checks.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from emulated_account import Account, allow
from harness import jwt
from issuer_guide import run_issuer_guide
from valkey_server import SEALING_KEY, Valkey

from cognito_credentials import errors, from_cognito_identity_pool
from cognito_credentials.stores import FileStore

if TYPE_CHECKING:
    from cognito_credentials.emulator import Emulator

IDENTITY_ID_VARIABLE = "${cognito-identity.amazonaws.com:sub}"


class Setup:
    """The account and the Redis server that the generators in `PYTHON_PAGES` use."""

    def __init__(self, emulator: Emulator, server: Valkey) -> None:
        self.account = Account(emulator)
        self.redis = {"redis_url": server.url, "sealing_key": SEALING_KEY}


def back_ends(setup: Setup) -> Iterator[dict[str, Any]]:
    test_client = pytest.importorskip("fastapi.testclient").TestClient
    account = setup.account
    users = account.user_pool()
    users.sign_up("ada")
    pool_id = account.pool(
        CognitoIdentityProviders=[{"ProviderName": users.provider, "ClientId": users.client_id}],
        DeveloperProviderName="login.example.com",
    )
    listing = allow("s3:ListAllMyBuckets", "*")
    actions = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]
    account.set_roles(pool_id, authenticated=account.role(pool_id, listing, actions=actions))
    names: dict[str, Any] = {
        "pool_id": pool_id,
        "user_pool": users.provider,
        "client_id": users.client_id,
        **setup.redis,
    }
    yield names
    supplier_calls: list[str] = []

    def fresh_token() -> str:
        supplier_calls.append("ada")
        return str(users.sign_in("ada")["IdToken"])

    ada = SimpleNamespace(
        id="ada", id_token=users.sign_in("ada")["IdToken"], fresh_token=fresh_token
    )
    assert "Buckets" in names["handle"](SimpleNamespace(user=ada))
    for _ in range(2):  # The second call uses cached credentials.
        assert "Buckets" in names["client_of"](ada).list_buckets()
    assert supplier_calls == ["ada"]
    (credentials,) = asyncio.run(names["serve"]([ada]))
    assert credentials == names["broker"].get("ada", {users.provider: ada.id_token})
    with pytest.MonkeyPatch.context() as patch:
        for name, value in account.back_end_variables().items():
            patch.setenv(name, value)
        for _ in range(2):
            grace = SimpleNamespace(id="grace", tenant="navy")
            assert "Buckets" in names["s3_of"](grace).list_buckets()
    names["broker"].close()
    names["store"].close()

    # The emulated user pool publishes its keys at the emulator's address.
    pool_name = users.provider.rpartition("/")[2]
    keys_url = f"{account.emulator.endpoint_url}/{pool_name}/.well-known/jwks.json"
    names["signing_keys"] = names["jwt"].PyJWKClient(keys_url)
    with test_client(names["app"]) as client:

        def get_buckets(token: str) -> Any:
            return client.get("/buckets", headers={"Authorization": f"Bearer {token}"})

        assert get_buckets(ada.id_token).status_code == 200
        access_token = users.sign_in("ada")["AccessToken"]
        for token in ("", "x.y.z", ada.id_token[:-4] + "AAAA", access_token):
            assert get_buckets(token).status_code == 401
        account.set_roles(pool_id)
        users.sign_up("grace")  # This user has no cached credentials.
        response = get_buckets(users.sign_in("grace")["IdToken"])
        assert response.status_code == 500
        assert response.json() == {"error": "invalid-identity-pool-configuration"}

    def status_of(error_class: type[errors.CognitoCredentialsError]) -> int:
        status: int = names["status_of"](error_class.__new__(error_class, "text"))
        return status

    assert status_of(errors.LoginTokenExpired) == 401
    assert status_of(errors.RoleDenied) == 403
    assert status_of(errors.RequestTimeoutError) == status_of(errors.RefreshTimeoutError) == 503


def guest_pool(setup: Setup) -> str:
    pool_id = setup.account.pool()
    role = setup.account.role(pool_id, allow("s3:*", "*"), amr="unauthenticated")
    setup.account.set_roles(pool_id, unauthenticated=role)
    return pool_id


def flows(setup: Setup) -> Iterator[dict[str, Any]]:
    account = setup.account
    users = account.user_pool()
    users.sign_up("ada")
    pool_id = account.pool(
        AllowClassicFlow=True,
        CognitoIdentityProviders=[{"ProviderName": users.provider, "ClientId": users.client_id}],
    )
    role = account.role(pool_id, allow("s3:*", "*"), MaxSessionDuration=12 * 3600)
    account.set_roles(pool_id, authenticated=role)
    names: dict[str, Any] = {
        "pool_id": pool_id,
        "get_id_token": lambda: users.sign_in("ada")["IdToken"],
        "player_role": role,
    }
    yield names
    with names["provider"] as provider, names["long_sessions"] as long_sessions:
        difference = long_sessions().expiration - provider().expiration
        assert round(difference.total_seconds() / 3600) == 11


def guest_pages(setup: Setup) -> Iterator[dict[str, Any]]:
    yield {"pool_id": guest_pool(setup)}


def logins(setup: Setup) -> Iterator[dict[str, Any]]:
    class Session:
        id_token = jwt("login.example.com")
        refreshed = False

        def is_expired(self) -> bool:
            return False

        def use_refresh_token(self) -> None:
            self.refreshed = True

    pool_id = guest_pool(setup)
    names: dict[str, Any] = {
        "pool_id": pool_id,
        "session": Session(),
        "get_id_token": lambda: Session.id_token,
        "user_id": "ada",
        "ask_the_back_end": lambda: ("", ""),  # The page's code never calls this function.
    }
    yield names
    with from_cognito_identity_pool(pool_id, cache=FileStore()) as next_process:
        assert next_process().identity_id == names["credentials"].identity_id
    assert names["get_id_token"](refresh=True) == Session.id_token
    assert names["session"].refreshed


def issuers(setup: Setup) -> Iterator[dict[str, Any]]:
    yield from run_issuer_guide(setup.account)


def migrating(setup: Setup) -> Iterator[dict[str, Any]]:
    account = setup.account
    users = account.user_pool()
    users.sign_up("ada")
    pool = account.pool(
        CognitoIdentityProviders=[{"ProviderName": users.provider, "ClientId": users.client_id}]
    )
    account.set_roles(pool, authenticated=account.role(pool, allow("s3:ListAllMyBuckets", "*")))

    def get_id_token() -> str:
        return str(users.sign_in("ada")["IdToken"])

    # A stand-in for an instance of pycognito's class `Cognito`, with the members that the page uses.
    user = SimpleNamespace(
        username="ada",
        id_token=get_id_token(),
        check_token=lambda: False,
        renew_access_token=lambda: setattr(user, "id_token", get_id_token()),
    )
    names: dict[str, Any] = {
        "placeholder_pool": pool,
        "pool_id": pool,
        "login_provider": users.provider,
        "user_pool_id": users.id,
        "get_id_token": get_id_token,
        "user": user,
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("boto3.DEFAULT_SESSION", None)
        yield names
    assert "Buckets" in names["s3"].list_buckets()
    assert names["get_user_id_token"](refresh=True) == user.id_token
    s3 = names["session_of"]("ada", user.id_token).client("s3")
    assert "Buckets" in s3.list_buckets()
    for name in ("provider", "signed_in", "broker"):
        names[name].close()


def processes(setup: Setup) -> Iterator[dict[str, Any]]:
    url = setup.redis["redis_url"]
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("REDIS_URL", url)
        environment.setenv("SEALING_KEY", b64encode(setup.redis["sealing_key"]).decode())
        names: dict[str, Any] = {"placeholder_pool": guest_pool(setup)}
        yield names
        # Another store means another guest.
        shared = names["shared"].cached().get()
        assert names["credentials"].identity_id != shared.identity_id
        for name in ("config", "shared"):
            names[name].close()


def readme(setup: Setup) -> Iterator[dict[str, Any]]:
    account = setup.account
    users = account.user_pool()
    users.sign_up("ada")
    pool = account.pool(
        CognitoIdentityProviders=[{"ProviderName": users.provider, "ClientId": users.client_id}]
    )
    s3 = account.client("s3")
    s3.create_bucket(Bucket="game")
    s3.put_object(Bucket="game", Key="public/levels.json", Body=b"[]")
    own_prefix = allow("s3:PutObject", f"arn:aws:s3:::game/users/{IDENTITY_ID_VARIABLE}/*")
    public = allow("s3:GetObject", "arn:aws:s3:::game/public/*")
    account.set_roles(
        pool,
        authenticated=account.role(pool, own_prefix),
        unauthenticated=account.role(pool, public, amr="unauthenticated"),
    )
    names: dict[str, Any] = {
        "get_id_token": lambda: users.sign_in("ada")["IdToken"],
        "placeholder_pool": pool,
    }
    try:
        yield names
        names["provider"].close()
        saved = s3.get_object(Bucket="game", Key=f"users/{names['me']}/save.json")
        assert saved["Body"].read() == b"{}"
    finally:
        account.delete_bucket("game")


def signed_requests(setup: Setup) -> Iterator[dict[str, Any]]:
    requests: list[tuple[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            requests.append((self.path, self.headers["Authorization"]))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"[]")

        do_POST = do_GET  # noqa: N815 - http.server calls the method by this name

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        names: dict[str, Any] = {
            "placeholder_pool": guest_pool(setup),
            "api_url": f"http://127.0.0.1:{server.server_port}",
        }
        yield names
        server.shutdown()
    assert len(requests) == 4
    for path, authorization in requests:
        assert path in {"/items", "/items?name=a%20b"}
        assert "/us-east-1/execute-api/aws4_request" in authorization


def refresh(setup: Setup) -> Iterator[dict[str, Any]]:
    signers: list[str] = []

    def send_signed_request(credentials: Any) -> None:
        signers.append(credentials.access_key_id)
        if len(signers) == 1:
            raise ClientError({"Error": {"Code": "ExpiredToken", "Message": "x"}}, "GetObject")

    with from_cognito_identity_pool(guest_pool(setup)) as provider:
        yield {"provider": provider, "send_signed_request": send_signed_request}
    assert len(set(signers)) == 2


def stores(setup: Setup) -> Iterator[dict[str, Any]]:
    names: dict[str, Any] = {"pool_id": guest_pool(setup), **setup.redis}
    yield names
    names["provider"].close()


def troubleshooting(setup: Setup) -> Iterator[dict[str, Any]]:
    with from_cognito_identity_pool(guest_pool(setup)) as provider:
        names: dict[str, Any] = {"provider": provider}
        yield names
        assert names["credentials"].access_key_id


def index(setup: Setup) -> Iterator[dict[str, Any]]:
    names: dict[str, Any] = {"placeholder_pool": guest_pool(setup)}
    yield names
    assert names["s3"].list_buckets()["Buckets"] is not None
    names["provider"].close()


PYTHON_PAGES: dict[str, Callable[[Setup], Iterator[dict[str, Any]]]] = {
    "README.md": readme,
    "docs/back-ends.md": back_ends,
    "docs/flows.md": flows,
    "docs/identity-ids.md": guest_pages,
    "docs/index.md": index,
    "docs/issuers.md": issuers,
    "docs/logins.md": logins,
    "docs/migrating.md": migrating,
    "docs/processes.md": processes,
    "docs/refresh.md": refresh,
    "docs/signed-requests.md": signed_requests,
    "docs/single-flight.md": guest_pages,
    "docs/stores.md": stores,
    "docs/troubleshooting.md": troubleshooting,
}
