from __future__ import annotations

import sys

import keyring
import pytest
from fake_keychain import FakeKeychain
from keyring.backends import SecretService, chainer, fail, kwallet, null

from cognito_credentials.errors import ConfigurationError
from cognito_credentials.stores import KeyringStore
from cognito_credentials.stores._keychains import find_keychain, require_system_keychain


class Backend(FakeKeychain):
    """A third-party backend, which may encrypt its entries."""


class PlaintextKeyring(Backend):
    """A backend with the same class name as backends in `keyrings.alt` and `keyrings.cryptfile`."""


class DerivedKeyring(PlaintextKeyring):
    pass


class Chain(chainer.ChainerBackend):
    priority = 10  # type: ignore[assignment]
    backends = ()  # type: ignore[assignment]

    def __init__(self, *backends):
        super().__init__()
        self.backends = backends


# Their constructors are not called, because they look for a running keychain.
SECRET_SERVICE, WALLET = (
    object.__new__(backend) for backend in (SecretService.Keyring, kwallet.DBusKeyring)
)


@pytest.fixture
def select():
    """Return a function that makes a backend the current keyring."""
    previous = keyring.get_keyring()
    yield keyring.set_keyring
    keyring.set_keyring(previous)


@pytest.mark.parametrize(
    "backend",
    [
        fail.Keyring(),
        null.Keyring(),
        PlaintextKeyring(),
        DerivedKeyring(),
        Chain(PlaintextKeyring(), DerivedKeyring()),
        Chain(PlaintextKeyring(), fail.Keyring()),
    ],
)
def test_a_backend_that_does_not_encrypt_is_rejected(select, backend):
    select(backend)
    with pytest.raises(ConfigurationError) as caught:
        KeyringStore()
    assert "FileStore" in caught.value.hint


def test_without_keyring_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ConfigurationError) as caught:
        find_keychain()
    assert "cognito-credentials[keyring]" in caught.value.hint


def test_the_backend_that_keyring_selects_is_used(select, tmp_path):
    backend = Backend()
    select(backend)
    KeyringStore("service-name", lock_path=tmp_path / "locks").put("key", b"v", expires_at=None)
    assert [service for service, _ in backend.entries] == ["service-name"]


def test_the_user_may_pass_any_backend(tmp_path):
    backend = PlaintextKeyring()
    KeyringStore(backend=backend, lock_path=tmp_path).put("key", b"v", expires_at=None)
    assert backend.entries


def test_a_backend_that_does_not_encrypt_is_skipped_in_a_chain(select):
    encrypted = Backend()
    select(Chain(PlaintextKeyring(), encrypted))
    assert find_keychain() is encrypted
    chain = Chain(encrypted, WALLET)
    select(chain)
    assert find_keychain() is chain


@pytest.mark.parametrize("backend", [SECRET_SERVICE, WALLET, Chain(SECRET_SERVICE, WALLET)])
def test_keychains_of_the_system_are_known(backend):
    require_system_keychain(backend)


@pytest.mark.parametrize("backend", [Backend(), Chain(SECRET_SERVICE, Backend())])
def test_other_backends_are_reported_by_their_name(backend):
    with pytest.raises(ConfigurationError, match=type(backend).__name__) as caught:
        require_system_keychain(backend)
    assert "--store keychain" in caught.value.hint
