"""Entry point of `python -m cognito_credentials`, which runs the `cognito-credentials` command."""

from __future__ import annotations

import sys

from cognito_credentials.cli.program import main

sys.exit(main())
