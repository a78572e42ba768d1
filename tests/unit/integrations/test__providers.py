from __future__ import annotations

import pytest

import cognito_credentials
from cognito_credentials import aio
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.integrations._providers import async_cache, sync_cache

POOL_ID = "eu-west-1:1699ebc0-7900-4099-b910-2df94f52a030"


class Kind:
    """One kind of providers, sync or async, with the function that accepts this kind."""

    def __init__(self, harness, *, is_async):
        self.wait = harness.wait
        self.is_async = is_async
        module = aio if is_async else cognito_credentials
        prefix = "Async" if is_async else ""
        self.function = async_cache if is_async else sync_cache
        self.other_function = sync_cache if is_async else async_cache
        self.module_name = module.__name__
        self.cache_class = getattr(module, f"{prefix}CredentialsCache")
        self.provider = harness.create_provider()
        self.broker = getattr(module, f"{prefix}CredentialBroker")(
            POOL_ID, client_config=harness.config
        )

    def close(self, closable):
        if self.is_async:
            self.wait(closable.aclose())
        else:
            closable.close()


@pytest.fixture
def kind(harness):
    return Kind(harness, is_async="aiobotocore" in harness.integration.__name__)


def test_the_cache_of_a_provider_is_returned(kind):
    assert kind.function(kind.provider) is kind.provider.cached()


def test_a_cache_is_returned_unchanged(kind):
    cache = kind.cache_class(kind.provider)
    assert kind.function(cache) is cache


def test_the_credentials_of_one_user_are_returned_unchanged(kind):
    user = kind.broker.user("alice", None)
    assert kind.function(user) is user


class TestOtherKind:
    def test_the_error_names_the_module_to_create_the_provider_with(self, kind):
        other = aio if not kind.is_async else cognito_credentials
        for given in (kind.provider, kind.provider.cached(), kind.broker.user("alice", None)):
            with pytest.raises(ConfigurationError) as caught:
                kind.other_function(given)
            assert type(given).__name__ in caught.value.message
            assert f"a provider from {other.__name__}." in caught.value.hint

    def test_the_error_names_the_alternative(self, kind):
        with pytest.raises(ConfigurationError) as caught:
            kind.other_function(kind.provider, alternative="the other integration")
        assert "the other integration" in caught.value.hint


class TestClosed:
    def test_a_closed_provider_is_rejected(self, kind):
        kind.close(kind.provider)
        with pytest.raises(ConfigurationError, match="closed"):
            kind.function(kind.provider)

    def test_a_closed_cache_is_rejected(self, kind):
        cache = kind.cache_class(kind.provider)
        kind.close(cache)
        with pytest.raises(ConfigurationError, match="closed"):
            kind.function(cache)

    def test_a_cache_of_a_closed_provider_is_rejected(self, kind):
        cache = kind.cache_class(kind.provider)
        kind.close(kind.provider)
        with pytest.raises(ConfigurationError, match="closed"):
            kind.function(cache)

    def test_a_user_of_a_closed_broker_is_rejected(self, kind):
        user = kind.broker.user("alice", None)
        kind.close(kind.broker)
        with pytest.raises(ConfigurationError, match="closed"):
            kind.function(user)


class TestOtherTypes:
    @pytest.mark.parametrize(
        "given",
        [None, POOL_ID, {"aws_access_key_id": "AKIA"}, lambda: None, ("AKIA", "secret"), object()],
        ids=lambda given: type(given).__name__,
    )
    def test_the_error_names_the_type_and_how_to_create_a_provider(self, kind, given):
        with pytest.raises(ConfigurationError) as caught:
            kind.function(given)
        assert type(given).__name__ in caught.value.message
        assert f"from_cognito_identity_pool of {kind.module_name}," in caught.value.hint

    def test_a_class_is_called_a_class(self, kind):
        with pytest.raises(ConfigurationError, match=f"the class {kind.cache_class.__name__}"):
            kind.function(kind.cache_class)

    def test_credentials_are_not_a_provider(self, kind):
        credentials = kind.wait(kind.provider())
        with pytest.raises(ConfigurationError) as caught:
            kind.function(credentials)
        assert "the provider itself, not the credentials" in caught.value.hint
        assert credentials.secret_access_key not in str(caught.value)

    def test_credentials_of_a_session_are_not_a_provider(self, kind, harness):
        credentials = kind.wait(harness.integration.session(kind.provider).get_credentials())
        with pytest.raises(ConfigurationError) as caught:
            kind.function(credentials)
        assert "the provider itself, not the credentials" in caught.value.hint
        assert harness.cognito.operations == []

    def test_a_broker_needs_a_user(self, kind):
        with pytest.raises(ConfigurationError) as caught:
            kind.function(kind.broker)
        assert "broker.user" in caught.value.hint
