from __future__ import annotations

from typing import Any

import pytest

from cognito_credentials.emulator.policy.generic_actions import generic_authorization_requests

TOPIC = "arn:aws:sns:us-east-1:123456789012:topic"


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "path", "action", "resource"),
    [
        ("sqs", "SendMessage", {"QueueUrl": "http://x/1/q"}, "/", "sqs:SendMessage", "q"),
        ("sqs", "GetQueueUrl", {"QueueName": "q"}, "/", "sqs:GetQueueUrl", "q"),
        ("sns", "Publish", {"TopicArn": TOPIC}, "/", "sns:Publish", TOPIC),
        ("kinesis", "PutRecord", {"StreamName": "s"}, "/", "kinesis:PutRecord", "stream/s"),
        ("ssm", "GetParameter", {"Name": "/a/b"}, "/", "ssm:GetParameter", "parameter/a/b"),
        (
            "lambda",
            "Invoke",
            {},
            "/2015-03-31/functions/f/invocations",
            "lambda:InvokeFunction",
            "function:f",
        ),
        (
            "cognito-identity",
            "DescribeIdentityPool",
            {"IdentityPoolId": "us-east-1:1"},
            "/",
            "cognito-identity:DescribeIdentityPool",
            "identitypool/us-east-1:1",
        ),
        ("monitoring", "ListMetrics", {}, "/", "cloudwatch:ListMetrics", None),
        ("iam", "ListRoles", {}, "/", "iam:ListRoles", None),
        ("secretsmanager", "GetSecretValue", {"SecretId": "name"}, "/", None, None),
    ],
)
def test_a_request_requires_the_action_and_the_resource_of_its_operation(
    service: str,
    operation: str,
    parameters: dict[str, Any],
    path: str,
    action: str | None,
    resource: str | None,
):
    prefix = f"arn:aws:{service}:us-east-1:123456789012:"
    (request,) = generic_authorization_requests(service, operation, parameters, path, prefix)
    assert request.action == (action or f"{service}:{operation}")
    if resource is None or resource.startswith("arn:"):
        assert request.resource == resource
    else:
        assert request.resource == prefix + resource


def test_a_request_that_names_two_resources_needs_both():
    prefix = "arn:aws:sns:us-east-1:123456789012:"
    parameters = {"TopicArn": TOPIC, "TargetArn": prefix + "other"}
    requests = generic_authorization_requests("sns", "Publish", parameters, "/", prefix)
    assert [request.resource for request in requests] == [TOPIC, prefix + "other"]
    parameters = {"TopicArn": TOPIC, "TargetArn": TOPIC}
    assert len(generic_authorization_requests("sns", "Publish", parameters, "/", prefix)) == 1
