from __future__ import annotations

import copy
import pickle

import botocore.credentials
import pytest

from cognito_credentials.errors import ConfigurationError
from cognito_credentials.testing import refusal

HOUR = 3600


def test_one_object_per_generation(side, cognito):
    session = side.integration.session(side.provider())

    first = side.read(session)
    assert side.read(session) is first
    assert first[:3] == (
        "ASIATEST000000000001",
        "secret-key-of-generation-1",
        "session-token-of-generation-1",
    )

    cognito.clock.advance(HOUR)
    second = side.read(session)
    assert second[:3] == (
        "ASIATEST000000000002",
        "secret-key-of-generation-2",
        "session-token-of-generation-2",
    )
    assert side.read(session) is second


def test_nothing_is_fetched_before_the_first_signature(side, cognito):
    session = side.integration.session(side.provider())
    side.wait(session.get_credentials())
    assert cognito.operations == []
    side.read(session)
    assert cognito.operations == ["GetId", "GetCredentialsForIdentity"]


def test_the_object_is_botocore_credentials_but_not_its_refreshing_kind(side):
    credentials = side.wait(side.integration.session(side.provider()).get_credentials())
    assert isinstance(credentials, botocore.credentials.Credentials)
    assert not isinstance(credentials, botocore.credentials.RefreshableCredentials)
    assert credentials.method == "cognito-identity"


def test_credentials_that_still_work_are_read_though_the_refresh_fails(side, cognito):
    session = side.integration.session(side.provider())
    first = side.read(session)
    cognito.clock.advance(HOUR - 30)
    cognito.refusal = refusal("ResourceConflictException", "no")

    assert side.read(session) is first
    assert cognito.fetches == 2


def test_expiry_time_is_that_of_the_keys_handed_out_last(side, cognito):
    # polars and `aws configure export-credentials` read the keys, then this.
    provider = side.provider()
    credentials = side.wait(side.integration.session(provider).get_credentials())
    assert credentials._expiry_time is None
    side.wait(credentials.get_frozen_credentials())
    first = side.wait(provider.cached().get())
    assert credentials._expiry_time == first.expiration

    cognito.clock.advance(HOUR)
    second = side.wait(provider.cached().get())
    assert credentials._expiry_time == first.expiration
    side.wait(credentials.get_frozen_credentials())
    assert credentials._expiry_time == second.expiration > first.expiration


@pytest.mark.parametrize("account_id", ["123456789012", None])
def test_account_id_is_the_one_that_the_caller_said(side, account_id):
    provider = side.provider(account_id=account_id)
    session = side.integration.session(provider)
    assert side.read(session).account_id == account_id


@pytest.mark.parametrize("duplicate", [pickle.dumps, copy.copy, copy.deepcopy])
def test_cannot_be_pickled_or_copied(side, duplicate):
    credentials = side.wait(side.integration.session(side.provider()).get_credentials())
    with pytest.raises(TypeError, match=r"cannot be pickled or copied.*the cache's get\(\)"):
        duplicate(credentials)


def test_repr_has_no_secret(side):
    provider = side.provider()
    session = side.integration.session(provider)
    side.read(session)
    credentials = side.wait(session.get_credentials())
    text = repr(credentials)
    assert text == f"<{type(credentials).__name__} from {provider.cached()!r}>"
    for secret in ("ASIATEST000000000001", "secret-key", "session-token"):
        assert secret not in text


def test_attributes_of_the_plain_object(boto3_side):
    provider = boto3_side.provider(account_id="123456789012")
    credentials = boto3_side.integration.session(provider).get_credentials()
    assert credentials.access_key == "ASIATEST000000000001"
    assert credentials.secret_key == "secret-key-of-generation-1"
    assert credentials.token == "session-token-of-generation-1"
    assert credentials.account_id == "123456789012"
    assert credentials.get_deferred_property("account_id")() == "123456789012"
    with pytest.raises(AttributeError):
        credentials.access_key = "mine"


class TestInstall:
    def test_wins_over_keys_in_the_environment(self, side, monkeypatch):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "from-the-environment")
        session = side.bare_session()
        side.integration.install(session, side.provider())
        assert side.read(session).access_key == "ASIATEST000000000001"

    @pytest.mark.parametrize("explicit", [True, False])
    def test_wins_over_a_profile(self, side, monkeypatch, tmp_path, explicit):
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
        (tmp_path / "credentials").write_text(
            "[kiosk]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = from-the-profile\n"
        )
        if not explicit:
            monkeypatch.setenv("AWS_PROFILE", "kiosk")
        without = side.bare_session("kiosk" if explicit else None)
        assert side.read(without).access_key == "AKIAPROFILE"

        session = side.bare_session("kiosk" if explicit else None)
        side.integration.install(session, side.provider())
        assert side.read(session).access_key == "ASIATEST000000000001"

    def test_is_the_first_link_under_a_name_of_its_own(self, side):
        session = side.bare_session()
        side.integration.install(session, side.provider())
        resolver = session.get_component("credential_provider")
        link = resolver.get_provider("cognito-identity")
        assert resolver.providers[0] is link
        assert link.CANONICAL_NAME.startswith("custom")

    def test_takes_a_cache_too(self, side, cognito):
        cache = side.provider().cached()
        session = side.bare_session()
        side.integration.install(session, cache)
        side.wait(cache.get())
        side.read(session)
        assert cognito.fetches == 1

    def test_two_sessions_of_a_provider_share_its_cache(self, side, cognito):
        provider = side.provider()
        first, second = side.integration.session(provider), side.integration.session(provider)
        side.read(first)
        side.read(second)
        assert cognito.operations == ["GetId", "GetCredentialsForIdentity"]

    def test_leaves_the_region_alone(self, side):
        session = side.bare_session()
        side.integration.install(session, side.provider())
        assert session.get_config_variable("region") is None

    def test_refuses_a_session_with_keys(self, side):
        session = side.bare_session()
        session.set_credentials("AKIA", "secret")
        with pytest.raises(ConfigurationError, match="has credentials already"):
            side.integration.install(session, side.provider())
        assert side.read(session).access_key == "AKIA"

    def test_refuses_a_session_that_found_credentials(self, side, monkeypatch):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "from-the-environment")
        session = side.bare_session()
        side.read(session)
        with pytest.raises(ConfigurationError, match="has credentials already"):
            side.integration.install(session, side.provider())

    def test_refuses_a_session_of_the_other_side(self, side):
        with pytest.raises(ConfigurationError, match="Plain providers belong to"):
            side.integration.install(side.other_session(), side.provider())

    def test_refuses_what_is_no_session(self, side):
        with pytest.raises(ConfigurationError, match="session is of type str"):
            side.integration.install("session", side.provider())


class TestSession:
    def test_region_is_the_pools_where_nothing_says_one(self, side):
        session = side.integration.session(side.provider())
        assert side.region(session) == "eu-west-1"

    def test_region_of_the_environment_comes_first(self, side, monkeypatch):
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
        assert side.region(side.integration.session(side.provider())) == "us-west-2"

    def test_region_given_comes_before_all(self, side, monkeypatch):
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
        session = side.integration.session(side.provider(), region_name="ap-south-1")
        assert side.region(session) == "ap-south-1"


class TestWrongProvider:
    def test_of_the_other_side(self, side):
        home = side.integration.__name__
        with pytest.raises(ConfigurationError, match=f"{home}"):
            side.other_integration.session(side.provider())

    def test_no_provider_at_all(self, side):
        with pytest.raises(ConfigurationError, match="provider is of type function"):
            side.integration.session(lambda: None)
