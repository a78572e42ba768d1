"""The JavaScript SDK's providers with the emulator, compared with this library's providers."""

from __future__ import annotations

import datetime
import time
from typing import TYPE_CHECKING, Any

import pytest
from emulated_account import Account, UserPool, allow
from joserfc import jwt
from joserfc.jwk import RSAKey

from cognito_credentials import from_cognito_identity, from_cognito_identity_pool
from cognito_credentials.errors import ServiceError

if TYPE_CHECKING:
    from cognito_credentials.emulator import Emulator, RecordedCall

    JavaScript = Any

pytestmark = pytest.mark.peer

SUB = "${cognito-identity.amazonaws.com:sub}"
NO_SUCH_ID = "us-east-1:00000000-0000-0000-0000-000000000000"


@pytest.fixture(scope="module")
def bucket(account: Account) -> str:
    bucket = account.bucket()
    account.client("s3").put_object(Bucket=bucket, Key="public/hello", Body=b"hello")
    return bucket


@pytest.fixture(scope="module")
def pool(account: Account, user_pool: UserPool, bucket: str) -> str:
    """An identity pool whose guests and users may read different objects."""
    pool = account.pool(
        CognitoIdentityProviders=[
            {"ProviderName": user_pool.provider, "ClientId": user_pool.client_id}
        ]
    )
    public = allow("s3:GetObject", f"arn:aws:s3:::{bucket}/public/*")
    own = allow("s3:GetObject", f"arn:aws:s3:::{bucket}/private/{SUB}/*")
    account.set_roles(
        pool,
        unauthenticated=account.role(pool, public, amr="unauthenticated"),
        authenticated=account.role(pool, public, own),
    )
    return pool


def pool_request(
    pool: str, *, cache: Any = None, objects: Any = (), **options: Any
) -> dict[str, Any]:
    return {
        "provider": "fromCognitoIdentityPool",
        "options": {"identityPoolId": pool, **options},
        "cache": cache,
        "objects": objects,
    }


def operations(calls: tuple[RecordedCall, ...]) -> list[str]:
    return [call.operation for call in calls if call.service == "cognito-identity"]


def test_a_guest_can_read_only_public_objects(
    javascript: JavaScript, emulator: Emulator, pool: str, bucket: str
):
    public, private = (
        {"bucket": bucket, "key": key} for key in ("public/hello", f"private/{NO_SUCH_ID}/note")
    )
    before = len(emulator.calls)

    [outcome] = javascript(pool_request(pool, objects=[public, private]))

    credentials = outcome["credentials"]
    assert credentials["identityId"].startswith("us-east-1:")
    assert set(credentials) == {
        "accessKeyId",
        "expiration",
        "identityId",
        "secretAccessKey",
        "sessionToken",
    }
    expiration = datetime.datetime.fromisoformat(credentials["expiration"])
    assert 3500 < expiration.timestamp() - time.time() <= 3600
    hello, error = outcome["objects"]
    assert hello == "hello"
    assert error["name"] == "AccessDenied"
    # The SDK's provider fetches credentials for each request, but the identity ID only once.
    assert operations(emulator.calls[before:])[:2] == ["GetId", "GetCredentialsForIdentity"]
    assert operations(emulator.calls[before:]).count("GetId") == 1


def test_a_user_can_read_only_the_objects_of_that_user(
    javascript: JavaScript, account: Account, user_pool: UserPool, pool: str, bucket: str
):
    logins = user_pool.logins("ada")
    identity = account.identity(pool, logins)
    own, other = f"private/{identity}/note", f"private/{NO_SUCH_ID}/note"
    for key in (own, other):
        account.client("s3").put_object(Bucket=bucket, Key=key, Body=b"a note")

    [outcome] = javascript(
        pool_request(
            pool,
            logins=logins,
            objects=[{"bucket": bucket, "key": own}, {"bucket": bucket, "key": other}],
        )
    )

    assert outcome["credentials"]["identityId"] == identity
    note, error = outcome["objects"]
    assert note == "a note"
    assert error["name"] == "AccessDenied"


def test_credentials_of_a_known_identity_require_no_pool(
    javascript: JavaScript, emulator: Emulator, account: Account, user_pool: UserPool, pool: str
):
    guest = account.identity(pool)
    logins = user_pool.logins("ada")
    user = account.identity(pool, logins)
    before = len(emulator.calls)

    as_guest, as_user = javascript(
        {"provider": "fromCognitoIdentity", "options": {"identityId": guest}},
        {"provider": "fromCognitoIdentity", "options": {"identityId": user, "logins": logins}},
    )

    assert as_guest["credentials"]["identityId"] == guest
    assert as_user["credentials"]["identityId"] == user
    assert operations(emulator.calls[before:]) == ["GetCredentialsForIdentity"] * 2


def test_the_sdk_and_this_library_can_share_a_cache(
    javascript: JavaScript, emulator: Emulator, pool: str
):
    [outcome] = javascript(pool_request(pool, cache={}, userIdentifier="ada"))
    cache: dict[str, str] = outcome["cache"]
    identity = outcome["credentials"]["identityId"]
    assert cache == {f"aws:cognito-identity-credentials:{pool}:ada": identity}

    before = len(emulator.calls)
    config = {"endpoint_url": emulator.endpoint_url}
    with from_cognito_identity_pool(
        pool, cache=cache, user_identifier="ada", client_config=config
    ) as provider:
        assert provider().identity_id == identity
    ours: dict[str, str] = {}
    with from_cognito_identity_pool(pool, cache=ours, client_config=config) as provider:
        guest = provider().identity_id
    [outcome] = javascript(pool_request(pool, cache=ours))
    assert outcome["credentials"]["identityId"] == guest
    assert operations(emulator.calls[before:]).count("GetId") == 1


def test_a_user_can_choose_one_of_the_roles_in_the_token(
    javascript: JavaScript, emulator: Emulator, account: Account
):
    issuer = "https://login.example.com"
    key = RSAKey.generate_key(2048)
    emulator.add_oidc_issuer(issuer, {"keys": [{**key.as_dict(private=False), "kid": "k1"}]})
    provider_arn = account.client("iam").create_open_id_connect_provider(
        Url=issuer, ClientIDList=["app"], ThumbprintList=["a" * 40]
    )["OpenIDConnectProviderArn"]
    pool = account.pool(OpenIdConnectProviderARNs=[provider_arn])
    default, reader, writer, other = (account.role(pool) for _ in range(4))
    account.client("cognito-identity").set_identity_pool_roles(
        IdentityPoolId=pool,
        Roles={"authenticated": default},
        RoleMappings={provider_arn: {"Type": "Token", "AmbiguousRoleResolution": "Deny"}},
    )
    claims = {
        "iss": issuer,
        "aud": "app",
        "sub": "user-1",
        "exp": int(time.time()) + 600,
        "cognito:roles": [reader, writer],
        "cognito:preferred_role": reader,
    }
    token = jwt.encode({"alg": "RS256", "kid": "k1"}, claims, key, algorithms=["RS256"])
    logins = {"login.example.com": token}

    preferred, chosen, rejected = javascript(
        pool_request(pool, logins=logins),
        pool_request(pool, logins=logins, customRoleArn=writer),
        pool_request(pool, logins=logins, customRoleArn=other),
    )

    assert assumed_role(account, preferred) == reader.rpartition("/")[2]
    assert assumed_role(account, chosen) == writer.rpartition("/")[2]
    assert rejected["error"]["name"] == "NotAuthorizedException"


def assumed_role(account: Account, outcome: dict[str, Any]) -> str:
    credentials = outcome["credentials"]
    keys = {
        "aws_access_key_id": credentials["accessKeyId"],
        "aws_secret_access_key": credentials["secretAccessKey"],
        "aws_session_token": credentials["sessionToken"],
    }
    arn: str = account.client("sts", keys).get_caller_identity()["Arn"]
    return arn.split("/")[1]


def test_the_sdk_and_this_library_report_the_same_errors(
    javascript: JavaScript,
    emulator: Emulator,
    account: Account,
    user_pool: UserPool,
    pool: str,
):
    logins = user_pool.logins("ada")
    no_guests = account.pool(AllowUnauthenticatedIdentities=False)
    no_roles = account.pool()
    user = account.identity(pool, logins)
    invalid_signature = {user_pool.provider: logins[user_pool.provider][:-6] + "AAAAAA"}
    one_attempt = {"maxAttempts": 1}
    cases: list[tuple[str, str, str, dict[str, str] | None]] = [
        ("fromCognitoIdentityPool", NO_SUCH_ID, "ResourceNotFoundException", None),
        ("fromCognitoIdentity", NO_SUCH_ID, "ResourceNotFoundException", None),
        ("fromCognitoIdentityPool", no_guests, "NotAuthorizedException", None),
        ("fromCognitoIdentityPool", no_guests, "NotAuthorizedException", logins),
        ("fromCognitoIdentityPool", pool, "NotAuthorizedException", invalid_signature),
        ("fromCognitoIdentityPool", pool, "NotAuthorizedException", {"accounts.example": "x"}),
        ("fromCognitoIdentity", user, "NotAuthorizedException", None),
        ("fromCognitoIdentityPool", no_roles, "InvalidIdentityPoolConfigurationException", None),
    ]
    names = {"fromCognitoIdentity": "identityId", "fromCognitoIdentityPool": "identityPoolId"}
    factories = {
        "fromCognitoIdentity": from_cognito_identity,
        "fromCognitoIdentityPool": from_cognito_identity_pool,
    }

    outcomes = javascript(
        *(
            {
                "provider": provider,
                "options": {
                    names[provider]: id_,
                    "logins": case_logins,
                    "clientConfig": one_attempt,
                },
            }
            for provider, id_, _, case_logins in cases
        )
    )

    config = {"endpoint_url": emulator.endpoint_url, "max_attempts": 1}
    for (provider_name, id_, code, case_logins), theirs in zip(cases, outcomes, strict=True):
        with (
            factories[provider_name](id_, logins=case_logins, client_config=config) as provider,
            pytest.raises(ServiceError) as caught,
        ):
            provider()
        ours = {
            "name": caught.value.code,
            "message": caught.value.message,
            "status": caught.value.http_status,
        }
        assert ours == theirs["error"]
        assert ours["name"] == code


def test_a_throttled_call_is_retried_before_the_error_is_reported(
    javascript: JavaScript, emulator: Emulator, pool: str
):
    emulator.fail("GetId", "TooManyRequestsException", "Rate exceeded", times=2)
    before = len(emulator.calls)
    failed, retried = javascript(
        pool_request(pool, cache={}, clientConfig={"maxAttempts": 1}), pool_request(pool, cache={})
    )
    assert failed["error"] == {
        "name": "TooManyRequestsException",
        "message": "Rate exceeded",
        "status": 400,
    }
    assert retried["credentials"]["identityId"]
    assert operations(emulator.calls[before:]).count("GetId") == 3
