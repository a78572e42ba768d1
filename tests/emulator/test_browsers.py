"""Requests that web pages in a developer's browser send to the emulator."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from cognito_credentials.emulator import Emulator
from cognito_credentials.emulator.front.browsers import is_control_host, is_own_host
from cognito_credentials.emulator.headers import Headers
from cognito_credentials.emulator.messages import RawRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

EVIL = {"Origin": "https://evil.example"}
TARGET = {"Content-Type": "application/x-amz-json-1.1"}


@pytest.fixture(scope="module")
def without_iam() -> Iterator[Emulator]:
    with Emulator(account_id="555566667701", enforce_iam=False) as emulator:
        s3 = emulator.client("s3")
        s3.create_bucket(Bucket="bucket-of-a-developer")
        s3.put_object(Bucket="bucket-of-a-developer", Key="secret", Body=b"secret")
        yield emulator


def send(
    emulator: Emulator, line: str, headers: dict[str, str], body: bytes = b""
) -> tuple[int, bytes]:
    method, _, target = line.partition(" ")
    connection = http.client.HTTPConnection(emulator.host, emulator.port, timeout=10)
    try:
        connection.request(method, target, body, headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def sign(emulator: Emulator, line: str, keys: tuple[str, str], service: str = "s3") -> Any:
    method, _, target = line.partition(" ")
    request = AWSRequest(method, emulator.endpoint_url + target, {}, b"")
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    signer(Credentials(*keys), service, "us-east-1").add_auth(request)
    return dict(request.headers.items())


OBJECT = "GET /bucket-of-a-developer/secret"
DUMMY_KEYS = ("test", "test")


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:4599",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "127.0.0.1@evil.example",
        "s3.amazonaws.com.evil.example",
        "evilamazonaws.com",
        "bucket.s3.localhost.evil.example",
        "10.0.0.1",
        "emulator",
        "evil.example#localhost",
        "",
    ],
)
@pytest.mark.parametrize("method", ["GET", "OPTIONS", "POST"])
def test_a_foreign_host_is_rejected(emulator: Emulator, host: str, method: str):
    headers = {
        "Host": host,
        "X-Amz-Target": "AWSCognitoIdentityService.GetId",
        "Access-Control-Request-Headers": "x-amz-target",
    }
    before = len(emulator.calls)
    assert send(emulator, f"{method} /", headers, b"{}")[0] == 403
    assert len(emulator.calls) == before


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:4599",
        "127.0.0.1:80",
        "127.1.2.3",
        "[::1]:4599",
        "bucket.localhost:4599",
        "bucket.s3.us-east-1.amazonaws.com",
        "cognito-identity.us-east-1.amazonaws.com",
        "localhost.",
    ],
)
def test_names_of_this_machine_and_of_aws_are_accepted(emulator: Emulator, host: str):
    headers = {"Host": host, "X-Amz-Target": "AWSCognitoIdentityService.GetId", **TARGET}
    assert send(emulator, "POST /", headers, b"{}")[0] == 400


def test_two_hosts_are_rejected(emulator: Emulator):
    connection = http.client.HTTPConnection(emulator.host, emulator.port, timeout=10)
    connection.putrequest("GET", "/", skip_host=True)
    connection.putheader("Host", "localhost")
    connection.putheader("Host", "evil.example")
    connection.endheaders()
    assert connection.getresponse().status == 403
    connection.close()


@pytest.mark.parametrize(
    ("listening", "host", "accepted"),
    [
        ("0.0.0.0", "emulator:4599", True),
        ("0.0.0.0", "172.17.0.2:4599", True),
        ("0.0.0.0", "host.docker.internal", True),
        ("0.0.0.0", "evil.example", False),
        ("aws.test", "bucket.aws.test", True),
        ("aws.test", "aws.test.evil.example", False),
    ],
)
def test_a_container_is_reached_by_its_names(listening: str, host: str, accepted: bool):
    headers = Headers()
    headers.add("Host", host)
    assert is_own_host(RawRequest("GET", "/", headers, b""), listening) is accepted


@pytest.mark.parametrize(
    "headers",
    [
        EVIL,
        {"Origin": "null"},
        {"Origin": "http://localhost:3000"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_without_iam_unsigned_requests_of_pages_are_rejected(
    without_iam: Emulator, headers: dict[str, str]
):
    status, body = send(without_iam, OBJECT, headers)
    assert (status, b"secret" in body.replace(b"developer/secret", b"")) == (403, False)
    assert send(without_iam, "PUT /bucket-of-a-developer/new", headers, b"x")[0] == 403
    target = {"X-Amz-Target": "secretsmanager.ListSecrets", **TARGET}
    assert send(without_iam, "POST /", {**headers, **target}, b"{}")[0] == 400
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    assert send(without_iam, "POST /", {**headers, **form}, body)[0] == 403


def test_without_iam_a_foreign_page_needs_a_real_signature(without_iam: Emulator):
    forged = sign(without_iam, OBJECT, DUMMY_KEYS)
    assert send(without_iam, OBJECT, forged)[0] == 200
    assert send(without_iam, OBJECT, {**forged, "Origin": "http://localhost:3000"})[0] == 200
    for foreign in (EVIL, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        assert send(without_iam, OBJECT, {**forged, **foreign})[0] == 403
    request = AWSRequest("GET", without_iam.endpoint_url + OBJECT.removeprefix("GET "))
    S3SigV4QueryAuth(Credentials(*DUMMY_KEYS), "s3", "us-east-1").add_auth(request)
    line = "GET " + str(request.url).removeprefix(without_iam.endpoint_url)
    assert send(without_iam, line, {})[0] == 200
    assert send(without_iam, line, {"Sec-Fetch-Site": "cross-site"})[0] == 403
    keys = without_iam.client("s3")._request_signer._credentials
    real = sign(without_iam, OBJECT, (keys.access_key, keys.secret_key))
    assert send(without_iam, OBJECT, {**real, **EVIL}) == (200, b"secret")


def test_operations_that_aws_accepts_unsigned_are_open_to_every_page(without_iam: Emulator):
    pool = without_iam.client("cognito-identity").create_identity_pool(
        IdentityPoolName="pool", AllowUnauthenticatedIdentities=True
    )["IdentityPoolId"]
    target = {"X-Amz-Target": "AWSCognitoIdentityService.GetId", **TARGET, **EVIL}
    body = json.dumps({"IdentityPoolId": pool}).encode()
    assert send(without_iam, "POST /", target, body)[0] == 200


@pytest.mark.parametrize("path", ["/_emulator/", "/_emulator/health", "/_emulator/issuer/device"])
@pytest.mark.parametrize(
    "host",
    [
        "s3.amazonaws.com",
        "bucket.s3.us-east-1.amazonaws.com:4599",
        "sts.api.aws",
        "bucket.localhost:4599",
        "evil.example",
    ],
)
def test_the_control_interface_rejects_names_of_aws_and_of_buckets(
    emulator: Emulator, path: str, host: str
):
    status, body = send(emulator, f"GET {path}", {"Host": host})
    assert (status, emulator.control_token.encode() in body) == (403, False)


@pytest.mark.parametrize("host", ["localhost", "localhost.:80", "127.0.0.1:80", "[::1]"])
def test_the_control_interface_accepts_names_of_this_machine(emulator: Emulator, host: str):
    assert send(emulator, "GET /_emulator/health", {"Host": host})[0] == 200


@pytest.mark.parametrize(
    ("listening", "host", "accepted"),
    [
        ("0.0.0.0", "emulator:4599", True),
        ("0.0.0.0", "172.17.0.2:4599", True),
        ("0.0.0.0", "host.docker.internal", True),
        ("0.0.0.0", "s3.amazonaws.com", False),
        ("aws.test", "AWS.test:4599", True),
        ("aws.test", "bucket.aws.test", False),
    ],
)
def test_an_emulator_in_a_container_is_controlled_by_its_names(
    listening: str, host: str, accepted: bool
):
    headers = Headers()
    headers.add("Host", host)
    assert is_control_host(RawRequest("GET", "/", headers, b""), listening) is accepted


@pytest.mark.parametrize("path", ["/_emulator/", "/_emulator/index.html"])
@pytest.mark.parametrize("destination", ["empty", "iframe", "script", "object", "worker"])
def test_scripts_of_objects_in_buckets_cannot_read_the_control_token(
    emulator: Emulator, path: str, destination: str
):
    headers = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": destination}
    status, body = send(emulator, f"GET {path}", headers)
    assert (status, emulator.control_token.encode() in body) == (403, False)
    assert send(emulator, "GET /_emulator/console.js", headers)[0] == 200
    headers["Sec-Fetch-Dest"] = "document"
    assert emulator.control_token.encode() in send(emulator, f"GET {path}", headers)[1]


def test_a_window_of_another_page_cannot_read_the_console(emulator: Emulator):
    connection = http.client.HTTPConnection(emulator.host, emulator.port, timeout=10)
    connection.request("GET", "/_emulator/")
    response = connection.getresponse()
    assert response.getheader("Cross-Origin-Opener-Policy") == "same-origin"
    assert response.getheader("X-Frame-Options") == "DENY"
    connection.close()
