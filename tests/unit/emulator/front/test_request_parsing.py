from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

import pytest

from cognito_credentials.emulator.front.request_parsing import parse_request
from cognito_credentials.emulator.headers import Headers
from cognito_credentials.emulator.messages import RawRequest, WireProtocol

if TYPE_CHECKING:
    from collections.abc import Iterator

REGION = "us-west-2"
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


def make_request(
    *, target: str = "/", method: str = "POST", body: bytes = b"", **headers: str
) -> RawRequest:
    fields = Headers()
    for name, value in headers.items():
        fields.add(name.replace("_", "-"), value)
    return RawRequest(method, target, fields, body)


def make_signed_request(service: str, **more: object) -> RawRequest:
    scope = f"AKIA/20260101/eu-west-1/{service}/aws4_request"
    return make_request(
        Authorization=f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=x",
        X_Amz_Date="20260101T000000Z",
        **more,  # type: ignore[arg-type]
    )


JSON, QUERY, REST, S3 = (
    WireProtocol.JSON,
    WireProtocol.QUERY,
    WireProtocol.REST_JSON,
    WireProtocol.S3,
)


@pytest.mark.parametrize(
    ("raw", "service", "protocol", "operation", "is_public"),
    [
        (
            make_request(X_Amz_Target="AWSCognitoIdentityService.GetId"),
            "cognito-identity",
            JSON,
            "GetId",
            True,
        ),
        (
            make_request(X_Amz_Target="com.amazonaws.cognito.AWSCognitoIdentityService.GetId"),
            "cognito-identity",
            JSON,
            "GetId",
            True,
        ),
        (
            make_request(X_Amz_Target="AWSCognitoIdentityService.CreateIdentityPool"),
            "cognito-identity",
            JSON,
            "CreateIdentityPool",
            False,
        ),
        (
            make_request(X_Amz_Target="AWSCognitoIdentityProviderService.InitiateAuth"),
            "cognito-idp",
            JSON,
            "InitiateAuth",
            True,
        ),
        (
            make_request(X_Amz_Target="AWSCognitoIdentityProviderService.AdminGetUser"),
            "cognito-idp",
            JSON,
            "AdminGetUser",
            False,
        ),
        (
            make_request(X_Amz_Target="DynamoDB_20120810.GetItem"),
            "DynamoDB_20120810",
            JSON,
            "GetItem",
            False,
        ),
        (
            make_request(target="/us-east-1_x/.well-known/jwks.json", method="GET"),
            "cognito-idp",
            REST,
            "GetJsonWebKeys",
            True,
        ),
        (
            make_request(body=b"Action=AssumeRoleWithWebIdentity", **FORM),
            "sts",
            QUERY,
            "AssumeRoleWithWebIdentity",
            True,
        ),
        (
            make_request(body=b"Action=GetCallerIdentity", **FORM),
            "sts",
            QUERY,
            "GetCallerIdentity",
            False,
        ),
        (make_request(target="/bucket/key", method="GET"), "s3", S3, "", False),
        (make_request(target="/bucket/jwks.json", method="PUT"), "s3", S3, "", False),
        (make_request(target="/b/a_b/.well-known/jwks.json", method="GET"), "s3", S3, "", False),
        (make_signed_request("s3-outposts", target="/bucket/key"), "s3", S3, "", False),
        (make_signed_request("s3tables", target="/buckets"), "s3tables", REST, "", False),
        (make_signed_request("s3", target="/bucket/key"), "s3", S3, "", False),
        (
            make_signed_request("dynamodb", X_Amz_Target="DynamoDB_20120810.GetItem"),
            "dynamodb",
            JSON,
            "GetItem",
            False,
        ),
        (
            make_signed_request("monitoring", target="/service/CloudWatch/operation/ListMetrics"),
            "monitoring",
            JSON,
            "ListMetrics",
            False,
        ),
        (
            make_signed_request("iam", body=b"Action=ListRoles", **FORM),
            "iam",
            QUERY,
            "ListRoles",
            False,
        ),
        (
            make_signed_request("ec2", body=b"Action=RunInstances", **FORM),
            "ec2",
            WireProtocol.EC2,
            "RunInstances",
            False,
        ),
        (make_signed_request("lambda", target="/functions"), "lambda", REST, "", False),
        (make_signed_request("route53", target="/zones"), "route53", QUERY, "", False),
    ],
)
def test_service_protocol_and_operation_are_parsed(
    raw: RawRequest, service: str, protocol: WireProtocol, operation: str, is_public: bool
):
    request = parse_request(raw, default_region=REGION)
    assert (request.service, request.protocol, request.operation) == (service, protocol, operation)
    assert request.is_public is is_public
    assert request.operation_or_method == (operation or raw.method)


def test_the_region_comes_from_the_signature_or_the_default():
    raw = make_signed_request("dynamodb")
    assert parse_request(raw, default_region=REGION).region == "eu-west-1"
    assert parse_request(make_request(), default_region=REGION).region == REGION


def test_parameters_come_from_the_form_and_the_url():
    body = b"RoleArn=2&ProviderId=a+b&Policy=&PolicyArns.member.1.arn=c&RoleArn.x=d&KeyId=e"
    raw = make_request(target="/?Action=AssumeRoleWithWebIdentity&RoleArn=1", body=body, **FORM)
    request = parse_request(raw, default_region=REGION)
    assert request.parameters == {
        "Action": "AssumeRoleWithWebIdentity",
        "RoleArn": "2",
        "ProviderId": "a b",
        "Policy": "",
        "PolicyArns.member.1.arn": "c",
    }
    assert not request.has_json_body


@pytest.mark.parametrize(
    ("body", "parameters", "has_json_body"),
    [
        (b'{"AccountId":"1","Logins":null,"a":[1]}', {"AccountId": "1"}, True),
        (b'{"AccountId":"1","AccountId":"2"}', {"AccountId": "2"}, True),
        (b"", {}, True),
        (b"[]", {}, False),
        (b"{", {}, False),
        (b"a=b", {}, False),
    ],
)
def test_parameters_of_json_requests_come_from_the_body(
    body: bytes, parameters: dict[str, object], has_json_body: bool
):
    raw = make_request(X_Amz_Target="AWSCognitoIdentityService.GetId", body=body)
    request = parse_request(raw, default_region=REGION)
    assert request.parameters == parameters
    assert request.has_json_body is has_json_body


def test_the_body_of_an_s3_request_is_not_parsed():
    for raw in (
        make_signed_request("s3", method="PUT", target="/b/k", body=b"Action=x", **FORM),
        make_request(method="PUT", target="/b/k", body=b'{"a":1}'),
    ):
        request = parse_request(raw, default_region=REGION)
        assert request.parameters == {}
        assert not request.has_json_body


def test_the_parameters_of_a_rest_request_are_not_parsed():
    for service in ("route53", "lambda"):
        raw = make_signed_request(service, target="/zones?id=1", body=b'{"id": "1"}')
        request = parse_request(raw, default_region=REGION)
        assert (request.parameters, request.has_json_body) == ({}, False)
        assert request.request_error is None


def test_a_deeply_nested_document_is_rejected():
    body = b'{"TableName":"t","Item":{"a":' + b'{"L":[' * 300 + b"]}" * 300 + b"}}"
    raw = make_signed_request("dynamodb", X_Amz_Target="DynamoDB_20120810.PutItem", body=body)
    with limited_recursion():
        error = parse_request(raw, default_region=REGION).request_error
    assert error is not None
    assert error.code == "SerializationException"


@contextlib.contextmanager
def limited_recursion() -> Iterator[None]:
    """Set a low recursion limit, because the default differs between Python versions."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(400)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (make_signed_request("sqs", X_Amz_Target="AmazonSQS.Nonsense"), "UnknownOperation"),
        (make_signed_request("nonsense", X_Amz_Target="Nonsense.Get"), "UnknownOperation"),
        (make_request(X_Amz_Target="Nonsense.Get"), "UnknownOperation"),
        (make_signed_request("sns", target="/?Action=Nonsense"), "InvalidAction"),
        (make_signed_request("ec2", target="/?Action=Nonsense"), "InvalidAction"),
        (make_signed_request("ssm", body=b'{"Name": "x"}'), "UnknownOperation"),
        (
            make_signed_request("ssm", X_Amz_Target="AmazonSSM.GetParameter", body=b"[]"),
            "Serialization",
        ),
        (
            make_signed_request("ssm", X_Amz_Target="AmazonSSM.GetParameter", body=b'{"Name": 1}'),
            "Serialization",
        ),
    ],
)
def test_requests_that_the_service_does_not_support_are_errors(raw: RawRequest, code: str):
    error = parse_request(raw, default_region=REGION).request_error
    assert error is not None
    assert error.code.removesuffix("Exception") == code


def test_a_request_with_an_unreadable_authorization_has_no_signature():
    raw = make_request(Authorization="AWS4-HMAC-SHA256 nonsense")
    request = parse_request(raw, default_region=REGION)
    assert request.signature_error is not None
    assert request.signature is None
    assert parse_request(make_request(), default_region=REGION).signature_error is None


def test_the_repr_of_a_request_has_no_secrets():
    raw = make_signed_request(
        "dynamodb", target="/?token=s3cret", body=b'{"a":"s3cret"}', X_Amz_Security_Token="s3cret"
    )
    request = parse_request(raw, default_region=REGION)
    assert request.signature is not None
    assert request.signature.session_token == "s3cret"
    assert "s3cret" not in repr(request)
    assert "s3cret" not in repr(raw)
