"""All operations of Amazon Cognito Identity with boto3 and aiobotocore."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import pytest
from aiobotocore.session import AioSession
from all_operations import use_all_operations

from cognito_credentials import BasicFlow, from_cognito_identity_pool

if TYPE_CHECKING:
    from emulated_account import Account


def method_name(operation: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()


@pytest.mark.parametrize("region", ["us-east-1", "ap-southeast-2"])
def test_boto3_can_use_all_operations_in_several_regions(account: Account, region: str):
    client = account.client("cognito-identity", region_name=region)

    def call(operation: str, **parameters: Any) -> Any:
        output = getattr(client, method_name(operation))(**parameters)
        del output["ResponseMetadata"]
        return output

    used = use_all_operations(account, call, region=region)
    assert used == set(client.meta.service_model.operation_names)


def test_aiobotocore_can_use_all_operations(account: Account):
    keys = account.emulator.environment(administrator=True)
    with asyncio.Runner() as runner:
        creation = AioSession().create_client(
            "cognito-identity",
            endpoint_url=account.emulator.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        )
        client = runner.run(creation.__aenter__())

        def call(operation: str, **parameters: Any) -> Any:
            output = runner.run(getattr(client, method_name(operation))(**parameters))
            del output["ResponseMetadata"]
            return output

        used = use_all_operations(account, call)
        runner.run(client.close())
    assert used == set(client.meta.service_model.operation_names)


def test_a_provider_gets_credentials_in_another_region(account: Account):
    region = "eu-central-1"
    client = account.client("cognito-identity", region_name=region)
    pool = client.create_identity_pool(IdentityPoolName="p", AllowUnauthenticatedIdentities=True)
    pool_id = pool["IdentityPoolId"]
    role = account.role(pool_id, amr="unauthenticated")
    client.set_identity_pool_roles(IdentityPoolId=pool_id, Roles={"unauthenticated": role})
    settings = {"endpoint_url": account.emulator.endpoint_url}
    settings["sts_endpoint_url"] = account.emulator.endpoint_url
    for options in ({}, {"basic_flow": BasicFlow(role_arn=role)}):
        with from_cognito_identity_pool(pool_id, client_config=settings, **options) as provider:
            credentials = provider()
        assert credentials.identity_id.startswith(f"{region}:")
        keys = {
            "aws_access_key_id": credentials.access_key_id,
            "aws_secret_access_key": credentials.secret_access_key,
            "aws_session_token": credentials.session_token,
        }
        arn = account.client("sts", keys).get_caller_identity()["Arn"]
        assert role.rpartition("/")[2] in arn


def test_boto3_lists_all_pages_of_pools(account: Account):
    client = account.client("cognito-identity", region_name="sa-east-1")
    ids = [
        client.create_identity_pool(IdentityPoolName="p", AllowUnauthenticatedIdentities=True)
        for _ in range(7)
    ]
    pages = client.get_paginator("list_identity_pools").paginate(PaginationConfig={"PageSize": 3})
    listed = [pool["IdentityPoolId"] for page in pages for pool in page["IdentityPools"]]
    assert listed == [pool["IdentityPoolId"] for pool in ids]
