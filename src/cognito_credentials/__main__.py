"""`python -m cognito_credentials` is the command `cognito-credentials`."""

from __future__ import annotations

import sys

from cognito_credentials.cli.program import main

sys.exit(main())
