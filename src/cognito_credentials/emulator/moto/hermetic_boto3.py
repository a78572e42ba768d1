"""boto3 without the host's settings."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import boto3.session


def hermetic_session() -> boto3.session.Session:
    """Make a boto3 session that takes no profile, file or CA bundle from the environment."""
    import boto3.session
    import botocore.session

    nothing = (None, None, None, None)
    no_file = (None, None, os.devnull, None)
    session = botocore.session.Session(
        session_vars={
            "profile": nothing,
            "config_file": no_file,
            "credentials_file": no_file,
            "ca_bundle": nothing,
        }
    )
    return boto3.session.Session(botocore_session=session)
