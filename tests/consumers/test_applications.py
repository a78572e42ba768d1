"""The recipes for Streamlit and for Jupyter, run by the test tools of these programs."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING

from consumer_definitions import ROOT
from consumer_environment import MARKS, PYTHON, environment_variables, run_python
from emulated_account import Account, allow
from page_blocks import PYTHON as PYTHON_BLOCK
from page_blocks import list_blocks

from cognito_credentials.emulator import Emulator

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = MARKS

PAGE = "docs/recipes.md"
NOTEBOOK = ROOT / "tests" / "consumers" / "notebook.py"
MOVED_CLOCK = ROOT / "tests" / "cli" / "moved_clock"
HOUR = 3601
STREAMLIT = """\
import json, sys
from streamlit.testing.v1 import AppTest

script, secrets, users = json.load(sys.stdin)
app = AppTest.from_string(script)
app.secrets = secrets
app.user = {"is_logged_in": False}
app.run()
assert not app.exception
assert [button.label for button in app.button] == ["Sign in"]
assert not app.table
for name, token in users.items():
    app.user = {"is_logged_in": True, "sub": name, "tokens": {"id": token}}
    for _ in range(2):
        app.run(timeout=30)
        assert not app.exception, app.exception
        assert app.table[0].value.to_numpy().tolist() == [["game"]]
"""


def read_recipe(beginning: str) -> str:
    (text,) = [
        block.text for block in list_blocks(PAGE, PYTHON_BLOCK) if block.text.startswith(beginning)
    ]
    return text


def test_the_streamlit_app_lists_buckets_with_the_credentials_of_each_user(tmp_path: Path):
    with Emulator(account_id="444455558888") as emulator:
        emulator.create_bucket("game")
        pool = emulator.create_identity_pool(signed_in=[allow("s3:ListAllMyBuckets", "*")])
        users = {name: pool.create_user(name).id_token() for name in ("ann", "ben")}
        secrets = {"identity_pool_id": pool.id, "login_provider": pool.login_provider_name}
        done = run_python(
            ["-c", STREAMLIT],
            tmp_path,
            text=json.dumps([read_recipe("import streamlit"), secrets, users]),
            **emulator.environment(),
        )
        assert done.returncode == 0, done.stderr
        assert not any(token in done.stdout + done.stderr for token in users.values())
        fetches = [c for c in emulator.calls if c.operation == "GetCredentialsForIdentity"]
        listings = [c for c in emulator.calls if c.operation == "ListBuckets"]
    assert len(fetches) == 2
    assert [call.access_key_id for call in listings[::2]] == [
        call.access_key_id for call in listings[1::2]
    ]
    assert len({call.access_key_id for call in listings}) == 2


def test_a_notebook_signs_in_with_a_device_code_and_remains_signed_in(tmp_path: Path):
    (tmp_path / ".aws").mkdir()
    (tmp_path / "bin").mkdir()
    (tmp_path / "ahead").write_text("0")
    program = tmp_path / "bin" / "cognito-credentials"
    program.write_text(f'#!/bin/sh\nexec "{PYTHON}" -m cognito_credentials "$@"\n')
    program.chmod(0o700)
    with Emulator(account_id="444455559999") as emulator:
        emulator.create_bucket("game")
        account = Account(emulator)
        arn = account.client("iam").create_open_id_connect_provider(
            Url=emulator.issuer.url, ClientIDList=["app"], ThumbprintList=["0" * 40]
        )["OpenIDConnectProviderArn"]
        pool = account.pool(OpenIdConnectProviderARNs=[arn])
        role = account.role(pool, allow("s3:ListAllMyBuckets", "*"))
        account.set_roles(pool, authenticated=role)
        (tmp_path / ".aws" / "config").write_text(
            f"[profile game]\ncognito_identity_pool_id = {pool}\n"
            f"cognito_issuer = {emulator.issuer.url}\ncognito_client_id = app\n"
        )
        variables = environment_variables(
            tmp_path, **emulator.environment(), AHEAD=str(tmp_path / "ahead")
        )
        variables["PATH"] = f"{program.parent}:{variables['PATH']}"
        variables["PYTHONPATH"] = f"{MOVED_CLOCK}:{variables['PYTHONPATH']}"
        recipe = read_recipe("from cognito_credentials.integrations.boto3 import Session")
        use = f"{recipe}\nprint([bucket['Name'] for bucket in s3.list_buckets()['Buckets']])"
        (login,) = re.findall(
            "`(!cognito-credentials login .* --device .*?)`", (ROOT / PAGE).read_text("utf-8")
        )
        with subprocess.Popen(
            [PYTHON, NOTEBOOK],
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as notebooks:
            assert notebooks.stdin is not None
            assert notebooks.stdout is not None
            notebooks.stdin.write(json.dumps([[login, use], [use]]) + "\n")
            notebooks.stdin.flush()
            first = notebooks.stdout.readline()
            # The ID token and the credentials expire, and another kernel starts.
            emulator.clock.advance(HOUR)
            (tmp_path / "ahead").write_text(str(HOUR))
            second, errors = notebooks.communicate("\n", timeout=100)
        assert first, errors
        assert json.loads(first) == json.loads(second) == "['game']\n"
        listings = [c.access_key_id for c in emulator.calls if c.operation == "ListBuckets"]
        identities = [call.parameters.get("IdentityId") for call in emulator.calls]
    assert len(set(listings)) == 2
    assert len(set(identities) - {None}) == 1
