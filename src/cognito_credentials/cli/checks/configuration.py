"""Checks of the settings, with the source of each value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cognito_credentials._core import endpoints
from cognito_credentials.cli.settings.login_sources import login_suppliers
from cognito_credentials.cli.settings.names import client_config
from cognito_credentials.cli.settings.providers import build_logins, build_provider, check
from cognito_credentials.cli.settings.resolution import load_settings
from cognito_credentials.cli.terminal.output import redact_user_info
from cognito_credentials.config import ClientConfig, resolve
from cognito_credentials.errors import (
    ConfigurationError,
    CredentialsUnavailableError,
    LoginTokenError,
)

if TYPE_CHECKING:
    from argparse import Namespace

    from cognito_credentials import CognitoCredentialProvider
    from cognito_credentials.cli.checks.report import Report
    from cognito_credentials.cli.settings.resolution import Settings
    from cognito_credentials.config import ResolvedConfig

__all__ = ["CheckedConfiguration", "check_configuration", "check_settings"]

CHECK = "configuration"
# The line "other settings" omits these settings, because other lines report them or, for the region,
# because the ID contains it.
_REPORTED_ELSEWHERE = frozenset(
    ("endpoint_url", "sts_endpoint_url", "profile", "proxies", "region")
)


@dataclass
class CheckedConfiguration:
    """Valid settings, and the credential provider that was built from the settings.

    Attributes:
        is_guest: Whether no logins are configured, so that the identity is a guest.
    """

    settings: Settings
    config: ResolvedConfig
    provider: CognitoCredentialProvider
    is_guest: bool

    @property
    def uses_basic_flow(self) -> bool:
        """Whether the provider uses the basic flow, which gets credentials from AWS STS."""
        return "role_arn" in self.settings.values


def check_settings(report: Report, options: Namespace) -> Settings | None:
    """Report the settings and return them; return None if an option or the profile is invalid."""
    try:
        settings = load_settings(options)
        _report_values(report, settings)
    except ConfigurationError as error:
        report.add_error(CHECK, error)
        return None
    return settings


def check_configuration(report: Report, settings: Settings) -> CheckedConfiguration | None:
    """Return the configuration, whose provider the caller must close; None if it is invalid."""
    try:
        # This also validates the ID from which `get_region` takes the region.
        check(settings)
        logins = build_logins(settings)
        provider = build_provider(settings, logins)
        config = resolve(
            ClientConfig(**client_config(settings.connection)),
            region_of_id=endpoints.get_region(settings.cognito_id),
        )
    except ConfigurationError as error:
        report.add_error(CHECK, error)
        return None
    except (CredentialsUnavailableError, LoginTokenError) as error:
        report.add_error("session", error)
        return None
    configuration = CheckedConfiguration(settings, config, provider, is_guest=not logins)
    _report_config(report, config, uses_basic_flow=configuration.uses_basic_flow)
    return configuration


def _report_values(report: Report, settings: Settings) -> None:
    profile = settings.profile
    report.add_pass(
        "profile", profile.source if profile.values else f"no settings in {profile.source}"
    )
    for name in settings.values:
        value = _format_value(name, settings)
        report.add_pass(name, f"{value}  ({settings.source_of(name)})")


def _format_value(name: str, settings: Settings) -> str:
    """Return a setting's value, with commands, client secrets and passwords in URLs omitted."""
    value = settings.values[name]
    if name == "logins":
        return ", ".join(login_suppliers(settings.source_text("logins")))
    if name == "client_secret" and not value.startswith(("@", "env:")):
        return "from a command" if value.startswith("cmd:") else "not shown"
    return redact_user_info(str(value))


def _report_config(report: Report, config: ResolvedConfig, *, uses_basic_flow: bool) -> None:
    report.add_pass("endpoint", f"{config.cognito_url}  ({_source(config, 'endpoint_url')})")
    if uses_basic_flow:
        report.add_pass(
            "STS endpoint", f"{config.sts_url}  ({_source(config, 'sts_endpoint_url')})"
        )
    others = [
        f"{name} ({source})"
        for name, source in config.sources.items()
        if source != "default" and name not in _REPORTED_ELSEWHERE
    ]
    if others:
        report.add_pass("other settings", ", ".join(others))


def _source(config: ResolvedConfig, setting: str) -> str:
    source = config.sources[setting]
    names = {"default": "default for the region", "argument": "option --endpoint-url"}
    return names.get(source, source)
