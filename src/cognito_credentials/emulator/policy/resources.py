"""Which resource a request means, for services other than S3 and DynamoDB.

Pure. Told from the members that name one; a request that names several needs permission on each,
and one that names none that is known here has the resource None, which only an Allow for ``"*"``
matches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from cognito_credentials.emulator.policy.policies import Question

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# Where the name that signs requests is not the prefix of the service's actions.
_ACTION_PREFIXES = {"monitoring": "cloudwatch", "email": "ses", "iotdata": "iot"}
_ACTIONS = {("lambda", "Invoke"): "InvokeFunction"}

# (service, member) -> the resource part of the ARN, with the member's value at the star.
_NAMED: Mapping[tuple[str, str], str] = {
    ("cognito-identity", "IdentityPoolId"): "identitypool/*",
    ("cognito-idp", "UserPoolId"): "userpool/*",
    ("firehose", "DeliveryStreamName"): "deliverystream/*",
    ("kinesis", "StreamName"): "stream/*",
    ("sqs", "QueueName"): "*",
    ("sqs", "QueueUrl"): "*",
    ("ssm", "Name"): "parameter/*",
}
# The member that holds the resource's own ARN; a request may name others, a role or a key.
_ARN_MEMBERS: Mapping[str, tuple[str, ...]] = {
    "firehose": ("DeliveryStreamARN",),
    "kinesis": ("StreamARN",),
    "kms": ("KeyId",),
    "secretsmanager": ("SecretId",),
    "sns": ("TopicArn", "TargetArn"),
    "states": ("stateMachineArn", "executionArn"),
    "sts": ("RoleArn",),
}


def generic_questions(
    service: str, operation: str, parameters: Mapping[str, Any], path: str, arn_prefix: str
) -> Sequence[Question]:
    """Ask for ``operation``; ``arn_prefix`` is ``arn:aws:SERVICE:REGION:ACCOUNT:``."""
    prefix = _ACTION_PREFIXES.get(service, service)
    action = _ACTIONS.get((service, operation), operation)
    named = dict.fromkeys(_resources(service, parameters, path, arn_prefix)) or (None,)
    return [Question(f"{prefix}:{action}", resource) for resource in named]


def _resources(
    service: str, parameters: Mapping[str, Any], path: str, arn_prefix: str
) -> Iterable[str]:
    for member in _ARN_MEMBERS.get(service, ()):
        arn: Any = parameters.get(member)
        if isinstance(arn, str) and arn.startswith("arn:"):
            yield arn
    if service == "lambda" and "/functions/" in path:
        function = unquote(path.partition("/functions/")[2].partition("/")[0])
        yield function if function.startswith("arn:") else f"{arn_prefix}function:{function}"
    for (owner, member), pattern in _NAMED.items():
        name: Any = parameters.get(member)
        if owner == service and isinstance(name, str):
            # A queue is named by its URL; other names may be ARNs already.
            name = name.rpartition("/")[2] if member == "QueueUrl" else name.removeprefix("/")
            yield name if name.startswith("arn:") else arn_prefix + pattern.replace("*", name)
