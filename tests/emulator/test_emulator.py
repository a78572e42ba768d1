"""The emulator itself: its lifecycle, its clock, injected errors and recorded calls."""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from emulated_account import Account, allow, error_of

from cognito_credentials.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable

OTHER_ACCOUNT = "555566667777"


def call(emulator: Emulator, operation: str, **members: Any) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection(emulator.host, emulator.port)
    try:
        return send(connection, operation, **members)
    finally:
        connection.close()


def send(
    connection: http.client.HTTPConnection, operation: str, **members: Any
) -> tuple[int, dict[str, Any]]:
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": f"AWSCognitoIdentityService.{operation}",
    }
    connection.request("POST", "/", json.dumps(members), headers)
    response = connection.getresponse()
    return response.status, json.loads(response.read())


def test_every_service_rejects_expired_credentials(
    account: Account, advance: Callable[[float], None]
):
    _, keys = account.guest(allow("*", "*"))
    calls = {
        "s3": account.client("s3", keys).list_buckets,
        "sts": account.client("sts", keys).get_caller_identity,
        "dynamodb": account.client("dynamodb", keys).list_tables,
        "lambda": account.client("lambda", keys).list_functions,
        "sqs": account.client("sqs", keys).list_queues,
        "sns": account.client("sns", keys).list_topics,
        "cognito-idp": lambda: account.client("cognito-idp", keys).list_user_pools(MaxResults=1),
    }
    for call in calls.values():
        call()
    advance(3601)
    codes = {service: error_of(call)[0] for service, call in calls.items()}
    assert codes == {
        "s3": "ExpiredToken",
        "sts": "ExpiredToken",
        "dynamodb": "ExpiredTokenException",
        "lambda": "ExpiredTokenException",
        "sqs": "ExpiredTokenException",
        "sns": "ExpiredToken",
        "cognito-idp": "ExpiredTokenException",
    }
    assert error_of(account.client("ec2", keys).describe_instances)[0] == "RequestExpired"


class StoppedClock:
    """A stopped clock, so that credentials do not expire early on a slow machine."""

    time = 1_000_000_000.0

    def now(self) -> float:
        return self.time


def test_credentials_can_last_for_milliseconds():
    with Emulator(
        account_id=OTHER_ACCOUNT, credential_lifetime=0.25, clock=StoppedClock()
    ) as emulator:
        _, keys = Account(emulator).guest(allow("s3:*", "*"))
        s3 = emulator.client("s3", **keys)
        emulator.clock.advance(0.2)
        s3.list_buckets()
        emulator.clock.advance(0.1)
        assert error_of(s3.list_buckets)[0] == "ExpiredToken"


def test_every_response_has_the_date_of_the_emulator(
    account: Account, emulator: Emulator, advance: Any
):
    """Clients use the `Date` header to measure their clock skew."""
    advance(7200)
    emulator.fail("GetIdentityPoolRoles", "InvalidParameterException")
    calls = [
        lambda: account.client("cognito-identity").get_identity_pool_roles(IdentityPoolId="x:1"),
        lambda: account.client("s3").list_buckets(),
        lambda: account.client("sts").get_caller_identity(),
        lambda: account.client("cognito-idp").list_user_pools(MaxResults=1),
        lambda: account.client("cognito-identity").create_identity_pool(
            IdentityPoolName="x", AllowUnauthenticatedIdentities=True
        ),
        lambda: account.client("s3", {"aws_access_key_id": "AKIA"}).list_buckets(),
    ]
    for call in calls:
        try:
            response: Any = call()
        except ClientError as error:
            response = error.response
        date = parsedate_to_datetime(response["ResponseMetadata"]["HTTPHeaders"]["date"])
        assert abs(date.timestamp() - emulator.clock.now()) < 5


def test_an_injected_error_has_the_form_of_the_service(emulator: Emulator):
    emulator.fail("GetId", "TooManyRequestsException", "Rate exceeded")
    connection = http.client.HTTPConnection(emulator.host, emulator.port, timeout=10)
    target = {"X-Amz-Target": "AWSCognitoIdentityService.GetId"}
    connection.request("POST", "/", b"{}", target)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    assert body == b'{"__type":"TooManyRequestsException","message":"Rate exceeded"}'
    assert response.headers["x-amzn-ErrorType"] == "TooManyRequestsException:"
    assert response.headers["x-amzn-ErrorMessage"] == "Rate exceeded"
    assert response.headers["access-control-allow-origin"] == "*"
    assert len(response.headers.get_all("Date", [])) == 1


def test_the_emulator_follows_a_given_clock():
    clock = StoppedClock()
    with Emulator(account_id=OTHER_ACCOUNT, clock=clock) as emulator:
        _, keys = Account(emulator).guest(allow("s3:*", "*"))
        emulator.client("s3", **keys).list_buckets()
        assert emulator.calls[-1].time == clock.time
        clock.time += 3599
        emulator.client("s3", **keys).list_buckets()
        emulator.clock.advance(1)
        assert error_of(emulator.client("s3", **keys).list_buckets)[0] == "ExpiredToken"


def test_two_emulators_share_no_state(account: Account):
    pool = account.pool()
    _, keys = account.guest(allow("s3:*", "*"))
    bucket = account.bucket()
    with Emulator(account_id=OTHER_ACCOUNT) as second:
        other = Account(second)
        assert error_of(other.unsigned("cognito-identity").get_id, IdentityPoolId=pool)[0] == (
            "ResourceNotFoundException"
        )
        assert error_of(second.client("s3", **keys).list_buckets)[0] == "InvalidToken"
        assert second.client("s3").list_buckets()["Buckets"] == []
        assert second.client("iam").list_roles()["Roles"] == []
        assert error_of(second.client("s3").list_objects_v2, Bucket=bucket)[0] == "AccessDenied"
        own_bucket = other.bucket()
        copy = {"Bucket": bucket, "Key": "x"}
        assert (
            error_of(second.client("s3").copy_object, Bucket=own_bucket, Key="y", CopySource=copy)[
                0
            ]
            == "AccessDenied"
        )
        second.client("s3").put_object(Bucket=own_bucket, Key="x", Body=b"x")
        account.client("s3").put_object(Bucket=bucket, Key="x", Body=b"kept")
    assert account.client("s3").get_object(Bucket=bucket, Key="x")["Body"].read() == b"kept"


def test_close_deletes_all_state():
    with Emulator(account_id=OTHER_ACCOUNT) as emulator:
        account = Account(emulator)
        account.client("s3").create_bucket(Bucket="left-behind")
        account.client("s3").put_object(Bucket="left-behind", Key="x", Body=b"x" * 6_000_000)
        _, keys = account.guest(allow("*", "*"))
    with Emulator(account_id=OTHER_ACCOUNT) as emulator:
        assert emulator.client("s3").list_buckets()["Buckets"] == []
        emulator.client("s3").create_bucket(Bucket="left-behind")
        assert emulator.client("iam").list_roles()["Roles"] == []
        assert error_of(emulator.client("s3", **keys).list_buckets)[0] == "InvalidToken"
        assert len(emulator.calls) == 4


def test_an_account_has_only_one_emulator(emulator: Emulator):
    with pytest.raises(RuntimeError, match="123456789012"):
        Emulator().start()
    assert emulator.client("s3").list_buckets()


def test_a_port_in_use_raises_an_error_and_leaves_no_trace(emulator: Emulator):
    with pytest.raises(OSError, match=r"ddress already in use"):
        Emulator(account_id=OTHER_ACCOUNT, port=emulator.port).start()
    with Emulator(account_id=OTHER_ACCOUNT) as second:
        assert second.port != emulator.port


def test_invalid_settings_are_rejected():
    with pytest.raises(ValueError, match="account_id"):
        Emulator(account_id="12")
    with pytest.raises(RuntimeError, match=r"start\(\)"):
        _ = Emulator(account_id=OTHER_ACCOUNT).endpoint_url


def test_close_closes_connections_and_may_be_repeated():
    emulator = Emulator(account_id=OTHER_ACCOUNT).start()
    connection = http.client.HTTPConnection(emulator.host, emulator.port)
    send(connection, "GetId", IdentityPoolId="us-east-1:0")
    before = threading.active_count()
    emulator.close()
    emulator.close()
    assert threading.active_count() < before
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        send(connection, "GetId", IdentityPoolId="us-east-1:0")
    connection.close()


def test_an_error_can_be_injected_into_an_operation_of_a_rest_service(
    account: Account, emulator: Emulator
):
    s3, bucket = account.client("s3"), account.bucket()
    s3.put_object(Bucket=bucket, Key="x", Body=b"x")
    functions = account.client("lambda")
    for operation in ("GetObject", "ListObjectsV2", "HeadBucket", "DeleteObjects", "ListFunctions"):
        emulator.fail(operation, "Injected", status=403)
    s3.put_object(Bucket=bucket, Key="y", Body=b"")
    assert error_of(s3.get_object, Bucket=bucket, Key="x")[0] == "Injected"
    assert error_of(s3.list_objects_v2, Bucket=bucket)[0] == "Injected"
    assert error_of(s3.head_bucket, Bucket=bucket)[0] == "403"
    objects = {"Objects": [{"Key": "y"}]}
    assert error_of(s3.delete_objects, Bucket=bucket, Delete=objects)[0] == "Injected"
    assert error_of(functions.list_functions)[0] == "Injected"
    assert s3.get_object(Bucket=bucket, Key="x")
    assert functions.list_functions()


def test_close_warns_about_faults_that_affected_no_request():
    emulator = Emulator(account_id=OTHER_ACCOUNT).start()
    emulator.fail("GetId", "Code", times=2)
    with pytest.raises(ClientError):
        emulator.client("cognito-identity").get_id(IdentityPoolId="us-east-1:1")
    emulator.fail("GetObject", "Code")
    with pytest.warns(UserWarning, match=r"GetId \(1 of 2\), Code for GetObject"):
        emulator.close()
    emulator.close()


def test_an_error_of_a_test_is_not_hidden_by_a_warning():
    def fail_in_vain() -> None:
        with Emulator(account_id=OTHER_ACCOUNT) as emulator:
            emulator.fail("GetId", "Code")
            emulator.fail("GetId", "Code", status=200)

    with pytest.raises(ValueError, match="status"):
        fail_in_vain()


def test_injected_errors_occur_the_given_number_of_times(account: Account, emulator: Emulator):
    pool = account.pool()
    emulator.fail("GetId", "TooManyRequestsException", "Rate exceeded", times=2)
    responses = [call(emulator, "GetId", IdentityPoolId=pool) for _ in range(3)]
    assert [status for status, _ in responses] == [400, 400, 200]
    assert responses[0][1] == {"__type": "TooManyRequestsException", "message": "Rate exceeded"}
    emulator.fail("GetCallerIdentity", "ServiceUnavailable", status=503)
    sts = account.client("sts", config=Config(retries={"max_attempts": 0}))
    assert error_of(sts.get_caller_identity)[0] == "ServiceUnavailable"
    emulator.fail("PUT", "SlowDown", "Reduce your request rate.", status=503)
    account.client("s3").create_bucket(Bucket="after-a-retry")


def test_calls_are_recorded(account: Account, emulator: Emulator):
    pool = account.pool()
    before = len(emulator.calls)
    account.identity(pool)
    call(emulator, "GetId", IdentityPoolId="us-east-1:0")
    account.client("s3").list_buckets()
    calls = emulator.calls[before:]
    assert [(call.service, call.operation, call.status) for call in calls] == [
        ("cognito-identity", "GetId", 200),
        ("cognito-identity", "GetId", 400),
        ("s3", "ListBuckets", 200),
    ]
    assert abs(calls[0].time - emulator.clock.now()) < 60


def test_another_process_needs_only_the_environment(account: Account, emulator: Emulator):
    identity, keys = account.guest(allow("s3:*", "*"))
    program = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"
    environment = {
        name: value for name, value in os.environ.items() if not name.upper().startswith("AWS_")
    }
    environment |= emulator.environment()
    environment |= {name.upper(): value for name, value in keys.items()}
    process = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert process.stdout.strip().endswith("/CognitoIdentityCredentials")
    assert identity


def test_the_environment_of_the_host_is_ignored(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
):
    (tmp_path / "config").write_text("[profile broken]\nregion = invalid\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "missing")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAFROMTHEHOST")
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere")
    before = dict(os.environ)
    with Emulator(account_id=OTHER_ACCOUNT, region="eu-central-1") as second:
        arn = second.client("sts").get_caller_identity()["Arn"]
        assert arn == f"arn:aws:iam::{OTHER_ACCOUNT}:root"
        second.client("dynamodb").list_tables()
        assert Account(second).pool().startswith("eu-central-1:")
    assert dict(os.environ) == before


def test_without_enforcement_every_access_key_is_accepted(account: Account):
    with Emulator(account_id=OTHER_ACCOUNT, enforce_iam=False) as emulator:
        unknown_key = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        s3 = emulator.client("s3", **unknown_key)
        s3.create_bucket(Bucket="any-key")
        assert s3.list_buckets()["Buckets"]
        _, keys = Account(emulator).guest()  # This guest's role has no permissions.
        assert emulator.client("iam", **keys).list_roles()["Roles"]
        emulator.clock.advance(3601)
        assert error_of(emulator.client("s3", **keys).list_buckets)[0] == "ExpiredToken"


def test_a_browser_may_send_a_preflight(emulator: Emulator):
    request = urllib.request.Request(
        emulator.endpoint_url,
        method="OPTIONS",
        headers={
            "Origin": "http://app.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,x-amz-target",
        },
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request) as response:
        assert response.headers["access-control-allow-origin"] == "*"
        assert response.headers["access-control-allow-methods"]


def test_the_api_of_moto_is_not_reachable(emulator: Emulator):
    # moto's reset API would affect every emulator in the process.
    assert error_of(emulator.client("s3").list_objects_v2, Bucket="moto-api")[0] == "404"
    with Emulator(account_id=OTHER_ACCOUNT, enforce_iam=False) as second:
        connection = http.client.HTTPConnection(second.host, second.port)
        connection.request("POST", "/moto-api/reset")
        assert connection.getresponse().status == 404
        connection.close()


def test_an_authorization_of_unknown_form_is_rejected(emulator: Emulator):
    connection = http.client.HTTPConnection(emulator.host, emulator.port)
    headers = {"Authorization": "AWS4-HMAC-SHA256 nonsense"}
    connection.request("GET", "/", headers=headers)
    response = connection.getresponse()
    assert (response.status, b"<Code>InvalidArgument</Code>" in response.read()) == (400, True)
    headers["X-Amz-Target"] = "AWSCognitoIdentityService.GetId"
    connection.request("POST", "/", b"{}", headers)
    response = connection.getresponse()
    assert json.loads(response.read())["__type"] == "IncompleteSignatureException"
    connection.close()


def test_users_can_sign_in_in_another_region():
    with Emulator(account_id=OTHER_ACCOUNT, region="eu-west-1") as emulator:
        account = Account(emulator)
        users = account.user_pool()
        users.sign_up("ada")
        provider = f"cognito-idp.eu-west-1.amazonaws.com/{users.id}"
        pool = account.pool(
            CognitoIdentityProviders=[{"ProviderName": provider, "ClientId": users.client_id}]
        )
        logins = {provider: users.sign_in("ada")["IdToken"]}
        assert account.identity(pool, logins).startswith("eu-west-1:")


def test_an_operation_missing_in_moto_returns_an_error(account: Account):
    macie = account.client("macie2", config=Config(retries={"max_attempts": 0}))
    code, _ = error_of(macie.list_findings)
    assert code in ("501", "500", "404", "NotFound", "InternalFailure", "NotImplemented")


def test_a_call_takes_milliseconds(account: Account, emulator: Emulator):
    pool = account.pool()
    connection = http.client.HTTPConnection(emulator.host, emulator.port)
    try:
        durations: list[float] = []
        for _ in range(50):
            start = time.perf_counter()
            assert send(connection, "GetId", IdentityPoolId=pool)[0] == 200
            durations.append(time.perf_counter() - start)
    finally:
        connection.close()
    # A request usually takes 0.4 ms. A delayed ACK or a new connection would take 40 ms.
    assert statistics.median(durations) < 0.02


def test_a_hundred_clients_can_connect_at_once(account: Account, emulator: Emulator):
    pool = account.pool()
    before = len(emulator.calls)
    with ThreadPoolExecutor(100) as clients:
        statuses = list(
            clients.map(lambda _: call(emulator, "GetId", IdentityPoolId=pool)[0], range(300))
        )
    assert statuses == [200] * 300
    assert len(emulator.calls) - before == 300
