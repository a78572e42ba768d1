"""Whether AWS tools get these credentials from the profile, and not others.

Their order, as boto3, the AWS CLI and the JavaScript SDK were seen to have it: variables, unless a
tool is told the profile (the AWS_PROFILE that is exported does not count for boto3 and the AWS CLI);
`role_arn`, `web_identity_token_file`, `sso_*`; keys in the credentials file; `login_session`;
`credential_process`; keys in the config file, which the JavaScript SDK has before it. The container
endpoint comes last. What the credentials file says of a profile counts more than the config file.
"""

from __future__ import annotations

import os
import shlex

from cognito_credentials._config.aws_files import in_credentials_file, path_of
from cognito_credentials.cli.aws_config.credential_sources import (
    PRECEDING_KEYS,
    STATIC_KEYS,
    find_other_sources,
    mentions_this_program,
)
from cognito_credentials.cli.checks.credential_process import check_process
from cognito_credentials.cli.program import PROGRAM
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cognito_credentials.cli.checks.report import Report
    from cognito_credentials.cli.settings.resolution import Selection

__all__ = ["check_aws_tools"]

PROCESS, SOURCES = "AWS process", "AWS sources"
VARIABLES, REGION = "AWS variables", "AWS region"
# Of the variables that come before a profile, those that tell so: one is enough.
FIRST_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE")
LAST_VARIABLES = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
# The one is read by boto3 and the AWS CLI 1, the other by all else.
REGION_VARIABLES = ("AWS_DEFAULT_REGION", "AWS_REGION")


def check_aws_tools(report: Report, selection: Selection) -> None:
    """Look at the profile as AWS tools do; says nothing where no profile is for this program.

    A profile without a credential_process is no failure: exec, serve and export need none.
    """
    profile = selection.profile
    try:
        more = in_credentials_file(os.environ, profile.name) or {}
    except ConfigurationError as error:
        report.refused(SOURCES, error)
        return
    values = {**profile.values, **more}
    process = values.get("credential_process")
    is_ours = any(key.startswith("cognito_") for key in profile.values)
    is_named = bool(selection.profile_option and process is None)
    if not (is_ours or is_named or mentions_this_program(process or "")):
        return
    others = find_other_sources(values)
    fix = _configure(selection, replaces=bool(find_other_sources(profile.values)))
    if process is None and others:
        if is_ours:
            report.not_checked(
                PROCESS,
                f"AWS tools take the credentials of profile {profile.name} from elsewhere: "
                f"{', '.join(others)}",
            )
        return
    if process is None:
        report.not_checked(
            PROCESS,
            f"profile {profile.name} has no credential_process: {PROGRAM} exec, serve and export "
            "need none, but an AWS tool alone finds no credentials there",
            fix=f"{fix}  unless only those verbs are used",
        )
        return
    check_process(report, process, profile.name, fix=fix)
    _check_sources(report, selection, more)
    _check_variables(report, selection)
    source = _section(profile.name) if "region" in more else profile.source
    _check_region(report, values.get("region"), source, f"{fix}  writes the pool's there")


def _section(name: str) -> str:
    return f"[{name}] in {path_of('credentials', os.environ)}"


def _configure(selection: Selection, *, replaces: bool) -> str:
    """Return the command that writes what is missing."""
    name = selection.profile.name
    return shlex.join(
        [
            *(PROGRAM, "configure"),
            *(["--profile", name] if name != "default" else []),
            *selection.words_given("identity_pool_id", "identity_id"),
            *(["--replace"] if replaces else []),
        ]
    )


def _check_sources(report: Report, selection: Selection, more: Mapping[str, str]) -> None:
    profile = selection.profile
    failed = False
    if found := [key for key in (STATIC_KEYS[0], *PRECEDING_KEYS) if key in more]:
        failed = True
        report.failed(
            SOURCES,
            f"{', '.join(found)} ({_section(profile.name)}): AWS tools take "
            "credentials from there, not from credential_process",
            f"Take [{profile.name}] out of that file, or let --profile name another.",
        )
    replace = _configure(selection, replaces=True)
    if found := [key for key in PRECEDING_KEYS if key in profile.values]:
        failed = True
        report.failed(
            SOURCES,
            f"{', '.join(found)} ({profile.source}): AWS tools take credentials from there, or "
            "fail there, before they come to credential_process",
            f"{replace}  takes this away",
        )
    elif all(key in profile.values for key in STATIC_KEYS):
        failed = True
        report.failed(
            SOURCES,
            f"{STATIC_KEYS[0]} ({profile.source}): boto3 and the AWS CLI come to credential_process "
            "first, the JavaScript SDK and others to this key",
            f"{replace}  takes this away",
        )
    if not failed:
        report.passed(SOURCES, f"nothing in profile {profile.name} comes before its process")


def _check_variables(report: Report, selection: Selection) -> None:
    name = selection.profile.name
    first = [variable for variable in FIRST_VARIABLES if os.environ.get(variable)]
    last = [variable for variable in LAST_VARIABLES if os.environ.get(variable)]
    if first and not selection.profile_option:
        pairs = {FIRST_VARIABLES[0]: "AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN"}
        unset = " ".join(f"{variable} {pairs.get(variable, '')}".strip() for variable in first)
        report.failed(
            VARIABLES,
            f"{', '.join(first)} in the environment: boto3, the AWS CLI and others take credentials "
            f"from there, not from profile {name}",
            f"unset {unset}  or name the profile to each tool, as in: aws --profile {name}",
        )
    elif first:
        report.passed(
            VARIABLES,
            f"{', '.join(first)} comes before AWS_PROFILE={name} in boto3 and the AWS CLI, but not "
            f"before aws --profile {name}",
        )
    elif last:
        report.passed(VARIABLES, f"{', '.join(last)} comes after the profile")
    else:
        report.passed(VARIABLES, "none comes before the profile")


def _check_region(report: Report, region: str | None, source: str, fix: str) -> None:
    found = [variable for variable in REGION_VARIABLES if os.environ.get(variable)]
    if region:
        report.passed(REGION, f"{region}  ({source})")
    elif found:
        alone = ", which not every AWS tool reads" if len(found) == 1 else ""
        report.passed(REGION, f"{os.environ[found[0]]}  (environment {found[0]}{alone})")
    else:
        report.failed(
            REGION,
            "the profile names none: most calls of AWS tools end in 'You must specify a region'",
            fix,
        )
