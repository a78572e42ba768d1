"""Debug output of the command (`--debug`) on standard error: settings, requests and waits.

Secrets are redacted: no log record of the library contains a secret.
"""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from cognito_credentials._core import endpoints, logs
from cognito_credentials.cli.reporting.line_handler import LineHandler
from cognito_credentials.cli.terminal import progress
from cognito_credentials.cli.terminal.output import redact_user_info
from cognito_credentials.errors import CognitoCredentialsError

if TYPE_CHECKING:
    from collections.abc import Generator

    from cognito_credentials.cli.settings.resolution import Settings
    from cognito_credentials.config import ResolvedConfig

# Maps each setting whose value is printed to its attribute. Proxy URLs and private keys are not
# printed, because they may contain a password.
PRINTED_SETTINGS = {
    "region": "region",
    "endpoint_url": "cognito_url",
    "sts_endpoint_url": "sts_url",
    "max_attempts": "max_attempts",
    "retry_mode": "retry_mode",
    "ca_bundle": "ca_bundle",
}


TEXT_COLUMN = len("     5 ms  ")


@contextmanager
def debug_output() -> Generator[None]:
    """Print the library's debug records while the block runs."""
    handler = LineHandler(sys.stderr, indent=TEXT_COLUMN)
    handler.setFormatter(logging.Formatter("%(relativeCreated)6d ms  %(message)s"))
    logger = logging.getLogger(logs.NAME)
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        with progress.show_waits():
            yield
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)


def log_settings(settings: Settings) -> None:
    """Log the value and the source of every setting.

    Invalid values are reported by the command itself.
    """
    logs.debug("%s", settings.profile.source)
    for name, value in settings.values.items():
        text = redact_user_info(str(value))
        if name == "logins":
            text = _describe_logins(settings)
        elif name == "client_secret":
            text = "…"  # A user may have passed the secret itself instead of its source.
        logs.debug("%s = %s (%s)", name, text, settings.source_of(name))
    for name, place in settings.unused.items():
        logs.debug(
            "%s is ignored, because it belongs to other settings", settings.source_of(name, place)
        )
    with suppress(CognitoCredentialsError):
        _log_client_config(settings)


def _describe_logins(settings: Settings) -> str:
    """Return the login provider names with the sources of their tokens."""
    from cognito_credentials.cli.settings.login_sources import login_suppliers

    try:
        suppliers = login_suppliers(settings.source_text("logins"))
    except CognitoCredentialsError:
        return "…"  # A user may have passed the token itself instead of its source.
    return ", ".join(f"{provider} from {supplier!r}" for provider, supplier in suppliers.items())


def _log_client_config(settings: Settings) -> None:
    from cognito_credentials.cli.settings.names import client_config
    from cognito_credentials.config import ClientConfig, resolve

    # Without an ID, as in `login`, the region is a placeholder, because only the connection
    # settings are needed.
    region = endpoints.get_region(settings.cognito_id) if settings.cognito_id else "us-east-1"
    config: ResolvedConfig = resolve(
        ClientConfig(**client_config(settings.connection)), region_of_id=region
    )
    for name, source in config.sources.items():
        if source == "default":
            continue
        option = f"option --{name.removeprefix('sts_').replace('_', '-')}"
        source_text = {"argument": option, "id": "from the ID"}.get(source, source)
        value = ""
        if name == "profile":
            value = f" = {settings.profile.name}"
        elif name in PRINTED_SETTINGS:
            value = f" = {getattr(config, PRINTED_SETTINGS[name])}"
        logs.debug("%s%s (%s)", name, value, source_text)
    if settings.cognito_id:
        logs.debug("Endpoint of Amazon Cognito: %s", config.cognito_url)
