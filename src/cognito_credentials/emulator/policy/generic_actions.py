"""The permissions that a request needs, for services other than S3 and DynamoDB.

The resources are taken from parameters. A request that names several resources needs permission on
each of them. If the request has no known resource parameter, its resource is None, which only an
Allow for `"*"` matches.

To let policies name further resources, add the parameter to `_RESOURCE_NAMES` or `_RESOURCE_ARNS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from cognito_credentials.emulator.policy.evaluation import AuthorizationRequest

# Signing name of a service -> its action prefix, if the two differ.
_ACTION_PREFIXES = {"monitoring": "cloudwatch", "email": "ses", "iotdata": "iot"}
_ACTIONS = {("lambda", "Invoke"): "InvokeFunction"}

# (service, parameter) -> the resource part of the ARN, with `*` for the value of the parameter.
_RESOURCE_NAMES: Mapping[tuple[str, str], str] = {
    ("cognito-identity", "IdentityPoolId"): "identitypool/*",
    ("cognito-idp", "UserPoolId"): "userpool/*",
    ("firehose", "DeliveryStreamName"): "deliverystream/*",
    ("kinesis", "StreamName"): "stream/*",
    ("sqs", "QueueName"): "*",
    ("sqs", "QueueUrl"): "*",
    ("ssm", "Name"): "parameter/*",
}
# Parameters that contain the ARN of the resource itself, not of a role or a key.
_RESOURCE_ARNS: Mapping[str, tuple[str, ...]] = {
    "firehose": ("DeliveryStreamARN",),
    "kinesis": ("StreamARN",),
    "kms": ("KeyId",),
    "secretsmanager": ("SecretId",),
    "sns": ("TopicArn", "TargetArn"),
    "states": ("stateMachineArn", "executionArn"),
    "sts": ("RoleArn",),
}


def generic_authorization_requests(
    service: str, operation: str, parameters: Mapping[str, Any], path: str, arn_prefix: str
) -> Sequence[AuthorizationRequest]:
    """Return the permissions that `operation` needs, all of which must be allowed.

    `arn_prefix` is `arn:aws:SERVICE:REGION:ACCOUNT:`.
    """
    prefix = _ACTION_PREFIXES.get(service, service)
    action = _ACTIONS.get((service, operation), operation)
    resources = dict.fromkeys(_find_resources(service, parameters, path, arn_prefix)) or (None,)
    return [AuthorizationRequest(f"{prefix}:{action}", resource) for resource in resources]


def _find_resources(
    service: str, parameters: Mapping[str, Any], path: str, arn_prefix: str
) -> Iterable[str]:
    for parameter in _RESOURCE_ARNS.get(service, ()):
        arn: Any = parameters.get(parameter)
        if isinstance(arn, str) and arn.startswith("arn:"):
            yield arn
    if service == "lambda" and "/functions/" in path:
        function = unquote(path.partition("/functions/")[2].partition("/")[0])
        yield function if function.startswith("arn:") else f"{arn_prefix}function:{function}"
    for (owner, parameter), pattern in _RESOURCE_NAMES.items():
        name: Any = parameters.get(parameter)
        if owner == service and isinstance(name, str):
            # The last part of a queue URL is the queue name. Other values may be ARNs.
            name = name.rpartition("/")[2] if parameter == "QueueUrl" else name.removeprefix("/")
            yield name if name.startswith("arn:") else arn_prefix + pattern.replace("*", name)
