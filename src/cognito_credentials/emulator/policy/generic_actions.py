"""The permissions that a request needs, for services other than S3 and DynamoDB.

The resources are taken from parameters. A request that names several resources needs permission on
each of them. If the request has no known resource parameter, its resource is None, so only an
Allow for `"*"` applies.

To support further resources in policies, add their parameters to `_RESOURCES`. Also add any
parameter, such as a continuation token, from which only the service can find the resource:
otherwise, the request would be authorized for the resource in another parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cognito_credentials.emulator.json_values import as_sequence
from cognito_credentials.emulator.policy.evaluation import AuthorizationRequest
from cognito_credentials.emulator.policy.passed_roles import pass_role_requests

ResourceLookup = Callable[[str, str, str], str | None]
"""Function that returns the ARN of an existing resource, or None if there is no such resource.

The arguments are the service, the parameter and its value.
"""

# Maps the signing name of a service to its action prefix, if the two differ.
_ACTION_PREFIXES = {"monitoring": "cloudwatch", "email": "ses", "iotdata": "iot"}
_ACTIONS = {("lambda", "Invoke"): "InvokeFunction"}

_ARN = "arn"  # The value is an ARN.
_LOOKUP = "lookup"  # The service accepts several kinds of names, but policies contain only ARNs.
_UNKNOWN = "unknown"  # Only the service, not the emulator, can find the resource from the value.
# Maps a service and a parameter to one of the constants above, or to the resource part of the ARN,
# in which `*` stands for the value.
_RESOURCES: Mapping[str, Mapping[str, str]] = {
    "cognito-identity": {"IdentityPoolId": "identitypool/*", "ResourceArn": _ARN},
    "cognito-idp": {"UserPoolId": "userpool/*", "ResourceArn": _ARN},
    "firehose": {"DeliveryStreamName": "deliverystream/*", "DeliveryStreamARN": _ARN},
    "kinesis": {
        "StreamName": "stream/*",
        "StreamARN": _ARN,
        "ConsumerARN": _ARN,
        "ResourceARN": _ARN,
        "ShardIterator": _LOOKUP,
        "NextToken": _UNKNOWN,
    },
    "kms": {
        "KeyId": _LOOKUP,
        "TargetKeyId": _LOOKUP,
        "CiphertextBlob": _LOOKUP,
        "AliasName": "*",
        "GrantToken": _UNKNOWN,
    },
    "lambda": {"FunctionName": "function:*"},
    "secretsmanager": {"SecretId": _LOOKUP},
    "sns": {"TopicArn": _ARN, "TargetArn": _ARN, "ResourceArn": _ARN, "PhoneNumber": _UNKNOWN},
    "sqs": {"QueueName": "*", "QueueUrl": "*"},
    "states": {
        "stateMachineArn": _ARN,
        "executionArn": _ARN,
        "mapRunArn": _ARN,
        "activityArn": _ARN,
        "resourceArn": _ARN,
    },
    "sts": {"RoleArn": _ARN},
}
# In other SSM operations, `Name` is the name of a document.
_PARAMETER_STORE = {"Name": "parameter/*", "Names": "parameter/*", "Path": "parameter/*"}
# The prefix of SSM parameter names that refer to secrets in Secrets Manager.
_SECRET_REFERENCE = "/aws/reference/secretsmanager/"


def generic_authorization_requests(
    service: str,
    operation: str,
    parameters: Mapping[str, Any],
    arn_prefix: str,
    find_arn: ResourceLookup,
) -> Iterable[AuthorizationRequest]:
    """Yield the permissions that `operation` needs, all of which must be allowed.

    `arn_prefix` is `arn:aws:SERVICE:REGION:ACCOUNT:`.
    """
    if (service, operation) == ("kms", "ReEncrypt"):
        source = find_arn("kms", "CiphertextBlob", str(parameters.get("CiphertextBlob")))
        target = find_arn("kms", "KeyId", str(parameters.get("DestinationKeyId")))
        yield AuthorizationRequest("kms:ReEncryptFrom", source)
        yield AuthorizationRequest("kms:ReEncryptTo", target)
        return
    if (service, operation) == ("secretsmanager", "BatchGetSecretValue"):
        yield AuthorizationRequest("secretsmanager:BatchGetSecretValue", "*")
        for name in parameters.get("SecretIdList") or (None,):
            arn = None if name is None else find_arn(service, "SecretId", str(name))
            yield AuthorizationRequest("secretsmanager:GetSecretValue", arn)
        return
    names = _RESOURCES.get(service, {})
    if service == "ssm" and "Parameter" in operation:
        names = _PARAMETER_STORE
        yield from _find_secret_references(parameters, find_arn)
    found = [
        _to_arn(service, name, kind, str(value), arn_prefix, find_arn)
        for name, kind in names.items()
        for value in as_sequence(parameters.get(name, []))
    ]
    if (service, operation) == ("cognito-identity", "ListIdentityPools"):
        found = [f"{arn_prefix}identitypool/"]
    prefix = _ACTION_PREFIXES.get(service, service)
    action = _ACTIONS.get((service, operation), operation)
    for resource in dict.fromkeys(found) or (None,):
        yield AuthorizationRequest(f"{prefix}:{action}", resource)
    if (service, operation) == ("cognito-identity", "SetIdentityPoolRoles"):
        yield from pass_role_requests(parameters)


def _to_arn(
    service: str, name: str, kind: str, value: str, arn_prefix: str, find_arn: ResourceLookup
) -> str | None:
    arn = value if value.startswith("arn:") else None
    if kind == _LOOKUP:
        return find_arn(service, name, value) or arn
    if kind == _ARN:
        return arn
    if kind == _UNKNOWN:
        return None
    if service == "ssm":
        value = _parameter_name(value)
    elif arn is not None:
        return arn
    if "://" in value:
        value = value.rpartition("/")[2]  # The last part of a queue URL is the queue's name.
    return arn_prefix + kind.replace("*", value.removeprefix("/"))


def _parameter_name(value: str) -> str:
    """Return an SSM parameter's name without a preceding account or a trailing version."""
    if value.startswith("arn:"):
        value = value.partition(":parameter")[2]
    return value.partition(":")[0]


def _find_secret_references(
    parameters: Mapping[str, Any], find_arn: ResourceLookup
) -> Iterable[AuthorizationRequest]:
    for name in (parameters.get("Name"), *as_sequence(parameters.get("Names", []))):
        parameter = _parameter_name(str(name))
        if parameter.startswith(_SECRET_REFERENCE):
            secret = find_arn(
                "secretsmanager", "SecretId", parameter.removeprefix(_SECRET_REFERENCE)
            )
            yield AuthorizationRequest("secretsmanager:GetSecretValue", secret)
