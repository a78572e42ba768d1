"""All operations of Amazon Cognito Identity with boto3."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from all_operations import use_all_operations

if TYPE_CHECKING:
    from emulated_account import Account


def test_boto3_can_use_all_operations(account: Account):
    client = account.client("cognito-identity")

    def call(operation: str, **parameters: Any) -> Any:
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
        output = getattr(client, name)(**parameters)
        del output["ResponseMetadata"]
        return output

    assert use_all_operations(account, call) == set(client.meta.service_model.operation_names)


def test_boto3_lists_all_pages_of_pools(account: Account):
    client = account.client("cognito-identity", region_name="sa-east-1")
    ids = [
        client.create_identity_pool(IdentityPoolName="p", AllowUnauthenticatedIdentities=True)
        for _ in range(7)
    ]
    pages = client.get_paginator("list_identity_pools").paginate(PaginationConfig={"PageSize": 3})
    listed = [pool["IdentityPoolId"] for page in pages for pool in page["IdentityPools"]]
    assert listed == [pool["IdentityPoolId"] for pool in ids]
