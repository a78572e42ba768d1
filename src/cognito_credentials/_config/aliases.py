"""Names that other libraries use for settings.

This module is imported only to convert a botocore config, or to explain an unknown setting.
"""

from __future__ import annotations

from cognito_credentials._config.validators import MAX_TIMEOUT_SECONDS
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_MILLISECONDS = "in seconds (the JavaScript SDK uses milliseconds)"
# Maps names in other libraries (in lower case and without underscores) to (our name, remark).
_ALIASES = {
    "endpoint": ("endpoint_url", ""),
    "requesttimeout": ("request_timeout", _MILLISECONDS),
    "sockettimeout": ("request_timeout", _MILLISECONDS),
    "readtimeout": ("request_timeout", "in seconds"),
    "timeout": ("request_timeout", "in seconds"),
    "connectiontimeout": ("connect_timeout", _MILLISECONDS),
    "requesthandler": ("transport", "or request_timeout and connect_timeout, in seconds"),
    "regionname": ("region", ""),
    "profilename": ("profile", ""),
    "retries": ("max_attempts", "a number that includes the first attempt"),
    "verify": ("ca_bundle", "a path; verification cannot be disabled"),
    "cert": ("client_cert", ""),
    "proxy": ("proxies", 'for example {"https": "http://proxy.example:3128"}'),
    "useragent": ("user_agent_extra", ""),
    "customuseragent": ("user_agent_extra", ""),
}
# Maps botocore's options to the corresponding settings.
_BOTOCORE_OPTIONS = {
    "region_name": "region",
    "connect_timeout": "connect_timeout",
    "read_timeout": "request_timeout",
    "proxies": "proxies",
    "client_cert": "client_cert",
    "user_agent_extra": "user_agent_extra",
    "use_fips_endpoint": "use_fips_endpoint",
    "use_dualstack_endpoint": "use_dualstack_endpoint",
}


def unknown_setting(key: object, known: Iterable[str]) -> ConfigurationError:
    """Return the error for an unknown key; the hint suggests the most similar setting."""
    from difflib import get_close_matches

    plain = key.replace("_", "").lower() if isinstance(key, str) else ""
    name, remark = _ALIASES.get(plain, ("", ""))
    if not name:
        names = {setting.replace("_", ""): setting for setting in known}
        close = get_close_matches(plain, names, n=1)
        name = names[close[0]] if close else ""
    if name:
        hint = f"Use {name}, {remark}." if remark else f"Use {name}."
    else:
        hint = f"Use one of the settings {', '.join(known)}."
    return ConfigurationError(f"client_config has no setting {key!r}", hint=hint)


def from_botocore(config: Any) -> dict[str, Any]:
    """Return the settings that a `botocore.config.Config` sets; its other options are ignored.

    A value that equals botocore's default is treated as unset, so that botocore's default timeouts
    of 60 seconds do not replace the defaults of this library.
    """
    default = type(config)()
    settings: dict[str, Any] = {}
    for option, name in _BOTOCORE_OPTIONS.items():
        value = getattr(config, option, None)
        if value is not None and value != getattr(default, option, None):
            settings[name] = value
            # botocore applies its timeouts to each socket operation, so users often set long
            # timeouts. Cap such timeouts at this library's maximum.
            if name.endswith("_timeout") and isinstance(value, int | float):
                settings[name] = min(value, MAX_TIMEOUT_SECONDS)
    retries: dict[str, Any] = getattr(config, "retries", None) or {}
    if "mode" in retries:
        settings["retry_mode"] = retries["mode"]
    if "total_max_attempts" in retries:
        settings["max_attempts"] = retries["total_max_attempts"]
    elif "max_attempts" in retries:
        # In botocore, this number does not include the first attempt.
        settings["max_attempts"] = retries["max_attempts"] + 1
    return settings
