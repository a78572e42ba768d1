from __future__ import annotations

import json

import pytest
from flows import FlowRunner

from cognito_credentials._core.identity_sources import (
    FixedIdentitySource,
    PoolIdentitySource,
    ResolvedIdentity,
    UserKey,
)
from cognito_credentials._core.login_resolution import ResolvedLogins
from cognito_credentials._core.responses import read_identity_id
from cognito_credentials._core.service_client import ServiceClient
from cognito_credentials.errors import ConfigurationError, MalformedResponseError
from cognito_credentials.testing import success_response

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
IDENTITY = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"
OTHER = "us-east-1:9d1f5a1c-7b0e-4c35-8a55-0d3a6d2e11aa"
THIRD = "us-east-1:33333333-7b0e-4c35-8a55-0d3a6d2e11aa"
KEY = f"aws:cognito-identity-credentials:{POOL}:ANONYMOUS"
GUEST = ResolvedLogins({})


def make_source(cache=None, **changes):
    arguments = {"account_id": None, "user_identifier": None, **changes}
    return PoolIdentitySource(url="https://x", identity_pool_id=POOL, cache=cache, **arguments)


def identify(source, runner, logins=GUEST):
    return runner.run(source.identify(ServiceClient(max_attempts=1, user_agent=""), logins))


def test_get_id_is_called_once_and_the_id_is_remembered():
    source, runner = make_source(), FlowRunner(success_response(IdentityId=IDENTITY))
    first, second = identify(source, runner), identify(source, runner)
    assert (first.id, first.is_cached) == (IDENTITY, False)
    assert (second.id, second.is_cached) == (IDENTITY, True)
    assert json.loads(runner.requests[0].body) == {"IdentityPoolId": POOL}


def test_the_first_lookup_is_a_single_flight_and_a_remembered_id_needs_none():
    source, runner = make_source(), FlowRunner(success_response(IdentityId=IDENTITY))
    identify(source, runner)
    identify(source, runner)
    assert runner.flight_keys == [(source, KEY)]


def test_a_lookup_after_another_flight_uses_the_id_that_the_flight_found():
    source, runner = make_source(), FlowRunner(success_response(IdentityId=IDENTITY))
    late = source.identify(ServiceClient(max_attempts=1, user_agent=""), GUEST)
    flight = next(late)  # The source has no ID yet, so the flow starts a lookup.
    identify(source, runner)
    assert runner.run(flight.flow()).id == IDENTITY
    assert len(runner.requests) == 1
    late.close()


def test_an_id_from_the_cache_is_used_without_a_call():
    source, runner = make_source({KEY: OTHER}), FlowRunner()
    identity = identify(source, runner)
    assert (identity.id, identity.is_cached) == (OTHER, True)


def test_account_id_and_logins_are_sent():
    runner = FlowRunner(success_response(IdentityId=IDENTITY))
    logins = ResolvedLogins({"graph.facebook.com": "a-token"})
    identify(make_source(account_id="1"), runner, logins)
    assert json.loads(runner.requests[0].body) == {
        "IdentityPoolId": POOL,
        "AccountId": "1",
        "Logins": {"graph.facebook.com": "a-token"},
    }


def test_evict_removes_the_id_from_memory_and_cache():
    cache = {}
    source = make_source(cache)
    runner = FlowRunner(success_response(IdentityId=IDENTITY), success_response(IdentityId=OTHER))
    first = identify(source, runner)
    runner.run(source.evict(first))
    assert cache == {}
    assert identify(source, runner).id == OTHER
    runner.run(source.evict(first))  # A slow caller was still using the first ID.
    assert identify(source, runner).id == OTHER
    assert cache == {KEY: OTHER}


def test_evict_does_not_remove_a_newer_id_from_memory():
    source = make_source()
    runner = FlowRunner(success_response(IdentityId=IDENTITY), success_response(IdentityId=OTHER))
    first = identify(source, runner)
    runner.run(source.evict(first))
    identify(source, runner)
    runner.run(source.evict(first))
    assert identify(source, runner).id == OTHER
    assert len(runner.requests) == 2


def test_adopt_saves_the_id_of_the_response():
    cache = {}
    source, runner = make_source(cache), FlowRunner(success_response(IdentityId=IDENTITY))
    runner.run(source.adopt(identify(source, runner), OTHER))
    assert cache == {KEY: OTHER}
    assert identify(source, runner).id == OTHER


def test_adopt_does_not_write_an_unchanged_id():
    class WriteOnce(dict):
        def __setitem__(self, key, value):
            assert key not in self
            super().__setitem__(key, value)

    source, runner = make_source(WriteOnce()), FlowRunner(success_response(IdentityId=IDENTITY))
    runner.run(source.adopt(identify(source, runner), IDENTITY))


@pytest.mark.parametrize("late_id", [IDENTITY, THIRD])
def test_a_late_response_does_not_restore_an_evicted_id(late_id):
    """Two callers use the first ID; one caller evicts it before the other's response arrives."""
    cache = {}
    source = make_source(cache)
    runner = FlowRunner(success_response(IdentityId=IDENTITY), success_response(IdentityId=OTHER))
    first = identify(source, runner)
    runner.run(source.evict(first))
    identify(source, runner)
    runner.run(source.adopt(first, late_id))
    expected = OTHER if late_id == IDENTITY else THIRD
    assert identify(source, runner).id == expected
    assert cache == {KEY: expected}


def test_a_fixed_id_is_never_evicted():
    source, runner = FixedIdentitySource(IDENTITY), FlowRunner()
    identity = identify(source, runner)
    assert identity.user is None
    runner.run(source.evict(identity))
    assert identify(source, runner).id == IDENTITY


def test_a_merge_replaces_a_fixed_id():
    source, runner = FixedIdentitySource(IDENTITY), FlowRunner()
    runner.run(source.adopt(identify(source, runner), OTHER))
    assert identify(source, runner).id == OTHER


def test_a_developer_provider_supplies_the_id_with_its_token():
    source, runner = FixedIdentitySource(None, POOL), FlowRunner()
    logins = ResolvedLogins({"cognito-identity.amazonaws.com": "a-token"}, identity_id=OTHER)
    assert identify(source, runner, logins).id == OTHER
    with pytest.raises(ConfigurationError):
        identify(FixedIdentitySource(None, POOL), runner, GUEST)


def test_evict_ignores_an_id_of_the_caller():
    source, runner = make_source({KEY: OTHER}), FlowRunner()
    runner.run(source.evict(ResolvedIdentity(OTHER, None, is_cached=True)))
    assert source.caches
    assert identify(source, runner).id == OTHER


def test_users_without_an_identifier_are_distinguished_by_their_tokens():
    source = make_source({})
    runner = FlowRunner(*(success_response(IdentityId=i) for i in (IDENTITY, OTHER)))
    first = identify(source, runner, ResolvedLogins({"graph.facebook.com": "token-1"}))
    second = identify(source, runner, ResolvedLogins({"graph.facebook.com": "token-2"}))
    assert (first.id, second.id) == (IDENTITY, OTHER)
    assert first.user.cache_key is None
    assert "token" not in first.user.key


def test_a_user_key_has_no_cache_key_by_default():
    assert (UserKey("k").key, UserKey("k").cache_key) == ("k", None)
    assert UserKey("k", "c").cache_key == "c"


@pytest.mark.parametrize("members", [{}, {"IdentityId": None}, {"IdentityId": "x"}])
def test_a_response_must_contain_an_identity_id(members):
    with pytest.raises(MalformedResponseError):
        read_identity_id(members)


def test_the_default_replaces_a_missing_identity_id_only():
    assert read_identity_id({}, default=IDENTITY) == IDENTITY
    with pytest.raises(MalformedResponseError):
        read_identity_id({"IdentityId": None}, default=IDENTITY)


def test_an_id_that_came_with_a_token_is_not_replaced_by_another_caller():
    class OverwrittenSource(FixedIdentitySource):
        """Source whose `current` ID is always overwritten, as if by another thread."""

        def __setattr__(self, name, value):
            super().__setattr__(name, OTHER if name == "current" and value else value)

    logins = ResolvedLogins({"cognito-identity.amazonaws.com": "token"}, identity_id=IDENTITY)
    assert identify(OverwrittenSource(None, POOL), FlowRunner(), logins).id == IDENTITY
