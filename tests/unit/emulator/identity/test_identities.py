from __future__ import annotations

import re

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cognito_credentials.emulator.identity.errors import Invented, ServiceFault
from cognito_credentials.emulator.identity.identities import Identities, Link

POOL, OTHER_POOL = "eu-west-1:pool", "eu-west-1:other"
ALICE, BOB = Link("google", "alice"), Link("google", "bob")
CAROL, DAVE = Link("facebook", "carol"), Link("facebook", "dave")
DEV_1, DEV_2 = Link("dev", "one", public=False), Link("dev", "two", public=False)
MISMATCH = (
    "NotAuthorizedException",
    (
        "Logins don't match. Please include at least one valid login for this identity "
        "or identity pool."
    ),
)


@pytest.fixture
def identities() -> Identities:
    return Identities(region="eu-west-1")


def refused(call: object, *arguments: object) -> tuple[str, str]:
    assert callable(call)
    with pytest.raises(ServiceFault) as caught:
        call(*arguments)
    return caught.value.code, caught.value.message


def forbidden(identity_id: str) -> tuple[str, str]:
    return "NotAuthorizedException", f"Access to Identity '{identity_id}' is forbidden."


def conflict(identity_id: str, provider: str) -> tuple[str, str]:
    text = Invented.ALREADY_LINKED.format(identity_id=identity_id, provider=provider)
    return "ResourceConflictException", text


def test_ids_of_a_pool_begin_alike_and_are_no_versioned_uuids(identities: Identities) -> None:
    ids = [identities.create_guest(POOL).id for _ in range(64)]
    assert len(set(ids)) == 64
    assert len({each[: len("eu-west-1:157d6171-ee")] for each in ids}) == 1
    assert all(re.fullmatch(r"eu-west-1:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", i) for i in ids)
    assert {each.split("-")[4][0] for each in ids} != {"4"}


def test_an_unknown_id_is_not_found(identities: Identities) -> None:
    message = "Identity 'eu-west-1:0' not found."
    assert refused(identities.get, "eu-west-1:0") == ("ResourceNotFoundException", message)
    for sign_in in (identities.sign_in, lambda i, k: identities.sign_in_developer(i, DEV_1, k)):
        assert refused(sign_in, "eu-west-1:0", [ALICE])[1] == message


def test_a_known_login_finds_its_identity(identities: Identities) -> None:
    first = identities.find_or_create(POOL, [ALICE])
    assert identities.find_or_create(POOL, [ALICE]) == first
    assert identities.find_or_create(POOL, [BOB]).id != first.id
    assert identities.find_or_create(OTHER_POOL, [ALICE]).id != first.id


def test_logins_shown_together_are_one_identity(identities: Identities) -> None:
    first = identities.find_or_create(POOL, [ALICE, CAROL])
    assert identities.find_or_create(POOL, [CAROL]).id == first.id
    with_dev = identities.find_or_create(POOL, [ALICE, DEV_1])
    assert (with_dev.id, with_dev.links) == (first.id, {ALICE, CAROL, DEV_1})


def test_two_identities_become_the_older_one(identities: Identities) -> None:
    older = identities.find_or_create(POOL, [ALICE])
    newer = identities.find_or_create(POOL, [CAROL])
    assert identities.find_or_create(POOL, [CAROL, ALICE]).id == older.id
    assert identities.get(newer.id).links == set()
    assert not identities.get(newer.id).enabled
    assert identities.find_or_create(POOL, [CAROL]).id == older.id


def test_identities_with_two_users_of_a_provider_stay_two(identities: Identities) -> None:
    older = identities.find_or_create(POOL, [ALICE, CAROL])
    newer = identities.find_or_create(POOL, [BOB])
    dave = identities.find_or_create(POOL, [DAVE])
    assert refused(identities.find_or_create, POOL, [CAROL, BOB]) == conflict(older.id, "google")
    assert identities.get(newer.id) == newer
    assert identities.get(dave.id) == dave


def test_a_guest_who_signs_in_keeps_the_identity(identities: Identities) -> None:
    guest = identities.create_guest(POOL)
    assert identities.sign_in(guest.id, [ALICE]).id == guest.id
    assert identities.find_or_create(POOL, [ALICE]).id == guest.id


def test_a_guest_who_is_known_becomes_who_they_were(identities: Identities) -> None:
    known = identities.find_or_create(POOL, [ALICE])
    guest = identities.create_guest(POOL)
    assert identities.sign_in(guest.id, [ALICE, CAROL]).id == known.id
    assert not identities.get(guest.id).enabled
    assert identities.get(known.id).links == {ALICE, CAROL}


def test_a_disabled_identity_leads_to_the_survivor_or_nowhere(identities: Identities) -> None:
    known = identities.find_or_create(POOL, [ALICE])
    guest = identities.create_guest(POOL)
    identities.sign_in(guest.id, [ALICE])
    assert identities.sign_in(guest.id, [ALICE]).id == known.id
    assert refused(identities.sign_in, guest.id, [BOB]) == forbidden(guest.id)


def test_an_identity_takes_more_logins_with_one_it_has(identities: Identities) -> None:
    identity = identities.find_or_create(POOL, [ALICE])
    assert refused(identities.sign_in, identity.id, [CAROL]) == MISMATCH
    assert refused(identities.sign_in, identity.id, [BOB]) == MISMATCH
    assert identities.sign_in(identity.id, [ALICE, CAROL]).id == identity.id
    assert identities.sign_in(identity.id, [CAROL]).id == identity.id
    assert refused(identities.sign_in, identity.id, [CAROL, BOB]) == conflict(identity.id, "google")


def test_an_identity_does_not_take_the_login_of_another_pool(identities: Identities) -> None:
    identities.find_or_create(OTHER_POOL, [ALICE])
    identity = identities.find_or_create(POOL, [CAROL])
    assert refused(identities.sign_in, identity.id, [ALICE]) == MISMATCH


def test_signing_in_with_the_logins_of_two_identities_merges_them(identities: Identities) -> None:
    older = identities.find_or_create(POOL, [ALICE])
    newer = identities.find_or_create(POOL, [CAROL])
    assert identities.sign_in(newer.id, [CAROL, ALICE]).id == older.id
    assert not identities.get(newer.id).enabled


def test_a_developer_user_of_another_identity_is_a_conflict(identities: Identities) -> None:
    taken = identities.find_or_create(POOL, [DEV_1])
    guest = identities.create_guest(POOL)
    assert refused(identities.sign_in_developer, guest.id, DEV_1, []) == (
        "DeveloperUserAlreadyRegisteredException",
        Invented.DEVELOPER_USER_TAKEN,
    )
    assert identities.sign_in_developer(taken.id, DEV_1, []) == taken
    assert identities.sign_in_developer(guest.id, DEV_2, []).id == guest.id


def test_a_developer_links_to_an_identity_with_one_of_its_logins(identities: Identities) -> None:
    identity = identities.find_or_create(POOL, [ALICE])
    assert refused(identities.sign_in_developer, identity.id, DEV_1, []) == MISMATCH
    assert identities.sign_in_developer(identity.id, DEV_1, [ALICE]).links == {ALICE, DEV_1}
    assert identities.sign_in_developer(identity.id, DEV_2, [ALICE]).links == {ALICE, DEV_1, DEV_2}


def test_a_deleted_pool_takes_its_identities_along(identities: Identities) -> None:
    gone = identities.find_or_create(POOL, [ALICE])
    kept = identities.find_or_create(OTHER_POOL, [ALICE])
    identities.forget_pool(POOL)
    assert refused(identities.get, gone.id)[0] == "ResourceNotFoundException"
    assert identities.find_or_create(OTHER_POOL, [ALICE]) == kept


class AnyHistory(RuleBasedStateMachine):
    """Whatever clients do, a login has one identity and an identity one user of a provider."""

    links = st.sets(
        st.builds(Link, st.sampled_from("abc"), st.sampled_from("xyz"), st.just(value=True)),
        min_size=1,
        max_size=3,
    )

    @initialize()
    def start(self) -> None:
        self.identities = Identities(region="eu-west-1")
        self.ids = [self.identities.create_guest(POOL).id]

    @rule()
    def visit(self) -> None:
        self.ids.append(self.identities.create_guest(POOL).id)

    @rule(links=links)
    def get_id(self, links: set[Link]) -> None:
        try:
            identity = self.identities.find_or_create(POOL, links)
        except ServiceFault:
            return
        assert links <= identity.links
        self.ids.append(identity.id)

    @rule(links=links, data=st.data())
    def sign_in(self, links: set[Link], data: st.DataObject) -> None:
        asked = self.identities.get(data.draw(st.sampled_from(self.ids)))
        try:
            identity = self.identities.sign_in(asked.id, links)
        except ServiceFault:
            assert self.identities.get(asked.id) == asked
            return
        assert links <= identity.links
        assert asked.links <= identity.links

    @invariant()
    def every_login_has_one_identity(self) -> None:
        every = [self.identities.get(each) for each in set(self.ids)]
        linked = [link for identity in every for link in identity.links]
        assert len(linked) == len(set(linked))
        for identity in every:
            providers = [link.provider for link in identity.links]
            assert len(providers) == len(set(providers))
            assert identity.enabled or not identity.links


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
