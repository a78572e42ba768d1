"""The HTTP interface that controls the emulator."""

from __future__ import annotations

import http.client
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from emulated_account import Account

from cognito_credentials.emulator import Emulator
from cognito_credentials.emulator.control.redaction import REDACTED, redact

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_RETRIES = Config(retries={"total_max_attempts": 1})
GOOGLE = "accounts.google.com"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(account_id="555566660001") as emulator:
        yield emulator


@pytest.fixture
def account(emulator: Emulator) -> Account:
    return Account(emulator)


def send(
    emulator: Emulator,
    method: str,
    path: str,
    body: Any = None,
    **headers: str,
) -> tuple[int, Any]:
    """Send a request with the control token, and return the status and the JSON document."""
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    sent = {
        "Authorization": f"Bearer {emulator.control_token}",
        "Content-Type": "application/json",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    connection = http.client.HTTPConnection(emulator.host, emulator.port, timeout=10)
    try:
        connection.request(method, f"/_emulator{path}", data, sent)
        response = connection.getresponse()
        content = response.read()
        assert response.getheader("Access-Control-Allow-Origin") is None
        return response.status, json.loads(content) if content else None
    finally:
        connection.close()


def test_health_describes_the_emulator(emulator: Emulator):
    status, health = send(emulator, "GET", "/health", Authorization="")
    assert status == 200
    assert (health["status"], health["region"]) == ("ok", "us-east-1")
    assert health["account_id"] == emulator.account_id


def test_the_clock_can_be_advanced(emulator: Emulator):
    before = send(emulator, "GET", "/clock")[1]["now"]
    status, after = send(emulator, "POST", "/clock/advance", {"seconds": 3660})
    moved = datetime.fromisoformat(after["now"]) - datetime.fromisoformat(before)
    assert status == 200
    assert 3660 <= moved.total_seconds() < 3690
    send(emulator, "POST", "/clock/advance", {"seconds": -3660})


def test_reset_deletes_the_state(account: Account, emulator: Emulator):
    account.pool()
    assert send(emulator, "POST", "/reset") == (204, None)
    pools = account.client("cognito-identity").list_identity_pools(MaxResults=10)
    assert pools["IdentityPools"] == []


def test_a_login_token_can_be_minted(account: Account, emulator: Emulator):
    pool = account.pool(SupportedLoginProviders={GOOGLE: "google-app"})
    fields = {"provider_name": GOOGLE, "subject": "ann", "claims": {"email": "ann@example.com"}}
    status, minted = send(emulator, "POST", "/tokens", fields)
    assert status == 200
    assert account.identity(pool, {GOOGLE: minted["token"]})


def test_faults_can_be_injected(account: Account, emulator: Emulator):
    fault = {"operation": "ListIdentityPools", "kind": "error", "code": "InternalErrorException"}
    assert send(emulator, "POST", "/faults", {**fault, "status": 500, "times": 2}) == (204, None)
    listed = send(emulator, "GET", "/faults")[1]["faults"]
    assert [(each["operation"], each["times"]) for each in listed] == [("ListIdentityPools", 2)]
    with pytest.raises(ClientError, match="InternalErrorException"):
        account.client("cognito-identity", config=NO_RETRIES).list_identity_pools(MaxResults=1)
    assert send(emulator, "DELETE", "/faults") == (204, None)
    assert send(emulator, "GET", "/faults")[1] == {"faults": []}


def test_a_fault_can_last_until_it_is_removed(emulator: Emulator):
    fault = {"operation": "GetId", "kind": "dropped-response", "times": None}
    assert send(emulator, "POST", "/faults", fault) == (204, None)
    assert send(emulator, "GET", "/faults")[1]["faults"][0]["times"] is None
    send(emulator, "DELETE", "/faults")


def test_quotas_can_be_enforced(account: Account, emulator: Emulator):
    pool = account.pool()
    client = account.client("cognito-identity", config=NO_RETRIES)
    assert send(emulator, "PUT", "/quotas", {"quotas": {"ListIdentities": 1}}) == (204, None)
    client.list_identities(IdentityPoolId=pool, MaxResults=1)
    with pytest.raises(ClientError, match="TooManyRequestsException"):
        client.list_identities(IdentityPoolId=pool, MaxResults=1)
    assert send(emulator, "PUT", "/quotas", {"quotas": {}}) == (204, None)
    client.list_identities(IdentityPoolId=pool, MaxResults=1)


def test_calls_are_listed_without_secrets(account: Account, emulator: Emulator):
    pool = account.pool(SupportedLoginProviders={GOOGLE: "google-app"})
    token = emulator.mint_token(GOOGLE, "ann")
    last = send(emulator, "GET", "/calls?limit=1")[1]["calls"]
    before = emulator.calls[-1].number
    identity = account.identity(pool, {GOOGLE: token})
    with pytest.raises(ClientError):
        account.identity(pool, {GOOGLE: token + "x"})
    assert len(last) == 1
    listed = send(emulator, "GET", f"/calls?after={before}&operation=GetId")[1]["calls"]
    accepted, rejected = listed
    assert accepted["number"] == before + 1
    assert accepted["parameters"] == {"IdentityPoolId": pool, "Logins": {GOOGLE: "[redacted]"}}
    assert (accepted["status"], accepted["error_code"]) == (200, None)
    assert (rejected["status"], rejected["error_code"]) == (400, "NotAuthorizedException")
    assert token not in json.dumps(listed)
    assert identity


def test_secrets_of_unknown_parameters_are_redacted():
    assert redact("cognito-identity", "NoSuchOperation", {"Token": "t"}) == {"Token": REDACTED}
    policies = {"RoleName": "r", "PolicyArn": "arn:aws:iam::aws:policy/p"}
    assert redact("iam", "AttachRolePolicy", policies) == policies
    auth = {"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": {"PASSWORD": "p"}}
    assert redact("cognito-idp", "InitiateAuth", auth)["AuthParameters"] != {"PASSWORD": "p"}


def test_pools_and_identities_are_listed(account: Account, emulator: Emulator):
    pool = account.pool(IdentityPoolName="listed", SupportedLoginProviders={GOOGLE: "google-app"})
    guest = account.identity(pool)
    user = account.identity(pool, {GOOGLE: emulator.mint_token(GOOGLE, "ann")})
    pools = {each["id"]: each for each in send(emulator, "GET", "/pools")[1]["pools"]}
    assert (pools[pool]["name"], pools[pool]["providers"]) == ("listed", [GOOGLE])
    listed = send(emulator, "GET", f"/identities?pool_id={pool}")[1]["identities"]
    assert [each["id"] for each in listed] == [guest, user]
    assert listed[1]["logins"] == [{"provider_name": GOOGLE, "subject": "ann"}]
    rest = send(emulator, "GET", f"/identities?pool_id={pool}&after={listed[0]['serial']}")
    assert [each["id"] for each in rest[1]["identities"]] == [user]
    status, error = send(emulator, "GET", "/identities?pool_id=ap-south-1:x")
    assert status == 404
    assert "ap-south-1:x" in error["error"]
    assert send(emulator, "GET", f"/identities?pool_id={pool}&limit=0")[0] == 400


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer wrong", "Basic {}"])
@pytest.mark.parametrize("path", ["/reset", "/clock/advance", "/tokens"])
def test_changes_need_the_token(emulator: Emulator, path: str, token: str):
    status, error = send(
        emulator, "POST", path, {}, Authorization=token.format(emulator.control_token)
    )
    assert status == 401
    assert "COGNITO_EMULATOR_TOKEN" in error["error"]
    assert emulator.control_token not in error["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://pages.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_web_pages_of_other_machines_cannot_make_changes(
    emulator: Emulator, headers: dict[str, str]
):
    assert send(emulator, "POST", "/reset", **headers)[0] == 403


def test_another_host_name_is_rejected(emulator: Emulator):
    connection = http.client.HTTPConnection(emulator.host, emulator.port)
    connection.request("GET", "/_emulator/health", headers={"Host": "pages.example"})
    assert connection.getresponse().status == 403
    connection.close()


@pytest.mark.parametrize(
    ("path", "body", "part"),
    [
        ("/clock/advance", {}, "seconds"),
        ("/clock/advance", {"seconds": "60"}, "seconds must be a number"),
        ("/clock/advance", {"seconds": True}, "seconds must be a number"),
        ("/clock/advance", b'{"seconds": NaN}', "NaN"),
        ("/clock/advance", b'{"seconds": 1e999}', "too large"),
        ("/clock/advance", b'{"seconds": 1, "seconds": 2}', "duplicate"),
        ("/clock/advance", {"seconds": 1, "minutes": 1}, "minutes"),
        ("/clock/advance", [1], "JSON object"),
        ("/clock/advance", b"{", "valid JSON"),
        ("/clock/advance", b"[" * 100_000, "valid JSON"),
        ("/clock/advance", b'{"seconds": ' + b"[" * 200 + b"]" * 200 + b"}", "levels"),
        ("/tokens", {"provider_name": "x.example", "subject": "ann"}, "provider_name"),
        ("/tokens", {"subject": "ann"}, "provider_name"),
        ("/faults", {"operation": "GetID", "kind": "latency", "seconds": 1}, "GetId"),
        ("/faults", {"operation": "GetId", "kind": "error"}, "code is required"),
        ("/faults", {"operation": "GetId", "kind": "latency"}, "seconds is required"),
        ("/reset?keep=1", {}, "in the body"),
        ("/faults", {"operation": "GetId", "kind": "slow"}, "kind"),
        ("/faults", {"operation": "GetId", "kind": "latency", "times": 0}, "times"),
    ],
)
def test_invalid_requests_are_rejected(emulator: Emulator, path: str, body: Any, part: str):
    status, error = send(emulator, "POST", path, body)
    assert status == 400
    assert part in error["error"]


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("/calls?operation=GetID", "GetId"),
        ("/calls?operation=", "operation"),
        ("/calls?operations=GetId", "operation, limit"),
        ("/calls?after=-1", "after must be an integer"),
        ("/calls?limit=x", "limit must be an integer"),
        ("/calls?limit=1&limit=2", "limit twice"),
        ("/identities", "pool_id"),
        ("/health?all=1", "all"),
    ],
)
def test_invalid_queries_are_rejected(emulator: Emulator, path: str, part: str):
    status, error = send(emulator, "GET", path)
    assert status == 400
    assert part in error["error"]


def test_calls_of_any_operation_can_be_listed(emulator: Emulator, account: Account):
    account.client("s3").list_buckets()
    for operation in ("GetId", "ListBuckets", "PUT"):
        status, listed = send(emulator, "GET", f"/calls?operation={operation}")
        assert status == 200
        assert {call["operation"] for call in listed["calls"]} <= {operation}
    assert send(emulator, "GET", "/calls?operation=ListBuckets")[1]["calls"]


def test_other_content_types_are_rejected(emulator: Emulator):
    status, _ = send(emulator, "POST", "/clock/advance", b"seconds=60", Content_Type="text/plain")
    assert status == 415


def test_the_state_can_be_exported_and_imported(emulator: Emulator, account: Account):
    pool_id = account.pool()
    assert send(emulator, "GET", "/state", Authorization="")[0] == 401
    status, state = send(emulator, "GET", "/state")
    assert status == 200
    assert pool_id in {pool["id"] for pool in state["pools"]}
    account.client("cognito-identity").delete_identity_pool(IdentityPoolId=pool_id)
    assert send(emulator, "PUT", "/state", state) == (204, None)
    assert send(emulator, "GET", "/state")[1] == state
    status, error = send(emulator, "PUT", "/state", {**state, "version": 99})
    assert status == 400
    assert "version" in error["error"]


def test_unknown_paths_and_methods_are_rejected(emulator: Emulator):
    assert send(emulator, "GET", "/nothing")[0] == 404
    assert send(emulator, "GET", "/reset")[0] == 405
    assert send(emulator, "DELETE", "/clock")[0] == 405


def test_the_openapi_document_describes_every_endpoint(emulator: Emulator):
    status, document = send(emulator, "GET", "/openapi.json", Authorization="")
    assert status == 200
    assert document["openapi"] == "3.1.0"
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            body = {} if method == "get" else b"not JSON"
            documented = send(emulator, method.upper(), path.removeprefix("/_emulator"), body)[0]
            assert str(documented) in described["responses"]
            needs_token = method != "get" or path.endswith("/state")
            assert ("security" in described) == needs_token


HUGE = b"1" + b"0" * 400


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/clock/advance", b'{"seconds": %s}' % HUGE),
        ("POST", "/clock/advance", b'{"seconds": 1e300}'),
        ("POST", "/clock/advance", b'{"seconds": -1e11}'),
        ("POST", "/clock/advance", b'{"seconds": 3e11}'),
        (
            "POST",
            "/tokens",
            b'{"provider_name": "accounts.google.com", "subject": "a", "lifetime": %s}' % HUGE,
        ),
        (
            "POST",
            "/tokens",
            rb'{"provider_name": "accounts.google.com", "subject": "\ud800"}',
        ),
        ("POST", "/faults", b'{"operation": "GetId", "kind": "latency", "seconds": %s}' % HUGE),
        ("PUT", "/quotas", b'{"quotas": {"GetId": %s}}' % HUGE),
    ],
)
def test_values_that_cannot_be_used_are_rejected(
    emulator: Emulator, method: str, path: str, body: bytes
):
    emulator.reset()
    emulator.client("cognito-identity").create_identity_pool(
        IdentityPoolName="pool",
        AllowUnauthenticatedIdentities=True,
        SupportedLoginProviders={GOOGLE: "client"},
    )
    status, document = send(emulator, method, path, body)
    assert (status, list(document)) == (400, ["error"])
    assert "codec" not in document["error"]
    assert send(emulator, "GET", "/health")[0] == 200
