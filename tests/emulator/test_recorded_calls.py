"""The recorded requests, which users inspect in their own tests."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from emulated_account import Account, UserPool, allow, error_of

from cognito_credentials.emulator import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from cognito_credentials.emulator import Emulator, RecordedCall


def last_call(emulator: Emulator) -> RecordedCall:
    return emulator.calls[-1]


def test_a_call_has_its_parameters_and_does_not_print_them(
    emulator: Emulator,
    account: Account,
    pool: str,
    user: str,
    user_pool: UserPool,
    never_printed: Callable[..., Any],
):
    logins = user_pool.logins(user)
    never_printed(*logins.values())
    account.identity(pool, logins)
    call = last_call(emulator)
    assert call.parameters == {"IdentityPoolId": pool, "Logins": logins}
    assert (call.operation, call.status, call.error_code) == ("GetId", 200, None)
    assert 0 < call.duration < 60
    assert next(iter(logins.values())) not in repr(call)
    assert pool not in repr(call)
    assert json.loads(json.dumps(dataclasses.asdict(call)))["parameters"] == call.parameters


def test_a_call_names_its_signer(emulator: Emulator, account: Account, pool: str):
    account.identity(pool)
    assert last_call(emulator).principal_arn is None
    assert last_call(emulator).access_key_id is None
    account.client("cognito-identity").describe_identity_pool(IdentityPoolId=pool)
    assert last_call(emulator).principal_arn == "arn:aws:iam::123456789012:root"
    _, keys = account.guest(allow("s3:ListAllMyBuckets", "*"))
    account.client("s3", keys).list_buckets()
    arn = last_call(emulator).principal_arn
    assert arn is not None
    assert arn.endswith("/CognitoIdentityCredentials")
    assert last_call(emulator).access_key_id == keys["aws_access_key_id"]
    wrong = {**keys, "aws_secret_access_key": "wrong"}
    error_of(account.client("s3", wrong).list_buckets)
    assert last_call(emulator).principal_arn is None
    assert last_call(emulator).access_key_id == keys["aws_access_key_id"]


def test_a_call_of_a_rest_service_has_the_name_of_the_operation(
    emulator: Emulator, account: Account
):
    s3 = account.client("s3")
    before = last_call(emulator).number
    s3.create_bucket(Bucket="recorded")
    s3.put_object(Bucket="recorded", Key="a/b.txt", Body=b"")
    s3.list_objects_v2(Bucket="recorded")
    error_of(s3.get_object_tagging, Bucket="recorded", Key="missing")
    account.client("lambda").list_functions()
    calls = [call for call in emulator.calls if call.number > before]
    names = [call.operation for call in calls]
    assert names == [
        *("CreateBucket", "PutObject", "ListObjectsV2", "GetObjectTagging", "ListFunctions"),
    ]


def test_a_call_has_the_region_of_its_pool_or_signature(emulator: Emulator, account: Account):
    error_of(
        account.unsigned("cognito-identity").get_id,
        IdentityPoolId="eu-west-1:128d0a74-c82f-4553-916d-90053e4a8b0f",
    )
    assert last_call(emulator).region == "eu-west-1"
    error_of(account.unsigned("cognito-identity").get_id, IdentityPoolId="nowhere")
    assert last_call(emulator).region == "us-east-1"
    account.client("dynamodb", region_name="ap-south-1").list_tables()
    assert last_call(emulator).region == "ap-south-1"


@pytest.mark.parametrize(
    ("service", "method", "arguments", "code"),
    [
        ("cognito-identity", "get_id", {"IdentityPoolId": "us-east-1:0"}, "ResourceNotFound"),
        ("dynamodb", "describe_table", {"TableName": "none"}, "ResourceNotFoundException"),
        ("s3", "get_object", {"Bucket": "no-such-bucket", "Key": "x"}, "NoSuchBucket"),
        ("iam", "get_role", {"RoleName": "none"}, "NoSuchEntity"),
        ("ec2", "describe_vpcs", {"VpcIds": ["vpc-0"]}, "InvalidVpcID.NotFound"),
        ("lambda", "get_function", {"FunctionName": "none"}, "ResourceNotFoundException"),
    ],
)
def test_a_rejected_call_has_the_error_of_the_response(
    emulator: Emulator, account: Account, service: str, method: str, arguments: Any, code: str
):
    with pytest.raises(ClientError) as caught:
        getattr(account.client(service), method)(**arguments)
    call = last_call(emulator)
    error = caught.value.response["Error"]
    assert (call.error_code, call.error_message) == (error["Code"], error["Message"])
    assert error["Code"].startswith(code)
    assert error["Message"] not in repr(call)


def test_a_call_has_the_faults_that_affected_it(emulator: Emulator, account: Account, pool: str):
    emulator.faults.add(Fault("GetId", "clock-offset", seconds=60))
    emulator.fail("GetId", "InternalErrorException", status=500)
    account.identity(pool)
    faulty, successful = emulator.calls[-2:]
    assert set(faulty.faults) == {"clock-offset", "error"}
    assert (faulty.error_code, faulty.error_message) == ("InternalErrorException",) * 2
    assert "injected" in faulty.explanation[0]
    assert successful.faults == ()
