from __future__ import annotations

import pytest

from cognito_credentials.cli.checks.guest_actions import check_guest_actions, checked_actions
from cognito_credentials.cli.checks.report import Report, Row
from cognito_credentials.errors import ConfigurationError


def row_of(asked: str, *, is_guest: bool = True, is_basic: bool = False) -> Row:
    shown: list[Row] = []
    check_guest_actions(Report(shown.append), [asked], is_guest=is_guest, is_basic=is_basic)
    (row,) = shown
    return row


@pytest.mark.parametrize(
    ("asked", "result", "said"),
    [
        ("bedrock:", "failed", "bedrock: outside"),
        ("ec2:DescribeInstances", "failed", "ec2:DescribeInstances: outside"),
        ("kms:CreateKey", "failed", "kms:CreateKey: outside"),
        ("bedrock-agentcore:", "failed", "bedrock-agentcore: outside"),
        ("kms:decrypt", "passed", "within it"),
        ("S3:GetObject", "passed", "within it"),
        ("Dynamodb:", "passed", "all of it"),
        ("textract:", "passed", "of it only textract:AnalyzeDocument, textract:DetectDocumentText"),
    ],
)
def test_a_guest_of_the_enhanced_flow(asked: str, result: str, said: str):
    row = row_of(asked)
    assert row.result == result
    assert said in row.text
    assert ("--role-arn" in row.fix) == (result == "failed")


@pytest.mark.parametrize("is_guest", [True, False])
def test_a_service_that_nobody_knows(is_guest: bool):
    row = row_of("dynamo:", is_guest=is_guest)
    assert (row.result, row.fix) == ("failed", "Write dynamodb.")
    assert row.text == "dynamo: no service is known by this name in IAM"
    assert row_of("location:GetMapTile", is_guest=is_guest).fix == "Write geo."
    assert "as in s3:GetObject" in row_of("qqq:", is_guest=is_guest).fix


@pytest.mark.parametrize(("is_guest", "is_basic"), [(False, False), (True, True)])
def test_nobody_else_has_the_policy(is_guest: bool, is_basic: bool):
    row = row_of("bedrock:", is_guest=is_guest, is_basic=is_basic)
    assert (row.result, "there is no session policy" in row.text) == ("passed", True)


def test_what_is_asked_about_has_the_form_of_iam():
    assert checked_actions(["s3"], ["ec2:DescribeInstances"]) == ["s3:", "ec2:DescribeInstances"]
    for services, actions in ((["s3:*"], []), ([], ["DescribeInstances"]), ([], ["s3:*"])):
        with pytest.raises(ConfigurationError, match="none of those in IAM policies"):
            checked_actions(services, actions)
