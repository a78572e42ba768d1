"""External text in any subcommand's output must not forge a line or control the terminal.

The service, the issuer, tokens, files, variables and commands are hostile. The tests use real
sockets.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from cognito_credentials.cli.commands.process import CHAIN_VARIABLE
from cognito_credentials.cli.program import main
from cognito_credentials.stores import FileStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
HOSTILE = (
    "\033[2J\033]0;owned\a\033]8;;http://evil\033\\\x9b31m\u202e\u2028\x85\0\r"
    "\n✓ forged\nNext: forged\rcognito-credentials: forged"
)
SETTINGS = ["--identity-pool-id", POOL]
NO_SERVICE = [*SETTINGS, "--endpoint-url", "http://127.0.0.1:1"]
ISSUER = ["--client-id", "app", "--store", "file", "--timeout", "1"]


class HostileServer:
    """A service or an issuer that returns its documents, or else the same status for every request."""

    def __init__(self) -> None:
        self.status = 400
        self.headers: dict[str, str] = {}
        self.documents: dict[str, Any] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                name = self.path.rpartition("/")[2]
                document = outer.documents.get(name, outer.documents.get("", {}))
                body = document if isinstance(document, bytes) else json.dumps(document).encode()
                self.send_response_only(200 if name in outer.documents and name else outer.status)
                for header, value in outer.headers.items():
                    self.send_header(header, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def server() -> Iterator[HostileServer]:
    hostile = HostileServer()
    thread = threading.Thread(target=hostile.server.serve_forever, args=(0.05,))
    thread.start()
    yield hostile
    hostile.server.shutdown()
    thread.join()
    hostile.server.server_close()


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that runs a subcommand and checks that no line of its output is forged."""

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setenv(CHAIN_VARIABLE, "")
        try:
            status = main([*words])
        except SystemExit as exit_:
            status = exit_.code
        out, err = capfd.readouterr()
        for line in re.split(r"\r\n|[\n\r]", out + err):
            assert line.isprintable(), ascii(line)
            assert not line.startswith(("✓ forged", "Next: forged", "cognito-credentials: forged"))
        return status, out + err

    return run


def jwt(**claims: object) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{payload}.c2lnbmF0dXJl"


SUBCOMMANDS = pytest.mark.parametrize(
    "words",
    [
        ["process"],
        ["export", "--format", "ini"],
        ["whoami"],
        ["exec", "--env", "--", "true"],
        ["exec", "--", "true"],
        ["serve"],
        ["doctor"],
    ],
    ids=" ".join,
)


@SUBCOMMANDS
@pytest.mark.parametrize("debug", [[], ["--debug"]], ids=["", "debug"])
def test_the_text_of_the_service_cannot_control_the_terminal(run, server, words, debug):
    server.documents[""] = {"__type": f"Code{HOSTILE}", "message": HOSTILE}
    server.headers["x-amzn-requestid"] = "id\033[2J"
    command, *rest = words
    status, text = run(command, *debug, *SETTINGS, "--endpoint-url", server.url, *rest)
    assert status not in (0, 2)
    assert r"\x1b[2J" in text


@SUBCOMMANDS
def test_credentials_of_a_hostile_service_are_not_written(run, server, words):
    server.status = 200
    server.documents[""] = {
        "IdentityId": POOL,
        "Credentials": {
            "AccessKeyId": "ASIATEST00000000001",
            "SecretKey": "secret",
            "SessionToken": "token\n[default]\ncredential_process = touch owned",
            "Expiration": 1e9,
        },
    }
    command, *rest = words
    status, text = run(command, *SETTINGS, "--endpoint-url", server.url, *rest)
    assert status
    assert "owned" not in text


@pytest.mark.parametrize(
    "documents",
    [
        {"openid-configuration": {"issuer": HOSTILE}},
        {"": {"error": HOSTILE, "error_description": HOSTILE}},
        {"device": {"error": HOSTILE, "error_description": HOSTILE}},
        {"device": {"device_code": "x", "user_code": HOSTILE, "verification_uri": HOSTILE}},
        {
            "device": {
                "device_code": "x",
                "user_code": f"code{HOSTILE}",
                "verification_uri": f"https://x/{HOSTILE}",
                "verification_uri_complete": HOSTILE,
                "expires_in": 1,
            }
        },
        {"openid-configuration": HOSTILE.encode()},
    ],
    ids=["issuer", "error", "device error", "device", "device code", "text"],
)
def test_the_text_of_the_issuer_cannot_control_the_terminal(run, server, documents):
    metadata = {
        "issuer": server.url,
        **{
            f"{name}_endpoint": f"{server.url}/{path}"
            for name, path in (("device_authorization", "device"), ("token", "token"))
        },
        "authorization_endpoint": f"{server.url}/authorize",
    }
    server.documents = {"openid-configuration": metadata, **documents}
    words = ["login", "--debug", "--device", "--issuer", server.url, *ISSUER]
    status, _ = run(*words)
    assert status in (1, 2, 3, 5)


@pytest.mark.parametrize("words", [["whoami"], ["doctor"], ["process", "--debug"], ["link"]])
@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "cognito:roles", "token_use"])
def test_a_claim_cannot_control_the_terminal(run, server, tmp_path, words, claim):
    claims = {"iss": "https://accounts.google.com", "aud": "app", "sub": "me", "exp": 4e9}
    token = tmp_path / "token"
    token.write_text(jwt(**claims | {claim: HOSTILE}))
    messages = [
        "Invalid login token. Issuer doesn't match providerName",
        "Token is not from a supported provider of this identity pool.",
        "The ambiguous role mapping rules for: x denied this request.",
    ]
    for message in messages:
        server.documents[""] = {"__type": "NotAuthorizedException", "message": message}
        login = f"--login=accounts.google.com=@{token}"
        status, _ = run(*words, *SETTINGS, login, "--endpoint-url", server.url)
        assert status


@pytest.mark.parametrize("words", [["process"], ["doctor"], ["whoami"], ["configure", "--yes"]])
@pytest.mark.parametrize(
    "text",
    [
        "[default]\ncognito_user = a{}b\n",
        "[default]\ncognito_identity_pool_id = a{}b\n",
        "[default]\ncognito_issuer = https://a{}b\n",
        "[default]\ncognito_{}b = x\n",
        "[default]\nregion = a{}b\n",
        "[default]\nendpoint_url = http://a{}b\n",
        "[default]\nca_bundle = a{}b\n",
        "[default]\nservices = a{}b\n",
        "[default]\ncredential_process = a{}b\n",
        "[default]\nsource_profile = a{}b\nrole_arn = x\n",
        "a{}b",
    ],
)
def test_a_config_file_cannot_control_the_terminal(run, home: Path, words, text):
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(text.format(HOSTILE.replace("\n", "")), newline="")
    run(*words)
    run(*words, "--debug", *NO_SERVICE)


@pytest.mark.parametrize("words", [["process"], ["doctor"], ["whoami", "--debug"], ["link"]])
@pytest.mark.parametrize(
    "name",
    [
        "AWS_PROFILE",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_CA_BUNDLE",
        "AWS_ENDPOINT_URL",
        "AWS_RETRY_MODE",
        "AWS_MAX_ATTEMPTS",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "AWS_COGNITO_USER",
        "AWS_COGNITO_LOGINS",
        "AWS_COGNITO_ISSUER",
        "AWS_COGNITO_IDENTITY_POOL_ID",
        "SSL_CERT_FILE",
    ],
)
def test_an_environment_variable_cannot_control_the_terminal(run, monkeypatch, words, name):
    monkeypatch.setenv("AWS_COGNITO_IDENTITY_POOL_ID", POOL)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv(name, f"x{HOSTILE}".replace("\0", ""))
    run(*words)


def test_arguments_cannot_control_the_terminal(run):
    for words in (
        [f"x{HOSTILE}"],
        ["process", f"--x{HOSTILE}"],
        ["process", f"x{HOSTILE}"],
        ["process", "--profile", f"x{HOSTILE}"],
        ["export", "--format", f"x{HOSTILE}"],
        ["serve", "--port", f"x{HOSTILE}"],
        ["serve", *NO_SERVICE, "--host", f"x{HOSTILE}"],
        ["emulator", "--region", f"x{HOSTILE}"],
        ["exec", *NO_SERVICE, "--", f"x{HOSTILE.replace(chr(0), '')}"],
        ["explain", f"x{HOSTILE}"],
        ["cache", f"x{HOSTILE}"],
    ):
        status, _ = run(*words)
        assert status


def test_the_output_of_a_login_command_cannot_control_the_terminal(run, tmp_path):
    script = tmp_path / "script.py"
    # Every line that a login command prints is shown as a separate line, so print only one line.
    lines = HOSTILE.replace("\n", " ")
    script.write_text(f"import sys; sys.stderr.write({lines!r}); sys.exit(1)")
    login = f"--login=accounts.google.com=cmd:python3 {script}"
    status, text = run("process", *NO_SERVICE, login)
    assert status == 3
    assert r"\x1b[2J" in text


def test_names_in_the_store_cannot_control_the_terminal(run):
    store = FileStore()
    for name in ("a", HOSTILE):
        key = f"identity-id:{POOL} {name}"
        record = {"format": 1, "key": key, "identity_id": POOL.replace("1", "2")}
        store.put(key, json.dumps(record).encode(), expires_at=None)
    for words in (["cache", "list"], ["cache", "list", "--json"], ["cache", "clear", "--yes"]):
        status, _ = run(*words)
        assert status == 0
