"""The effect of injected faults and quotas on clients of the emulator."""

from __future__ import annotations

import http.client
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError, ResponseStreamingError
from emulated_account import Account, allow, error_of

from cognito_credentials import from_cognito_identity_pool
from cognito_credentials.emulator import Emulator, Fault
from cognito_credentials.errors import InvalidIdentityPoolConfigurationException

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT_ID = "888899990000"
SINGLE_ATTEMPT = Config(retries={"total_max_attempts": 1})


@pytest.fixture(scope="module")
def own() -> Iterator[Emulator]:
    with Emulator(account_id=ACCOUNT_ID) as emulator:
        yield emulator


@pytest.fixture
def own_account(own: Emulator) -> Account:
    own.reset()
    return Account(own)


@pytest.fixture
def pools(own_account: Account) -> Any:
    return own_account.client("cognito-identity", config=SINGLE_ATTEMPT)


def statuses(own: Emulator, operation: str) -> list[int]:
    return [call.status for call in own.calls if call.operation == operation]


def test_a_dropped_request_is_not_performed(own: Emulator, own_account: Account, pools: Any):
    pool = own_account.pool()
    own.faults.add(Fault("GetId", "dropped-request"))
    with pytest.raises(ConnectionClosedError):
        pools.get_id(IdentityPoolId=pool)
    assert pools.list_identities(IdentityPoolId=pool, MaxResults=9)["Identities"] == []
    assert statuses(own, "GetId") == [0]


def test_a_dropped_response_belongs_to_a_performed_request(
    own: Emulator, own_account: Account, pools: Any
):
    pool = own_account.pool()
    own.faults.add(Fault("GetId", "dropped-response"))
    with pytest.raises(ConnectionClosedError):
        pools.get_id(IdentityPoolId=pool)
    assert len(pools.list_identities(IdentityPoolId=pool, MaxResults=9)["Identities"]) == 1
    assert statuses(own, "GetId") == [200]


def test_a_truncated_response_is_not_accepted(own: Emulator, own_account: Account):
    own_account.client("s3").create_bucket(Bucket="truncated")
    own_account.client("s3").put_object(Bucket="truncated", Key="x", Body=b"0123456789")
    own.faults.add(Fault("GetObject", "truncated-response"))
    body = own_account.client("s3").get_object(Bucket="truncated", Key="x")["Body"]
    with pytest.raises((ResponseStreamingError, http.client.IncompleteRead)):
        body.read()


def test_a_response_can_be_delayed(own: Emulator, own_account: Account):
    pool = own_account.pool()
    impatient = own_account.client(
        "cognito-identity", config=Config(read_timeout=0.2, retries={"total_max_attempts": 2})
    )
    own.faults.add(Fault("GetId", "latency", seconds=60))
    started_at = time.monotonic()
    assert impatient.get_id(IdentityPoolId=pool)["IdentityId"]
    assert 0.2 <= time.monotonic() - started_at < 30


def test_a_reset_ends_delays(own: Emulator, own_account: Account):
    own.faults.add(Fault("GetId", "latency", seconds=60))
    connection = http.client.HTTPConnection(own.host, own.port, timeout=30)
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "AWSCognitoIdentityService.GetId",
    }
    connection.request("POST", "/", b"{}", headers)
    while list(own.faults):
        pass
    own.reset()
    assert connection.getresponse().status == 400
    connection.close()


@pytest.mark.parametrize("seconds", [-7200, 7200])
def test_the_clock_of_one_operation_can_be_wrong(
    own: Emulator, own_account: Account, pools: Any, seconds: float
):
    identity, _ = own_account.guest(allow("*", "*"))
    own.faults.add(Fault("GetCredentialsForIdentity", "clock-offset", seconds=seconds))
    offsets: list[float] = []
    for _ in range(2):
        response = pools.get_credentials_for_identity(IdentityId=identity)
        date = parsedate_to_datetime(response["ResponseMetadata"]["HTTPHeaders"]["date"])
        offsets.append(date.timestamp() - own.clock.now())
        expiration = response["Credentials"]["Expiration"]
        assert (expiration - date).total_seconds() == pytest.approx(3600, abs=30)
    assert offsets == [pytest.approx(seconds, abs=30), pytest.approx(0, abs=30)]


def test_credentials_can_be_expired_on_arrival(own: Emulator, own_account: Account, pools: Any):
    identity, _ = own_account.guest(allow("*", "*"))
    own.faults.add(Fault("GetCredentialsForIdentity", "expired-credentials"))
    response = pools.get_credentials_for_identity(IdentityId=identity)
    date = parsedate_to_datetime(response["ResponseMetadata"]["HTTPHeaders"]["date"])
    assert date.timestamp() == pytest.approx(own.clock.now(), abs=30)
    keys = response["Credentials"]
    assert keys["Expiration"] < date
    s3 = own_account.client(
        "s3",
        {
            "aws_access_key_id": keys["AccessKeyId"],
            "aws_secret_access_key": keys["SecretKey"],
            "aws_session_token": keys["SessionToken"],
        },
    )
    assert error_of(s3.list_buckets)[0] == "ExpiredToken"


def test_faults_of_several_kinds_can_be_combined(own: Emulator, own_account: Account, pools: Any):
    pool = own_account.pool()
    own.faults.add(Fault("GetId", "clock-offset", None, seconds=-7200))
    own.fail("GetId", "InternalErrorException", status=500)
    with pytest.raises(pools.exceptions.InternalErrorException) as caught:
        pools.get_id(IdentityPoolId=pool)
    headers = caught.value.response["ResponseMetadata"]["HTTPHeaders"]
    date = parsedate_to_datetime(headers["date"]).timestamp()
    assert date == pytest.approx(own.clock.now() - 7200, abs=30)
    assert pools.get_id(IdentityPoolId=pool)


def test_a_provider_survives_a_dropped_response(own: Emulator, own_account: Account):
    pool = own_account.pool()
    own.faults.add(Fault("GetId", "dropped-response"))
    with (
        from_cognito_identity_pool(
            pool, client_config={"endpoint_url": own.endpoint_url, "clock": own.clock}
        ) as provider,
        pytest.raises(InvalidIdentityPoolConfigurationException),  # The pool has no roles.
    ):
        provider()
    assert statuses(own, "GetId") == [200, 200]


def test_requests_above_the_quota_are_throttled(own: Emulator, own_account: Account, pools: Any):
    pool = own_account.pool()
    own.enforce_quotas({"GetId": 0.001})
    assert pools.get_id(IdentityPoolId=pool)
    code, message = error_of(pools.get_id, IdentityPoolId=pool)[:2]
    assert (code, message) == ("TooManyRequestsException", "Rate exceeded")
    own.advance(seconds=1000)
    assert pools.get_id(IdentityPoolId=pool)
    own.enforce_quotas()
    assert pools.get_id(IdentityPoolId=pool)
    own.reset()
    own.enforce_quotas({"GetId": 0.001})
    own.reset()
    pool = own_account.pool()
    for _ in range(3):
        assert pools.get_id(IdentityPoolId=pool)


def test_an_unsigned_request_counts_in_the_region_of_its_pool(own: Emulator, own_account: Account):
    own.enforce_quotas({"GetId": 0.001})
    codes: list[str] = []
    client = own_account.unsigned("cognito-identity")
    for region in ("us-east-1", "eu-west-1"):
        pool = f"{region}:128d0a74-c82f-4553-916d-90053e4a8b0f"
        codes += [error_of(client.get_id, IdentityPoolId=pool)[0] for _ in range(2)]
    missing, throttled = "ResourceNotFoundException", "TooManyRequestsException"
    assert codes == [missing, throttled, missing, throttled]
