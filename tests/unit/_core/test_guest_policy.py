from __future__ import annotations

import json
import re

from cognito_credentials._core.guest_policy import GUEST_SESSION_POLICY, allows


def test_the_policy_is_a_document_with_two_statements() -> None:
    assert json.loads(json.dumps(GUEST_SESSION_POLICY)) == GUEST_SESSION_POLICY
    assert [statement["Effect"] for statement in GUEST_SESSION_POLICY["Statement"]] == [
        "Allow",
        "Allow",
    ]
    for statement in GUEST_SESSION_POLICY["Statement"]:
        assert statement["Resource"] == "*"
        actions = statement["Action"]
        assert len(actions) == len(set(actions))
        assert all(re.fullmatch(r"[a-z0-9-]+:[A-Za-z*]+", action) for action in actions)


def test_the_policy_allows_only_the_services_of_the_developer_guide() -> None:
    inline, managed = (set(each["Action"]) for each in GUEST_SESSION_POLICY["Statement"])
    assert len(inline) == 32
    assert {"s3:*", "dynamodb:*", "lambda:*", "textract:AnalyzeDocument", "sdb:*"} <= inline
    assert {"rum:PutRumEvents", "kms:Decrypt", "geo:GetPlace"} <= managed
    services = {action.partition(":")[0] for action in inline | managed}
    assert not services & {"ec2", "bedrock", "sts", "iam", "secretsmanager"}


def test_actions_are_matched_as_in_iam() -> None:
    assert allows("s3:GetObject")
    assert allows("S3:getobject")
    assert allows("geo:BatchGetDevicePosition")
    assert not allows("ec2:DescribeInstances")
    assert not allows("sagemaker:CreateModel")
    assert not allows("s3")
