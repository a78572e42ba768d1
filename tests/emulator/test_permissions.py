"""Sessions have the permissions in their role's policies, and no others."""

from __future__ import annotations

import gzip
import http.client
import secrets
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config
from emulated_account import Account, UserPool, allow, document, error_of

if TYPE_CHECKING:
    from cognito_credentials.emulator import Emulator

SUB = "${cognito-identity.amazonaws.com:sub}"


@pytest.fixture
def own_prefix(account: Account) -> tuple[Account, str, str, Any]:
    """A guest whose role gives each identity its own prefix in a bucket."""
    bucket = account.bucket()
    identity, keys = account.guest(
        allow(
            ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], f"arn:aws:s3:::{bucket}/{SUB}/*"
        ),
        allow(
            "s3:ListBucket",
            f"arn:aws:s3:::{bucket}",
            Condition={"StringLike": {"s3:prefix": [f"{SUB}/*"]}},
        ),
    )
    account.client("s3").put_object(Bucket=bucket, Key="someone/secret", Body=b"secret")
    return account, bucket, identity, account.client("s3", keys)


def test_an_identity_can_use_its_own_prefix(own_prefix: tuple[Account, str, str, Any]):
    _, bucket, identity, s3 = own_prefix
    key = f"{identity}/notes/ä b+c*.txt"
    s3.put_object(Bucket=bucket, Key=key, Body=b"own", Metadata={"my_key": "1"})
    stored = s3.get_object(Bucket=bucket, Key=key)
    assert stored["Body"].read() == b"own"
    assert stored["Metadata"] == {"my_key": "1"}
    listing = s3.list_objects_v2(Bucket=bucket, Prefix=f"{identity}/")
    assert [entry["Key"] for entry in listing["Contents"]] == [key]
    s3.delete_object(Bucket=bucket, Key=key)


def test_an_identity_can_use_nothing_but_its_prefix(own_prefix: tuple[Account, str, str, Any]):
    account, bucket, identity, s3 = own_prefix
    other_object = {"Bucket": bucket, "Key": "someone/secret"}
    errors = [
        error_of(s3.get_object, **other_object),
        error_of(s3.put_object, **other_object, Body=b""),
        error_of(s3.delete_object, **other_object),
        error_of(s3.copy_object, Bucket=bucket, Key=f"{identity}/x", CopySource=other_object),
        error_of(s3.list_objects_v2, Bucket=bucket),
        error_of(s3.list_objects_v2, Bucket=bucket, Prefix="someone/"),
        error_of(s3.delete_objects, Bucket=bucket, Delete={"Objects": [{"Key": "someone/secret"}]}),
        error_of(s3.put_object, Bucket=bucket, Key=f"{identity}/x", Body=b"", ACL="public-read"),
        error_of(s3.list_buckets),
        error_of(s3.delete_bucket, Bucket=bucket),
        error_of(s3.put_bucket_policy, Bucket=bucket, Policy=document(allow("s3:*", "*"))),
    ]
    assert {code for code, _ in errors} == {"AccessDenied"}
    assert "is not authorized to perform: s3:GetObject on resource" in errors[0][1]
    assert account.client("s3").get_object(**other_object)["Body"].read() == b"secret"


def test_a_wildcard_in_a_variable_is_plain_text(account: Account):
    # An identity ID never contains "*", but a value that the request chooses may.
    bucket = account.bucket()
    _, keys = account.guest(allow("s3:GetObject", f"arn:aws:s3:::{bucket}/${{aws:Referer}}/*"))
    account.client("s3").put_object(Bucket=bucket, Key="x/y", Body=b"")
    s3, referer = account.client("s3", keys), ["x"]
    s3.meta.events.register(
        "before-sign.s3", lambda request, **_: request.headers.add_header("Referer", referer[0])
    )
    assert s3.get_object(Bucket=bucket, Key="x/y")
    referer[0] = "*"
    assert error_of(s3.get_object, Bucket=bucket, Key="x/y")[0] == "AccessDenied"


def test_multipart_uploads_need_only_put_object(
    own_prefix: tuple[Account, str, str, Any],
):
    _, bucket, identity, s3 = own_prefix
    target = {"Bucket": bucket, "Key": f"{identity}/large"}
    upload = s3.create_multipart_upload(**target)["UploadId"]
    part = s3.upload_part(**target, UploadId=upload, PartNumber=1, Body=gzip.compress(b"x") * 9)
    s3.complete_multipart_upload(
        **target,
        UploadId=upload,
        MultipartUpload={"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]},
    )
    assert s3.get_object(**target)["ContentLength"] > 9


def test_a_presigned_url_is_valid_until_it_expires(
    own_prefix: tuple[Account, str, str, Any], advance: Any, emulator: Emulator
):
    account, bucket, identity, s3 = own_prefix
    target = {"Bucket": bucket, "Key": f"{identity}/x"}
    s3.put_object(**target, Body=b"own")
    for signature_version in ("s3v4", "s3"):
        config = Config(signature_version=signature_version, s3={"addressing_style": "path"})
        keys = s3._request_signer._credentials
        signer = account.client(
            "s3",
            {
                "aws_access_key_id": keys.access_key,
                "aws_secret_access_key": keys.secret_key,
                "aws_session_token": keys.token,
            },
            config=config,
        )
        url = signer.generate_presigned_url("get_object", target, ExpiresIn=60)
        path = url.removeprefix(emulator.endpoint_url)
        assert fetch(emulator, path) == (200, b"own")
        assert fetch(emulator, path.replace(identity[-4:], "zzzz"))[0] == 403
        advance(61)
        assert fetch(emulator, path)[0] == 403
        advance(-61)


def fetch(emulator: Emulator, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(emulator.host, emulator.port)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_unsigned_requests_read_only_public_objects(account: Account):
    bucket, s3, anonymous = account.bucket(), account.client("s3"), account.unsigned("s3")
    s3.put_object(Bucket=bucket, Key="public", Body=b"all", ACL="public-read")
    s3.put_object(Bucket=bucket, Key="private", Body=b"own")
    s3.put_object(Bucket=bucket, Key="open/x", Body=b"by policy")
    statement = allow("s3:GetObject", f"arn:aws:s3:::{bucket}/open/*", Principal="*")
    s3.put_bucket_policy(Bucket=bucket, Policy=document(statement))
    assert anonymous.get_object(Bucket=bucket, Key="public")["Body"].read() == b"all"
    assert anonymous.get_object(Bucket=bucket, Key="open/x")["Body"].read() == b"by policy"
    assert error_of(anonymous.get_object, Bucket=bucket, Key="private")[0] == "AccessDenied"
    assert error_of(anonymous.put_object, Bucket=bucket, Key="n", Body=b"")[0] == "AccessDenied"
    assert error_of(anonymous.list_objects_v2, Bucket=bucket)[0] == "AccessDenied"
    assert error_of(anonymous.delete_object, Bucket=bucket, Key="public")[0] == "AccessDenied"
    s3.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration={"IgnorePublicAcls": True, "RestrictPublicBuckets": True},
    )
    assert error_of(anonymous.get_object, Bucket=bucket, Key="public")[0] == "AccessDenied"
    assert error_of(anonymous.get_object, Bucket=bucket, Key="open/x")[0] == "AccessDenied"


def test_a_bucket_policy_can_deny_a_request_that_the_role_allows(account: Account):
    bucket, s3 = account.bucket(), account.client("s3")
    _, keys = account.guest(allow("s3:*", "*"))
    s3.put_object(Bucket=bucket, Key="x", Body=b"")
    account.client("s3", keys).get_object(Bucket=bucket, Key="x")
    role = account.client("sts", keys).get_caller_identity()["Arn"].split("/")[1]
    s3.put_bucket_policy(
        Bucket=bucket,
        Policy=document(
            {
                "Effect": "Deny",
                "Principal": {"AWS": f"arn:aws:iam::123456789012:role/{role}"},
                "Action": "s3:GetObject",
                "Resource": f"arn:aws:s3:::{bucket}/*",
            }
        ),
    )
    s3.get_object(Bucket=bucket, Key="x")
    code, message = error_of(account.client("s3", keys).get_object, Bucket=bucket, Key="x")
    assert (code, "explicit deny" in message) == ("AccessDenied", True)


def test_not_action_and_deny_apply(account: Account):
    bucket, s3 = account.bucket(), account.client("s3")
    for key in ("a", "b"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    _, keys = account.guest(
        {"Effect": "Allow", "NotAction": "s3:DeleteObject", "Resource": "*"},
        {
            "Effect": "Deny",
            "Action": "s3:GetObject",
            "NotResource": f"arn:aws:s3:::{bucket}/a",
        },
    )
    guest = account.client("s3", keys)
    guest.get_object(Bucket=bucket, Key="a")
    assert error_of(guest.get_object, Bucket=bucket, Key="b")[0] == "AccessDenied"
    assert error_of(guest.delete_object, Bucket=bucket, Key="a")[0] == "AccessDenied"


def test_the_guest_session_policy_limits_guests_to_certain_services(account: Account):
    identity, keys = account.guest(allow("*", "*"))
    account.client("sqs", keys).list_queues()
    code, message = error_of(account.client("ec2", keys).describe_instances)
    assert code == "UnauthorizedOperation"
    assert "no session policy allows the ec2:DescribeInstances action" in message
    assert error_of(account.client("iam", keys).list_roles)[0] == "AccessDenied"
    assert error_of(account.client("secretsmanager", keys).list_secrets)[0] == (
        "AccessDeniedException"
    )
    assert identity


@pytest.fixture
def table(account: Account) -> str:
    name = f"table-{secrets.token_hex(4)}"
    account.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": "owner", "KeyType": "HASH"},
            {"AttributeName": "n", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "owner", "AttributeType": "S"},
            {"AttributeName": "n", "AttributeType": "N"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def test_a_user_can_use_only_its_own_items_in_dynamodb(
    account: Account, user_pool: UserPool, user: str, table: str
):
    provider = {"ProviderName": user_pool.provider, "ClientId": user_pool.client_id}
    pool = account.pool(CognitoIdentityProviders=[provider])
    role = account.role(
        pool,
        allow(
            ["dynamodb:*Item", "dynamodb:Query"],
            f"arn:aws:dynamodb:us-east-1:123456789012:table/{table}",
            Condition={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [SUB]}},
        ),
    )
    account.set_roles(pool, authenticated=role)
    logins = user_pool.logins(user)
    identity = account.identity(pool, logins)
    db = account.client("dynamodb", account.credentials(identity, logins))
    own_item = {"owner": {"S": identity}, "n": {"N": "1"}}
    other_item = {"owner": {"S": "bob"}, "n": {"N": "1"}}
    db.put_item(TableName=table, Item=own_item)
    assert db.get_item(TableName=table, Key=own_item)["Item"] == own_item
    query: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": "#o = :o AND n > :n",
        "ExpressionAttributeNames": {"#o": "owner"},
    }
    own_values = {":o": {"S": identity}, ":n": {"N": "0"}}
    assert db.query(**query, ExpressionAttributeValues=own_values)["Count"] == 1
    other_values = {**own_values, ":o": {"S": "bob"}}
    batch = {table: [{"PutRequest": {"Item": own_item}}, {"PutRequest": {"Item": other_item}}]}
    errors = [
        error_of(db.put_item, TableName=table, Item=other_item),
        error_of(db.get_item, TableName=table, Key=other_item),
        error_of(db.query, **query, ExpressionAttributeValues=other_values),
        error_of(db.batch_write_item, RequestItems=batch),
        error_of(
            db.transact_write_items,
            TransactItems=[{"Delete": {"TableName": table, "Key": other_item}}],
        ),
        error_of(db.execute_statement, Statement=f'SELECT * FROM "{table}"'),
        error_of(db.scan, TableName=table),
        error_of(db.delete_table, TableName=table),
        error_of(db.list_tables),
    ]
    assert {code for code, _ in errors} == {"AccessDeniedException"}


def test_policies_apply_to_the_resources_of_other_services(account: Account):
    sqs, sns = account.client("sqs"), account.client("sns")
    allowed = sqs.create_queue(QueueName="allowed")["QueueUrl"]
    other = sqs.create_queue(QueueName="other")["QueueUrl"]
    topic = sns.create_topic(Name="topic")["TopicArn"]
    _, keys = account.guest(
        allow("sqs:SendMessage", "arn:aws:sqs:us-east-1:123456789012:allowed"),
        allow("sns:Publish", f"{topic}-not"),
        allow("lambda:InvokeFunction", "arn:aws:lambda:us-east-1:123456789012:function:f"),
    )
    guest = account.client("sqs", keys)
    guest.send_message(QueueUrl=allowed, MessageBody="x")
    assert error_of(guest.send_message, QueueUrl=other, MessageBody="x")[0] == (
        "AccessDeniedException"
    )
    assert error_of(account.client("sns", keys).publish, TopicArn=topic, Message="x")[0] == (
        "AccessDenied"
    )
    functions = account.client("lambda", keys)
    assert error_of(functions.invoke, FunctionName="f")[0] == "ResourceNotFoundException"
    assert error_of(functions.invoke, FunctionName="g")[0] == "AccessDeniedException"


def test_unknown_access_keys_are_rejected(account: Account):
    keys = {"aws_access_key_id": "AKIA" + "A" * 16, "aws_secret_access_key": "x" * 40}
    assert error_of(account.client("s3", keys).list_buckets)[0] == "InvalidAccessKeyId"
    assert error_of(account.client("sts", keys).get_caller_identity)[0] == "InvalidClientTokenId"
    assert error_of(account.client("dynamodb", keys).list_tables)[0] == (
        "UnrecognizedClientException"
    )
    assert error_of(account.client("ec2", keys).describe_instances)[0] == "AuthFailure"
    assert error_of(account.unsigned("dynamodb").list_tables)[0] == (
        "MissingAuthenticationTokenException"
    )


def test_parts_of_different_credentials_do_not_mix(account: Account):
    _, old = account.guest(allow("s3:*", "*"))
    _, new = account.guest(allow("s3:*", "*"))
    mixed_token = {**new, "aws_session_token": old["aws_session_token"]}
    mixed_secret = {**new, "aws_secret_access_key": old["aws_secret_access_key"]}
    without_token = {**new, "aws_session_token": None}
    assert account.client("s3", new).list_buckets()
    assert error_of(account.client("s3", mixed_token).list_buckets)[0] == "InvalidToken"
    assert error_of(account.client("s3", mixed_secret).list_buckets)[0] == "SignatureDoesNotMatch"
    assert error_of(account.client("s3", without_token).list_buckets)[0] == "InvalidToken"
    db = account.client("dynamodb", mixed_secret)
    assert error_of(db.list_tables)[0] == "InvalidSignatureException"


def test_an_iam_user_may_do_what_its_policies_allow(account: Account):
    iam = account.client("iam")
    iam.create_user(UserName="eve")
    access_key = iam.create_access_key(UserName="eve")["AccessKey"]
    keys = {
        "aws_access_key_id": access_key["AccessKeyId"],
        "aws_secret_access_key": access_key["SecretAccessKey"],
    }
    iam.put_user_policy(
        UserName="eve",
        PolicyName="p",
        PolicyDocument=document(allow("s3:ListAllMyBuckets", "*")),
    )
    account.client("s3", keys).list_buckets()
    assert error_of(account.client("s3", keys).create_bucket, Bucket="eves")[0] == "AccessDenied"
    pools = account.client("cognito-identity", keys)
    code, message = error_of(
        pools.create_identity_pool, IdentityPoolName="p", AllowUnauthenticatedIdentities=True
    )
    assert code == "AccessDeniedException"
    assert "cognito-identity:CreateIdentityPool" in message
    assert account.client("sts", keys).get_caller_identity()["Arn"].endswith(":user/eve")
    iam.update_access_key(UserName="eve", AccessKeyId=access_key["AccessKeyId"], Status="Inactive")
    assert error_of(account.client("s3", keys).list_buckets)[0] == "InvalidAccessKeyId"


def test_a_permissions_boundary_limits_a_role(account: Account):
    iam, bucket = account.client("iam"), account.bucket()
    policy = iam.create_policy(
        PolicyName=f"boundary-{secrets.token_hex(4)}",
        PolicyDocument=document(allow("s3:ListBucket", "*")),
    )["Policy"]["Arn"]
    pool = account.pool()
    role = account.role(pool, allow("s3:*", "*"), amr="unauthenticated", PermissionsBoundary=policy)
    account.set_roles(pool, unauthenticated=role)
    s3 = account.client("s3", account.credentials(account.identity(pool)))
    s3.list_objects_v2(Bucket=bucket)
    assert error_of(s3.put_object, Bucket=bucket, Key="x", Body=b"")[0] == "AccessDenied"


def test_a_deleted_role_allows_nothing(account: Account):
    _, keys = account.guest(allow("s3:*", "*"))
    name = account.client("sts", keys).get_caller_identity()["Arn"].split("/")[1]
    iam = account.client("iam")
    iam.delete_role_policy(RoleName=name, PolicyName="inline")
    iam.delete_role(RoleName=name)
    assert error_of(account.client("s3", keys).list_buckets)[0] == "AccessDenied"


def test_a_missing_object_looks_forbidden_without_permission_to_list(account: Account):
    bucket = account.bucket()
    read = allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*")
    _, keys = account.guest(read)
    missing = {"Bucket": bucket, "Key": "missing"}
    s3 = account.client("s3", keys)
    assert error_of(s3.get_object, **missing)[0] == "AccessDenied"
    assert error_of(s3.head_object, **missing)[0] == "403"
    _, keys = account.guest(read, allow("s3:ListBucket", f"arn:aws:s3:::{bucket}"))
    assert error_of(account.client("s3", keys).get_object, **missing)[0] == "NoSuchKey"
    assert error_of(account.client("s3").get_object, **missing)[0] == "NoSuchKey"


def test_a_presigned_url_accepts_no_additional_headers(account: Account):
    bucket = account.bucket()
    account.client("s3").put_object(Bucket=bucket, Key="private", Body=b"secret")
    s3 = account.client("s3", config=Config(signature_version="s3v4"))
    url = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "drop"})
    connection = http.client.HTTPConnection(account.emulator.host, account.emulator.port)
    for headers, expected in (({"x-amz-copy-source": f"{bucket}/private"}, 403), ({}, 200)):
        connection.request("PUT", url.removeprefix(account.emulator.endpoint_url), b"", headers)
        response = connection.getresponse()
        response.read()
        assert response.status == expected
    connection.close()
