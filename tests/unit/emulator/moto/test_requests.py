from __future__ import annotations

from email.message import Message
from urllib.parse import parse_qs

import pytest

from cognito_credentials.emulator.front.requests import read_call
from cognito_credentials.emulator.front.signatures import read_signature
from cognito_credentials.emulator.http_server import HttpRequest
from cognito_credentials.emulator.moto.requests import request_for_moto

FORM = "application/x-www-form-urlencoded"


def rewritten(
    line: str, service: str | None = None, *, body: bytes = b"", **headers: str
) -> HttpRequest:
    method, _, target = line.partition(" ")
    message = Message()
    if service is not None:
        scope = f"AKIA/20260101/eu-west-1/{service}/aws4_request"
        message["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=x"
        )
        message["X-Amz-Date"] = "20260101T000000Z"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    request = HttpRequest(method, target, message, body)
    signature = read_signature(request)
    made = request_for_moto(request, read_call(request, signature), signature, region="us-west-2")
    assert request.headers is message
    assert request.header("X-Amz-Target") == headers.get("X_Amz_Target", "")
    return made


def test_a_json_request_has_a_target_and_nothing_else_that_names_an_operation():
    made = rewritten(
        "PUT /any?Action=DeleteTable&TableName=x",
        "dynamodb",
        body=b'{"x":"&Action=DeleteTable&"}',
        X_Amz_Target="DynamoDB_20120810.GetItem",
        Content_Type=FORM,
    )
    assert (made.method, made.path) == ("POST", "/")
    assert parse_qs(made.query) == {"x-id": ["GetItem"]}
    assert made.header("X-Amz-Target") == "DynamoDB_20120810.GetItem"
    assert made.header("Content-Type") == "application/json"
    assert made.body == b'{"x":"&Action=DeleteTable&"}'


def test_a_query_request_is_its_parameters():
    made = rewritten(
        "POST /somewhere?Action=ListTopics",
        "sns",
        body=b"Action=CreateTopic&Name=a+b",
        Content_Type="Application/X-www-form-urlencoded; charset=utf-8",
    )
    assert (made.method, made.target) == ("POST", "/")
    assert made.body == b"Action=CreateTopic&Name=a+b"
    assert made.header("Content-Type") == FORM
    queue = rewritten("GET /1/queue?Action=SendMessage", "sqs")
    assert (queue.method, queue.target, queue.body) == ("POST", "/1/queue", b"Action=SendMessage")


def test_a_rest_request_has_no_action_and_no_target():
    made = rewritten("GET /functions?Marker=1&x=%2F", "lambda", Content_Type=FORM)
    assert made.target == "/functions?Marker=1&x=%2F"
    assert made.header("Content-Type") == "application/json"
    # A body must not read as a form, which it does where there is no query.
    assert rewritten("POST /functions", "lambda", body=b"Action=x").query
    cbor = rewritten("POST /service/CloudWatch/operation/ListMetrics", "monitoring")
    assert cbor.path == "/service/CloudWatch/operation/ListMetrics"


@pytest.mark.parametrize(
    ("host", "target", "path"),
    [
        ("127.0.0.1:5000", "/b/k?x", "/b/k?x"),
        ("localhost:5000", "/b/k", "/b/k"),
        ("[::1]:5000", "/b/k", "/b/k"),
        ("emulator", "/b/k", "/b/k"),
        ("", "/b/k", "/b/k"),
        ("s3.us-east-1.amazonaws.com", "/b/k", "/b/k"),
        ("b.localhost.example:5000", "/k/x?y", "/b/k/x?y"),
    ],
)
def test_a_bucket_in_the_host_goes_to_the_path(host: str, target: str, path: str):
    made = rewritten(f"GET {target}", "s3", Host=host, X_Amz_Target="x.y")
    assert made.target == path
    assert made.header("Host") == ("localhost:5000" if ":5000" in host else "localhost")
    assert not made.header("X-Amz-Target")


def test_the_service_is_the_judged_one_however_the_request_was_signed():
    def scope(made: HttpRequest) -> list[str]:
        signature = made.header("Authorization").partition("Credential=")[2]
        return signature.partition(",")[0].split("/")

    presigned = (
        "GET /bucket/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=60&X-Amz-Signature=x"
        "&X-Amz-Date=20260101T000000Z&X-Amz-SignedHeaders=host"
        "&X-Amz-Credential=AKIA%2F20260101%2Feu-west-1%2Ftranslate%2Faws4_request"
    )
    assert scope(rewritten(presigned))[2:4] == ["eu-west-1", "translate"]
    assert scope(rewritten("GET /bucket/key"))[2:4] == ["us-west-2", "s3"]
    keys = rewritten("GET /eu-central-1_x/.well-known/jwks.json")
    assert scope(keys)[2:4] == ["eu-central-1", "cognito-idp"]
    unsigned = rewritten("POST /", X_Amz_Target="AWSCognitoIdentityProviderService.SignUp")
    assert scope(unsigned) == ["UNSIGNED", "20260101", "us-west-2", "cognito-idp", "aws4_request"]
