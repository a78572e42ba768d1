"""`Emulator(state_file=...)`."""

from __future__ import annotations

import functools
import json
import math
import operator
import os
from typing import TYPE_CHECKING, Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

from cognito_credentials.emulator import Emulator
from cognito_credentials.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ACCOUNT_ID = "666677770001"
ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/game"
GUESTS = {"AllowUnauthenticatedIdentities": True}


def create_pool(emulator: Emulator, region: str = "us-east-1", **settings: object) -> str:
    pools = emulator.client("cognito-identity", region_name=region)
    options = {"IdentityPoolName": "game", **GUESTS, **settings}
    pool_id: str = pools.create_identity_pool(**options)["IdentityPoolId"]
    return pool_id


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


def test_pools_and_identities_of_all_regions_survive_a_restart(path: Path):
    regions = ("us-east-1", "eu-west-1")
    with Emulator(account_id=ACCOUNT_ID, state_file=path) as first:
        created = {}
        for region in regions:
            pool_id = create_pool(first, region)
            client = first.client("cognito-identity", region_name=region)
            created[region] = pool_id, client.get_id(IdentityPoolId=pool_id)["IdentityId"]
    with Emulator(account_id=ACCOUNT_ID, state_file=path) as second:
        for region, (pool_id, identity_id) in created.items():
            client = second.client("cognito-identity", region_name=region)
            listed = client.list_identities(IdentityPoolId=pool_id, MaxResults=10)["Identities"]
            assert [each["IdentityId"] for each in listed] == [identity_id]
            client.get_open_id_token(IdentityId=identity_id)


def test_the_arns_of_pools_follow_the_account(path: Path):
    with Emulator(account_id=ACCOUNT_ID, state_file=path) as emulator:
        create_pool(emulator, IdentityPoolTags={"stage": "test"})
    other = "666677770002"
    with Emulator(account_id=other, state_file=path) as emulator:
        (pool,) = emulator.identity_service.list_pools()
        assert f":{other}:" in pool.arn
        tags = emulator.client("cognito-identity").list_tags_for_resource(ResourceArn=pool.arn)
        assert tags["Tags"] == {"stage": "test"}


def test_opaque_tokens_survive_a_restart(path: Path):
    providers = {"graph.facebook.com": "app"}
    with Emulator(account_id=ACCOUNT_ID, state_file=path) as first:
        pool_id = create_pool(first, SupportedLoginProviders=providers)
        logins = {"graph.facebook.com": first.mint_token("graph.facebook.com", "ann")}
        client = first.client("cognito-identity")
        before = client.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
    with Emulator(account_id=ACCOUNT_ID, state_file=path) as second:
        client = second.client("cognito-identity")
        after = client.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
    assert after == before


def test_a_reset_deletes_the_state_in_the_file(path: Path):
    with Emulator(account_id=ACCOUNT_ID, state_file=path) as first:
        create_pool(first)
        first.reset()
        after_the_reset = create_pool(first)
    with Emulator(account_id=ACCOUNT_ID, state_file=path) as second:
        assert [pool.id for pool in second.identity_service.list_pools()] == [after_the_reset]


def test_a_state_can_be_imported_by_another_emulator(path: Path):
    with Emulator(account_id=ACCOUNT_ID) as source:
        pool_id = create_pool(source, SupportedLoginProviders={"graph.facebook.com": "app"})
        logins = {"graph.facebook.com": source.mint_token("graph.facebook.com", "ann")}
        client = source.client("cognito-identity")
        identity_id = client.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
        document = json.loads(json.dumps(source.export_state()))
        with Emulator(account_id="666677770002", state_file=path) as target:
            create_pool(target)
            target.import_state(document)
    for options in ({}, {"region": "eu-west-1"}):
        with Emulator(account_id=ACCOUNT_ID, state_file=path, **options) as restarted:
            assert [pool.id for pool in restarted.identity_service.list_pools()] == [pool_id]
            client = restarted.client("cognito-identity", region_name="us-east-1")
            found = client.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
            assert found == identity_id


@pytest.fixture(scope="module")
def emulator_with_identity() -> Iterator[Emulator]:
    with Emulator(account_id="666677770003") as emulator:
        pool_id = create_pool(emulator)
        emulator.client("cognito-identity").get_id(IdentityPoolId=pool_id)
        yield emulator


@pytest.mark.parametrize(
    ("path_of_field", "value", "text"),
    [
        (["version"], 2, "version"),
        (["pools"], {}, "pools"),
        (["pools", 0, "id"], "x", r"pools\[0\]"),
        (["pools", 0, "settings", "SupportedLoginProviders"], 5, r"pools\[0\]"),
        (["pools", 0, "roles"], {"anyone": "x"}, r"pools\[0\]"),
        (["pools", 0, "serial"], True, r"pools\[0\].serial"),
        (["identities", 0, "pool_id"], "us-east-1:0", r"identities\[0\].pool_id"),
        (["identities", 0, "logins"], [[]], r"identities\[0\].logins\[0\]"),
        (["identities", 0, "created_at"], math.nan, "JSON values"),
        (["identities", 0, "created_at"], 10**400, "18 digits"),
        (["identities", 0, "modified_at"], -1, r"identities\[0\].modified_at"),
        (["identities", 0, "serial"], -1, r"identities\[0\].serial"),
        (["identities", 0, "id"], "eu-west-1:0", r"identities\[0\].id"),
        (["identities", 0, "id"], b"x", "JSON"),
        (["pools", 0, "settings", "CognitoIdentityProviders"], [{}], r"pools\[0\]"),
        (["pools", 0, "settings", "IdentityPoolTags"], {"a": "\ud800"}, "JSON values"),
        (["pools", 0, "role_mappings"], {"a": {"Type": "Rules"}}, r"pools\[0\]"),
        (
            ["pools", 0, "principal_tags"],
            {"a": {"uses_defaults": False, "claims": {"a": 5}}},
            r"pools\[0\].principal_tags.a",
        ),
        (["opaque_tokens"], [{}], r"opaque_tokens\[0\].provider"),
        (
            ["opaque_tokens"],
            [{"provider": "x", "token": "", "app_id": "", "user_id": ""}],
            r"opaque_tokens\[0\].provider",
        ),
    ],
)
def test_invalid_documents_are_rejected_and_change_nothing(
    emulator_with_identity: Emulator, path_of_field: list[Any], value: object, text: str
):
    before = emulator_with_identity.export_state()
    document = json.loads(json.dumps(before))
    *parents, last = path_of_field
    functools.reduce(operator.getitem, parents, document)[last] = value
    with pytest.raises(ValueError, match=text):
        emulator_with_identity.import_state(document)
    assert emulator_with_identity.export_state() == before


def test_a_second_emulator_is_rejected_and_can_be_started_later(path: Path):
    second = Emulator(account_id="666677770002", state_file=path)
    with Emulator(account_id=ACCOUNT_ID, state_file=path), pytest.raises(ConfigurationError):
        second.start()
    with second:
        create_pool(second)


def create_long_mapping(emulator: Emulator, pool_id: str) -> None:
    """Set a role mapping with an unknown member, in a request that botocore would reject."""
    nested: object = 10**30
    for _ in range(300):
        nested = [nested]
    rule = {"Claim": "a", "MatchType": "Equals", "Value": "b", "RoleARN": ROLE, "Unknown": nested}
    mapping = {"Type": "Rules", "AmbiguousRoleResolution": "Deny", "Unknown": nested}
    mapping["RulesConfiguration"] = {"Rules": [rule]}
    send_signed(
        emulator,
        "SetIdentityPoolRoles",
        {"IdentityPoolId": pool_id, "Roles": {}, "RoleMappings": {"graph.facebook.com": mapping}},
    )


def send_signed(emulator: Emulator, operation: str, parameters: object) -> int:
    """Send a request that botocore would not send, and return the status of the response."""
    client = emulator.client("cognito-identity")
    request = AWSRequest(
        "POST",
        emulator.endpoint_url,
        headers={
            "X-Amz-Target": f"AWSCognitoIdentityService.{operation}",
            "Content-Type": "application/x-amz-json-1.1",
        },
        data=json.dumps(parameters),
    )
    credentials = client._request_signer._credentials
    SigV4Auth(credentials, "cognito-identity", "us-east-1").add_auth(request)
    return URLLib3Session().send(request.prepare()).status_code


def test_everything_that_a_request_stores_can_be_loaded(path: Path):
    with Emulator(account_id=ACCOUNT_ID, state_file=path) as first:
        pool_id = create_pool(first, SupportedLoginProviders={"graph.facebook.com": "app"})
        create_long_mapping(first, pool_id)
        surrogates = {"IdentityPoolName": "p", "IdentityPoolTags": {"a": "\ud800"}}
        assert send_signed(first, "CreateIdentityPool", {**surrogates, **GUESTS}) == 400
        stored = first.export_state()
    with Emulator(account_id=ACCOUNT_ID, state_file=path) as second:
        assert second.export_state() == stored
        roles = second.client("cognito-identity").get_identity_pool_roles(IdentityPoolId=pool_id)
        assert set(roles["RoleMappings"]) == {"graph.facebook.com"}


@pytest.mark.skipif(os.name != "posix", reason="requires POSIX limits")
def test_a_full_disk_is_reported_in_the_response(path: Path, caplog: pytest.LogCaptureFixture):
    import resource

    with Emulator(account_id=ACCOUNT_ID, state_file=path) as emulator:
        pool_id = create_pool(emulator)
        client = emulator.client(
            "cognito-identity", config=Config(retries={"total_max_attempts": 1})
        )
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, limits[1]))
        try:
            with pytest.raises(ClientError, match=str(path)):
                client.get_id(IdentityPoolId=pool_id)
            with pytest.raises(ConfigurationError, match=str(path)):
                emulator.import_state(emulator.export_state())
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert caplog.records == []
        assert client.list_identities(IdentityPoolId=pool_id, MaxResults=1)["Identities"] == []
        identity_id = client.get_id(IdentityPoolId=pool_id)["IdentityId"]
    with Emulator(account_id=ACCOUNT_ID, state_file=path) as second:
        (identity,) = second.identity_service.list_identities(pool_id)
        assert identity.id == identity_id
