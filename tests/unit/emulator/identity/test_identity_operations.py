from __future__ import annotations

from typing import Any

import pytest
from emulator_fakes import (
    DEVELOPER,
    FACEBOOK,
    NOW,
    OIDC,
    OWN,
    REGION,
    USER_POOL,
    ServiceHarness,
    id_token,
)

from cognito_credentials.emulator.identity.errors import UnconfirmedText

MISMATCH = (
    "NotAuthorizedException",
    (
        "Logins don't match. Please include at least one valid login for this identity "
        "or identity pool."
    ),
)
ALICE = {USER_POOL: id_token()}
BOB = {USER_POOL: id_token(subject="bob")}
CAROL = {OIDC: id_token(OIDC, "carol", "web")}


def not_found(identity_id: str) -> tuple[str, str]:
    return "ResourceNotFoundException", f"Identity '{identity_id}' not found."


def forbidden(identity_id: str) -> tuple[str, str]:
    return "NotAuthorizedException", f"Access to Identity '{identity_id}' is forbidden."


def describe(service: ServiceHarness, identity_id: str) -> dict[str, Any]:
    described: dict[str, Any] = service.call("DescribeIdentity", IdentityId=identity_id)
    return described


def list_ids(service: ServiceHarness, pool_id: str, page: int = 60, **parameters: Any) -> list[str]:
    """Return the identity IDs on all pages, each of which must contain at most `page` IDs."""
    ids: list[str] = []
    token: dict[str, str] = {}
    while True:
        output = service.call(
            "ListIdentities", IdentityPoolId=pool_id, MaxResults=page, **parameters, **token
        )
        assert output["IdentityPoolId"] == pool_id
        assert len(output["Identities"]) <= page
        ids += [identity["IdentityId"] for identity in output["Identities"]]
        if "NextToken" not in output:
            return ids
        assert len(output["Identities"]) == page
        token = {"NextToken": output["NextToken"]}


def test_a_guest_is_described_without_logins(service: ServiceHarness) -> None:
    service.clock.time = NOW + 0.12345
    guest = service.get_id(service.create_pool())
    _, body = service.send("DescribeIdentity", f'{{"IdentityId":"{guest}"}}'.encode())
    assert body.decode() == (
        f'{{"CreationDate":1700000000.123,"IdentityId":"{guest}",'
        '"LastModifiedDate":1700000000.123}'
    )


def test_an_identity_is_described_with_the_names_of_its_providers(service: ServiceHarness) -> None:
    pool_id = service.create_pool()
    identity_id = service.get_id(pool_id, ALICE | CAROL)
    service.clock.time = NOW + 60
    assert describe(service, identity_id)["LastModifiedDate"] == NOW
    service.get_developer_id(pool_id, "ann", IdentityId=service.get_id(pool_id))
    service.call(
        "GetOpenIdTokenForDeveloperIdentity",
        IdentityPoolId=pool_id,
        IdentityId=identity_id,
        Logins={DEVELOPER: "secret-user", **CAROL},
    )
    described = describe(service, identity_id)
    assert described["Logins"] == sorted([DEVELOPER, OIDC, USER_POOL])
    assert (described["CreationDate"], described["LastModifiedDate"]) == (NOW, NOW + 60)
    assert "secret-user" not in str(described)


@pytest.mark.parametrize("page", [1, 2, 3, 60])
def test_identities_are_listed_in_pages(service: ServiceHarness, page: int) -> None:
    pool_id, other = service.create_pool(), service.create_pool()
    ids = []
    for number in range(6):
        ids.append(service.get_id(pool_id))
        service.get_id(other, {USER_POOL: id_token(subject=str(number))})
    assert list_ids(service, pool_id, page) == ids
    assert list_ids(service, service.create_pool(), page) == []


def test_changes_between_two_pages_neither_repeat_nor_skip_identities(
    service: ServiceHarness,
) -> None:
    pool_id = service.create_pool()
    ids = [service.get_id(pool_id) for _ in range(4)]
    request = {"IdentityPoolId": pool_id, "MaxResults": 2}
    first = service.call("ListIdentities", **request)
    service.call("DeleteIdentities", IdentityIdsToDelete=ids[:2])
    new = service.get_id(pool_id)
    second = service.call("ListIdentities", **request, NextToken=first["NextToken"])
    assert [identity["IdentityId"] for identity in second["Identities"]] == ids[2:]
    assert list_ids(service, pool_id) == [*ids[2:], new]


def test_disabled_identities_can_be_hidden(service: ServiceHarness) -> None:
    pool_id = service.create_pool()
    known = service.get_id(pool_id, ALICE)
    guests = [service.get_id(pool_id) for _ in range(3)]
    service.call("GetCredentialsForIdentity", IdentityId=guests[1], Logins=ALICE)
    assert list_ids(service, pool_id, 1) == [known, *guests]
    assert list_ids(service, pool_id, 1, HideDisabled=False) == [known, *guests]
    assert list_ids(service, pool_id, 1, HideDisabled=True) == [known, guests[0], guests[2]]


def test_a_token_belongs_to_one_pool(service: ServiceHarness) -> None:
    pool_id, other = service.create_pool(), service.create_pool()
    for _ in range(2):
        service.get_id(pool_id)
    token = service.call("ListIdentities", IdentityPoolId=pool_id, MaxResults=1)["NextToken"]
    for wrong in ({"IdentityPoolId": other}, {"IdentityPoolId": pool_id, "NextToken": "x"}):
        request = {"MaxResults": 1, "NextToken": token, **wrong}
        assert service.call_error("ListIdentities", **request) == (
            "InvalidParameterException",
            UnconfirmedText.BAD_NEXT_TOKEN,
        )


def test_a_deleted_identity_is_not_found_and_its_login_gets_a_new_identity(
    service: ServiceHarness,
) -> None:
    pool_id = service.create_pool()
    deleted, remaining = service.get_id(pool_id, ALICE), service.get_id(pool_id, BOB)
    unknown = "eu-west-1:00000000-0000-0000-0000-000000000000"
    request = {"IdentityIdsToDelete": [deleted, unknown, deleted]}
    assert service.call("DeleteIdentities", **request) == {"UnprocessedIdentityIds": []}
    for operation in ("DescribeIdentity", "GetCredentialsForIdentity", "GetOpenIdToken"):
        assert service.call_error(operation, IdentityId=deleted) == not_found(deleted)
    request = {"IdentityId": deleted, "Logins": ALICE, "LoginsToRemove": [USER_POOL]}
    assert service.call_error("UnlinkIdentity", **request) == not_found(deleted)
    assert list_ids(service, pool_id) == [remaining]
    assert service.get_id(pool_id, ALICE) != deleted


def test_an_unlinked_login_gets_a_new_identity(service: ServiceHarness) -> None:
    pool_id = service.create_pool()
    identity_id = service.get_id(pool_id, ALICE | CAROL)
    service.clock.time = NOW + 60
    request = {"IdentityId": identity_id, "Logins": ALICE, "LoginsToRemove": [OIDC, FACEBOOK]}
    assert service.call("UnlinkIdentity", **request) is None
    described = describe(service, identity_id)
    assert (described["Logins"], described["LastModifiedDate"]) == ([USER_POOL], NOW + 60)
    assert service.get_id(pool_id, ALICE) == identity_id
    assert service.get_id(pool_id, CAROL) != identity_id


def test_an_identity_without_its_last_login_is_inaccessible(service: ServiceHarness) -> None:
    pool_id = service.create_pool()
    identity_id = service.get_id(pool_id, ALICE)
    request = {"IdentityId": identity_id, "Logins": ALICE, "LoginsToRemove": [USER_POOL]}
    service.call("UnlinkIdentity", **request)
    assert describe(service, identity_id)["Logins"] == ["DISABLED", REGION]
    for operation in ("GetCredentialsForIdentity", "GetOpenIdToken"):
        for logins, error in (({}, forbidden(identity_id)), (ALICE, MISMATCH)):
            assert service.call_error(operation, IdentityId=identity_id, Logins=logins) == error
    assert service.call_error("UnlinkIdentity", **request) == MISMATCH
    assert list_ids(service, pool_id, HideDisabled=True) == []
    assert list_ids(service, pool_id) == [identity_id]
    assert service.get_id(pool_id, ALICE) != identity_id


def test_only_a_login_of_the_identity_may_unlink_logins(service: ServiceHarness) -> None:
    pool_id = service.create_pool()
    identity_id = service.get_id(pool_id, ALICE)
    guest = service.get_id(pool_id)
    for target, logins, error in (
        (identity_id, BOB, MISMATCH),
        (identity_id, CAROL, MISMATCH),
        (identity_id, {}, forbidden(identity_id)),
        (guest, ALICE, MISMATCH),
    ):
        assert (
            service.call_error(
                "UnlinkIdentity", IdentityId=target, Logins=logins, LoginsToRemove=[USER_POOL]
            )
            == error
        )
    assert describe(service, identity_id)["Logins"] == [USER_POOL]
    assert service.get_id(pool_id, BOB) != identity_id


def test_every_login_must_be_valid_to_unlink_one(service: ServiceHarness) -> None:
    pool_id = service.create_pool()
    identity_id = service.get_id(pool_id, ALICE)
    code, _ = service.call_error(
        "UnlinkIdentity",
        IdentityId=identity_id,
        Logins=ALICE | {OIDC: "not a token"},
        LoginsToRemove=[USER_POOL],
    )
    assert code == "NotAuthorizedException"
    assert describe(service, identity_id)["Logins"] == [USER_POOL]


def test_a_developer_user_cannot_be_unlinked_without_a_signature(service: ServiceHarness) -> None:
    pool_id = service.create_pool()
    request = {"IdentityPoolId": pool_id, "Logins": {DEVELOPER: "ann", **ALICE}}
    output = service.call("GetOpenIdTokenForDeveloperIdentity", **request)
    identity_id = output["IdentityId"]
    message = "Please provide a valid public provider."
    assert service.call_error(
        "UnlinkIdentity", IdentityId=identity_id, Logins=ALICE, LoginsToRemove=[DEVELOPER]
    ) == ("InvalidParameterException", message)
    own = {OWN: output["Token"]}
    assert service.call_error(
        "UnlinkIdentity", IdentityId=identity_id, Logins=own, LoginsToRemove=[USER_POOL]
    ) == ("NotAuthorizedException", "Invalid login token. Can't pass in a Cognito token.")
    assert describe(service, identity_id)["Logins"] == sorted([DEVELOPER, USER_POOL])


def test_an_identity_has_at_most_twenty_logins(service: ServiceHarness) -> None:
    pool_id = service.create_pool()
    identity_id = service.get_id(pool_id, ALICE)

    def link(user: int) -> tuple[int, bytes]:
        logins = f'{{"{DEVELOPER}":"{user}","{USER_POOL}":"{ALICE[USER_POOL]}"}}'
        body = f'{{"IdentityPoolId":"{pool_id}","IdentityId":"{identity_id}","Logins":{logins}}}'
        return service.send("GetOpenIdTokenForDeveloperIdentity", body.encode())

    assert all(link(user)[0] == 200 for user in range(19))
    status, body = link(19)
    assert status == 400
    assert UnconfirmedText.TOO_MANY_LOGINS.format(limit=20) in body.decode()
    assert link(0)[0] == 200
