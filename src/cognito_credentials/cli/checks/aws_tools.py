"""Checks that AWS tools use the credentials of this profile, and no other credentials.

boto3 and the AWS CLI look for credentials in this order:

1. environment variables, unless the profile is passed to the tool as an argument (an exported
   AWS_PROFILE is not sufficient);
2. `role_arn`, `web_identity_token_file` and `sso_*` in the profile;
3. access keys in the credentials file;
4. `login_session`;
5. `credential_process`;
6. access keys in the config file;
7. the container-credentials endpoint.

In the JavaScript SDK, access keys in the config file take precedence over `credential_process`, but
`sso_*` and `login_session` do not.

A profile's key in the credentials file takes precedence over the same key in the config file.
"""

from __future__ import annotations

import codecs
import os
import shlex
from typing import TYPE_CHECKING

from cognito_credentials._config.aws_files import (
    MAX_FILE_BYTES,
    PIPE_TIMEOUT_SECONDS,
    get_file_path,
    read_credentials_profile,
)
from cognito_credentials._config.botocore_files import parse_as_botocore
from cognito_credentials._suppliers.bounded_io import TimeLimitError, TooLongError, read_file
from cognito_credentials.cli import PROGRAM
from cognito_credentials.cli.aws_config.credential_sources import (
    PRECEDING_KEYS,
    STATIC_KEYS,
    find_other_sources,
    mentions_this_program,
)
from cognito_credentials.cli.aws_config.profile_text import CORRECT_FILE
from cognito_credentials.cli.aws_config.region_names import find_region_problem
from cognito_credentials.cli.checks.credential_process import check_credential_process
from cognito_credentials.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cognito_credentials.cli.checks.report import Report
    from cognito_credentials.cli.settings.resolution import Settings

__all__ = ["check_aws_tools"]

PROCESS, SOURCES = "AWS process", "AWS sources"
VARIABLES, REGION = "AWS variables", "AWS region"
# The main variable of each group of variables that takes precedence over a profile.
PRECEDING_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE")
ENDPOINT_VARIABLES = (
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
)
# boto3 and version 1 of the AWS CLI read only AWS_DEFAULT_REGION; all other tools read AWS_REGION.
REGION_VARIABLES = ("AWS_DEFAULT_REGION", "AWS_REGION")


def check_aws_tools(report: Report, settings: Settings) -> None:
    """Check how AWS tools read the profile, if the profile is meant for this program.

    A missing credential_process is not a failure, because `exec`, `serve` and `export` do not need
    it.
    """
    profile = settings.profile
    try:
        in_credentials = read_credentials_profile(os.environ, profile.name) or {}
    except ConfigurationError as error:
        report.add_error(SOURCES, error)
        return
    values = {**profile.values, **in_credentials}
    process = values.get("credential_process")
    has_cognito_keys = any(key.startswith("cognito_") for key in profile.values)
    is_named = bool(settings.connection.get("profile") and process is None)
    if not (has_cognito_keys or is_named or mentions_this_program(process or "")):
        return
    command = _configure_command(settings, replaces=bool(find_other_sources(profile.values)))
    if process is None:
        others = find_other_sources(values)
        if has_cognito_keys or not others:
            _report_missing_process(report, profile.name, others, command)
        return
    if path := _find_unreadable_file():
        report.add_failure(
            PROCESS,
            f"boto3 and the AWS CLI cannot read {path}, because of its format",
            CORRECT_FILE,
        )
        return
    check_credential_process(report, process, profile.name, fix=f"Run: {command}")
    _check_sources(report, settings, in_credentials)
    _check_variables(report, settings)
    source = _section(profile.name) if "region" in in_credentials else profile.source
    has_endpoint = bool(values.get("endpoint_url") or os.environ.get("AWS_ENDPOINT_URL"))
    regions = {source: values.get("region", "")}
    regions |= {
        f"environment variable {name}": os.environ.get(name, "") for name in REGION_VARIABLES
    }
    for place, region in regions.items():
        if region and (problem := find_region_problem(region, has_endpoint=has_endpoint)):
            report.add_failure(
                REGION,
                f"{region!r} ({place}): {problem}",
                f"Correct the region in {place}. Omit quotation marks, and put comments on "
                "separate lines.",
            )
            return
    _check_region(report, values.get("region"), source, command)


def _find_unreadable_file() -> str | None:
    """Return the path of an AWS file that botocore rejects, although this program can read it."""
    for kind in ("config", "credentials"):
        path = get_file_path(kind, os.environ)
        if not os.path.isfile(path):  # Skip a pipe, because it can be read only once.
            continue
        try:
            content = read_file(path, max_bytes=MAX_FILE_BYTES, timeout=PIPE_TIMEOUT_SECONDS)
        except (OSError, TooLongError, TimeLimitError):
            continue  # The file is missing, or another check reports the problem.
        if parse_as_botocore(content.removeprefix(codecs.BOM_UTF8)) is None:
            return path
    return None


def _section(name: str) -> str:
    return f"[{name}] in {get_file_path('credentials', os.environ)}"


def _configure_command(settings: Settings, *, replaces: bool) -> str:
    """Return the `configure` command that completes the profile."""
    name = settings.profile.name
    return shlex.join(
        [
            *(PROGRAM, "configure"),
            *(["--profile", name] if name != "default" else []),
            *settings.option_words("identity_pool_id", "identity_id"),
            *(["--replace"] if replaces else []),
        ]
    )


def _report_missing_process(report: Report, name: str, others: list[str], command: str) -> None:
    if others:
        report.add_skip(
            PROCESS, f"AWS tools take the credentials of profile {name} from {', '.join(others)}"
        )
        return
    report.add_skip(
        PROCESS,
        f"profile {name} has no credential_process, so AWS tools get no credentials from this "
        f"profile; {PROGRAM} exec, serve and export work",
        fix=f"If AWS tools need these credentials, run: {command}",
    )


def _check_sources(report: Report, settings: Settings, in_credentials: Mapping[str, str]) -> None:
    profile = settings.profile
    command = _configure_command(settings, replaces=True)
    has_failed = False
    if keys := [key for key in (STATIC_KEYS[0], *PRECEDING_KEYS) if key in in_credentials]:
        has_failed = True
        report.add_failure(
            SOURCES,
            f"{_describe_precedence(keys, _section(profile.name))} over credential_process in boto3, the AWS "
            "CLI and others",
            f"Remove [{profile.name}] from that file, or pass another profile with --profile.",
        )
    if keys := [key for key in PRECEDING_KEYS if key in profile.values]:
        has_failed = True
        report.add_failure(
            SOURCES,
            f"{_describe_precedence(keys, profile.source)} over credential_process in boto3, the AWS CLI and "
            "others",
            f"To remove {', '.join(keys)} from the profile, run: {command}",
        )
    elif all(key in profile.values for key in STATIC_KEYS):
        has_failed = True
        report.add_failure(
            SOURCES,
            f"{_describe_precedence(STATIC_KEYS[:1], profile.source)} over credential_process in the "
            "JavaScript SDK and others, but not in boto3 and the AWS CLI",
            f"To remove the access keys from the profile, run: {command}",
        )
    if not has_failed:
        report.add_pass(
            SOURCES, f"nothing in profile {profile.name} takes precedence over credential_process"
        )


def _describe_precedence(names: Sequence[str], source: str) -> str:
    take = "takes" if len(names) == 1 else "take"
    return f"{', '.join(names)} ({source}) {take} precedence"


def _check_variables(report: Report, settings: Settings) -> None:
    name = settings.profile.name
    preceding = [variable for variable in PRECEDING_VARIABLES if os.environ.get(variable)]
    endpoint = [variable for variable in ENDPOINT_VARIABLES if os.environ.get(variable)]
    if preceding and not settings.connection.get("profile"):
        partners = {PRECEDING_VARIABLES[0]: "AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN"}
        unset = " ".join(
            f"{variable} {partners.get(variable, '')}".strip() for variable in preceding
        )
        report.add_failure(
            VARIABLES,
            f"{_describe_precedence(preceding, 'environment')} over profile {name} in boto3, the AWS CLI "
            "and others",
            f"Pass the profile to each tool, as in aws --profile {name}, or run: unset {unset}",
        )
    elif preceding:
        report.add_pass(
            VARIABLES,
            f"{_describe_precedence(preceding, 'environment')} over AWS_PROFILE={name} in boto3 and the "
            f"AWS CLI, but not over aws --profile {name}",
        )
    elif endpoint:
        report.add_pass(VARIABLES, f"the profile takes precedence over {', '.join(endpoint)}")
    else:
        report.add_pass(VARIABLES, "no variable takes precedence over the profile")


def _check_region(report: Report, region: str | None, source: str, command: str) -> None:
    variables = [variable for variable in REGION_VARIABLES if os.environ.get(variable)]
    if region:
        report.add_pass(REGION, f"{region}  ({source})")
    elif variables:
        note = ", which not every AWS tool reads" if len(variables) == 1 else ""
        report.add_pass(
            REGION, f"{os.environ[variables[0]]}  (environment variable {variables[0]}{note})"
        )
    else:
        report.add_failure(
            REGION,
            "the profile has no region, so most calls from AWS tools fail with 'You must specify a "
            "region'",
            f"To add the region of the identity pool, run: {command}",
        )
