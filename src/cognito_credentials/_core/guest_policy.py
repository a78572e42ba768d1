"""The session policy that the enhanced flow puts on every guest.

Amazon Cognito narrows the session of an unauthenticated identity with an inline policy and a
managed one, so that a role that allows too much does not give it all to strangers. The two are
united before they are intersected with the role, hence one document with two statements.
Source: developer guide, "IAM roles", and version 4 of the managed policy
``AmazonCognitoUnAuthedIdentitiesSessionPolicy``.
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
""".split()  # noqa: SIM905 - as a list, the names would drown in quotes

_MANAGED = """
    comprehend:* firehose:* geo:*DevicePosition geo:*Geofence geo:*Geofences
    geo:CalculateRoute* geo:GetMap* geo:GetPlace geo:ListMaps geo:SearchPlaceIndex*
    kms:Decrypt kms:Encrypt kms:GenerateDataKey kms:GenerateDataKeyPair
    kms:GenerateDataKeyPairWithoutPlaintext kms:GenerateDataKeyWithoutPlaintext
    kms:ReEncryptFrom kms:ReEncryptTo mobiletargeting:* personalize:* polly:* rekognition:*
    rum:PutRumEvents sagemaker:InvokeEndpoint transcribe:* translate:*
""".split()  # noqa: SIM905 - as a list, the names would drown in quotes

GUEST_SESSION_POLICY: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": _INLINE, "Resource": "*"},
        {"Effect": "Allow", "Action": _MANAGED, "Resource": "*"},
    ],
}


def allows(action: str) -> bool:
    """Tell whether a guest's role can allow an action, such as `s3:GetObject`, at all."""
    from fnmatch import fnmatchcase

    # IAM compares actions without regard to case.
    return any(fnmatchcase(action.lower(), each.lower()) for each in (*_INLINE, *_MANAGED))
