"""All operations of Amazon Cognito Identity, called with the AWS CLI and the JavaScript SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from all_operations import use_all_operations

if TYPE_CHECKING:
    from emulated_account import Account

    JavaScriptClient = Any
    AwsOperation = Any

pytestmark = pytest.mark.peer


def test_the_aws_cli_can_use_all_operations(aws_operation: AwsOperation, account: Account):
    assert len(use_all_operations(account, aws_operation)) == 23


def test_the_javascript_client_can_use_all_operations(
    javascript_client: JavaScriptClient, account: Account
):
    assert len(use_all_operations(account, javascript_client)) == 23


def test_the_javascript_client_reports_the_errors_of_the_service(
    javascript_client: JavaScriptClient, account: Account
):
    pool = account.pool(AllowUnauthenticatedIdentities=False)
    with pytest.raises(RuntimeError) as raised:
        javascript_client("GetId", IdentityPoolId=pool)
    assert raised.value.args == (
        "NotAuthorizedException",
        "Unauthenticated access is not supported for this identity pool.",
    )
