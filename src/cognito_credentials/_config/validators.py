"""Validators of settings.

A validator takes a value, and its name for error messages ("max_attempts", "environment variable
AWS_MAX_ATTEMPTS", …). A validator returns the value converted to the setting's type, or raises a
`ConfigurationError` whose message never contains a password or a token.
"""

from __future__ import annotations

from cognito_credentials._validation import (
    check_integer,
    check_no_control_character,
    check_seconds,
    format_value,
)
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

MAX_ATTEMPTS = 10**6  # A larger number is certainly a mistake.
MAX_TIMEOUT_SECONDS = 300
MAX_LABEL_LENGTH = 63
RETRY_MODES = ("legacy", "standard", "adaptive")


def text(value: object, label: str) -> str:
    """Return a string without control characters."""
    return check_no_control_character(label, _string(value, label))


def _string(value: object, label: str) -> str:
    if not isinstance(value, str):
        raise ConfigurationError(f"{label} must be a string, not {type(value).__name__}")
    return value


def attempts(value: object, label: str) -> int:
    """Return a number of attempts; a string of digits is also accepted."""
    if isinstance(value, str):
        digits = value.strip()
        # `int` raises an error for very long strings of digits.
        if digits.isdecimal() and len(digits) <= len(str(MAX_ATTEMPTS)):
            value = int(digits)
    return check_integer(label, value, maximum=MAX_ATTEMPTS)


def seconds(value: object, label: str) -> float:
    """Return a positive number of seconds."""
    return check_seconds(label, value, above=0, at_most=MAX_TIMEOUT_SECONDS)


def flag(value: object, label: str) -> bool:
    """Return a boolean; the strings "true" and "false" are also accepted, ignoring case."""
    if isinstance(value, str) and value.strip().lower() in {"true", "false"}:
        return value.strip().lower() == "true"
    if not isinstance(value, bool):
        raise ConfigurationError(f"{label} must be true or false, not {format_value(value)}")
    return value


def retry_mode(value: object, label: str) -> str:
    """Return one of the retry modes of the AWS SDKs."""
    if value not in RETRY_MODES:
        raise ConfigurationError(
            f"{label} must be legacy, standard or adaptive, not {format_value(value)}"
        )
    return str(value)


def endpoint(value: object, label: str) -> str:
    """Return the URL of a service; the URL must not contain userinfo, a query or a fragment."""
    # Use `_string`, not `text`: an error from `text` could show the URL, which may contain a
    # password.
    url = _string(value, label)
    scheme, separator, rest = url.partition("://")
    host = rest.partition("/")[0]
    hint = "Use a URL such as https://HOST or http://127.0.0.1:PORT."
    if not separator or scheme.lower() not in {"http", "https"} or not host:
        raise ConfigurationError(
            f"{label} must be an http or https URL, not {_without_secrets(url)}", hint=hint
        )
    if "@" in host:
        raise ConfigurationError(f"{label} must not contain a user name or password", hint=hint)
    if (
        not url.isascii()
        or any(c in "?# \\\x7f" or c < "!" for c in url)
        or not _is_authority(host)
    ):
        raise ConfigurationError(
            f"{label} must consist of a scheme, a host, and optionally a port and a path, not "
            f"{_without_secrets(url)}",
            hint=hint,
        )
    return f"{scheme.lower()}://{rest}"


def _is_authority(authority: str) -> bool:
    """Return True if the authority of a URL consists of a host and optionally a port."""
    host, colon, port = (
        (authority, "", "") if authority.endswith("]") else authority.rpartition(":")
    )
    if not colon:
        host = authority
    elif not port.isdecimal() or not 0 < int(port[:6]) < 2**16:
        return False
    if host.startswith("["):
        return host.endswith("]") and _is_ipv6_address(host[1:-1])
    # RFC 1035 limits the length of a DNS label. Underscores occur in the names of containers.
    return all(
        0 < len(part) <= MAX_LABEL_LENGTH and part.replace("-", "").replace("_", "x").isalnum()
        for part in host.split(".")
    )


def _is_ipv6_address(text: str) -> bool:
    import ipaddress  # Imported here, because few URLs contain an IPv6 address.

    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def proxies(value: object, label: str) -> dict[str, str]:
    """Return proxy URLs by the scheme of the endpoint, as in botocore's `Config(proxies=...)`.

    The additional key "no" contains the hosts to connect to directly. Empty values are omitted.
    """
    # For type checkers, `value` is an `object`; the loop below validates the items of the mapping.
    mapping: Mapping[Any, Any] | None = value if hasattr(value, "items") else None  # type: ignore[assignment]
    if mapping is None:
        raise ConfigurationError(
            f'{label} must be a mapping such as {{"https": "http://proxy.example:3128"}}, not '
            f"{type(value).__name__}"
        )
    for key, url in mapping.items():
        if key not in {"http", "https", "no"}:
            raise ConfigurationError(
                f"{label} contains the unknown key {format_value(key)}; supported keys are http, "
                "https and no"
            )
        if not (url is None or isinstance(url, str)):
            raise ConfigurationError(
                f"{label} must contain a string for {key!r}, not {type(url).__name__}"
            )
        # The URL may contain a password.
        check_no_control_character(f"{label}[{key!r}]", url or "", is_secret=True)
    return {key: url for key, url in mapping.items() if url}


def client_cert(value: object, label: str) -> str | tuple[str, str]:
    """Return the path of a certificate, or the paths of a certificate and its key."""
    match value:
        case str():
            return text(value, label)
        case (str(certificate), str(key)):
            return text(certificate, label), text(key, label)
        case _:
            raise ConfigurationError(
                f"{label} must be the path of a PEM file or a pair (certificate, key) of paths, "
                f"not {type(value).__name__}"
            )


def header_text(value: object, label: str) -> str:
    """Return a string that an HTTP header may contain."""
    words = _string(value, label)
    if not words.isascii() or not words.isprintable():
        raise ConfigurationError(f"{label} must be one line of printable ASCII characters")
    return words


def without_userinfo(url: str) -> str:
    """Return a URL in which the user name and password are replaced with `…`.

    The userinfo ends at the last `@`, because a password that is not percent-encoded may contain
    any character.
    """
    before, at, rest = url.rpartition("@")
    scheme, separator, _ = before.partition("://")
    return f"{scheme}{separator}…@{rest}" if separator else f"…@{rest}" if at else url


def _without_secrets(url: str) -> str:
    return format_value(without_userinfo(url))
