"""Fixtures for the commands on the pages: programs, an AWS account, and an issuer."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from automatic_issuer import CLIENT_ID, AutomaticIssuer, automatic_issuer
from emulated_account import Account, allow
from extras import create_environment
from harness import GOOGLE
from page_blocks import ROOT

from cognito_credentials.emulator import Emulator

AWS_CLI = ROOT / ".build" / "awscli" / "bin"
SYSTEM_PROGRAMS = os.pathsep.join(("/usr/local/bin", "/usr/bin", "/bin"))
BUCKETS = ("game", "my-bucket", "uploads")

# Stand-ins for programs that are not installed. They get credentials like the real programs.
# tests/cli/test_other_consumers.py tests the real programs in tools.md.
PROGRAMS = ("restic", "s5cmd", "terraform", "upload.sh")
PROGRAM = "#!/bin/sh\nexec aws sts get-caller-identity\n"
# These stand-ins install nothing, because the environment already contains the page's extras.
INSTALLERS = ("pip", "pipx")
INSTALLER = """\
#!/bin/sh
case "$1 $2" in
"install cognito-credentials"|"install cognito-credentials["*"]") ;;
*) echo "$0 $*: not expected" >&2; exit 1 ;;
esac
"""
# A browser that opens the page that `login` creates, follows its redirects, and signs in as a user
# if the issuer shows its sign-in page.
BROWSER = """\
#!{python}
import html, re, sys, urllib.parse, urllib.request
page = urllib.request.urlopen(sys.argv[1]).read().decode()
opened = urllib.request.urlopen(html.unescape(re.search('url=([^"]+)', page)[1]))
if form := re.search('<form method="post" action="([^"]*)">(.*?)</form>', opened.read().decode()):
    fields = dict(re.findall('name="([^"]*)" value="([^"]*)"', form[2]))
    url = urllib.parse.urljoin(opened.url, form[1])
    urllib.request.urlopen(url, urllib.parse.urlencode(fields).encode()).read()
"""


@dataclass
class Machine:
    """An emulated account with an identity pool, and an issuer."""

    emulator: Emulator
    pool: str
    issuer: AutomaticIssuer


@pytest.fixture(scope="module")
def issuer() -> Iterator[AutomaticIssuer]:
    with automatic_issuer() as running:
        yield running


@pytest.fixture(scope="module")
def machine(emulator: Emulator, issuer: AutomaticIssuer) -> Iterator[Machine]:
    account = Account(emulator)
    pool = account.pool(SupportedLoginProviders={GOOGLE: CLIENT_ID})
    emulator.add_oidc_issuer(f"https://{GOOGLE}", issuer.key_set)
    use = allow(["s3:*", "sts:GetCallerIdentity"], "*")
    account.set_roles(
        pool,
        authenticated=account.role(pool, use),
        unauthenticated=account.role(pool, use, amr="unauthenticated"),
    )
    for bucket in BUCKETS:
        account.client("s3").create_bucket(Bucket=bucket)
    yield Machine(emulator, pool, issuer)
    for bucket in BUCKETS:
        account.delete_bucket(bucket)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Callable[[frozenset[str]], list[Path]]:
    """Return a function that returns the PATH directories for a set of extras."""
    if not (AWS_CLI / "aws").exists():
        pytest.fail("The AWS CLI is not in .build/awscli: run `make peers`.")
    others = tmp_path_factory.mktemp("programs")
    texts = dict.fromkeys(PROGRAMS, PROGRAM) | dict.fromkeys(INSTALLERS, INSTALLER)
    for name, text in {**texts, "browser": BROWSER.format(python=sys.executable)}.items():
        (others / name).write_text(text)
        (others / name).chmod(0o755)
    environments: dict[frozenset[str], Path] = {}

    def directories(extras: frozenset[str]) -> list[Path]:
        if extras not in environments:
            folder = tmp_path_factory.mktemp("-".join(sorted(extras)))
            environments[extras] = create_environment(folder, extras)
        return [environments[extras], others, AWS_CLI]

    return directories


@pytest.fixture
def environment(
    home: Path, issuer: AutomaticIssuer, programs: Callable[[frozenset[str]], list[Path]]
) -> Callable[[frozenset[str]], dict[str, str]]:
    """Return a function that returns the environment variables of a new user's shell."""

    def variables(extras: frozenset[str]) -> dict[str, str]:
        directories = map(str, programs(extras))
        (home / "upload.sh").write_text(PROGRAM)
        (home / "upload.sh").chmod(0o755)
        for name in ("google-token", "token"):
            (home / name).write_text(issuer.create_token(iss=f"https://{GOOGLE}"))
        return {
            "HOME": str(home),
            "PATH": os.pathsep.join((*directories, SYSTEM_PROGRAMS)),
            "LANG": "C.UTF-8",
            "TERM": "xterm",
            "BROWSER": "browser %s",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    return variables
