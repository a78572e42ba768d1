"""`--debug`: the way of the call on standard error. The library's own log shows no secret."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

from cognito_credentials._core import logs

if TYPE_CHECKING:
    from cognito_credentials.cli.selection import Selection


def start() -> None:
    """Show the library's log."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(relativeCreated)6d ms  %(message)s"))
    logger = logging.getLogger(logs.NAME)
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)


def describe(selection: Selection) -> None:
    """Log each value of a selection and of its configuration, and where it came from."""
    from cognito_credentials._core import endpoints
    from cognito_credentials.config import ClientConfig, resolve

    for name, source in selection.sources.items():
        value = selection.values[name]
        if name == "logins":
            value = ", ".join(selection.logins())
        elif name == "client_secret":
            value = "…"  # somebody may have written the secret itself
        logs.debug("%s = %s (%s)", name, value, source)
    some_id = selection.values.get("identity_id") or selection.values.get("identity_pool_id")
    if some_id is None:
        return
    config = resolve(
        ClientConfig(**selection.client_config()), region_of_id=endpoints.region_of(some_id)
    )
    for name, source in config.sources.items():
        if source != "default":
            logs.debug("%s (%s)", name, source)
    logs.debug("Cognito Identity is at %s", config.cognito_url)
