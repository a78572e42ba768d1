from __future__ import annotations

import json

import pytest
from flows import FlowRunner

from cognito_credentials._core.identity_sources import (
    FixedIdentitySource,
    Identity,
    PoolIdentitySource,
    User,
    read_identity_id,
)
from cognito_credentials._core.login_resolution import ResolvedLogins
from cognito_credentials._core.service_client import ServiceClient
from cognito_credentials.errors import ConfigurationError, MalformedResponseError
from cognito_credentials.testing import answer

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
IDENTITY = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"
OTHER = "us-east-1:9d1f5a1c-7b0e-4c35-8a55-0d3a6d2e11aa"
THIRD = "us-east-1:33333333-7b0e-4c35-8a55-0d3a6d2e11aa"
KEY = f"aws:cognito-identity-credentials:{POOL}:ANONYMOUS"
GUEST = ResolvedLogins({})


def identities(cache=None, **changes):
    arguments = {"account_id": None, "user_identifier": None, **changes}
    return PoolIdentitySource(url="https://x", identity_pool_id=POOL, cache=cache, **arguments)


def identify(source, runner, logins=GUEST):
    return runner.run(source.identify(ServiceClient(max_attempts=1, user_agent=""), logins))


def test_get_id_is_called_once_and_its_answer_remembered():
    source, runner = identities(), FlowRunner(answer(IdentityId=IDENTITY))
    first, second = identify(source, runner), identify(source, runner)
    assert (first.id, first.is_known) == (IDENTITY, False)
    assert (second.id, second.is_known) == (IDENTITY, True)
    assert json.loads(runner.requests[0].body) == {"IdentityPoolId": POOL}


def test_the_search_is_shared_by_the_user_and_what_is_remembered_is_not():
    source, runner = identities(), FlowRunner(answer(IdentityId=IDENTITY))
    identify(source, runner)
    identify(source, runner)
    assert runner.shared == [KEY]


def test_a_search_that_another_has_ended_finds_what_that_one_found():
    source, runner = identities(), FlowRunner(answer(IdentityId=IDENTITY))
    late = source.identify(ServiceClient(max_attempts=1, user_agent=""), GUEST)
    share = next(late)  # nothing is remembered yet, so that it asks for the search
    identify(source, runner)
    assert runner.run(share.flow()).id == IDENTITY
    assert len(runner.requests) == 1
    late.close()


def test_a_cached_id_is_known():
    source, runner = identities({KEY: OTHER}), FlowRunner()
    found = identify(source, runner)
    assert (found.id, found.is_known) == (OTHER, True)


def test_account_id_and_logins_are_sent():
    runner = FlowRunner(answer(IdentityId=IDENTITY))
    logins = ResolvedLogins({"graph.facebook.com": "a-token"})
    identify(identities(account_id="1"), runner, logins)
    assert json.loads(runner.requests[0].body) == {
        "IdentityPoolId": POOL,
        "AccountId": "1",
        "Logins": {"graph.facebook.com": "a-token"},
    }


def test_drop_forgets_the_id_it_means():
    cache = {}
    source = identities(cache)
    runner = FlowRunner(answer(IdentityId=IDENTITY), answer(IdentityId=OTHER))
    first = identify(source, runner)
    runner.run(source.drop(first))
    assert cache == {}
    assert identify(source, runner).id == OTHER
    runner.run(source.drop(first))  # a slow caller's, who met the first id
    assert identify(source, runner).id == OTHER
    assert cache == {KEY: OTHER}


def test_drop_leaves_a_newer_id_that_is_only_remembered():
    source = identities()
    runner = FlowRunner(answer(IdentityId=IDENTITY), answer(IdentityId=OTHER))
    first = identify(source, runner)
    runner.run(source.drop(first))
    identify(source, runner)
    runner.run(source.drop(first))
    assert identify(source, runner).id == OTHER
    assert len(runner.requests) == 2


def test_adopt_remembers_and_stores_the_answered_id():
    cache = {}
    source, runner = identities(cache), FlowRunner(answer(IdentityId=IDENTITY))
    runner.run(source.adopt(identify(source, runner), OTHER))
    assert cache == {KEY: OTHER}
    assert identify(source, runner).id == OTHER


def test_adopt_writes_nothing_where_nothing_changed():
    class WriteOnce(dict):
        def __setitem__(self, key, value):
            assert key not in self
            super().__setitem__(key, value)

    source, runner = identities(WriteOnce()), FlowRunner(answer(IdentityId=IDENTITY))
    runner.run(source.adopt(identify(source, runner), IDENTITY))


@pytest.mark.parametrize("late_answer", [IDENTITY, THIRD])
def test_a_late_answer_does_not_bring_back_a_dead_id(late_answer):
    """Two callers hold the first id; one finds it dead and replaces it; the other answers late."""
    cache = {}
    source = identities(cache)
    runner = FlowRunner(answer(IdentityId=IDENTITY), answer(IdentityId=OTHER))
    first = identify(source, runner)
    runner.run(source.drop(first))
    identify(source, runner)
    runner.run(source.adopt(first, late_answer))
    expected = OTHER if late_answer == IDENTITY else THIRD
    assert identify(source, runner).id == expected
    assert cache == {KEY: expected}


def test_a_given_identity_is_never_dropped():
    source, runner = FixedIdentitySource(IDENTITY), FlowRunner()
    given = identify(source, runner)
    assert given.user is None
    runner.run(source.drop(given))
    assert identify(source, runner).id == IDENTITY


def test_a_given_identity_that_was_merged_is_the_answered_one():
    source, runner = FixedIdentitySource(IDENTITY), FlowRunner()
    runner.run(source.adopt(identify(source, runner), OTHER))
    assert identify(source, runner).id == OTHER


def test_the_logins_may_name_the_identity():
    source, runner = FixedIdentitySource(None, POOL), FlowRunner()
    named = ResolvedLogins({"cognito-identity.amazonaws.com": "a-token"}, identity_id=OTHER)
    assert identify(source, runner, named).id == OTHER
    with pytest.raises(ConfigurationError):
        identify(FixedIdentitySource(None, POOL), runner, GUEST)


def test_an_identity_that_nobody_owns_is_not_the_pools_to_drop():
    source, runner = identities({KEY: OTHER}), FlowRunner()
    runner.run(source.drop(Identity(OTHER, None, is_known=True)))
    assert source.caches
    assert identify(source, runner).id == OTHER


def test_users_whom_nobody_named_are_told_apart_by_their_tokens():
    source = identities({})
    runner = FlowRunner(*(answer(IdentityId=i) for i in (IDENTITY, OTHER)))
    first = identify(source, runner, ResolvedLogins({"graph.facebook.com": "token-1"}))
    second = identify(source, runner, ResolvedLogins({"graph.facebook.com": "token-2"}))
    assert (first.id, second.id) == (IDENTITY, OTHER)
    assert first.user.cache_key is None
    assert "token" not in first.user.key


def test_a_user_has_a_key():
    assert (User("k").key, User("k").cache_key, User("k", "c").cache_key) == ("k", None, "c")


@pytest.mark.parametrize("members", [{}, {"IdentityId": None}, {"IdentityId": "x"}])
def test_an_answer_must_name_an_identity_id(members):
    with pytest.raises(MalformedResponseError, match="contained no identity ID"):
        read_identity_id(members)


def test_an_answer_may_be_silent_where_it_was_asked_with_one():
    assert read_identity_id({}, default=IDENTITY) == IDENTITY
    with pytest.raises(MalformedResponseError):
        read_identity_id({"IdentityId": None}, default=IDENTITY)


def test_an_id_that_came_with_a_token_is_never_taken_from_another_caller():
    class Shared(FixedIdentitySource):
        """Another thread's caller writes right after this one did."""

        def __setattr__(self, name, value):
            super().__setattr__(name, OTHER if name == "current" and value else value)

    mine = ResolvedLogins({"cognito-identity.amazonaws.com": "token"}, identity_id=IDENTITY)
    assert identify(Shared(None, POOL), FlowRunner(), mine).id == IDENTITY
