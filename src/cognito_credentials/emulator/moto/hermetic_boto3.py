"""boto3 sessions that ignore this machine's settings."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import boto3.session
import botocore.session
from botocore.config import Config


def make_hermetic_session() -> boto3.session.Session:
    """Return a boto3 session that reads no profile, file or CA bundle from the environment."""
    ignored = (None, None, None, None)
    no_file = (None, None, os.devnull, None)
    session = botocore.session.Session(
        session_vars={
            "profile": ignored,
            "config_file": no_file,
            "credentials_file": no_file,
            "ca_bundle": ignored,
        }
    )
    return boto3.session.Session(botocore_session=session)


def make_client(session: Any, service: str, options: Mapping[str, Any]) -> Any:
    """Return a client that ignores proxies and endpoint variants in the environment.

    `options` are passed to `boto3.Session.client`. If they contain a `config`, it takes precedence.
    """
    return session.client(service, **{**options, "config": hermetic_config(options.get("config"))})


def hermetic_config(overrides: Config | None) -> Config:
    """Return a config without proxies and endpoint variants, and with bucket names in S3 paths.

    The settings in `overrides` take precedence.
    """
    config = Config(
        proxies={},
        use_fips_endpoint=False,
        use_dualstack_endpoint=False,
        s3={"addressing_style": "path"},
    )
    return config if overrides is None else config.merge(overrides)
