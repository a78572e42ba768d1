"""The settings: each value, and where it came from."""

from __future__ import annotations

from cognito_credentials._core import endpoints
from cognito_credentials.cli.settings.resolution import Selection
from cognito_credentials.cli.terminal.output import redact_user_info
from cognito_credentials.config import ClientConfig, resolve
from cognito_credentials.errors import (
    ConfigurationError,
    CredentialsUnavailableError,
    LoginTokenError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from cognito_credentials import CognitoCredentialProvider
    from cognito_credentials.cli.checks.report import Report
    from cognito_credentials.config import ResolvedConfig

__all__ = ["Settings", "check_configuration", "check_selection"]

CHECK = "configuration"
# Said in rows of their own, or of the id.
_ELSEWHERE = frozenset(("endpoint_url", "sts_endpoint_url", "profile", "proxies", "region"))


class Settings:
    """What was configured, and the provider that it makes."""

    def __init__(
        self, selection: Selection, config: ResolvedConfig, provider: CognitoCredentialProvider
    ) -> None:
        self.selection = selection
        self.config = config
        self.provider = provider
        self.is_basic = "role_arn" in selection.values
        self.is_guest = not selection.logins()


def check_selection(report: Report, options: Namespace) -> Selection | None:
    """Return whose credentials are meant, unless the options or the profile are wrong."""
    try:
        selection = Selection(options)
        _report_values(report, selection)
    except ConfigurationError as error:
        report.refused(CHECK, error)
        return None
    return selection


def check_configuration(report: Report, selection: Selection) -> Settings | None:
    """Return the settings, unless something is wrong with them; the provider is to be closed."""
    try:
        # Makes what is wrong with the ids known before they are taken apart.
        provider = selection.provider()
        config = resolve(
            ClientConfig(**selection.client_config()),
            region_of_id=endpoints.get_region(selection.id),
        )
    except ConfigurationError as error:
        report.refused(CHECK, error)
        return None
    except (CredentialsUnavailableError, LoginTokenError) as error:
        report.refused("session", error)
        return None
    settings = Settings(selection, config, provider)
    _report_config(report, config, is_basic=settings.is_basic)
    return settings


def _report_values(report: Report, selection: Selection) -> None:
    profile = selection.profile
    report.passed("profile", profile.source if profile.values else f"nothing in {profile.source}")
    for name, source in selection.sources.items():
        report.passed(name, f"{_shown(name, selection)}  ({source})")


def _shown(name: str, selection: Selection) -> str:
    """Return a value without what may be a secret: a command's words, or one in a wrong place."""
    value = selection.values[name]
    if name == "logins":
        return ", ".join(selection.given_logins())
    if name == "client_secret" and not value.startswith(("@", "env:")):
        return "of a command" if value.startswith("cmd:") else "not shown"
    return redact_user_info(str(value))


def _report_config(report: Report, config: ResolvedConfig, *, is_basic: bool) -> None:
    report.passed("endpoint", f"{config.cognito_url}  ({_source(config, 'endpoint_url')})")
    if is_basic:
        report.passed("STS endpoint", f"{config.sts_url}  ({_source(config, 'sts_endpoint_url')})")
    others = [
        f"{name} ({source})"
        for name, source in config.sources.items()
        if source != "default" and name not in _ELSEWHERE
    ]
    if others:
        report.passed("settings", ", ".join(others))


def _source(config: ResolvedConfig, setting: str) -> str:
    source = config.sources[setting]
    return {"default": "the region's own", "argument": "option --endpoint-url"}.get(source, source)
