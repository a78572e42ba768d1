"""What AWS tools run to get a profile's credentials: its `credential_process`.

botocore and the AWS CLI use no shell: they split the line as a shell would, and start what is first.
A `~` or a variable stays as it is written. The JavaScript SDK uses one, so that what works without a
shell works everywhere.
"""

from __future__ import annotations

import os
import shlex
import sys

from cognito_credentials.cli.aws_config.credential_sources import MODULE_NAME, mentions_this_program
from cognito_credentials.cli.program import PROGRAM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cognito_credentials.cli.checks.report import Report

__all__ = ["check_process"]

CHECK = "AWS process"
LONGEST_START = 20.0  # seconds
# A process of these needs no profile.
IDS = ("--identity-id", "--identity-pool-id")


def check_process(report: Report, line: str, profile: str, *, fix: str) -> None:
    """Say whether this line prints the credentials of this profile, in any AWS tool."""
    try:
        words = _split(line)
    except ValueError:
        report.failed(CHECK, "credential_process has a quotation mark that does not end", fix)
        return
    if not words:
        report.failed(CHECK, "credential_process is empty", fix)
        return
    at = _end_of_program(words)
    if not at and mentions_this_program(line):
        report.not_checked(CHECK, f"credential_process runs it by way of {words[0]}")
        return
    problem = (
        _problem_of(words[at:], profile) or _why_not_found(words[0]) or _why_not_started(words[:at])
        if at
        else f"runs {words[0]}: AWS tools get the credentials of that program, not these"
    )
    if problem:
        report.failed(CHECK, f"credential_process {problem}", fix)
        return
    where = "" if os.path.isabs(words[0]) else ", which must be on the PATH of each AWS tool"
    report.passed(CHECK, f"AWS tools run {words[0]}{where}")


def _split(line: str) -> list[str]:
    if sys.platform == "win32":  # where a backslash is one
        return [word.strip('"') for word in shlex.split(line, posix=False)]
    return shlex.split(line)


def _end_of_program(words: Sequence[str]) -> int:
    """Return where the words that start this program end, 0 where none do."""
    for i, word in enumerate(words):
        if os.path.splitext(os.path.basename(word))[0] == PROGRAM:
            return i + 1
        if words[i : i + 2] == ["-m", MODULE_NAME]:
            return i + 2
    return 0


def _problem_of(arguments: Sequence[str], profile: str) -> str:
    """Return what is wrong with what this program is told, "" for nothing."""
    if arguments[:1] != ["process"]:
        return f"runs another verb than {PROGRAM} process, which prints what AWS tools read"
    named = ""
    for i, word in enumerate(arguments):
        option, equals, value = word.partition("=")
        if option == "--profile":
            named = value if equals else "".join(arguments[i + 1 : i + 2])
    if not named and (profile == "default" or any(word.startswith(IDS) for word in arguments)):
        return ""
    if not named:
        return f"names no profile: it needs --profile {profile}"
    return "" if named == profile else f"prints the credentials of profile {named}"


def _why_not_found(program: str) -> str:
    """Return why no file would be started, "" if one would."""
    from shutil import which

    if program.startswith("~") or "$" in program:
        return f"runs {program}, and no shell replaces ~ or a variable there"
    if not os.path.dirname(program):
        return "" if which(program) else f"runs {program}, which is not on PATH"
    if not os.path.isabs(program):
        return f"runs {program}, which is another file in each folder: it needs the whole path"
    if not os.path.exists(program):
        return f"runs {program}, which is not there (a path with spaces needs quotation marks)"
    if os.path.isdir(program) or not os.access(program, os.X_OK):
        return f"runs {program}, which is no program that this user may run"
    return ""


def _why_not_started(program: Sequence[str]) -> str:
    """Start this program as AWS tools do, for its version alone; returns why it fails, or ""."""
    import subprocess

    try:
        done = subprocess.run(  # noqa: S603 - it is what AWS tools run for this user
            [*program, "version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=LONGEST_START,
        )
    except subprocess.TimeoutExpired:
        return f"runs {program[0]}, which does not answer"
    except OSError as error:
        return f"runs {program[0]}, which does not start: {error.strerror}"
    if done.returncode or not done.stdout.startswith(PROGRAM.encode()):
        return f"runs {program[0]}, which fails: it may be of a Python that is gone"
    return ""
