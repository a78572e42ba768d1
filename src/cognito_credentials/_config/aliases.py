"""Settings as other libraries name them; loaded only for those, or to explain an unknown name."""

from __future__ import annotations

from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

_MILLISECONDS = "in seconds (the JavaScript SDK takes milliseconds)"
# Theirs: ours, and what else to know about it.
_ELSEWHERE = {
    "endpoint": ("endpoint_url", ""),
    "requesttimeout": ("request_timeout", _MILLISECONDS),
    "sockettimeout": ("request_timeout", _MILLISECONDS),
    "readtimeout": ("request_timeout", "in seconds"),
    "timeout": ("request_timeout", "in seconds"),
    "connectiontimeout": ("connect_timeout", _MILLISECONDS),
    "requesthandler": ("transport", "or request_timeout and connect_timeout, in seconds"),
    "regionname": ("region", ""),
    "profilename": ("profile", ""),
    "retries": ("max_attempts", "a number; the first attempt counts"),
    "verify": ("ca_bundle", "a path; verification cannot be turned off"),
    "cert": ("client_cert", ""),
    "proxy": ("proxies", 'as in {"https": "http://proxy.example:3128"}'),
    "useragent": ("user_agent_extra", ""),
    "customuseragent": ("user_agent_extra", ""),
}


def unknown(key: object, known: Collection[str]) -> ConfigurationError:
    """Return the error for a key that is not a setting, with the one it stands for."""
    from difflib import get_close_matches

    plain = key.replace("_", "").lower() if isinstance(key, str) else ""
    name, note = _ELSEWHERE.get(plain, ("", ""))
    if not name:
        by_plain = {setting.replace("_", ""): setting for setting in known}
        close = get_close_matches(plain, by_plain, n=1)
        name = by_plain[close[0]] if close else ""
    if name:
        hint = f"Use {name}{', ' if note else ''}{note}."
    else:
        hint = f"The settings are {', '.join(known)}."
    return ConfigurationError(f"client_config has no setting {key!r}.", hint=hint)


def is_botocore_config(value: object) -> bool:
    return any(c.__module__ == "botocore.config" for c in type(value).__mro__)


def from_botocore(config: Any) -> dict[str, Any]:
    """Return our names for what a `botocore.config.Config` sets; the rest of it is ignored.

    What equals botocore's default was not set: its 60 seconds of patience are not passed on.
    """
    default = type(config)()
    settings: dict[str, Any] = {}
    for theirs, ours in (
        ("region_name", "region"),
        ("connect_timeout", "connect_timeout"),
        ("read_timeout", "request_timeout"),
        ("proxies", "proxies"),
        ("client_cert", "client_cert"),
        ("user_agent_extra", "user_agent_extra"),
        ("use_fips_endpoint", "use_fips_endpoint"),
        ("use_dualstack_endpoint", "use_dualstack_endpoint"),
    ):
        value = getattr(config, theirs, None)
        if value is not None and value != getattr(default, theirs, None):
            settings[ours] = value
    retries: dict[str, Any] = getattr(config, "retries", None) or {}
    if "mode" in retries:
        settings["retry_mode"] = retries["mode"]
    if "total_max_attempts" in retries:
        settings["max_attempts"] = retries["total_max_attempts"]
    elif "max_attempts" in retries:
        # botocore counts the retries here, not the attempts.
        settings["max_attempts"] = retries["max_attempts"] + 1
    return settings
