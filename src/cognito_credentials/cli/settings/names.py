"""Settings of the command, each with its option, environment variable and profile key.

The AWS SDK for Swift defines some of the variables and profile keys; the others are named in the
same style.
"""

from __future__ import annotations

from cognito_credentials._config.settings import CLIENT_SETTINGS, Setting
from cognito_credentials._core.endpoints import check_identity_id, check_identity_pool_id
from cognito_credentials._core.identity_id_keys import check_not_guest
from cognito_credentials._validation import MAX_PORT, check_integer, format_value
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

__all__ = [
    "COGNITO_SETTINGS",
    "OPTION_SETTINGS",
    "SIGN_IN_SETTINGS",
    "check_account_id",
    "client_config",
    "hint_to_set",
    "list_option_texts",
    "reject_empty_options",
]

ACCOUNT_ID_DIGITS = 12
# The characters of a path, according to RFC 3986, section 3.3.
PATH_CHARACTERS = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@%/"
)


def check_account_id(value: str, label: str) -> str:
    """Check an account ID, and return it.

    Raises:
        ConfigurationError: If the value does not consist of 12 digits.
    """
    if not (len(value) == ACCOUNT_ID_DIGITS and value.isascii() and value.isdigit()):
        raise ConfigurationError(
            f"{label} must be an AWS account ID of {ACCOUNT_ID_DIGITS} digits, not "
            f"{format_value(value)}",
            hint="Write only the digits of the account ID, with its leading zeros and without hyphens, for "
            "example 012345678901.",
        )
    return value


def _check_role_arn(value: str, label: str) -> str:
    from cognito_credentials._core.basic import ROLE_ARN

    if not ROLE_ARN.fullmatch(value):
        raise ConfigurationError(
            f"{label} must be the ARN of an IAM role, not {format_value(value)}",
            hint="Use an ARN such as arn:aws:iam::123456789012:role/NAME.",
        )
    return value


def _check_duration(value: str, label: str) -> int:
    from cognito_credentials._core.basic import MAX_DURATION_SECONDS, MIN_DURATION_SECONDS

    # int() rejects very long strings of digits.
    is_number = value.isascii() and value.isdigit() and len(value) <= len(str(MAX_DURATION_SECONDS))
    return check_integer(
        label,
        int(value) if is_number else value,
        minimum=MIN_DURATION_SECONDS,
        maximum=MAX_DURATION_SECONDS,
        hint="Use a number of seconds, for example 900 for 15 minutes or 43200 for 12 hours. The role "
        "may limit the lifetime further.",
    )


def _check_redirect_port(value: str, label: str) -> int:
    is_number = value.isascii() and value.isdigit() and len(value) <= len(str(MAX_PORT))
    return check_integer(
        label,
        int(value) if is_number else value,
        minimum=0,
        maximum=MAX_PORT,
        hint="Use the port of the callback URL that is registered with the issuer, for example "
        "8400 if the URL is http://localhost:8400/callback. 0 selects any free port.",
    )


def _check_redirect_path(value: str, label: str) -> str:
    # A browser would normalize any other path, so the URL would no longer match the registered
    # callback URL.
    has_valid_characters = value.isascii() and not set(value) - PATH_CHARACTERS
    segments = value.split("/")[1:]
    if (
        not value.startswith("/")
        or value.startswith("//")
        or not has_valid_characters
        or not {".", ".."}.isdisjoint(segments)
    ):
        raise ConfigurationError(
            f"{label} must be the path of a URL, which begins with a slash, not {format_value(value)}",
            hint="Use the path of the callback URL that is registered with the issuer, for example "
            "/oauth2/callback if the URL is http://localhost:8400/oauth2/callback.",
        )
    return value


def _cognito_setting(
    name: str,
    metavar: str,
    text: str,
    validate: Callable[[Any, str], Any] | None = None,
    *,
    option: str = "",
    is_repeatable: bool = False,
) -> Setting:
    return Setting(
        name,
        validate,
        variables=(f"AWS_COGNITO_{name.upper()}",),
        key=f"cognito_{name}",
        option=option or f"--{name.replace('_', '-')}",
        metavar=metavar,
        text=text,
        is_repeatable=is_repeatable,
    )


# The help lists the settings in this order, and the command resolves them in this order: the issuer
# before its client ID, for example.
COGNITO_SETTINGS = {
    setting.name: setting
    for setting in (
        _cognito_setting("identity_pool_id", "ID", "identity pool ID", check_identity_pool_id),
        _cognito_setting(
            "identity_id", "ID", "identity ID, if it is already known", check_identity_id
        ),
        _cognito_setting(
            "logins",
            "PROVIDER=SOURCE",
            "login provider name, and the source of the login token: @FILE, env:NAME or cmd:COMMAND; "
            "can be repeated",
            option="--login",
            is_repeatable=True,
        ),
        _cognito_setting(
            "issuer",
            "URL",
            "OpenID Connect issuer, or user pool ID, whose session to use (see login)",
        ),
        _cognito_setting("client_id", "ID", "client ID of the application at the issuer"),
        _cognito_setting(
            "client_secret",
            "SOURCE",
            "source of the client secret, if there is one: @FILE, env:NAME or cmd:COMMAND",
        ),
        _cognito_setting(
            "redirect_port",
            "PORT",
            "local port of the callback URL that is registered with the issuer (default: any free port)",
            _check_redirect_port,
        ),
        _cognito_setting(
            "redirect_path",
            "PATH",
            "path of the callback URL that is registered with the issuer (default: /callback)",
            _check_redirect_path,
        ),
        _cognito_setting(
            "user",
            "NAME",
            "name for your sign-in, if several people use the same account of the operating system",
            check_not_guest,
        ),
        _cognito_setting(
            "custom_role_arn",
            "ARN",
            "role to request in the enhanced flow; must be one of the roles in the ID token",
            _check_role_arn,
        ),
        _cognito_setting(
            "role_arn", "ARN", "use the basic flow and assume this role", _check_role_arn
        ),
        _cognito_setting(
            "duration",
            "SECONDS",
            "lifetime in seconds of credentials from the basic flow, 900 to 43200",
            _check_duration,
        ),
        _cognito_setting(
            "account_id", "ID", "AWS account ID of the identity pool", check_account_id
        ),
    )
}

SIGN_IN_SETTINGS = frozenset(("redirect_port", "redirect_path"))
"""The settings that only sign-ins in a browser use."""

OPTION_SETTINGS = {
    "profile": CLIENT_SETTINGS["profile"],
    **COGNITO_SETTINGS,
    "region": CLIENT_SETTINGS["region"],
    "endpoint_url": CLIENT_SETTINGS["endpoint_url"],
}
"""Every setting that has an option, in the order of the help."""


def client_config(connection: Mapping[str, str]) -> dict[str, Any]:
    """Return the arguments for `ClientConfig` that the connection options set.

    Args:
        connection: The values of the options `--profile`, `--region` and `--endpoint-url`.

    Raises:
        ConfigurationError: If an option is invalid. The message names the option.
    """
    arguments: dict[str, Any] = {}
    for name, value in connection.items():
        setting = OPTION_SETTINGS[name]
        arguments[name] = setting.check(value, f"option {setting.option}")
    if "endpoint_url" in arguments:
        arguments["sts_endpoint_url"] = arguments["endpoint_url"]
    return arguments


def list_option_texts(options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each option with its value; a repeated option yields each of its values."""
    for name, setting in OPTION_SETTINGS.items():
        value = options.get(name)
        for text in [value] if isinstance(value, str) else value or ():
            yield setting.option, text


def reject_empty_options(options: Mapping[str, Any]) -> None:
    """Reject an option with an empty value, for example from an unset variable in a script.

    Raises:
        ConfigurationError: If an option is empty. The message names the option.
    """
    for option, text in list_option_texts(options):
        if not text.strip():
            raise ConfigurationError(
                f"option {option} must not be empty", hint=f"Give {option} a value, or omit it."
            )


def hint_to_set(setting: Setting, example: str) -> str:
    """Return a hint that names the option, variable and profile key of a missing setting."""
    (variable,) = setting.variables
    return f"Pass {setting.option} {example}, or set {setting.key} in the profile or {variable}."
