"""moto must perform exactly the operation that access control has authorized."""

from __future__ import annotations

import http.client
import json
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from emulated_account import Account, allow, document, error_of
from raw_requests import FORM, send

if TYPE_CHECKING:
    from cognito_credentials.emulator import Emulator

PARTS = (
    '--b\r\nContent-Disposition: form-data; name="Action"\r\n\r\nCreateTopic\r\n'
    '--b\r\nContent-Disposition: form-data; name="Name"\r\n\r\n{}\r\n--b--\r\n'
)
SECRET = b"secret of another user"


@pytest.fixture
def bucket(account: Account) -> str:
    bucket = account.bucket()
    for key in ("private/secret", "private/jwks.json"):
        account.client("s3").put_object(Bucket=bucket, Key=key, Body=SECRET)
    return bucket


def test_a_permission_for_one_service_grants_no_other_service(
    account: Account, emulator: Emulator, bucket: str
):
    _, keys = account.guest(allow(["translate:*", "sns:ListTopics"], "*"))
    line = f"GET /{bucket}/private/secret"
    for presigned in (True, False):
        _, body = send(emulator, line, keys=keys, service="translate", presigned=presigned)
        assert SECRET not in body
    assert send(emulator, "POST /moto-api/reset", keys=keys, service="translate")[0] == 404
    assert account.client("s3").get_object(Bucket=bucket, Key="private/secret")


@pytest.mark.parametrize("name", ["private/jwks.json", ".well-known/openid-configuration"])
def test_an_object_named_like_the_keys_of_a_user_pool_is_private(
    account: Account, emulator: Emulator, bucket: str, name: str
):
    assert send(emulator, f"PUT /{bucket}/{name}", b"x")[0] == 403
    assert send(emulator, f"GET /{bucket}/{name}")[0] == 403
    listing = account.client("s3").list_objects_v2(Bucket=bucket)
    assert listing["KeyCount"] == 2


@pytest.mark.parametrize(
    ("target", "headers", "body"),
    [
        ("/", {"X-Amz-Target": "x.ListTopics", "Content-Type": FORM}, "Action=CreateTopic&Name={}"),
        (
            "/?Action=ListTopics",
            {"Content-Type": "Application/X-www-form-urlencoded"},
            "Action=CreateTopic&Name={}",
        ),
        (
            "/?Action=ListTopics",
            {"Content-Type": "multipart/form-data; boundary=b"},
            PARTS,
        ),
    ],
)
def test_a_permission_for_one_operation_grants_no_other_operation(
    account: Account, emulator: Emulator, target: str, headers: dict[str, str], body: str
):
    _, keys = account.guest(allow("sns:ListTopics", "*"))
    name = f"topic-{secrets.token_hex(4)}"
    text = body.format(name).encode()
    send(emulator, f"POST {target}", text, headers, keys=keys, service="sns")
    topics = account.client("sns").list_topics()["Topics"]
    assert not [topic for topic in topics if topic["TopicArn"].endswith(name)]


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("/?Action=ListUserPools&MaxResults=5", '{"MaxResults":5}'),
        ("/", '{"MaxResults":5,"x":"&Action=ListUserPools&"}'),
    ],
)
def test_unsigned_requests_reach_only_public_operations_of_user_pools(
    emulator: Emulator, target: str, body: str
):
    headers = {
        "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth",
        "Content-Type": "application/x-amz-json-1.1",
    }
    status, response = send(emulator, f"POST {target}", body.encode(), headers)
    assert (status, json.loads(response)["__type"]) == (400, "InvalidParameterException")


@pytest.mark.parametrize(
    ("target", "operation", "members"),
    [
        ("/?TableName={}", "GetItem", {"Key": {"owner": {"S": "you"}}}),
        ("/", "PutItem", {"Key": {}, "Item": {"owner": {"S": "you"}}}),
        (
            "/",
            "Query",
            {
                "KeyConditions": {"owner": {"AttributeValueList": []}},
                "KeyConditionExpression": "owner = :o",
                "ExpressionAttributeValues": {":o": {"S": "you"}},
            },
        ),
    ],
)
def test_leading_keys_are_the_keys_that_moto_uses(
    account: Account, emulator: Emulator, target: str, operation: str, members: dict[str, Any]
):
    table = f"table-{secrets.token_hex(4)}"
    account.client("dynamodb").create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "owner", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "owner", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    own = {"dynamodb:LeadingKeys": ["${cognito-identity.amazonaws.com:sub}"]}
    _, keys = account.guest(allow("dynamodb:*", "*", Condition={"ForAllValues:StringEquals": own}))
    headers = {
        "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        "Content-Type": "application/x-amz-json-1.0",
    }
    body = json.dumps({"TableName": table, **members}).encode()
    line = f"POST {target.format(table)}"
    _, response = send(emulator, line, body, headers, keys=keys, service="dynamodb")
    assert json.loads(response)["__type"] == "AccessDeniedException"
    dynamodb = account.client("dynamodb", keys)
    statement = f"SELECT * FROM \"{table}\" WHERE owner = 'you'"
    assert error_of(dynamodb.execute_statement, Statement=statement)[0] == "AccessDeniedException"


@pytest.mark.parametrize("subresource", ["torrent", "retention"])
def test_an_unknown_subresource_is_authorized_as_the_object(
    account: Account, emulator: Emulator, bucket: str, subresource: str
):
    everything = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    deny = {**allow("s3:GetObject", f"arn:aws:s3:::{bucket}/private/*"), "Effect": "Deny"}
    _, keys = account.guest(allow("s3:*", everything), deny)
    assert send(emulator, f"GET /{bucket}/private/secret?{subresource}", keys=keys)[0] == 403


@pytest.mark.parametrize("prefix", ["///", "//x/"])
def test_a_copy_source_is_parsed_as_in_moto(
    account: Account, emulator: Emulator, bucket: str, prefix: str
):
    deny = {**allow("s3:GetObject", f"arn:aws:s3:::{bucket}/private/*"), "Effect": "Deny"}
    _, keys = account.guest(allow("s3:*", "*"), deny)
    source = {"x-amz-copy-source": f"{prefix}{bucket}/private/secret"}
    assert send(emulator, f"PUT /{bucket}/own", b"", source, keys=keys)[0] == 403


def test_the_body_must_match_the_signed_digest(account: Account, emulator: Emulator, bucket: str):
    _, keys = account.guest(allow("s3:PutObject", f"arn:aws:s3:::{bucket}/*"))
    digest = {"x-amz-content-sha256": "0" * 64}
    request = AWSRequest("PUT", f"{emulator.endpoint_url}/{bucket}/own", digest, b"own")
    signer = S3SigV4Auth(Credentials(*keys.values()), "s3", "us-east-1")
    signer.payload = lambda _: "0" * 64  # type: ignore[method-assign]
    signer.add_auth(request)
    url = urlsplit(request.url)
    connection = http.client.HTTPConnection(emulator.host, emulator.port, timeout=10)
    connection.request("PUT", url.path, b"own", dict(request.headers.items()))
    response = connection.getresponse()
    assert response.status == 403
    assert b"SignatureDoesNotMatch" in response.read()
    connection.close()


def test_a_new_role_of_the_same_name_does_not_apply_to_old_sessions(account: Account):
    pool = account.pool()
    role = account.role(pool, allow("s3:ListAllMyBuckets", "*"), amr="unauthenticated")
    account.set_roles(pool, unauthenticated=role)
    s3 = account.client("s3", account.credentials(account.identity(pool)))
    s3.list_buckets()
    iam, name = account.client("iam"), role.rpartition("/")[2]
    iam.delete_role_policy(RoleName=name, PolicyName="inline")
    iam.delete_role(RoleName=name)
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document(allow("*", "*")))
    assert error_of(s3.list_buckets)[0] == "AccessDenied"


def test_signed_public_operations_need_no_permission(account: Account, emulator: Emulator):
    """Some SDKs sign every request, and AWS ignores signatures on public operations."""
    _, keys = account.guest()
    headers = {
        "X-Amz-Target": "AWSCognitoIdentityService.GetId",
        "Content-Type": "application/x-amz-json-1.1",
    }
    body = json.dumps({"IdentityPoolId": account.pool()}).encode()
    status, _ = send(emulator, "POST /", body, headers, keys=keys, service="cognito-identity")
    assert status == 200
