"""The names of issuers. Every process that has a login reads them: nothing heavy is imported."""

from __future__ import annotations

from cognito_credentials._core.login_providers import derive_provider_name, is_user_pool
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.logins import user_pool

__all__ = ["issuer_of", "user_pool_of"]


def issuer_of(text: str) -> str:
    """Return the address of an issuer; a user pool's id stands for the pool's.

    Whether it can be asked, `discover` checks.

    Raises:
        ConfigurationError: It is no address, holds a password, or looks like a user pool's id and
            is none.
    """
    text = text.strip()
    if "@" in text.partition("://")[2].partition("/")[0]:
        # Not left to `discover`: what is said before it names the issuer.
        raise ConfigurationError(
            "issuer has a user name or a password in its address",
            hint="Leave out what stands before the @: an issuer is asked as nobody.",
        )
    if "://" in text:
        return text
    if "_" in text and "/" not in text and "." not in text:
        text = user_pool(text)
    if "." not in text and ":" not in text and text != "localhost":
        raise ConfigurationError(
            f"issuer is {text!r}, which is no issuer",
            hint="Write its address, as in https://login.example.com, or a user pool's id, as in "
            "us-east-1_Example.",
        )
    return f"https://{text}"


def user_pool_of(issuer: str) -> tuple[str, str] | None:
    """Return region and id of the user pool that an issuer is, or None."""
    key = derive_provider_name(issuer)
    if not is_user_pool(key):
        return None
    host, _, pool_id = key.partition("/")
    return host.split(".")[1], pool_id
