"""Runs the command `cognito-credentials` as `python -m cognito_credentials`."""

from __future__ import annotations

import sys

from cognito_credentials.cli.program import main

sys.exit(main())
