"""`--debug`: the way of the call on standard error. The library's own log shows no secret."""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cognito_credentials._core import endpoints, logs

if TYPE_CHECKING:
    from collections.abc import Generator

    from cognito_credentials.cli.common.selection import Selection


@contextmanager
def shown() -> Generator[None]:
    """Show the library's log while the block runs."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(relativeCreated)6d ms  %(message)s"))
    logger = logging.getLogger(logs.NAME)
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.setLevel(before)
        logger.removeHandler(handler)


def describe(selection: Selection) -> None:
    """Log each value of a selection and of its configuration, and where it came from."""
    from cognito_credentials.config import ClientConfig, resolve

    logs.debug("profile = %s (%s)", selection.profile.name, selection.profile.source)
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
        if source == "argument":  # here, an option gave each of them
            logs.debug("%s (option --%s)", name, name.removeprefix("sts_").replace("_", "-"))
        elif source != "default":
            logs.debug("%s (%s)", name, source)
    logs.debug("Cognito Identity is at %s", config.cognito_url)
