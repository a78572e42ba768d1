from __future__ import annotations

from typing import Any

import pytest

from cognito_credentials.emulator.policy.evaluation import AuthorizationRequest
from cognito_credentials.emulator.policy.generic_actions import generic_authorization_requests


def find_requests(
    service: str, operation: str, parameters: dict[str, Any], prefix: str
) -> list[AuthorizationRequest]:
    """Return the permissions that a request needs in an account whose only secret is "known"."""

    def find_arn(service: str, parameter: str, value: str) -> str | None:
        known = (service, parameter, value) == ("secretsmanager", "SecretId", "known")
        return SECRET if known else None

    return list(generic_authorization_requests(service, operation, parameters, prefix, find_arn))


SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:known-abcdef"
TOPIC = "arn:aws:sns:us-east-1:123456789012:topic"


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "action", "resource"),
    [
        ("sqs", "SendMessage", {"QueueUrl": "http://x/1/q"}, "sqs:SendMessage", "q"),
        ("sqs", "GetQueueUrl", {"QueueName": "q"}, "sqs:GetQueueUrl", "q"),
        ("sns", "Publish", {"TopicArn": TOPIC}, "sns:Publish", TOPIC),
        ("kinesis", "PutRecord", {"StreamName": "s"}, "kinesis:PutRecord", "stream/s"),
        ("ssm", "GetParameter", {"Name": "/a/b"}, "ssm:GetParameter", "parameter/a/b"),
        (
            "lambda",
            "Invoke",
            {"FunctionName": "f"},
            "lambda:InvokeFunction",
            "function:f",
        ),
        (
            "cognito-identity",
            "DescribeIdentityPool",
            {"IdentityPoolId": "us-east-1:1"},
            "cognito-identity:DescribeIdentityPool",
            "identitypool/us-east-1:1",
        ),
        ("monitoring", "ListMetrics", {}, "cloudwatch:ListMetrics", None),
        ("iam", "ListRoles", {}, "iam:ListRoles", None),
        ("secretsmanager", "GetSecretValue", {"SecretId": "name"}, None, None),
    ],
)
def test_a_request_requires_the_action_and_the_resource_of_its_operation(
    service: str,
    operation: str,
    parameters: dict[str, Any],
    action: str | None,
    resource: str | None,
):
    prefix = f"arn:aws:{service}:us-east-1:123456789012:"
    (request,) = find_requests(service, operation, parameters, prefix)
    assert request.action == (action or f"{service}:{operation}")
    if resource is None or resource.startswith("arn:"):
        assert request.resource == resource
    else:
        assert request.resource == prefix + resource


def test_a_request_that_names_two_resources_needs_both():
    prefix = "arn:aws:sns:us-east-1:123456789012:"
    parameters = {"TopicArn": TOPIC, "TargetArn": prefix + "other"}
    requests = find_requests("sns", "Publish", parameters, prefix)
    assert [request.resource for request in requests] == [TOPIC, prefix + "other"]
    parameters = {"TopicArn": TOPIC, "TargetArn": TOPIC}
    assert len(find_requests("sns", "Publish", parameters, prefix)) == 1


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "expected"),
    [
        ("ssm", "GetParameters", {"Names": ["/a", "b:3"]}, ["parameter/a", "parameter/b"]),
        ("ssm", "GetParametersByPath", {"Path": "/a/"}, ["parameter/a/"]),
        (
            "ssm",
            "GetParameter",
            {"Name": "arn:aws:ssm:eu-west-1:1:parameter/a:3"},
            ["parameter/a"],
        ),
        ("ssm", "DescribeDocument", {"Name": "a"}, [None]),
        (
            "ssm",
            "GetParameter",
            {"Name": "/aws/reference/secretsmanager/known"},
            [SECRET, "parameter/aws/reference/secretsmanager/known"],
        ),
        ("secretsmanager", "GetSecretValue", {"SecretId": "known"}, [SECRET]),
        (
            "secretsmanager",
            "BatchGetSecretValue",
            {"SecretIdList": ["known", "x"]},
            ["*", SECRET, None],
        ),
        ("secretsmanager", "BatchGetSecretValue", {"Filters": []}, ["*", None]),
        (
            "kms",
            "Decrypt",
            {"KeyId": "arn:aws:kms:x:1:key/1", "CiphertextBlob": "eA=="},
            ["arn:aws:kms:x:1:key/1", None],
        ),
        ("kms", "ReEncrypt", {"CiphertextBlob": "eA==", "DestinationKeyId": "x"}, [None, None]),
        (
            "kinesis",
            "GetRecords",
            {"StreamARN": "arn:aws:kinesis:x", "ShardIterator": "x"},
            ["arn:aws:kinesis:x", None],
        ),
        ("sns", "Publish", {"TopicArn": TOPIC, "PhoneNumber": "1"}, [TOPIC, None]),
    ],
)
def test_every_parameter_that_the_service_reads_counts(
    service: str, operation: str, parameters: dict[str, Any], expected: list[str | None]
):
    prefix = f"arn:aws:{service}:us-east-1:123456789012:"
    found = [request.resource for request in find_requests(service, operation, parameters, prefix)]
    assert found == [
        prefix + name if name and name.startswith("parameter") else name for name in expected
    ]
