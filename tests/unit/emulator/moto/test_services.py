from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from moto_account import ACCOUNT, MotoAccount

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.front.request_parsing import parse_request
from cognito_credentials.emulator.headers import Headers
from cognito_credentials.emulator.messages import RawRequest, ServiceRequest
from cognito_credentials.emulator.moto.services import MotoServices

if TYPE_CHECKING:
    pass


def make_request(
    line: str, service: str = "s3", body: bytes = b"", **headers: str
) -> ServiceRequest:
    method, _, target = line.partition(" ")
    fields = Headers()
    scope = f"AKIA/20260101/us-east-1/{service}/aws4_request"
    fields.add("Host", "127.0.0.1")
    fields.add("Authorization", f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=, Signature=")
    fields.add("X-Amz-Date", "20260101T000000Z")
    fields.add("Content-Length", str(len(body)))
    for name, value in headers.items():
        fields.add(name, value)
    raw = RawRequest(method, target, fields, body)
    return parse_request(raw, default_region="us-east-1")


def test_requests_reach_only_the_state_of_the_account(account: MotoAccount):
    moto = account.moto
    assert moto.send(make_request("PUT /mine")).status == 200
    headers = {"x-amz-meta-my_key": "1", "x-moto-account-id": "999999999999"}
    put = make_request("PUT /mine/a%20%C3%A4%2Fb", body=b"data", **headers)
    assert moto.send(put).status == 200
    assert list(moto.backend("s3").buckets["mine"].keys) == ["a ä/b"]
    got = moto.send(make_request("GET /mine/a%20%C3%A4%2Fb"))
    assert got.body == b"data"
    assert ("x-amz-meta-my_key", "1") in got.headers
    other = MotoServices(account_id="999999999999", region="us-east-1")
    assert not other.backend("s3").buckets


def test_reset_deletes_only_the_state_of_the_account(account: MotoAccount):
    other = MotoServices(account_id="999999999999", region="us-east-1")
    for moto, bucket in ((account.moto, "mine"), (other, "theirs")):
        moto.send(make_request(f"PUT /{bucket}"))
        moto.send(make_request(f"PUT /{bucket}/x", body=b"data"))
        moto.backend("iam").create_group("group")
    mine = account.moto.backend("s3").buckets["mine"].keys["x"]
    account.moto.reset()
    assert mine.disposed
    assert not account.moto.backend("s3").buckets
    assert not account.moto.backend("iam").groups
    assert other.send(make_request("GET /theirs/x")).body == b"data"
    assert other.backend("iam").groups
    assert other.send(make_request("PUT /mine")).status == 200
    other.reset()


@pytest.mark.parametrize(
    ("service", "target", "body"),
    [("sqs", "AmazonSQS.Nonsense", b""), ("dynamodb", "DynamoDB_20120810.GetItem", b"{")],
)
def test_an_exception_of_moto_becomes_an_aws_error(
    account: MotoAccount, service: str, target: str, body: bytes
):
    request = make_request("POST /", service, body, **{"X-Amz-Target": target})
    with pytest.raises(AwsError) as caught:
        account.moto.send(request)
    assert (caught.value.code, caught.value.http_status) == ("InternalError", 500)
    assert service in caught.value.message


def test_the_operation_of_a_rest_request_is_found(account: MotoAccount):
    find = account.moto.find_rest_operation
    assert find(make_request("GET /2015-03-31/functions/", "lambda")) == (
        "ListFunctions",
        {},
    )
    invoke = make_request("POST /2015-03-31/functions/f%2Fg/invocations", "lambda")
    assert find(invoke) == ("Invoke", {"FunctionName": "f/g"})
    assert find(make_request("GET /nowhere", "lambda")) is None
    assert find(make_request("GET /", "no-such-service")) is None


def test_the_partition_follows_the_region():
    assert MotoServices(account_id=ACCOUNT, region="cn-north-1").partition == "aws-cn"
