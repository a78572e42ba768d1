"""Fetch credentials with boto3."""

from __future__ import annotations

import sys

import boto3
from botocore import UNSIGNED
from botocore.config import Config

_, endpoint_url, identity_pool_id = sys.argv
client = boto3.client(
    "cognito-identity",
    region_name=identity_pool_id.partition(":")[0],
    endpoint_url=endpoint_url,
    config=Config(signature_version=UNSIGNED),
)
identity_id = client.get_id(IdentityPoolId=identity_pool_id)["IdentityId"]
response = client.get_credentials_for_identity(IdentityId=identity_id)
assert response["Credentials"]["AccessKeyId"]
