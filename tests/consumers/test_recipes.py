"""The Python blocks in docs/consumers.md, run in the environment of `make consumers`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from consumer_environment import MARKS, run_python
from page_blocks import PYTHON, list_blocks

from cognito_credentials.emulator import Emulator, allow

pytestmark = MARKS

PLACEHOLDER_POOL = re.compile(r'"us-east-1:[0-9a-f-]{36}"')
OBJECTS = {"public/levels.json": "[]", "public/scores.csv": "player,score\nann,7\n"}
# Programs that start an emulator.
IN_NEW_PROCESS = "from cognito_credentials.emulator import"
# The environment of the libraries does not contain the emulator and the packages that the emulator
# requires. The program imports them from the environment of the tests, which is possible even if the
# Python versions differ, because these packages contain no binaries for a single Python version.
FIRST_OBJECT = """\
import sys
sys.path.append(sys.argv[1])
exec(compile(sys.stdin.read(), "first_object.py", "exec"))
"""
# Runs all blocks with the same variables. DuckDB finds its extension in the home directory.
PROGRAM = """\
import ast, asyncio, duckdb, inspect, json, pathlib, sys
import duckdb_extension_httpfs
(extension,) = pathlib.Path(duckdb_extension_httpfs.__path__[0]).rglob("httpfs.duckdb_extension")
platform = duckdb.sql("PRAGMA platform").fetchall()[0][0]
folder = pathlib.Path.home() / ".duckdb" / "extensions" / f"v{duckdb.__version__}" / platform
folder.mkdir(parents=True)
(folder / extension.name).symlink_to(extension)
names = {}
for text in json.load(sys.stdin):
    code = compile(text, "docs/consumers.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    if code.co_flags & inspect.CO_COROUTINE:
        asyncio.run(eval(code, names))
    else:
        exec(code, names)
assert names["levels"] == b"[]"
assert names["scores"].collect()["score"].to_list() == [7]
names["endpoint"].close()
names["provider"].close()
"""


def test_the_blocks_of_the_page_run(tmp_path: Path):
    with Emulator(account_id="111122223388") as emulator:
        emulator.create_bucket("game", OBJECTS)
        pool = emulator.create_identity_pool(guests=[allow("*", "*")])
        texts = [
            PLACEHOLDER_POOL.sub(repr(pool.id), block.text)
            for block in list_blocks("docs/consumers.md", PYTHON)
            if IN_NEW_PROCESS not in block.text
        ]
        done = run_python(
            ["-c", PROGRAM],
            tmp_path,
            text=json.dumps(texts),
            timeout=200,
            AWS_ENDPOINT_URL=emulator.endpoint_url,
            AWS_ALLOW_HTTP="true",
            AWS_EC2_METADATA_DISABLED="true",
            AWS_METADATA_ENDPOINT="http://127.0.0.1:1",
        )
        assert done.returncode == 0, done.stderr
        errors = [call for call in emulator.calls if call.error_code == "AccessDenied"]
        assert errors == []


FIRST_OBJECTS = [
    block.text for block in list_blocks("docs/consumers.md", PYTHON) if IN_NEW_PROCESS in block.text
]


@pytest.mark.parametrize("library", ["boto3", "obstore", "polars", "s3fs"])
def test_a_first_object_is_read_from_the_emulator(library: str, tmp_path: Path):
    (text,) = [text for text in FIRST_OBJECTS if get_library(text) == library]
    done = run_python(["-c", FIRST_OBJECT, Path(pytest.__file__).parents[1]], tmp_path, text=text)
    assert done.returncode == 0, done.stderr
    assert "[]" in done.stdout or "ann" in done.stdout


def get_library(text: str) -> str:
    """Return the library that a program imports first, or "boto3" if that is this package."""
    first = text.split()[1].partition(".")[0]
    return "boto3" if first == "cognito_credentials" else first
