"""The methods of `Emulator` that create identity pools, users, buckets and tables."""

from __future__ import annotations

import secrets
from decimal import Decimal

import pytest
from botocore.exceptions import ClientError
from emulated_account import error_of

from cognito_credentials import LoginTokenError, TransportError, UnauthenticatedAccessDisabled
from cognito_credentials._core.jwt_claims import decode_claims
from cognito_credentials.emulator import Emulator, IdentityPool, allow

IDENTITY_ID = "${cognito-identity.amazonaws.com:sub}"


@pytest.fixture
def bucket(emulator):
    name = f"bucket-{secrets.token_hex(4)}"
    emulator.create_bucket(name, {"public/levels.json": "[]", "plans.bin": b"\xff"})
    return name


@pytest.fixture
def pool(emulator, bucket) -> IdentityPool:
    return emulator.create_identity_pool(
        "game",
        guests=[allow("s3:GetObject", f"arn:aws:s3:::{bucket}/public/*")],
        signed_in=[
            allow(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{bucket}/users/{IDENTITY_ID}/*")
        ],
    )


def test_guests_have_their_own_permissions(pool, bucket):
    s3 = pool.session().client("s3")
    body = s3.get_object(Bucket=bucket, Key="public/levels.json")["Body"].read()
    assert body == b"[]"
    assert error_of(s3.get_object, Bucket=bucket, Key="plans.bin")[0] == "AccessDenied"


def test_users_have_their_own_permissions(pool, bucket):
    ann, bob = pool.create_user("ann"), pool.create_user("bob")
    with pool.provider(ann) as provider:
        key = f"users/{provider().identity_id}/save.json"
    pool.session(ann).client("s3").put_object(Bucket=bucket, Key=key)
    for other in (pool.session(bob), pool.session()):
        assert error_of(other.client("s3").get_object, Bucket=bucket, Key=key)[0] == "AccessDenied"


def test_a_user_keeps_the_identity_and_each_guest_has_a_new_one(pool):
    user = pool.create_user("ann")
    users = {pool.provider(user)().identity_id for _ in range(2)}
    guests = {pool.provider()().identity_id for _ in range(2)}
    assert len(users) == 1
    assert len(guests - users) == 2


async def test_async_providers_get_credentials(pool):
    user = pool.create_user("ann")
    async with pool.async_provider(user) as signed_in, pool.async_provider() as guest:
        assert (await signed_in()).identity_id == pool.provider(user)().identity_id
        assert (await guest()).identity_id != (await signed_in()).identity_id


def test_all_clients_and_resources_of_a_session_have_one_identity(pool, bucket):
    session = pool.session()
    resource = session.resource("s3").Object(bucket, "public/levels.json")
    assert resource.get()["Body"].read() == b"[]"
    arns = [session.client("sts").get_caller_identity()["UserId"] for _ in range(2)]
    assert arns[0] == arns[1]


def test_a_session_ignores_a_proxy_in_the_environment(pool, bucket, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    s3 = pool.session().client("s3")
    assert s3.get_object(Bucket=bucket, Key="public/levels.json")


def test_a_pool_without_guests_rejects_guests(emulator):
    pool = emulator.create_identity_pool(signed_in=[])
    assert pool.guest_role_arn is None
    with pytest.raises(UnauthenticatedAccessDisabled):
        pool.provider()()
    assert pool.provider(pool.create_user("ann"))().access_key_id


def test_a_pool_without_users_has_no_user_pool(emulator):
    pool = emulator.create_identity_pool(guests=[])
    assert (pool.signed_in_role_arn, pool.user_pool_id, pool.client_id) == (None, None, None)
    for use in (lambda: pool.create_user("ann"), lambda: pool.login_provider_name):
        with pytest.raises(ValueError, match="signed_in"):
            use()


def test_an_empty_list_allows_identities_without_permissions(emulator, bucket):
    pool = emulator.create_identity_pool(guests=[], signed_in=[])
    for session in (pool.session(), pool.session(pool.create_user("ann"))):
        assert error_of(session.client("s3").list_objects_v2, Bucket=bucket)[0] == "AccessDenied"


def test_a_pool_that_would_allow_no_identities_is_rejected(emulator):
    before = emulator.client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]
    with pytest.raises(ValueError, match="guests, signed_in"):
        emulator.create_identity_pool()
    assert emulator.client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"] == before


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        (allow("s3:*", "*"), "into a list"),
        ({"Version": "2012-10-17", "Statement": []}, "its Statement"),
        ("s3:GetObject", "not str"),
        (["s3:GetObject"], "not str"),
    ],
)
@pytest.mark.parametrize("parameter", ["guests", "signed_in"])
def test_permissions_that_are_not_statements_are_rejected(emulator, parameter, value, advice):
    with pytest.raises(TypeError, match=parameter) as caught:
        emulator.create_identity_pool(**{parameter: value})
    assert advice in str(caught.value)


def test_the_service_rejects_an_invalid_statement(emulator):
    with pytest.raises(ClientError, match="MalformedPolicyDocument"):
        emulator.create_identity_pool(guests=[{"Effect": "Permit"}])


def test_everything_can_be_inspected_and_changed_with_boto3(emulator, pool, bucket):
    iam, identities = emulator.client("iam"), emulator.client("cognito-identity")
    described = identities.describe_identity_pool(IdentityPoolId=pool.id)
    assert described["IdentityPoolName"] == "game"
    (login,) = described["CognitoIdentityProviders"]
    assert (login["ProviderName"], login["ClientId"]) == (pool.login_provider_name, pool.client_id)
    roles = identities.get_identity_pool_roles(IdentityPoolId=pool.id)["Roles"]
    assert roles == {
        "unauthenticated": pool.guest_role_arn,
        "authenticated": pool.signed_in_role_arn,
    }
    role_name = pool.guest_role_arn.rpartition("/")[2]
    iam.delete_role_policy(RoleName=role_name, PolicyName="permissions")
    denied = pool.session().client("s3").get_object
    assert error_of(denied, Bucket=bucket, Key="public/levels.json")[0] == "AccessDenied"


def test_roles_are_named_after_the_pool(emulator):
    pools = [emulator.create_identity_pool("my game", guests=[], signed_in=[]) for _ in range(2)]
    pools.append(emulator.create_identity_pool("g" * 128, guests=[], signed_in=[]))
    arns = [arn for pool in pools for arn in (pool.guest_role_arn, pool.signed_in_role_arn)]
    names = [arn.rpartition("/")[2] for arn in arns]
    assert names[:2] == ["my-game-guest", "my-game-signed-in"]
    uuid = pools[1].id.partition(":")[2]
    assert names[2:4] == [f"my-game-guest-{uuid}", f"my-game-signed-in-{uuid}"]
    assert names[4:] == ["g" * 58 + "-guest", "g" * 54 + "-signed-in"]
    assert all(pool.provider()().access_key_id for pool in pools)


def test_the_pool_has_the_other_parameters_of_the_operation(emulator):
    pool = emulator.create_identity_pool(
        guests=[],
        signed_in=[],
        AllowClassicFlow=True,
        CognitoIdentityProviders=[
            {"ProviderName": "cognito-idp.us-east-1.amazonaws.com/us-east-1_Other", "ClientId": "1"}
        ],
    )
    described = emulator.client("cognito-identity").describe_identity_pool(IdentityPoolId=pool.id)
    assert described["AllowClassicFlow"]
    assert len(described["CognitoIdentityProviders"]) == 2
    assert pool.provider(pool.create_user("ann"))().access_key_id


def test_attributes_of_a_user_are_claims_of_the_id_token(pool):
    user = pool.create_user("ann", attributes={"email": "ann@example.com"})
    assert decode_claims(user.id_token())["email"] == "ann@example.com"


def test_a_user_name_exists_once(pool):
    pool.create_user("ann")
    assert error_of(pool.create_user, name="ann")[0] == "UsernameExistsException"


def test_a_user_whose_password_is_rejected_is_not_created(pool, never_printed):
    with pytest.raises(ClientError, match="InvalidPassword"):
        pool.create_user("ann", password="short")
    pool.create_user("ann", password=never_printed("Correct-horse-7"))


def test_a_user_can_sign_in_with_the_password(emulator, pool, never_printed):
    user = pool.create_user("ann")
    never_printed(user.password)
    signed_in = emulator.client("cognito-idp").initiate_auth(
        ClientId=pool.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ann", "PASSWORD": user.password},
    )
    assert signed_in["AuthenticationResult"]["RefreshToken"]
    assert user.password not in f"{user} {user!r} {pool!r}"


def test_the_provider_of_a_user_continues_when_its_login_token_expires(emulator, advance, pool):
    user = pool.create_user("ann")
    token = {pool.login_provider_name: user.id_token()}
    with pool.provider(user) as continues, pool.provider(logins=token) as stops:
        first = continues.cached().get()
        assert stops().identity_id == first.identity_id
        advance(3660)
        assert first.is_expired
        assert continues.cached().get().expiration > first.expiration
        with pytest.raises(LoginTokenError):
            stops()


def test_options_of_a_provider_take_precedence(pool):
    with pool.provider(client_config={"max_attempts": 1, "user_agent_extra": "game"}) as provider:
        assert provider().identity_id
    with (
        pool.provider(client_config={"endpoint_url": "http://127.0.0.1:1", "max_attempts": 1}) as p,
        pytest.raises(TransportError),
    ):
        p()


def test_items_and_keys_of_a_table_have_the_types_of_python_values(emulator):
    name = f"scores-{secrets.token_hex(4)}"
    emulator.create_table(
        name, key="user", sort_key="level", items=[{"user": "ann", "level": "1", "score": 7}]
    )
    pool = emulator.create_identity_pool(guests=[allow("dynamodb:GetItem", "*")])
    table = pool.session().resource("dynamodb").Table(name)
    assert table.get_item(Key={"user": "ann", "level": "1"})["Item"]["score"] == Decimal(7)


def test_resources_are_in_the_region_of_the_emulator():
    with Emulator(account_id="222233334444", region="eu-central-1") as emulator:
        emulator.create_bucket("bucket-in-frankfurt")
        emulator.create_table("scores", key="user")
        pool = emulator.create_identity_pool(guests=[], signed_in=[])
        location = emulator.client("s3").get_bucket_location(Bucket="bucket-in-frankfurt")
        assert location["LocationConstraint"] == "eu-central-1"
        assert pool.id.startswith("eu-central-1:")
        assert pool.user_pool_id.startswith("eu-central-1_")
        assert pool.provider(pool.create_user("ann"))().access_key_id


def test_nothing_is_created_after_the_emulator_was_closed():
    with Emulator(account_id="222233334444") as emulator:
        pool = emulator.create_identity_pool(guests=[])
        emulator.create_bucket("first-of-222233334444")
    for use in (
        lambda: emulator.create_bucket("second-of-222233334444"),
        pool.provider,
        pool.session,
    ):
        with pytest.raises(RuntimeError, match="not running"):
            use()
