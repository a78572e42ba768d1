"""`configure`: write an AWS profile that uses an identity pool."""

from __future__ import annotations

import os
import shlex
import sys
from typing import TYPE_CHECKING

from cognito_credentials._validation import check_no_control_character, expand_path
from cognito_credentials.cli import PROGRAM
from cognito_credentials.cli.aws_config.credential_sources import MODULE_NAME, find_other_sources
from cognito_credentials.cli.settings.arguments import add_setting_options
from cognito_credentials.cli.settings.names import (
    COGNITO_SETTINGS,
    client_config,
    list_option_texts,
    reject_empty_options,
)
from cognito_credentials.cli.settings.providers import check
from cognito_credentials.cli.settings.resolution import resolve
from cognito_credentials.errors import ConfigurationError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Mapping
    from typing import Any

    from cognito_credentials._config.settings import Setting

DESCRIPTION = """\
Write a profile to the AWS config file (AWS_CONFIG_FILE or ~/.aws/config), so that the AWS CLI, the
AWS SDKs and Terraform get their credentials from an identity pool.

  cognito-credentials configure --profile game --identity-pool-id us-east-1:1699ebc0-...
  AWS_PROFILE=game aws s3 ls

The command shows the change and asks for confirmation. The rest of the file is not changed.
"""


# Errors do not repeat the values of these options, because a user may have passed the secret itself
# instead of its source.
SECRET_OPTIONS = ("--login", "--client-secret")


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the subcommand."""
    parser.add_argument(
        "--list", action="store_true", help="list the profiles with an identity pool, and exit"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask for confirmation")
    parser.add_argument("--dry-run", action="store_true", help="show the change without making it")
    parser.add_argument(
        "--replace",
        action="store_true",
        help="remove other sources of credentials from the profile",
    )
    add_setting_options(parser, with_sign_in=True)


def run(options: Namespace) -> int:
    """Write the profile."""
    from cognito_credentials._config.aws_files import (
        get_file_path,
        load_profile,
        read_credentials_profile,
    )
    from cognito_credentials.cli.aws_config import config_file_change, profile_text

    reject_empty_options(vars(options))
    if options.list:
        return _list_profiles()
    name = options.profile or "default"
    path = get_file_path("config", os.environ)
    # Check the file before the first read, which would consume the data in a pipe.
    config_file_change.require_regular_file(path)
    profile = load_profile(os.environ, name, source="option --profile", is_required=False)
    if read_credentials_profile(os.environ, name) is not None:
        raise ConfigurationError(
            f"profile {name} is also in the AWS credentials file, whose keys take precedence",
            hint=f"Remove [{name}] from that file, or pass another --profile.",
        )
    values = create_values(options, profile.values)
    _validate(options, {**profile.values, **values})
    others = find_other_sources(profile.values)
    if others and not options.replace:
        raise ConfigurationError(
            f"{profile.source} has another source of credentials: {', '.join(others)}",
            hint="Pass --replace to remove the other source, or pass another --profile.",
        )
    change = config_file_change.ConfigFileChange(path)
    change.after = profile_text.update_profile(
        change.before, name, values, without=[key for key in others if key not in values]
    )
    login_command = ""
    if COGNITO_SETTINGS["issuer"].key in {**profile.values, **values}:
        login_command = shlex.join([PROGRAM, "login", "--profile", name])
    return change.apply(
        name,
        is_dry_run=options.dry_run,
        is_confirmed=options.yes,
        login_command=login_command,
    )


def _list_profiles() -> int:
    from cognito_credentials._config.aws_files import list_profiles, load_profile
    from cognito_credentials.cli.terminal.output import Output

    keys = [COGNITO_SETTINGS[name].key for name in ("identity_pool_id", "identity_id")]
    rows: list[tuple[str, str]] = []
    for name in list_profiles(os.environ, *keys):
        values = load_profile(os.environ, name, source="").values
        rows.append((name, next(values[key] for key in reversed(keys) if values.get(key))))
    if not rows:
        raise ConfigurationError(
            "no profile has an identity pool",
            hint=f"Create one: {PROGRAM} configure --profile NAME --identity-pool-id REGION:UUID",
        )
    Output(sys.stdout).table(rows)
    return 0


def create_values(options: Namespace, existing: Mapping[str, str]) -> dict[str, str]:
    """Return the values to write, by profile key.

    Args:
        options: The command-line options.
        existing: The values that the profile already has.
    """
    values: dict[str, str] = {}
    for setting in COGNITO_SETTINGS.values():
        value: Any = getattr(options, setting.name)
        exported = os.environ.get(setting.variables[0])
        if value is None and exported and setting.key not in existing:
            # Copy the value, so that the profile also works in programs without this variable.
            value = exported.split("\n") if setting.is_repeatable else exported
            _check_exported(setting, value)
        if value is not None:
            values[setting.key] = _format_logins(value) if setting.is_repeatable else value
    endpoint_url = options.endpoint_url
    if endpoint_url is None and "endpoint_url" not in existing:
        endpoint_url = os.environ.get("AWS_ENDPOINT_URL") or None
    if endpoint_url is not None:
        values["endpoint_url"] = endpoint_url
    values["credential_process"] = (
        f"{find_command()} process --profile {quote(options.profile or 'default')}"
    )
    region = options.region
    if not region and "region" not in existing:
        merged = {**existing, **values}
        cognito_id = merged.get("cognito_identity_id") or merged.get("cognito_identity_pool_id", "")
        region = cognito_id.partition(":")[0]
    return values | {"region": region} if region else values


def _check_exported(setting: Setting, value: str | list[str]) -> None:
    """Check a value from the environment here, so that an error names the variable."""
    variable = setting.variables[0]
    for text in [value] if isinstance(value, str) else value:
        check_no_control_character(
            f"environment variable {variable}",
            text,
            is_secret=setting.option in SECRET_OPTIONS,
            hint=f"Correct or unset {variable}.",
        )
        setting.check(text, f"environment variable {variable}")


def find_command() -> str:
    """Return the command line of this program, quoted, with an absolute path.

    The path is absolute, because an AWS tool may have a different PATH, and botocore, which uses no
    shell, does not expand `~`.
    """
    program = os.path.abspath(sys.argv[0])
    if os.path.splitext(os.path.basename(program))[0] == PROGRAM and os.access(program, os.X_OK):
        return quote(program)
    return f"{quote(sys.executable)} -m {MODULE_NAME}"


def quote(word: str) -> str:
    """Quote a word for botocore: as for a C program on Windows, otherwise as for a POSIX shell."""
    if sys.platform == "win32":
        import subprocess

        return subprocess.list2cmdline([word])
    return shlex.quote(word)


def _format_logins(logins: list[str]) -> str:
    """Return the value of `cognito_logins`, with a line for each login and absolute file paths."""
    lines: list[str] = []
    for login in filter(str.strip, logins):
        provider_name, _, source = (part.strip() for part in login.partition("="))
        if source.startswith("@"):
            source = f"@{expand_path(source[1:].strip(), f'--login {provider_name}')}"
        lines.append(f"{provider_name} = {source}")
    return "\n".join(["", *lines])


def _validate(options: Namespace, values: dict[str, str]) -> None:
    """Reject settings that `process` would reject later, when a user might not see the error.

    Raises:
        ConfigurationError: If an option or a value in the profile is invalid.
    """
    from cognito_credentials._config.aws_files import Profile

    for option, text in list_option_texts(vars(options)):
        is_secret = option in SECRET_OPTIONS
        check_no_control_character(f"option {option}", text, is_secret=is_secret)
    # The region of a profile is for other services and may differ from the region of the pool.
    connection = {"endpoint_url": options.endpoint_url, "region": options.region}
    client_config({option: value for option, value in connection.items() if value is not None})
    name = options.profile or "default"
    profile = Profile(name, f"profile {name}", values, {})
    option_values = {name: getattr(options, name) for name in COGNITO_SETTINGS}
    settings = resolve({**option_values, "profile": name}, os.environ, profile)
    if options.debug:
        from cognito_credentials.cli.reporting import debug_log

        debug_log.log_settings(settings)
    check(settings)
    _check_region(values)


def _check_region(values: Mapping[str, str]) -> None:
    """Reject a region with which boto3 and the AWS CLI would fail, even with valid credentials."""
    from cognito_credentials.cli.aws_config.region_names import find_region_problem

    region = values.get("region", "")
    has_endpoint = bool(values.get("endpoint_url") or os.environ.get("AWS_ENDPOINT_URL"))
    if region and (problem := find_region_problem(region, has_endpoint=has_endpoint)):
        raise ConfigurationError(
            f"the region {region!r} cannot be used: {problem}",
            hint="Pass --region with the name of a region, for example us-east-1.",
        )
