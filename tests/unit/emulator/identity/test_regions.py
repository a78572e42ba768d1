from __future__ import annotations

import json

import pytest
from emulator_fakes import DEVELOPER, REGION, ServiceHarness

OTHER = "ap-south-1"
POOL = {"IdentityPoolName": "pool", "AllowUnauthenticatedIdentities": True}


def call(
    service: ServiceHarness,
    operation: str,
    *,
    signed: bool = True,
    region: str = OTHER,
    **more: str,
) -> tuple[int, dict[str, str]]:
    status, body = service.send(operation, json.dumps(more).encode(), signed=signed, region=region)
    return status, json.loads(body) if body else {}


@pytest.fixture
def pool_id(service: ServiceHarness) -> str:
    body = json.dumps({**POOL, "DeveloperProviderName": DEVELOPER}).encode()
    _, output = service.send("CreateIdentityPool", body, region=OTHER)
    pool_id: str = json.loads(output)["IdentityPoolId"]
    return pool_id


def test_a_signed_request_goes_to_the_region_of_its_signature(
    service: ServiceHarness, pool_id: str
) -> None:
    assert pool_id.startswith(f"{OTHER}:")
    assert call(service, "DescribeIdentityPool", IdentityPoolId=pool_id)[0] == 200
    not_found = f"IdentityPool '{pool_id}' not found."
    status, error = call(service, "DescribeIdentityPool", region=REGION, IdentityPoolId=pool_id)
    assert (status, error["message"]) == (400, not_found)
    assert service.call("ListIdentityPools", MaxResults=60) == {"IdentityPools": []}


def test_an_unsigned_request_goes_to_the_region_of_its_id(
    service: ServiceHarness, pool_id: str
) -> None:
    status, output = call(service, "GetId", signed=False, region=REGION, IdentityPoolId=pool_id)
    assert status == 200
    identity_id = output["IdentityId"]
    assert identity_id.startswith(f"{OTHER}:")
    status, output = call(
        service, "GetOpenIdToken", signed=False, region=REGION, IdentityId=identity_id
    )
    assert status == 200
    assert service.service.open_id_tokens.verify(output["Token"])["sub"] == identity_id


@pytest.mark.parametrize("region", ["eu-north-1", "nowhere", "x"])
def test_an_unsigned_request_for_an_unknown_region_finds_nothing(
    service: ServiceHarness, region: str
) -> None:
    missing = f"{region}:00000000-0000-0000-0000-000000000000"
    _, error = call(service, "GetId", signed=False, IdentityPoolId=missing)
    assert error["message"] == f"IdentityPool '{missing}' not found."
    _, error = call(service, "GetOpenIdToken", signed=False, IdentityId=missing)
    assert error["message"] == f"Identity '{missing}' not found."


@pytest.mark.parametrize(
    ("region", "issuer"),
    [
        (OTHER, "https://cognito-identity.amazonaws.com"),
        ("us-gov-west-1", "https://cognito-identity.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "https://cognito-identity.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_tokens_have_the_issuer_of_the_region(
    service: ServiceHarness, region: str, issuer: str
) -> None:
    body = json.dumps({**POOL, "DeveloperProviderName": DEVELOPER}).encode()
    _, output = service.send("CreateIdentityPool", body, region=region)
    body = json.dumps(
        {"IdentityPoolId": json.loads(output)["IdentityPoolId"], "Logins": {DEVELOPER: "ann"}}
    ).encode()
    _, output = service.send("GetOpenIdTokenForDeveloperIdentity", body, region=region)
    identity = json.loads(output)
    provider = issuer.removeprefix("https://")
    body = json.dumps(
        {"IdentityId": identity["IdentityId"], "Logins": {provider: identity["Token"]}}
    ).encode()
    # The pool has no roles. This error therefore shows that the token was accepted.
    _, output = service.send("GetCredentialsForIdentity", body, signed=False)
    assert json.loads(output)["__type"] == "InvalidIdentityPoolConfigurationException"
