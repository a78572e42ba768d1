"""moto's and ministack's tests of identity pools, run against the emulator.

`make suites` downloads both suites from the package index and runs this file. `DEVIATIONS` lists each test
that does not pass, with the reason. "C", "D" and "N" stand for the evidence that AWS behaves like the
emulator: a published response, the documentation, and a behavior that was recorded in AWS.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from make_targets import only_in

from cognito_credentials.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Mapping

BUILD = Path(__file__).parents[2] / ".build"
CONFTEST = Path(__file__).parent / "other_suites_conftest.py"

pytestmark = [pytest.mark.peer, only_in("suites")]

MALFORMED_ID = "The ID is malformed, and the service rejects it with a ValidationException (C)."
INVALID_ACCOUNT = "The AccountId is not a number, but the service model requires a number."
ADMINISTRATION = (
    "The test changes settings of moto's server at /moto-api, which affect every emulator of a process. The"
    " emulator rejects such requests."
)
INVALID_PROVIDERS = (
    "ARNs of databases are not ARNs of login providers, and `testprovider` is not a user pool: the service"
    " responds with `Invalid Cognito Identity Provider` (C)."
)
SIGNATURE_TEXT = (
    "ministack expects `Token signature invalid.` The published response to a wrong signature is `Couldn't"
    " verify signed token.` (C, amazon-cognito-identity-js#91, aws-sdk-js#3408)."
)

DEVIATIONS: Mapping[str, Mapping[str, str]] = {
    "moto": {
        "test_create_identity_pool": INVALID_PROVIDERS,
        "test_describe_identity_pool": INVALID_PROVIDERS,
        "test_update_identity_pool[DeveloperProviderName-dev1-dev2]": (
            "The developer provider name of a pool cannot be changed (D)."
        ),
        "test_describe_identity_pool_with_invalid_id_raises_error": MALFORMED_ID,
        "test_get_id": ADMINISTRATION,
        "test_get_id__unknown_region": "moto skips this test if the server runs in another process.",
        "test_get_credentials_for_identity": MALFORMED_ID,
        "test_get_open_id_token_for_developer_identity": MALFORMED_ID,
        "test_get_open_id_token_for_developer_identity_when_no_explicit_identity_id": (
            "The pool does not exist."
        ),
        "test_get_open_id_token": ADMINISTRATION,
        "test_list_identities": INVALID_ACCOUNT,
    },
    "ministack": {
        "test_cognito_identity_pool_role_mappings_round_trip": (
            "The pool does not have the login provider of the role mapping (C, aws-cdk#22951)."
        ),
        "test_cognito_identity_pool_principal_tags_unconfigured_provider": (
            "With UseDefaults, the service returns the default mapping (N)."
        ),
        "test_cognito_get_open_id_token": (
            "The token of a guest does not contain the ARN of the pool (C, one token of 2025)."
        ),
        "test_cognito_get_open_id_token_checks_logins": SIGNATURE_TEXT,
        "test_cognito_get_credentials_for_identity_checks_logins": SIGNATURE_TEXT,
        "test_cognito_merge_developer_identities": (
            "Neither of the developer users exists. ministack returns a random identity ID."
        ),
        "test_cognito_identity_pool_credentials_are_sts_sessions": (
            "The role does not exist, so STS does not issue credentials for it."
        ),
        "test_cognito_unsupported_login_and_forged_refresh_token_contract": (
            "A text that is not a token is rejected before the login provider is checked (C,"
            " flutter_cognito_plugin#13)."
        ),
    },
}
# For each suite: the path of its tests, the options of the emulator, and further options of pytest.
SUITES = {
    "moto": (
        "tests/test_cognitoidentity/test_cognitoidentity.py",
        {"enforce_iam": False},  # The tests use an access key that does not exist.
        # This test does not call the service.
        [
            "--deselect",
            "tests/test_cognitoidentity/test_cognitoidentity.py::test_get_random_identity_id",
        ],
    ),
    "ministack": ("tests/test_cognito.py", {"account_id": "000000000000"}, []),
}


@pytest.mark.parametrize("suite", SUITES)
def test_only_listed_tests_do_not_pass(suite: str, tmp_path: Path):
    path, options, arguments = SUITES[suite]
    (folder,) = (each for each in (BUILD / "suites").glob(f"{suite}-*") if each.is_dir())
    shutil.copy(CONFTEST, folder / "tests" / "conftest.py")
    (packages,) = (BUILD / "ministack" / "lib").glob("python*/site-packages")
    report = tmp_path / "report.xml"
    with Emulator(**{"account_id": "111122223377", **options}) as emulator:
        environment = {
            "PATH": os.defpath,
            "HOME": str(tmp_path),
            **emulator.environment(administrator=True),
            "MINISTACK_PACKAGES": str(packages),
            "MINISTACK_ENDPOINT": emulator.endpoint_url,
            "TEST_SERVER_MODE": "true",
            "TEST_SERVER_MODE_ENDPOINT": emulator.endpoint_url,
        }
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", "--tb=short"),
                *("-p", "no:cacheprovider", "-o", "addopts=", *arguments, path),
            ],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    assert report.exists(), done.stdout + done.stderr
    cases = ET.parse(report).iter("testcase")  # noqa: S314 - pytest wrote the document
    outcomes = {case.get("name", ""): len(case) == 0 for case in cases}
    other = {name for name, has_passed in outcomes.items() if not has_passed}
    assert other == DEVIATIONS[suite].keys(), done.stdout
    assert len(outcomes) >= 2 * len(other)
