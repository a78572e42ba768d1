"""The settings of a `ClientConfig`, with the name of each setting in each source.

Each setting is declared only in this module. `ClientConfig`, the code that resolves its values, and
the command all use these declarations. The command declares further settings in
`cli/settings/names.py`, and derives its options, its help and the documentation from all
declarations.
"""

from __future__ import annotations

from cognito_credentials._config import validators
from cognito_credentials._core.endpoints import check_region
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["CLIENT_SETTINGS", "IGNORE_ENDPOINTS", "Setting", "endpoint_setting", "next_step"]


class Setting:
    """One setting: its names, its validator and its help text.

    Attributes:
        name: Name of the parameter in the library, and of the setting in debug output.
        validate: Function that converts a value to the setting's type, or raises
            `ConfigurationError`. The function is called with the value and with the name to use in
            error messages. If None, any value is accepted.
        variables: Environment variables in order of precedence.
        key: Key in a profile of the AWS config file; "" if there is none.
        service: Name of the service in a `services` section that can also set the value; "" if
            there is none.
        option: Option of the command; "" if there is none.
        metavar: Name of the option's value in `--help`.
        help: Description of the option in `--help`.
        default: Value to use if no source sets the setting.
        is_repeatable: Whether the option may be passed more than once.
    """

    __slots__ = (
        "default",
        "help",
        "is_repeatable",
        "key",
        "metavar",
        "name",
        "option",
        "service",
        "validate",
        "variables",
    )

    def __init__(
        self,
        name: str,
        validate: Callable[[Any, str], Any] | None = None,
        *,
        variables: tuple[str, ...] = (),
        key: str = "",
        service: str = "",
        option: str = "",
        metavar: str = "",
        text: str = "",
        default: Any = None,
        is_repeatable: bool = False,
    ) -> None:
        self.name: str = name
        self.validate: Callable[[Any, str], Any] | None = validate
        self.variables: tuple[str, ...] = variables
        self.key: str = key
        self.service: str = service
        self.option: str = option
        self.metavar: str = metavar
        self.help: str = text
        self.default: Any = default
        self.is_repeatable: bool = is_repeatable

    def check(self, value: Any, source: str) -> Any:
        """Return a value after validating it and converting it to the setting's type.

        Args:
            value: Value from the source.
            source: "argument", "option --…", "environment variable AWS_…" or "profile NAME in FILE,
                line N".

        Raises:
            ConfigurationError: If the value is invalid. The message names the source.
        """
        if self.validate is None:
            return value
        try:
            return self.validate(value, self.label(source))
        except ConfigurationError as error:
            error.hint = error.hint or next_step(source) or f"Correct {self.name}, or omit it."
            raise

    def label(self, source: str) -> str:
        """Return the name that error messages use for a value from this source."""
        place = source.partition(" ")[0]
        if place in ("option", "environment"):
            return source
        return f"{self.key or self.name} ({source})" if place == "profile" else self.name

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


def next_step(source: str) -> str:
    """Return the hint for an invalid value from a source; see `Setting.check`."""
    place, _, rest = source.partition(" ")
    if place == "environment":
        return f"Correct or unset {rest.partition(' ')[2]}."
    if place == "profile":
        return f"Correct the value in {source}."
    return f"Correct {rest}, or omit it." if place == "option" else ""


def endpoint_setting(
    name: str, service: str, *, option: str = "", metavar: str = "", text: str = ""
) -> Setting:
    """Return the setting of a service's endpoint, with the same variables as in all AWS SDKs."""
    return Setting(
        name,
        validators.endpoint,
        variables=(f"AWS_ENDPOINT_URL_{service.upper()}", "AWS_ENDPOINT_URL"),
        key="endpoint_url",
        service=service,
        option=option,
        metavar=metavar,
        text=text,
    )


def _sdk_setting(name: str, validate: Callable[[Any, str], Any], default: Any = None) -> Setting:
    """Return a setting whose variable and profile key are derived from its name, as in AWS SDKs."""
    return Setting(name, validate, variables=(f"AWS_{name.upper()}",), key=name, default=default)


# The documentation lists the settings in this order.
CLIENT_SETTINGS = {
    setting.name: setting
    for setting in (
        Setting(
            "region",
            check_region,
            option="--region",
            metavar="REGION",
            text="expected region; must match the region in the pool ID",
        ),
        Setting(
            "profile",
            validators.text,
            variables=("AWS_PROFILE", "AWS_DEFAULT_PROFILE"),
            option="--profile",
            metavar="NAME",
            text="profile of the AWS config file",
        ),
        endpoint_setting(
            "endpoint_url",
            "cognito_identity",
            option="--endpoint-url",
            metavar="URL",
            text="endpoint for all services, for example an emulator",
        ),
        endpoint_setting("sts_endpoint_url", "sts"),
        _sdk_setting("max_attempts", validators.attempts),
        _sdk_setting("retry_mode", validators.retry_mode, default="standard"),
        Setting("connect_timeout", validators.seconds, default=5.0),
        Setting("request_timeout", validators.seconds, default=10.0),
        Setting("proxies", validators.proxies),
        _sdk_setting("ca_bundle", validators.text),
        Setting("client_cert", validators.client_cert),
        _sdk_setting("use_fips_endpoint", validators.flag, default=False),
        _sdk_setting("use_dualstack_endpoint", validators.flag, default=False),
        Setting("credentials"),
        Setting("user_agent_extra", validators.header_text),
        Setting("transport"),
        Setting("clock"),
    )
}

IGNORE_ENDPOINTS = _sdk_setting("ignore_configured_endpoint_urls", validators.flag, default=False)
"""Whether to ignore endpoints from the environment and from profiles; not a parameter."""
