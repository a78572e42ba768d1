"""boto3 sessions that ignore the settings of the host."""

from __future__ import annotations

import os

import boto3.session
import botocore.session


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
