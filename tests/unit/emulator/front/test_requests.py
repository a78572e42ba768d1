from __future__ import annotations

from email.message import Message

import pytest

from cognito_credentials.emulator.front.errors import Protocol
from cognito_credentials.emulator.front.requests import query_parameter, query_parameters, read_call
from cognito_credentials.emulator.front.signatures import read_signature
from cognito_credentials.emulator.http_server import HttpRequest

FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


def request(
    *, target: str = "/", method: str = "POST", body: bytes = b"", **headers: str
) -> HttpRequest:
    message = Message()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    return HttpRequest(method, target, message, body)


def signed_for(service: str, **more: object) -> HttpRequest:
    scope = f"AKIA/20260101/eu-west-1/{service}/aws4_request"
    return request(
        Authorization=f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=x",
        X_Amz_Date="20260101T000000Z",
        **more,  # type: ignore[arg-type]
    )


JSON, QUERY, REST, S3 = Protocol.JSON, Protocol.QUERY, Protocol.REST_JSON, Protocol.S3


@pytest.mark.parametrize(
    ("asked", "service", "protocol", "operation", "public"),
    [
        (
            request(X_Amz_Target="AWSCognitoIdentityService.GetId"),
            "cognito-identity",
            JSON,
            "GetId",
            True,
        ),
        (
            request(X_Amz_Target="com.amazonaws.cognito.AWSCognitoIdentityService.GetId"),
            "cognito-identity",
            JSON,
            "GetId",
            True,
        ),
        (
            request(X_Amz_Target="AWSCognitoIdentityService.CreateIdentityPool"),
            "cognito-identity",
            JSON,
            "CreateIdentityPool",
            False,
        ),
        (
            request(X_Amz_Target="AWSCognitoIdentityProviderService.InitiateAuth"),
            "cognito-idp",
            JSON,
            "InitiateAuth",
            True,
        ),
        (
            request(X_Amz_Target="AWSCognitoIdentityProviderService.AdminGetUser"),
            "cognito-idp",
            JSON,
            "AdminGetUser",
            False,
        ),
        (
            request(X_Amz_Target="DynamoDB_20120810.GetItem"),
            "DynamoDB_20120810",
            JSON,
            "GetItem",
            False,
        ),
        (
            request(target="/us-east-1_x/.well-known/jwks.json", method="GET"),
            "cognito-idp",
            REST,
            "GetJsonWebKeys",
            True,
        ),
        (
            request(body=b"Action=AssumeRoleWithWebIdentity", **FORM),
            "sts",
            QUERY,
            "AssumeRoleWithWebIdentity",
            True,
        ),
        (
            request(body=b"Action=GetCallerIdentity", **FORM),
            "sts",
            QUERY,
            "GetCallerIdentity",
            False,
        ),
        (request(target="/bucket/key", method="GET"), "s3", S3, "", False),
        (request(target="/bucket/jwks.json", method="PUT"), "s3", S3, "", False),
        (request(target="/b/a_b/.well-known/jwks.json", method="GET"), "s3", S3, "", False),
        (signed_for("s3-outposts", target="/bucket/key"), "s3", S3, "", False),
        (signed_for("s3tables", target="/buckets"), "s3tables", REST, "", False),
        (signed_for("s3", target="/bucket/key"), "s3", S3, "", False),
        (
            signed_for("dynamodb", X_Amz_Target="DynamoDB_20120810.GetItem"),
            "dynamodb",
            JSON,
            "GetItem",
            False,
        ),
        (
            signed_for("monitoring", target="/service/CloudWatch/operation/ListMetrics"),
            "monitoring",
            JSON,
            "ListMetrics",
            False,
        ),
        (
            signed_for("iam", body=b"Action=ListRoles", **FORM),
            "iam",
            QUERY,
            "ListRoles",
            False,
        ),
        (
            signed_for("ec2", body=b"Action=RunInstances", **FORM),
            "ec2",
            Protocol.EC2,
            "RunInstances",
            False,
        ),
        (signed_for("lambda", target="/functions"), "lambda", REST, "", False),
        (signed_for("route53", target="/zones"), "route53", QUERY, "", False),
    ],
)
def test_a_request_tells_what_it_asks(
    asked: HttpRequest, service: str, protocol: Protocol, operation: str, public: bool
):
    call = read_call(asked, read_signature(asked))
    assert (call.service, call.protocol, call.operation) == (service, protocol, operation)
    assert call.is_public is public


def test_the_region_is_that_of_the_signature():
    asked = signed_for("dynamodb")
    assert read_call(asked, read_signature(asked)).region == "eu-west-1"
    assert read_call(request(), None).region is None


def test_parameters_come_from_form_and_url():
    asked = request(target="/?Action=A&x=1", body=b"x=2&y=a+b&empty=", **FORM)
    assert query_parameters(asked) == {"Action": "A", "x": "2", "y": "a b", "empty": ""}
    assert query_parameter(asked, "missing") == ""
