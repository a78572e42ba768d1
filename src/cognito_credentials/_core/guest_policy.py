"""The session policy for guests in the enhanced flow.

Amazon Cognito applies an inline policy and a managed policy to the session of every unauthenticated
identity, so that a role that is too permissive does not give everyone access. A guest can perform
an action if the role allows it and at least one of the two policies allows it, so a single document
with two statements is equivalent to the two policies. Source: developer guide, "IAM roles", and
version 4 of the managed policy `AmazonCognitoUnAuthedIdentitiesSessionPolicy`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["GUEST_SESSION_POLICY", "allows"]

_INLINE = """
    appsync:* cloudwatch:* codewhisperer:* cognito-identity:* cognito-idp:* cognito-sync:*
    comprehend:* dynamodb:* execute-api:* firehose:* gamelift:* iot:* kinesis:* lambda:* lex:*
    logs:* machinelearning:* mobileanalytics:* mobiletargeting:* personalize:* polly:*
    rekognition:* s3:* sagemaker:InvokeEndpoint sdb:* ses:* sns:* sqs:*
    textract:AnalyzeDocument textract:DetectDocumentText transcribe:* translate:*
""".split()  # noqa: SIM905 - a list of literals would be hard to read

_MANAGED = """
    comprehend:* firehose:* geo:*DevicePosition geo:*Geofence geo:*Geofences
    geo:CalculateRoute* geo:GetMap* geo:GetPlace geo:ListMaps geo:SearchPlaceIndex*
    kms:Decrypt kms:Encrypt kms:GenerateDataKey kms:GenerateDataKeyPair
    kms:GenerateDataKeyPairWithoutPlaintext kms:GenerateDataKeyWithoutPlaintext
    kms:ReEncryptFrom kms:ReEncryptTo mobiletargeting:* personalize:* polly:* rekognition:*
    rum:PutRumEvents sagemaker:InvokeEndpoint transcribe:* translate:*
""".split()  # noqa: SIM905 - a list of literals would be hard to read

GUEST_SESSION_POLICY: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": _INLINE, "Resource": "*"},
        {"Effect": "Allow", "Action": _MANAGED, "Resource": "*"},
    ],
}


def allows(action: str) -> bool:
    """Return True if the session policy permits an action, such as `s3:GetObject`."""
    from fnmatch import fnmatchcase

    # IAM compares actions case-insensitively.
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in (*_INLINE, *_MANAGED))
