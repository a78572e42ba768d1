from __future__ import annotations

import pytest

from cognito_credentials.cli.aws_config.credential_sources import find_other_sources


@pytest.mark.parametrize(
    ("values", "others"),
    [
        ({"region": "us-east-1", "cognito_identity_pool_id": "x"}, []),
        ({"source_profile": "x", "role_arn": "y"}, ["role_arn", "source_profile"]),
        ({"credential_process": "aws-vault exec x"}, ["credential_process"]),
        ({"credential_process": "/bin/cognito-credentials process --profile x"}, []),
        ({"credential_process": "python -m cognito_credentials process --profile x"}, []),
    ],
)
def test_other_sources_of_a_profile_are_found(values, others):
    assert find_other_sources(values) == others
