from __future__ import annotations

from typing import Any

import pytest
from emulator_fakes import DEVELOPER, USER_POOL, ServiceHarness, id_token

from cognito_credentials.emulator.identity.errors import UnconfirmedText

ALICE = {USER_POOL: id_token()}
BOB = {USER_POOL: id_token(subject="bob")}
UNSUPPORTED = (
    "InvalidParameterException",
    "This identity pool does not support the specified developer provider",
)


@pytest.fixture
def pool_id(service: ServiceHarness) -> str:
    return service.create_pool()


def lookup(service: ServiceHarness, pool_id: str, **parameters: Any) -> dict[str, Any]:
    output: dict[str, Any] = service.call(
        "LookupDeveloperIdentity", IdentityPoolId=pool_id, **parameters
    )
    return output


def lookup_error(service: ServiceHarness, pool_id: str, **parameters: Any) -> tuple[str, str]:
    return service.call_error("LookupDeveloperIdentity", IdentityPoolId=pool_id, **parameters)


def make_merge(pool_id: str, source: str, destination: str) -> dict[str, str]:
    return {
        "IdentityPoolId": pool_id,
        "DeveloperProviderName": DEVELOPER,
        "SourceUserIdentifier": source,
        "DestinationUserIdentifier": destination,
    }


def make_unlink(pool_id: str, identity_id: str, user: str) -> dict[str, str]:
    return {
        "IdentityPoolId": pool_id,
        "IdentityId": identity_id,
        "DeveloperProviderName": DEVELOPER,
        "DeveloperUserIdentifier": user,
    }


def not_linked(user: str, identity_id: str) -> tuple[str, str]:
    text = UnconfirmedText.DEVELOPER_USER_NOT_LINKED
    return "ResourceConflictException", text.format(user=user, identity_id=identity_id)


def test_a_developer_user_and_an_identity_are_looked_up_by_each_other(
    service: ServiceHarness, pool_id: str
) -> None:
    identity_id = service.get_developer_id(pool_id, "ann")
    expected = {"IdentityId": identity_id, "DeveloperUserIdentifierList": ["ann"]}
    assert lookup(service, pool_id, DeveloperUserIdentifier="ann") == expected
    assert lookup(service, pool_id, IdentityId=identity_id) == expected
    assert (
        lookup(service, pool_id, IdentityId=identity_id, DeveloperUserIdentifier="ann") == expected
    )
    guest = service.get_id(pool_id)
    assert lookup(service, pool_id, IdentityId=guest)["DeveloperUserIdentifierList"] == []


def test_a_lookup_needs_an_identity_or_a_user(service: ServiceHarness, pool_id: str) -> None:
    assert lookup_error(service, pool_id) == (
        "InvalidParameterException",
        UnconfirmedText.LOOKUP_WITHOUT_SUBJECT,
    )


def test_an_unknown_developer_user_is_forbidden(service: ServiceHarness, pool_id: str) -> None:
    service.get_developer_id(pool_id, "ann")
    other = service.create_bare_pool()
    for pool, user in ((pool_id, "Ann"), (pool_id, "alice"), (other, "ann")):
        assert lookup_error(service, pool, DeveloperUserIdentifier=user) == (
            "NotAuthorizedException",
            "Access to this identity pool is forbidden.",
        )


def test_a_lookup_of_a_user_and_another_identity_is_a_conflict(
    service: ServiceHarness, pool_id: str
) -> None:
    ann, ben = (service.get_developer_id(pool_id, name) for name in ("ann", "ben"))
    for identity_id, user in ((ben, "ann"), (ann, "nobody")):
        error = lookup_error(service, pool_id, IdentityId=identity_id, DeveloperUserIdentifier=user)
        assert error == not_linked(user, identity_id)


def test_an_identity_of_another_pool_is_not_found(service: ServiceHarness, pool_id: str) -> None:
    other = service.create_pool()
    identity_id = service.get_developer_id(other, "ann")
    error = ("ResourceNotFoundException", f"Identity '{identity_id}' not found.")
    assert lookup_error(service, pool_id, IdentityId=identity_id) == error
    unlink = make_unlink(pool_id, identity_id, "ann")
    assert service.call_error("UnlinkDeveloperIdentity", **unlink) == error
    assert (
        service.call_error(
            "GetOpenIdTokenForDeveloperIdentity",
            IdentityPoolId=pool_id,
            IdentityId=identity_id,
            Logins={DEVELOPER: "ann"},
        )
        == error
    )


def test_the_users_of_an_identity_are_listed_in_pages(
    service: ServiceHarness, pool_id: str
) -> None:
    identity_id = service.get_developer_id(pool_id, "user-0")
    for number in range(1, 5):
        service.get_developer_id(pool_id, f"user-{number}")
        merge = make_merge(pool_id, f"user-{number}", "user-0")
        assert service.call("MergeDeveloperIdentities", **merge) == {"IdentityId": identity_id}
    users: list[str] = []
    token: dict[str, str] = {}
    while len(users) < 5:
        page = lookup(service, pool_id, IdentityId=identity_id, MaxResults=2, **token)
        users += page["DeveloperUserIdentifierList"]
        token = {"NextToken": page["NextToken"]} if "NextToken" in page else {}
    assert not token
    assert users == [f"user-{number}" for number in range(5)]
    assert (
        lookup(service, pool_id, DeveloperUserIdentifier="user-3")["DeveloperUserIdentifierList"]
        == users
    )
    error = lookup_error(service, pool_id, IdentityId=identity_id, NextToken="x")
    assert error == ("InvalidParameterException", UnconfirmedText.BAD_NEXT_TOKEN)


def test_a_merge_moves_all_logins_to_the_destination(service: ServiceHarness, pool_id: str) -> None:
    source = service.get_developer_id(pool_id, "ann")
    service.call(
        "GetOpenIdTokenForDeveloperIdentity",
        IdentityPoolId=pool_id,
        IdentityId=source,
        Logins={DEVELOPER: "ann", **ALICE},
    )
    destination = service.get_developer_id(pool_id, "ben")
    merge = make_merge(pool_id, "ann", "ben")
    for _ in range(2):
        assert service.call("MergeDeveloperIdentities", **merge) == {"IdentityId": destination}
    assert service.get_developer_id(pool_id, "ann") == destination
    assert service.get_id(pool_id, ALICE) == destination
    assert service.call_error("GetCredentialsForIdentity", IdentityId=source) == (
        "NotAuthorizedException",
        f"Access to Identity '{source}' is forbidden.",
    )


def test_users_with_two_logins_of_one_provider_cannot_be_merged(
    service: ServiceHarness, pool_id: str
) -> None:
    ids = []
    for user, logins in (("ann", ALICE), ("ben", BOB)):
        output = service.call(
            "GetOpenIdTokenForDeveloperIdentity",
            IdentityPoolId=pool_id,
            Logins={DEVELOPER: user, **logins},
        )
        ids.append(output["IdentityId"])
    merge = make_merge(pool_id, "ann", "ben")
    code, _ = service.call_error("MergeDeveloperIdentities", **merge)
    assert code == "ResourceConflictException"
    assert [service.get_id(pool_id, logins) for logins in (ALICE, BOB)] == ids


def test_both_users_of_a_merge_must_be_known(service: ServiceHarness, pool_id: str) -> None:
    service.get_developer_id(pool_id, "ann")
    for source, destination in (("ann", "nobody"), ("nobody", "ann")):
        assert service.call_error(
            "MergeDeveloperIdentities", **make_merge(pool_id, source, destination)
        ) == (
            "ResourceNotFoundException",
            UnconfirmedText.DEVELOPER_USER_NOT_FOUND.format(user="nobody"),
        )


def test_an_unlinked_developer_user_gets_a_new_identity(
    service: ServiceHarness, pool_id: str
) -> None:
    identity_id = service.get_developer_id(pool_id, "ann")
    service.get_developer_id(pool_id, "ben")
    service.call("MergeDeveloperIdentities", **make_merge(pool_id, "ben", "ann"))
    unlink = make_unlink(pool_id, identity_id, "ann")
    assert service.call("UnlinkDeveloperIdentity", **unlink) is None
    assert service.call_error("UnlinkDeveloperIdentity", **unlink) == not_linked("ann", identity_id)
    assert service.get_developer_id(pool_id, "ben") == identity_id
    assert service.get_developer_id(pool_id, "ann") != identity_id


def test_an_identity_without_its_last_developer_user_is_inaccessible(
    service: ServiceHarness, pool_id: str
) -> None:
    identity_id = service.get_developer_id(pool_id, "ann")
    service.call("UnlinkDeveloperIdentity", **make_unlink(pool_id, identity_id, "ann"))
    assert service.call_error("GetOpenIdToken", IdentityId=identity_id) == (
        "NotAuthorizedException",
        f"Access to Identity '{identity_id}' is forbidden.",
    )
    hidden = service.call("ListIdentities", IdentityPoolId=pool_id, MaxResults=1, HideDisabled=True)
    assert hidden["Identities"] == []


def test_the_developer_provider_must_be_that_of_the_pool(
    service: ServiceHarness, pool_id: str
) -> None:
    identity_id = service.get_developer_id(pool_id, "ann")
    requests = {
        "MergeDeveloperIdentities": make_merge(pool_id, "ann", "ann"),
        "UnlinkDeveloperIdentity": make_unlink(pool_id, identity_id, "ann"),
    }
    for operation, request in requests.items():
        wrong = {**request, "DeveloperProviderName": USER_POOL.replace("/", "-")}
        assert service.call_error(operation, **wrong) == UNSUPPORTED
        bare = {**request, "IdentityPoolId": service.create_bare_pool()}
        assert service.call_error(operation, **bare) == UNSUPPORTED
