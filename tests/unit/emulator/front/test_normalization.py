from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from cognito_credentials.emulator.front.request_parsing import parse_request
from cognito_credentials.emulator.headers import Headers
from cognito_credentials.emulator.messages import RawRequest

FORM = "application/x-www-form-urlencoded"


def normalize(
    line: str, service: str | None = None, *, body: bytes = b"", **headers: str
) -> RawRequest:
    """Return the normalized request, and check that the original is unchanged."""
    method, _, target = line.partition(" ")
    fields = Headers()
    if service is not None:
        scope = f"AKIA/20260101/eu-west-1/{service}/aws4_request"
        fields.add(
            "Authorization",
            f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=x",
        )
        fields.add("X-Amz-Date", "20260101T000000Z")
    for name, value in headers.items():
        fields.add(name.replace("_", "-"), value)
    raw = RawRequest(method, target, fields, body)
    http = parse_request(raw, default_region="us-west-2").http
    assert raw.headers is fields
    assert raw.header("X-Amz-Target") == headers.get("X_Amz_Target", "")
    return http


def test_only_the_target_of_a_json_request_names_an_operation():
    http = normalize(
        "PUT /any?Action=DeleteTable&TableName=x",
        "dynamodb",
        body=b'{"x":"&Action=DeleteTable&"}',
        X_Amz_Target="DynamoDB_20120810.GetItem",
        Content_Type=FORM,
    )
    assert (http.method, http.path) == ("POST", "/")
    assert parse_qs(http.query) == {"x-id": ["GetItem"]}
    assert http.header("X-Amz-Target") == "DynamoDB_20120810.GetItem"
    assert http.header("Content-Type") == "application/json"
    assert http.body == b"{}"


def test_a_query_request_consists_of_its_parameters():
    http = normalize(
        "POST /somewhere?Action=ListTopics",
        "sns",
        body=b"Action=CreateTopic&Name=a+b",
        Content_Type="Application/X-www-form-urlencoded; charset=utf-8",
    )
    assert (http.method, http.target) == ("POST", "/")
    assert http.body == b"Action=CreateTopic&Name=a+b"
    assert http.header("Content-Type") == FORM
    queue = normalize("GET /1/queue?Action=SendMessage&QueueName=x&MessageBody=b", "sqs")
    assert (queue.method, queue.target) == ("POST", "/")
    assert parse_qs(queue.body.decode()) == {
        "Action": ["SendMessage"],
        "MessageBody": ["b"],
        "QueueUrl": ["http://localhost/1/queue"],
    }


def test_a_rest_request_has_no_action_and_no_target():
    http = normalize("GET /functions?Marker=1&x=%2F", "lambda", Content_Type=FORM)
    assert http.target == "/functions?Marker=1&x=%2F"
    assert http.header("Content-Type") == "application/json"
    # Without a query string, moto would read the body as a form.
    assert normalize("POST /functions", "lambda", body=b"Action=x").query
    cbor = normalize("POST /service/CloudWatch/operation/ListMetrics", "monitoring")
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
def test_a_bucket_in_the_host_moves_to_the_path(host: str, target: str, path: str):
    http = normalize(f"GET {target}", "s3", Host=host, X_Amz_Target="x.y")
    assert http.target == path
    assert http.header("Host") == ("localhost:5000" if ":5000" in host else "localhost")
    assert not http.header("X-Amz-Target")
