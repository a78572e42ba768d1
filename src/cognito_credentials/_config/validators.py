"""What each setting may be, wherever it came from.

A check takes the value, the setting's name and its source ("argument", "environment AWS_…",
"profile NAME in FILE, line N") and returns the value in its own type, or raises
`ConfigurationError` with all three and the next step.
"""

from __future__ import annotations

from cognito_credentials._core import endpoints
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

LARGEST = 10**6  # of a number of attempts or seconds; more is a slip
LONGEST_LABEL = 63
LONGEST_SHOWN = 100
RETRY_MODES = ("legacy", "standard", "adaptive")


def refusal(name: str, source: str, problem: str, *, hint: str = "") -> ConfigurationError:
    """Return the error for a setting; the next step follows from where the value came from."""
    origin, _, where = source.partition(" ")
    if origin == "environment":
        step = f"Correct or unset {where}."
    elif origin == "profile":
        step = f"Correct it in {source}."
    else:
        step = ""
    text = " ".join(part for part in (hint, step) if part)
    shown = name if source == "argument" else f"{name} ({source})"
    return ConfigurationError(f"{shown} {problem}.", hint=text)


def text(value: object, name: str, source: str) -> str:
    if not isinstance(value, str):
        raise refusal(name, source, f"must be a string, not a {type(value).__name__}")
    return value


def attempts(value: object, name: str, source: str) -> int:
    if isinstance(value, str):
        value = (
            int(value) if value.strip().isdecimal() and len(value) <= len(str(LARGEST)) else value
        )
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= LARGEST:
        raise refusal(
            name,
            source,
            f"is {_shown(value)}: it must be a whole number from 1 up (1 means no retries)",
        )
    return value


def seconds(value: object, name: str, source: str) -> float:
    # The comparison is false for NaN.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= LARGEST:
        raise refusal(name, source, f"is {_shown(value)}: it must be a number of seconds above 0")
    return float(value)


def flag(value: object, name: str, source: str) -> bool:
    if isinstance(value, str) and value.strip().lower() in {"true", "false"}:
        return value.strip().lower() == "true"
    if not isinstance(value, bool):
        raise refusal(name, source, f"is {_shown(value)}: it must be true or false")
    return value


def retry_mode(value: object, name: str, source: str) -> str:
    if value not in RETRY_MODES:
        raise refusal(
            name,
            source,
            f"is {_shown(value)}: it must be one of {', '.join(RETRY_MODES)}",
            hint="All three mean standard here.",
        )
    return str(value)


def endpoint(value: object, name: str, source: str) -> str:
    """Return the address of a service; it may have a port and a path, nothing else."""
    url = text(value, name, source)
    scheme, separator, rest = url.partition("://")
    host = rest.partition("/")[0]
    if not separator or scheme.lower() not in {"http", "https"} or not host:
        raise refusal(
            name,
            source,
            f"is {_shown(without_userinfo(url))}: it must begin with https:// (or http://) and a host",
        )
    if "@" in host:
        raise refusal(name, source, "must not carry a user name or password")
    if not url.isascii() or any(c in "?# \\" or c < "!" for c in url) or not _is_authority(host):
        raise refusal(
            name,
            source,
            f"is {_shown(without_userinfo(url))}: only a host, a port and a path may follow the "
            "scheme",
        )
    return f"{scheme.lower()}://{rest}"


def _is_authority(text: str) -> bool:
    host, colon, port = text.rpartition(":") if not text.endswith("]") else (text, "", "")
    if not colon:
        host = text
    elif not port.isdecimal() or not 0 < int(port[:6]) < 2**16:
        return False
    if host.startswith("["):
        return host.endswith("]") and ":" in host
    # A label of another length cannot even be asked for (RFC 1035).
    return ":" not in host and all(0 < len(label) <= LONGEST_LABEL for label in host.split("."))


def proxies(value: object, name: str, source: str) -> dict[str, str]:
    """Return proxies by the scheme of the endpoint, as botocore's `Config(proxies=...)` has them.

    A third key, "no", lists the hosts to reach without one.
    """
    # The parameter is an object to the type checker; what a Mapping holds is checked below.
    given: Mapping[Any, Any] | None = value if hasattr(value, "items") else None  # type: ignore[assignment]
    if given is None:
        raise refusal(
            name, source, 'must be a mapping such as {"https": "http://proxy.example:3128"}'
        )
    unknown = [key for key in given if key not in {"http", "https", "no"}]
    if unknown:
        raise refusal(name, source, f"has the key {unknown[0]!r}: http, https and no are known")
    wrong = [key for key, url in given.items() if not (url is None or isinstance(url, str))]
    if wrong:
        raise refusal(name, source, f"holds something other than a string for {wrong[0]!r}")
    return {key: url for key, url in given.items() if url}


def client_cert(value: object, name: str, source: str) -> str | tuple[str, str]:
    match value:
        case str():
            return value
        case (str(certificate), str(key)):
            return certificate, key
        case _:
            raise refusal(
                name,
                source,
                "must be the path of a PEM file, or a pair (certificate, key) of paths",
            )


def header_text(value: object, name: str, source: str) -> str:
    words = text(value, name, source)
    if not words.isascii() or not words.isprintable():
        raise refusal(name, source, "must be printable ASCII on one line")
    return words


def without_userinfo(url: str) -> str:
    """Return a URL with its user name and password hidden.

    Up to the last `@`: a password that was not quoted may hold any other mark of a URL.
    """
    before, at, rest = url.rpartition("@")
    scheme, separator, _ = before.partition("://")
    return f"{scheme}{separator}…@{rest}" if separator else f"…@{rest}" if at else url


def _shown(value: object) -> str:
    return endpoints.shown(value) if isinstance(value, str) else repr(value)[:LONGEST_SHOWN]
