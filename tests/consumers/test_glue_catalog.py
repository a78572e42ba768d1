"""A pyiceberg table in a Glue catalog; guests in the enhanced flow have no access to Glue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consumer_environment import MARKS, run_python, write_token_file

from cognito_credentials.emulator import Emulator, allow

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = MARKS

PROGRAM = """\
import sys

import pyarrow
from pyiceberg.catalog.glue import GlueCatalog

from cognito_credentials import FileToken, ProviderConfig
from cognito_credentials.integrations.boto3 import session
from cognito_credentials.integrations.pyiceberg import properties

pool_id, login_provider, token_file = sys.argv[1:]
config = ProviderConfig(pool_id, logins={login_provider: FileToken(token_file)})
catalog = GlueCatalog(
    "game",
    client=session(config).client("glue"),
    warehouse="s3://glue-catalog/tables",
    **properties(config),
)
rows = pyarrow.table({"score": [7]})
catalog.create_namespace("game")
catalog.create_table("game.scores", rows.schema).append(rows)
assert catalog.load_table("game.scores").scan().to_arrow() == rows
"""


def test_the_client_of_a_glue_catalog_and_its_files_share_credentials(tmp_path: Path):
    with Emulator(account_id="111122223366") as emulator:
        emulator.create_bucket("glue-catalog", {})
        pool = emulator.create_identity_pool(signed_in=[allow("*", "*")])
        token_file = write_token_file(tmp_path / "token", pool.create_user("ann").id_token())
        done = run_python(
            ["-c", PROGRAM, pool.id, pool.login_provider_name, token_file],
            tmp_path,
            AWS_ENDPOINT_URL=emulator.endpoint_url,
            AWS_EC2_METADATA_DISABLED="true",
        )
        assert done.returncode == 0, done.stderr
        calls = [call for call in emulator.calls if (call.access_key_id or "").startswith("ASIA")]
        assert {call.service for call in calls} == {"glue", "s3"}
        assert len({call.access_key_id for call in calls}) == 1
