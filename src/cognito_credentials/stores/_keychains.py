"""Selection of a keyring backend that encrypts its entries."""

from __future__ import annotations

from cognito_credentials import _typing as t
from cognito_credentials._core.missing_packages import missing_package
from cognito_credentials.errors import ConfigurationError

SYSTEM_BACKENDS = frozenset(
    f"keyring.backends.{name}"
    for name in ("SecretService", "Windows", "kwallet", "libsecret", "macOS")
)


def find_keychain() -> t.Any:
    """Return the backend that keyring selects.

    If keyring selects a chain of backends, some of which store plaintext, the first of the other
    backends is returned.

    Raises:
        ConfigurationError: If keyring is not installed, finds no keychain, or would store entries
            without encryption.
    """
    try:
        import keyring
        from keyring.backends import chainer, fail, null
    except ModuleNotFoundError as error:
        raise missing_package(
            "keyring",
            extra="keyring",
            alternative="Sign in with --store file",
        ) from error
    keychain = keyring.get_keyring()
    if isinstance(keychain, chainer.ChainerBackend) and any(map(_is_plaintext, keychain.backends)):
        encrypted = [backend for backend in keychain.backends if not _is_plaintext(backend)]
        keychain = encrypted[0] if encrypted else keychain.backends[0]
    if isinstance(keychain, fail.Keyring | null.Keyring):
        problem = "keyring finds no keychain on this machine"
    elif _is_plaintext(keychain):
        problem = f"keyring would store entries without encryption ({_name(keychain)})"
    else:
        return keychain
    from cognito_credentials._core.hints import Hint

    raise ConfigurationError(
        problem,
        hint=Hint(
            "Start a keychain such as gnome-keyring or KWallet, or use a FileStore.",
            for_command="Start a keychain such as gnome-keyring or KWallet, or sign in with "
            "--store file.",
        ),
    )


def require_system_keychain(backend: t.Any) -> None:
    """Check that a backend uses a keychain of the operating system, which encrypts its entries.

    Raises:
        ConfigurationError: If the backend is unknown, and therefore might not encrypt its entries.
    """
    if not _is_system_keychain(backend):
        raise ConfigurationError(
            f"keyring uses {_name(backend)}, which is not the system's keychain",
            hint="If this backend encrypts its entries, pass --store keychain. Otherwise, pass --store file.",
        )


def _is_plaintext(backend: object) -> bool:
    """Return True for the plaintext backends of keyrings.alt and for their subclasses."""
    return any(base.__name__ == "PlaintextKeyring" for base in type(backend).__mro__)


def _is_system_keychain(backend: t.Any) -> bool:
    """Return True if a backend is known to use the keychain of the operating system."""
    if any(base.__module__ == "keyring.backends.chainer" for base in type(backend).__mro__):
        return all(map(_is_system_keychain, backend.backends))
    return any(base.__module__ in SYSTEM_BACKENDS for base in type(backend).__mro__)


def _name(backend: object) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"
