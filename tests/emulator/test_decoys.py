"""Parameters that an operation does not define must not affect its authorization."""

from __future__ import annotations

import base64
import json
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from emulated_account import Account, allow, document, error_of
from raw_requests import FORM, send

if TYPE_CHECKING:
    from cognito_credentials.emulator import Emulator

SECRET = b"secret of another user"
ARN = "arn:aws:{}:us-east-1:123456789012:{}"


@pytest.fixture(scope="module")
def limited(account: Account) -> Limited:
    return Limited(account)


class Limited:
    """Client that creates IAM users with limited permissions, and sends requests as these users."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def user(self, *statements: dict[str, Any]) -> dict[str, str]:
        iam, name = self.account.client("iam"), f"user-{secrets.token_hex(4)}"
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document(*statements))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return {
            "aws_access_key_id": key["AccessKeyId"],
            "aws_secret_access_key": key["SecretAccessKey"],
        }

    def call(
        self, keys: dict[str, str], service: str, target: str, **parameters: Any
    ) -> tuple[int, bytes]:
        """Send a JSON request, which may have parameters that boto3 would reject."""
        headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
        body = json.dumps(parameters).encode()
        signed = {**keys, "aws_session_token": None}
        return send(
            self.account.emulator,
            "POST /",
            body,
            headers,
            keys=signed,
            service=service,
        )


def test_the_path_of_parameters_is_authorized(limited: Limited):
    ssm = limited.account.client("ssm")
    for name in ("/own/a", "/other/a", "plain"):
        ssm.put_parameter(Name=name, Value=SECRET.decode(), Type="String", Overwrite=True)
    keys = limited.user(allow("ssm:*", ARN.format("ssm", "parameter/own/*")))
    target = "AmazonSSM.GetParametersByPath"
    for decoy in ({"Name": "/own/a"}, {"Names": ["/own/a"]}, {}):
        status, body = limited.call(keys, "ssm", target, Path="/other", **decoy)
        assert (status, SECRET in body) == (400, False)
        assert b"AccessDenied" in body
    own = limited.account.client("ssm", keys)
    assert own.get_parameters_by_path(Path="/own/")["Parameters"]
    assert own.get_parameter(Name="/own/a:1")["Parameter"]["Value"] == SECRET.decode()
    assert own.get_parameters(Names=["/own/a"])["Parameters"]
    assert error_of(own.get_parameters, Names=["/own/a", "plain"])[0] == "AccessDeniedException"


def test_a_parameter_that_refers_to_a_secret_needs_permission_for_the_secret(limited: Limited):
    name = f"secret-{secrets.token_hex(4)}"
    limited.account.client("secretsmanager").create_secret(Name=name, SecretString="s")
    ssm = limited.account.client("ssm", limited.user(allow("ssm:*", "*")))
    reference = f"/aws/reference/secretsmanager/{name}"
    code, _ = error_of(ssm.get_parameter, Name=reference, WithDecryption=True)
    assert code == "AccessDeniedException"


def test_every_secret_of_a_batch_is_authorized(limited: Limited):
    manager = limited.account.client("secretsmanager")
    suffix = secrets.token_hex(4)
    own, other = (
        manager.create_secret(Name=f"{name}-{suffix}", SecretString=SECRET.decode())["ARN"]
        for name in ("own", "other")
    )
    keys = limited.user(
        allow("secretsmanager:GetSecretValue", own),
        allow("secretsmanager:BatchGetSecretValue", "*"),
    )
    client = limited.account.client("secretsmanager", keys)
    for name in (own, f"own-{suffix}"):
        assert client.get_secret_value(SecretId=name)["SecretString"] == SECRET.decode()
        assert client.batch_get_secret_value(SecretIdList=[name])["SecretValues"]
    target = "secretsmanager.BatchGetSecretValue"
    for parameters in (
        {"SecretIdList": [other]},
        {"SecretIdList": [f"other-{suffix}"]},
        {"Filters": [{"Key": "name", "Values": [f"other-{suffix}"]}]},
        {"SecretIdList": [own, other]},
    ):
        _, body = limited.call(keys, "secretsmanager", target, SecretId=own, **parameters)
        assert b"AccessDenied" in body
        assert SECRET not in body


def test_a_deny_for_a_secret_applies_to_its_name(limited: Limited):
    manager = limited.account.client("secretsmanager")
    name = f"denied-{secrets.token_hex(4)}"
    arn = manager.create_secret(Name=name, SecretString="s")["ARN"]
    deny = {"Effect": "Deny", "Action": "secretsmanager:GetSecretValue", "Resource": arn}
    client = limited.account.client("secretsmanager", limited.user(allow("*", "*"), deny))
    for alias in (arn, name, arn.rpartition("-")[0]):
        assert error_of(client.get_secret_value, SecretId=alias)[0] == "AccessDeniedException"


def test_the_keys_of_a_ciphertext_are_authorized(limited: Limited):
    kms = limited.account.client("kms")
    own, other = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    alias = f"alias/{secrets.token_hex(4)}"
    kms.create_alias(AliasName=alias, TargetKeyId=own)
    foreign = kms.encrypt(KeyId=other, Plaintext=SECRET)["CiphertextBlob"]
    keys = limited.user(allow("kms:*", own))
    client = limited.account.client("kms", keys)
    for name in (own, own.rpartition("/")[2], alias):
        mine = client.encrypt(KeyId=name, Plaintext=SECRET)["CiphertextBlob"]
        assert client.decrypt(CiphertextBlob=mine)["Plaintext"] == SECRET
        assert client.re_encrypt(CiphertextBlob=mine, DestinationKeyId=name)
    denied = "AccessDeniedException"
    assert error_of(client.decrypt, CiphertextBlob=foreign)[0] == denied
    assert error_of(client.decrypt, CiphertextBlob=foreign, KeyId=own)[0] == denied
    assert error_of(client.re_encrypt, CiphertextBlob=foreign, DestinationKeyId=own)[0] == denied
    assert error_of(client.re_encrypt, CiphertextBlob=mine, DestinationKeyId=other)[0] == denied
    blob = base64.b64encode(foreign).decode()
    _, body = limited.call(
        keys, "kms", "TrentService.ReEncrypt", CiphertextBlob=blob, DestinationKeyId=own, KeyId=own
    )
    assert b"AccessDenied" in body


@pytest.mark.parametrize("decoy", ["QueueName", "QueueUrl"])
def test_the_queue_in_the_path_is_authorized(limited: Limited, emulator: Emulator, decoy: str):
    sqs = limited.account.client("sqs")
    suffix = secrets.token_hex(4)
    own, other = f"own-{suffix}", f"other-{suffix}"
    urls = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in (own, other)}
    keys = {**limited.user(allow("sqs:*", ARN.format("sqs", own))), "aws_session_token": None}

    def send_message(path_queue: str, **more: str) -> tuple[int, bytes]:
        form = {"Action": "SendMessage", "Version": "2012-11-05", "MessageBody": "b", **more}
        headers = {"Content-Type": FORM}
        line = f"POST /123456789012/{path_queue}"
        body = urlencode(form).encode()
        return send(emulator, line, body, headers, keys=keys, service="sqs")

    assert send_message(own)[0] == 200
    send_message(other, **{decoy: urls[own]})
    send_message(other, **{decoy: own})
    send_message(other)
    attributes = sqs.get_queue_attributes(QueueUrl=urls[other], AttributeNames=["All"])
    assert attributes["Attributes"]["ApproximateNumberOfMessages"] == "0"


def test_the_stream_of_an_iterator_is_authorized(limited: Limited):
    kinesis = limited.account.client("kinesis")
    suffix = secrets.token_hex(4)
    own, other = f"own-{suffix}", f"other-{suffix}"
    for name in (own, other):
        kinesis.create_stream(StreamName=name, ShardCount=1)
        kinesis.put_record(StreamName=name, Data=SECRET, PartitionKey="k")

    def iterator(name: str) -> str:
        shard = kinesis.list_shards(StreamName=name)["Shards"][0]["ShardId"]
        return str(
            kinesis.get_shard_iterator(
                StreamName=name, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
        )

    arn = ARN.format("kinesis", f"stream/{own}")
    keys = limited.user(allow("kinesis:*", arn))
    client = limited.account.client("kinesis", keys)
    assert client.get_records(ShardIterator=iterator(own))["Records"]
    for decoy in ({"StreamName": own}, {"StreamARN": arn}, {}):
        _, body = limited.call(
            keys, "kinesis", "Kinesis_20131202.GetRecords", ShardIterator=iterator(other), **decoy
        )
        assert b"AccessDenied" in body


def test_a_scan_has_no_leading_keys(limited: Limited):
    dynamodb = limited.account.client("dynamodb")
    table = f"table-{secrets.token_hex(4)}"
    dynamodb.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "owner", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "owner", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.put_item(TableName=table, Item={"owner": {"S": "other"}})
    own = {"StringEquals": {"dynamodb:LeadingKeys": "own"}}
    keys = limited.user(allow("dynamodb:*", "*", Condition=own))
    decoys: list[dict[str, Any]] = [
        {"KeyConditions": {"owner": {"AttributeValueList": [{"S": "own"}]}}},
        {"Key": {"owner": {"S": "own"}}},
        {"Item": {"owner": {"S": "own"}}},
        {
            "KeyConditionExpression": "owner = :o",
            "ExpressionAttributeValues": {":o": {"S": "own"}},
        },
    ]
    for decoy in decoys:
        status, body = limited.call(
            keys, "dynamodb", "DynamoDB_20120810.Scan", TableName=table, **decoy
        )
        assert (status, b"AccessDenied" in body) == (400, True)


NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


@pytest.mark.parametrize(
    "document",
    [
        '<Delete {ns}><Object><Key xmlns="x">own/a</Key><Key>private/a</Key></Object></Delete>',
        '<Delete {ns}><Object><Key>own/a</Key><Key xmlns="x">private/a</Key></Object></Delete>',
        "<Delete {ns}><Object><Key>own/a</Key><Key>private/a</Key></Object></Delete>",
        '<Delete {ns}><Object><x:Key xmlns:x="x">own/a</x:Key><Key>private/a</Key></Object></Delete>',
        "<Delete {ns}><Objects><Object><Key>private/a</Key></Object></Objects></Delete>",
        "<Other {ns}><Delete><Object><Key>private/a</Key></Object></Delete></Other>",
        "<Delete {ns}><Object><Key>own/a</Key><Note><Key>private/a</Key></Note></Object></Delete>",
    ],
)
def test_access_control_and_moto_parse_a_delete_document_in_the_same_way(
    limited: Limited, document: str
):
    s3, bucket = limited.account.client("s3"), limited.account.bucket()
    keys = {
        **limited.user(allow("s3:DeleteObject", f"arn:aws:s3:::{bucket}/own/*")),
        "aws_session_token": None,
    }
    for key in ("own/a", "private/a"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    body = document.format(ns=NAMESPACE).encode()
    send(limited.account.emulator, f"POST /{bucket}?delete", body, {}, keys=keys)
    stored = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert "private/a" in stored


def test_objects_and_versions_are_deleted(limited: Limited):
    s3, bucket = limited.account.client("s3"), limited.account.bucket()
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=bucket, Key="ä &<b", Body=b"")["VersionId"]
    s3.put_object(Bucket=bucket, Key="ä &<b", Body=b"")
    own = limited.account.client("s3", limited.user(allow("s3:*", "*")))
    entry = {"Key": "ä &<b", "VersionId": version}
    deleted = own.delete_objects(Bucket=bucket, Delete={"Objects": [entry]})["Deleted"]
    assert deleted == [entry]


def test_two_copy_sources_are_one_source(limited: Limited):
    s3, bucket = limited.account.client("s3"), limited.account.bucket()
    s3.put_object(Bucket=bucket, Key="a,b", Body=SECRET)
    s3.put_object(Bucket=bucket, Key="a", Body=b"")
    deny = {**allow("s3:GetObject", f"arn:aws:s3:::{bucket}/a,b"), "Effect": "Deny"}
    client = limited.account.client("s3", limited.user(allow("s3:*", "*"), deny))

    def add_header(request: Any, **_: Any) -> None:
        request.headers.add_header("x-amz-copy-source", "b")

    client.meta.events.register("before-sign.s3.CopyObject", add_header)
    with pytest.raises(Exception, match=r"AccessDenied|SignatureDoesNotMatch"):
        client.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/a")
