from __future__ import annotations

import re

import pytest
from emulator_fakes import FakeClock
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity.errors import UnconfirmedText
from cognito_credentials.emulator.identity.identities import IdentityStore
from cognito_credentials.emulator.identity.identity_records import LinkedLogin

POOL, OTHER_POOL = "eu-west-1:pool", "eu-west-1:other"
ALICE, BOB = LinkedLogin("google", "alice"), LinkedLogin("google", "bob")
CAROL, DAVE = LinkedLogin("facebook", "carol"), LinkedLogin("facebook", "dave")
DEV_1, DEV_2 = (
    LinkedLogin("dev", "one", is_public=False),
    LinkedLogin("dev", "two", is_public=False),
)
MISMATCH = (
    "NotAuthorizedException",
    (
        "Logins don't match. Please include at least one valid login for this identity "
        "or identity pool."
    ),
)


@pytest.fixture
def identities() -> IdentityStore:
    return IdentityStore(region="eu-west-1", clock=FakeClock())


def error_of(call: object, *arguments: object) -> tuple[str, str]:
    assert callable(call)
    with pytest.raises(AwsError) as caught:
        call(*arguments)
    return caught.value.code, caught.value.message


def forbidden(identity_id: str) -> tuple[str, str]:
    return "NotAuthorizedException", f"Access to Identity '{identity_id}' is forbidden."


def conflict(identity_id: str, provider: str) -> tuple[str, str]:
    text = UnconfirmedText.ALREADY_LINKED.format(identity_id=identity_id, provider=provider)
    return "ResourceConflictException", text


def test_identity_ids_of_a_pool_share_a_prefix_and_have_no_uuid_version(
    identities: IdentityStore,
) -> None:
    ids = [identities.create_guest(POOL).id for _ in range(64)]
    assert len(set(ids)) == 64
    assert len({each[: len("eu-west-1:157d6171-ee")] for each in ids}) == 1
    assert all(re.fullmatch(r"eu-west-1:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", i) for i in ids)
    assert {each.split("-")[4][0] for each in ids} != {"4"}


def test_an_unknown_identity_id_is_not_found(identities: IdentityStore) -> None:
    message = "Identity 'eu-west-1:0' not found."
    assert error_of(identities.get, "eu-west-1:0") == ("ResourceNotFoundException", message)
    for sign_in in (identities.sign_in, lambda i, k: identities.sign_in_developer(i, DEV_1, k)):
        assert error_of(sign_in, "eu-west-1:0", [ALICE])[1] == message


def test_a_known_login_finds_its_identity(identities: IdentityStore) -> None:
    first = identities.find_or_create(POOL, [ALICE])
    assert identities.find_or_create(POOL, [ALICE]) == first
    assert identities.find_or_create(POOL, [BOB]).id != first.id
    assert identities.find_or_create(OTHER_POOL, [ALICE]).id != first.id


def test_logins_presented_together_share_one_identity(identities: IdentityStore) -> None:
    first = identities.find_or_create(POOL, [ALICE, CAROL])
    assert identities.find_or_create(POOL, [CAROL]).id == first.id
    with_dev = identities.find_or_create(POOL, [ALICE, DEV_1])
    assert (with_dev.id, with_dev.logins) == (first.id, {ALICE, CAROL, DEV_1})


def test_two_identities_merge_into_the_older_identity(identities: IdentityStore) -> None:
    older = identities.find_or_create(POOL, [ALICE])
    newer = identities.find_or_create(POOL, [CAROL])
    assert identities.find_or_create(POOL, [CAROL, ALICE]).id == older.id
    assert identities.get(newer.id).logins == set()
    assert not identities.get(newer.id).is_enabled
    assert identities.find_or_create(POOL, [CAROL]).id == older.id


def test_identities_with_two_users_of_one_provider_do_not_merge(identities: IdentityStore) -> None:
    older = identities.find_or_create(POOL, [ALICE, CAROL])
    newer = identities.find_or_create(POOL, [BOB])
    dave = identities.find_or_create(POOL, [DAVE])
    assert error_of(identities.find_or_create, POOL, [CAROL, BOB]) == conflict(older.id, "google")
    assert identities.get(newer.id) == newer
    assert identities.get(dave.id) == dave


def test_a_guest_retains_the_identity_after_signing_in(identities: IdentityStore) -> None:
    guest = identities.create_guest(POOL)
    assert identities.sign_in(guest.id, [ALICE]).id == guest.id
    assert identities.find_or_create(POOL, [ALICE]).id == guest.id


def test_a_guest_with_a_known_login_gets_the_known_identity(identities: IdentityStore) -> None:
    known = identities.find_or_create(POOL, [ALICE])
    guest = identities.create_guest(POOL)
    assert identities.sign_in(guest.id, [ALICE, CAROL]).id == known.id
    assert not identities.get(guest.id).is_enabled
    assert identities.get(known.id).logins == {ALICE, CAROL}


def test_a_disabled_identity_accepts_only_logins_of_the_surviving_identity(
    identities: IdentityStore,
) -> None:
    known = identities.find_or_create(POOL, [ALICE])
    guest = identities.create_guest(POOL)
    identities.sign_in(guest.id, [ALICE])
    assert identities.sign_in(guest.id, [ALICE]).id == known.id
    assert error_of(identities.sign_in, guest.id, [BOB]) == MISMATCH
    assert error_of(identities.sign_in, guest.id, []) == forbidden(guest.id)


def test_an_identity_accepts_new_logins_only_with_a_linked_login(identities: IdentityStore) -> None:
    identity = identities.find_or_create(POOL, [ALICE])
    assert error_of(identities.sign_in, identity.id, [CAROL]) == MISMATCH
    assert error_of(identities.sign_in, identity.id, [BOB]) == MISMATCH
    assert identities.sign_in(identity.id, [ALICE, CAROL]).id == identity.id
    assert identities.sign_in(identity.id, [CAROL]).id == identity.id
    assert error_of(identities.sign_in, identity.id, [CAROL, BOB]) == conflict(
        identity.id, "google"
    )


def test_an_identity_does_not_accept_a_login_of_another_pool(identities: IdentityStore) -> None:
    identities.find_or_create(OTHER_POOL, [ALICE])
    identity = identities.find_or_create(POOL, [CAROL])
    assert error_of(identities.sign_in, identity.id, [ALICE]) == MISMATCH


def test_signing_in_with_the_logins_of_two_identities_merges_them(
    identities: IdentityStore,
) -> None:
    older = identities.find_or_create(POOL, [ALICE])
    newer = identities.find_or_create(POOL, [CAROL])
    assert identities.sign_in(newer.id, [CAROL, ALICE]).id == older.id
    assert not identities.get(newer.id).is_enabled


def test_a_developer_user_of_another_identity_is_a_conflict(identities: IdentityStore) -> None:
    taken = identities.find_or_create(POOL, [DEV_1])
    guest = identities.create_guest(POOL)
    assert error_of(identities.sign_in_developer, guest.id, DEV_1, []) == (
        "DeveloperUserAlreadyRegisteredException",
        UnconfirmedText.DEVELOPER_USER_TAKEN,
    )
    assert identities.sign_in_developer(taken.id, DEV_1, []) == taken
    assert identities.sign_in_developer(guest.id, DEV_2, []).id == guest.id


def test_a_developer_user_is_linked_only_with_a_linked_login(identities: IdentityStore) -> None:
    identity = identities.find_or_create(POOL, [ALICE])
    assert error_of(identities.sign_in_developer, identity.id, DEV_1, []) == MISMATCH
    assert identities.sign_in_developer(identity.id, DEV_1, [ALICE]).logins == {ALICE, DEV_1}
    assert identities.sign_in_developer(identity.id, DEV_2, [ALICE]).logins == {ALICE, DEV_1, DEV_2}


def test_deleting_a_pool_deletes_its_identities(identities: IdentityStore) -> None:
    deleted = identities.find_or_create(POOL, [ALICE])
    other = identities.find_or_create(OTHER_POOL, [ALICE])
    identities.delete_pool(POOL)
    assert error_of(identities.get, deleted.id)[0] == "ResourceNotFoundException"
    assert identities.find_or_create(OTHER_POOL, [ALICE]) == other


class IdentityHistory(RuleBasedStateMachine):
    """Each login belongs to one identity; an identity has at most one user per login provider."""

    login_sets = st.sets(
        st.builds(LinkedLogin, st.sampled_from("abc"), st.sampled_from("xyz"), st.just(value=True)),
        min_size=1,
        max_size=3,
    )

    @initialize()
    def start(self) -> None:
        self.identities = IdentityStore(region="eu-west-1", clock=FakeClock())
        self.ids = [self.identities.create_guest(POOL).id]

    @rule()
    def create_guest(self) -> None:
        self.ids.append(self.identities.create_guest(POOL).id)

    @rule(logins=login_sets)
    def get_id(self, logins: set[LinkedLogin]) -> None:
        try:
            identity = self.identities.find_or_create(POOL, logins)
        except AwsError:
            return
        assert logins <= identity.logins
        self.ids.append(identity.id)

    @rule(logins=login_sets, data=st.data())
    def sign_in(self, logins: set[LinkedLogin], data: st.DataObject) -> None:
        before = self.identities.get(data.draw(st.sampled_from(self.ids)))
        try:
            identity = self.identities.sign_in(before.id, logins)
        except AwsError:
            assert self.identities.get(before.id) == before
            return
        assert logins <= identity.logins
        assert before.logins <= identity.logins

    @invariant()
    def check_that_every_login_has_one_identity(self) -> None:
        identities = [self.identities.get(each) for each in set(self.ids)]
        linked = [login for identity in identities for login in identity.logins]
        assert len(linked) == len(set(linked))
        for identity in identities:
            providers = [login.provider for login in identity.logins]
            assert len(providers) == len(set(providers))
            assert identity.is_enabled or not identity.logins


TestIdentityHistory = IdentityHistory.TestCase
TestIdentityHistory.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
