from __future__ import annotations

import copy
import pickle

import botocore.credentials
import pytest
from botocore.credentials import Credentials as BotocoreCredentials
from botocore.exceptions import BotoCoreError, ClientError, CredentialRetrievalError
from cases import check_each

from cognito_credentials import errors
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.integrations._botocore_errors import as_retrieval_error
from cognito_credentials.testing import error_response

HOUR = 3600


def test_frozen_credentials_are_the_same_object_until_a_refresh(harness, cognito):
    session = harness.integration.session(harness.create_provider())

    first = harness.read_credentials(session)
    assert harness.read_credentials(session) is first
    assert first[:3] == (
        "ASIATEST000000000001",
        "secret-key-of-generation-1",
        "session-token-of-generation-1",
    )

    cognito.clock.advance(HOUR)
    second = harness.read_credentials(session)
    assert second[:3] == (
        "ASIATEST000000000002",
        "secret-key-of-generation-2",
        "session-token-of-generation-2",
    )
    assert harness.read_credentials(session) is second


def test_nothing_is_fetched_before_credentials_are_read(harness, cognito):
    session = harness.integration.session(harness.create_provider())
    harness.wait(session.get_credentials())
    assert cognito.operations == []
    harness.read_credentials(session)
    assert cognito.operations == ["GetId", "GetCredentialsForIdentity"]


def test_credentials_derive_from_credentials_of_botocore_but_not_from_refreshable_ones(harness):
    credentials = harness.wait(
        harness.integration.session(harness.create_provider()).get_credentials()
    )
    assert isinstance(credentials, botocore.credentials.Credentials)
    assert not isinstance(credentials, botocore.credentials.RefreshableCredentials)
    assert credentials.method == "cognito-identity"


def test_valid_credentials_are_returned_if_a_refresh_fails(harness, cognito):
    session = harness.integration.session(harness.create_provider())
    first = harness.read_credentials(session)
    cognito.clock.advance(HOUR - 30)
    cognito.error = error_response("ResourceConflictException", "no")

    assert harness.read_credentials(session) is first
    assert cognito.fetches == 2


def test_expiry_time_belongs_to_the_keys_that_were_returned_last(harness, cognito):
    # polars and `aws configure export-credentials` read the keys first, then this attribute.
    provider = harness.create_provider()
    credentials = harness.wait(harness.integration.session(provider).get_credentials())
    assert credentials._expiry_time is None
    harness.wait(credentials.get_frozen_credentials())
    first = harness.wait(provider.cached().get())
    assert credentials._expiry_time == first.expiration

    cognito.clock.advance(HOUR)
    second = harness.wait(provider.cached().get())
    assert credentials._expiry_time == first.expiration
    harness.wait(credentials.get_frozen_credentials())
    assert credentials._expiry_time == second.expiration > first.expiration


@pytest.mark.skipif(
    "account_id" not in botocore.credentials.ReadOnlyCredentials._fields, reason="old botocore"
)
@pytest.mark.parametrize("account_id", ["123456789012", None])
def test_account_id_is_the_configured_one(harness, account_id):
    provider = harness.create_provider(account_id=account_id)
    session = harness.integration.session(provider)
    assert harness.read_credentials(session).account_id == account_id


@pytest.mark.parametrize("duplicate", [pickle.dumps, copy.deepcopy])
def test_credentials_cannot_be_pickled_or_deep_copied(harness, duplicate):
    credentials = harness.wait(
        harness.integration.session(harness.create_provider()).get_credentials()
    )
    with pytest.raises(TypeError, match="pickled"):
        duplicate(credentials)


def test_the_repr_shows_no_secret(harness):
    provider = harness.create_provider()
    session = harness.integration.session(provider)
    harness.read_credentials(session)
    credentials = harness.wait(session.get_credentials())
    text = repr(credentials)
    assert text == f"<{type(credentials).__name__} from {provider.cached()!r}>"
    for secret in ("ASIATEST000000000001", "secret-key", "session-token"):
        assert secret not in text


def test_a_copy_uses_the_same_cache(harness, cognito):
    credentials = harness.wait(
        harness.integration.session(harness.create_provider()).get_credentials()
    )
    first = harness.wait(credentials.get_frozen_credentials())
    copied = copy.copy(credentials)
    assert type(copied) is type(credentials)
    assert copied.method == "cognito-identity"
    assert harness.wait(copied.get_frozen_credentials()) is first

    cognito.clock.advance(HOUR)
    assert harness.wait(copied.get_frozen_credentials()).token == "session-token-of-generation-2"
    assert harness.wait(credentials.get_frozen_credentials()).token == copied._last[1].token
    assert cognito.fetches == 2


def test_refresh_needed_refers_to_the_credentials_that_were_returned_last(harness, cognito):
    credentials = harness.wait(
        harness.integration.session(harness.create_provider()).get_credentials()
    )
    assert credentials.refresh_needed()
    assert cognito.operations == []
    harness.wait(credentials.get_frozen_credentials())
    assert not credentials.refresh_needed()
    assert credentials.refresh_needed(refresh_in=HOUR + 1)

    cognito.clock.advance(HOUR - 14 * 60)
    assert credentials.refresh_needed()
    assert not credentials.refresh_needed(refresh_in=13 * 60)
    cognito.clock.advance(14 * 60)
    assert credentials.refresh_needed(refresh_in=0.001)
    harness.wait(credentials.get_frozen_credentials())
    assert not credentials.refresh_needed()


def test_an_assigned_value_lasts_until_the_next_refresh(boto3_harness, cognito):
    provider = boto3_harness.create_provider()
    credentials = boto3_harness.integration.session(provider).get_credentials()
    before = credentials.get_frozen_credentials()
    credentials.access_key = "AKIAOTHER"
    credentials.secret_key = "other-secret"
    credentials.token = None
    credentials.account_id = "210987654321"
    assert (credentials.access_key, credentials.secret_key) == ("AKIAOTHER", "other-secret")
    assert (credentials.token, credentials.account_id) == (None, "210987654321")
    assert credentials.get_frozen_credentials() is before

    cognito.clock.advance(HOUR)
    assert credentials.access_key == "ASIATEST000000000002"
    assert credentials.token == "session-token-of-generation-2"
    assert credentials.account_id is None


def test_sync_credentials_have_attributes(boto3_harness):
    provider = boto3_harness.create_provider(account_id="123456789012")
    credentials = boto3_harness.integration.session(provider).get_credentials()
    assert credentials.access_key == "ASIATEST000000000001"
    assert credentials.secret_key == "secret-key-of-generation-1"
    assert credentials.token == "session-token-of-generation-1"
    assert credentials.account_id == "123456789012"
    if hasattr(BotocoreCredentials, "get_deferred_property"):
        assert credentials.get_deferred_property("account_id")() == "123456789012"


class TestFailedFetch:
    @pytest.fixture
    def raised(self, harness, cognito):
        """The error that a client's call raises if fetching credentials fails."""
        cognito.error = error_response("NotAuthorizedException", "Access to Identity is forbidden.")
        session = harness.integration.session(harness.create_provider())
        with pytest.raises((BotoCoreError, ClientError)) as caught:
            harness.presign(session)
        return caught.value

    def test_the_error_is_of_both_libraries(self, raised):
        assert isinstance(raised, CredentialRetrievalError)
        assert isinstance(raised, errors.NotAuthorizedException)
        assert type(raised).__name__ in errors.__all__
        assert raised.kwargs == {"provider": "cognito-identity", "error_msg": str(raised)}
        assert raised.operation_name == "GetCredentialsForIdentity"
        assert raised.response["Error"]["Code"] == "NotAuthorizedException"

    def test_the_traceback_has_no_second_error(self, raised):
        assert raised.__suppress_context__
        assert raised.__cause__ is None

    @pytest.mark.parametrize(
        "duplicate",
        [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))],  # noqa: S301
    )
    def test_the_error_can_be_pickled_and_copied(self, raised, duplicate):
        duplicated = duplicate(raised)
        assert type(duplicated) is type(raised)
        assert str(duplicated) == str(raised)
        assert duplicated.__dict__ == raised.__dict__


@pytest.mark.parametrize("read", ["access_key", "secret_key", "token", "account_id"])
def test_reading_one_value_raises_an_error_of_both_libraries(harness, cognito, read):
    cognito.error = error_response("InternalErrorException", "no", status=500)
    provider = harness.create_provider()
    credentials = harness.wait(harness.integration.session(provider).get_credentials())
    with pytest.raises(CredentialRetrievalError) as caught:
        harness.read_value(credentials, read)
    assert isinstance(caught.value, errors.InternalErrorException)
    assert caught.value.is_retryable


@check_each("name", sorted(set(errors.__all__) - {"CognitoCredentialsError"}))
def test_every_error_has_a_class_of_both_libraries(name):
    error_class = getattr(errors, name)
    error = error_class.__new__(error_class, "text")
    error.__dict__.update(message="text", hint="Do it.", operation_name="GetId", code="Code")
    converted = as_retrieval_error(error)
    assert isinstance(converted, error_class)
    assert isinstance(converted, CredentialRetrievalError)
    assert str(converted) == str(error)
    assert converted.reason == error.reason
    assert as_retrieval_error(converted) is converted


def test_the_exception_of_a_supplier_is_the_cause(harness):
    def fail():
        raise LookupError("no session")

    provider = harness.create_provider(logins={"accounts.google.com": fail})
    session = harness.integration.session(provider)
    with pytest.raises(CredentialRetrievalError) as caught:
        harness.read_credentials(session)
    assert isinstance(caught.value, errors.LoginTokenError)
    assert isinstance(caught.value.__cause__, LookupError)


def test_the_error_of_a_closed_provider_is_of_both_libraries(harness):
    provider = harness.create_provider()
    session = harness.integration.session(provider)
    harness.close(provider)
    with pytest.raises(CredentialRetrievalError) as caught:
        harness.read_credentials(session)
    assert isinstance(caught.value, ConfigurationError)


class TestInstall:
    def test_provider_takes_precedence_over_keys_in_the_environment(self, harness, monkeypatch):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "from-the-environment")
        session = harness.create_session()
        harness.integration.install(session, harness.create_provider())
        assert harness.read_credentials(session).access_key == "ASIATEST000000000001"

    @pytest.mark.parametrize("explicit", [True, False])
    def test_provider_takes_precedence_over_a_profile(
        self, harness, monkeypatch, tmp_path, explicit
    ):
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
        (tmp_path / "credentials").write_text(
            "[kiosk]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = from-the-profile\n"
        )
        if not explicit:
            monkeypatch.setenv("AWS_PROFILE", "kiosk")
        session_without_provider = harness.create_session("kiosk" if explicit else None)
        assert harness.read_credentials(session_without_provider).access_key == "AKIAPROFILE"

        session = harness.create_session("kiosk" if explicit else None)
        harness.integration.install(session, harness.create_provider())
        assert harness.read_credentials(session).access_key == "ASIATEST000000000001"

    def test_provider_is_first_in_the_chain_and_has_its_own_name(self, harness):
        session = harness.create_session()
        harness.integration.install(session, harness.create_provider())
        resolver = session.get_component("credential_provider")
        provider = resolver.get_provider("cognito-identity")
        assert resolver.providers[0] is provider
        assert provider.CANONICAL_NAME.startswith("custom")

    def test_a_cache_is_accepted(self, harness, cognito):
        cache = harness.create_provider().cached()
        session = harness.create_session()
        harness.integration.install(session, cache)
        harness.wait(cache.get())
        harness.read_credentials(session)
        assert cognito.fetches == 1

    def test_sessions_of_one_provider_share_its_cache(self, harness, cognito):
        provider = harness.create_provider()
        first, second = harness.integration.session(provider), harness.integration.session(provider)
        harness.read_credentials(first)
        harness.read_credentials(second)
        assert cognito.operations == ["GetId", "GetCredentialsForIdentity"]

    def test_the_region_does_not_change(self, harness):
        session = harness.create_session()
        harness.integration.install(session, harness.create_provider())
        assert session.get_config_variable("region") is None

    def test_a_session_with_keys_is_rejected(self, harness):
        session = harness.create_session()
        session.set_credentials("AKIA", "secret")
        with pytest.raises(ConfigurationError, match="session"):
            harness.integration.install(session, harness.create_provider())
        assert harness.read_credentials(session).access_key == "AKIA"

    def test_a_session_that_has_resolved_credentials_is_rejected(self, harness, monkeypatch):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "from-the-environment")
        session = harness.create_session()
        harness.read_credentials(session)
        with pytest.raises(ConfigurationError, match="session"):
            harness.integration.install(session, harness.create_provider())

    def test_a_session_of_the_other_kind_is_rejected(self, harness):
        with pytest.raises(ConfigurationError, match="session"):
            harness.integration.install(
                harness.create_session_of_other_kind(), harness.create_provider()
            )

    def test_an_object_of_another_type_is_rejected(self, harness):
        with pytest.raises(ConfigurationError, match="session"):
            harness.integration.install("session", harness.create_provider())


class TestSession:
    def test_the_default_region_is_that_of_the_identity_pool(self, harness):
        session = harness.integration.session(harness.create_provider())
        assert harness.get_region(session) == "eu-west-1"

    def test_a_region_in_the_environment_takes_precedence(self, harness, monkeypatch):
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
        assert (
            harness.get_region(harness.integration.session(harness.create_provider()))
            == "us-west-2"
        )

    def test_a_region_argument_takes_precedence_over_the_environment(self, harness, monkeypatch):
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
        session = harness.integration.session(harness.create_provider(), region_name="ap-south-1")
        assert harness.get_region(session) == "ap-south-1"


class TestWrongProvider:
    def test_a_provider_of_the_other_kind_is_rejected_with_its_integration(self, harness):
        with pytest.raises(ConfigurationError, match=harness.integration.__name__):
            harness.integration_of_other_kind.session(harness.create_provider())

    def test_an_object_of_another_type_is_rejected(self, harness):
        with pytest.raises(ConfigurationError, match="provider"):
            harness.integration.session(lambda: None)
