"""`--debug`: the way of the call on standard error. The library's own log shows no secret."""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from cognito_credentials._core import endpoints, logs
from cognito_credentials.cli.terminal import progress
from cognito_credentials.cli.terminal.output import redact_user_info
from cognito_credentials.errors import CognitoCredentialsError

if TYPE_CHECKING:
    from collections.abc import Generator

    from cognito_credentials.cli.settings.resolution import Settings
    from cognito_credentials.config import ResolvedConfig

# Where each value is found; not those of proxies and keys, which may hold a password.
SHOWN = {
    "region": "region",
    "endpoint_url": "cognito_url",
    "sts_endpoint_url": "sts_url",
    "max_attempts": "max_attempts",
    "ca_bundle": "ca_bundle",
}


class _Handler(logging.StreamHandler):  # type: ignore[type-arg]
    def emit(self, record: logging.LogRecord) -> None:
        logs.clear_wait_display()
        super().emit(record)


@contextmanager
def shown() -> Generator[None]:
    """Show the library's log while the block runs."""
    handler = _Handler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(relativeCreated)6d ms  %(message)s"))
    logger = logging.getLogger(logs.NAME)
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        with progress.show_waits():
            yield
    finally:
        logger.setLevel(before)
        logger.removeHandler(handler)


def describe(settings: Settings) -> None:
    """Log each value of the settings and of the resulting configuration, and where it came from.

    What is wrong with them is left for the verb to say.
    """
    logs.debug("%s", settings.profile.source)
    for name, value in settings.values.items():
        text = redact_user_info(str(value))
        if name == "logins":
            text = _logins(settings)
        elif name == "client_secret":
            text = "…"  # somebody may have written the secret itself
        logs.debug("%s = %s (%s)", name, text, settings.source_of(name))
    for name, place in settings.unused.items():
        logs.debug("%s is not used: it belongs to other settings", settings.source_of(name, place))
    with suppress(CognitoCredentialsError):
        _describe_config(settings)


def _logins(settings: Settings) -> str:
    """Return the logins by their keys, and what kind of place each token is in."""
    from cognito_credentials.cli.settings.login_sources import login_suppliers

    try:
        suppliers = login_suppliers(settings.source_text("logins"))
    except CognitoCredentialsError:
        return "…"  # somebody may have written the token itself
    return ", ".join(f"{key} from {supplier!r}" for key, supplier in suppliers.items())


def _describe_config(settings: Settings) -> None:
    from cognito_credentials.cli.settings.names import client_config
    from cognito_credentials.config import ClientConfig, resolve

    # Without an id, as in login, only the connections matter.
    region = endpoints.get_region(settings.cognito_id) if settings.cognito_id else "us-east-1"
    config: ResolvedConfig = resolve(
        ClientConfig(**client_config(settings.connection)), region_of_id=region
    )
    for name, source in config.sources.items():
        if source == "default":
            continue
        option = f"option --{name.removeprefix('sts_').replace('_', '-')}"
        where = {"argument": option, "id": "as in the id"}.get(source, source)
        value = f" = {getattr(config, SHOWN[name])}" if name in SHOWN else ""
        logs.debug("%s%s (%s)", name, value, where)
    if settings.cognito_id:
        logs.debug("Cognito Identity is at %s", config.cognito_url)
