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

    from cognito_credentials.cli.settings.resolution import Selection
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


def describe(selection: Selection) -> None:
    """Log each value of a selection and of its configuration, and where it came from.

    What is wrong with them is left for the verb to say.
    """
    logs.debug("%s", selection.profile.source)
    for name, source in selection.sources.items():
        value = selection.values[name]
        if name == "logins":
            value = _logins(selection)
        elif name == "client_secret":
            value = "…"  # somebody may have written the secret itself
        logs.debug("%s = %s (%s)", name, redact_user_info(str(value)), source)
    for name, place in selection.set_aside.items():
        logs.debug("%s is not used: it belongs to other settings", selection.source_of(name, place))
    with suppress(CognitoCredentialsError):
        _describe_config(selection)


def _logins(selection: Selection) -> str:
    """Return the logins by their keys, and what kind of place each token is in."""
    try:
        suppliers = selection.given_logins()
    except CognitoCredentialsError:
        return "…"  # somebody may have written the token itself
    return ", ".join(f"{key} from {supplier!r}" for key, supplier in suppliers.items())


def _describe_config(selection: Selection) -> None:
    from cognito_credentials.config import ClientConfig, resolve

    # Without an id, as in login, only the connections matter.
    region = endpoints.get_region(selection.id) if selection.id else "us-east-1"
    config: ResolvedConfig = resolve(ClientConfig(**selection.client_config()), region_of_id=region)
    for name, source in config.sources.items():
        if source == "default":
            continue
        option = f"option --{name.removeprefix('sts_').replace('_', '-')}"
        where = {"argument": option, "id": "as in the id"}.get(source, source)
        value = f" = {getattr(config, SHOWN[name])}" if name in SHOWN else ""
        logs.debug("%s%s (%s)", name, value, where)
    if selection.id:
        logs.debug("Cognito Identity is at %s", config.cognito_url)
