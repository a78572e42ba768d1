"""The emulators that run generated sequences: this library's, moto's server, and ministack.

Each server gets its own requests over a socket. The values that differ between servers by chance, such
as IDs, keys and times, are replaced with descriptions, so that the outcomes can be compared.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from benchmarks import emulated_servers
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from emulator_sequences import (
    CALLER_IDENTITY,
    FACEBOOK_APP,
    FACEBOOK_USERS,
    PUBLIC,
    UNKNOWN_IDENTITY,
    UNKNOWN_POOL,
    Ref,
    Step,
    make_tokens,
)
from service_texts import FACEBOOK, USER_POOL, make_key

from cognito_credentials.emulator import Emulator

MINISTACK = Path(__file__).parents[2] / ".build" / "ministack"
REGION = "us-east-1"
ID = re.compile(rf"{REGION}:[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}")
_IAM = "2010-05-08"
_STS = "2011-06-15"
# A random value that matches the pattern for its member is replaced with the name of the member.
_FORMS = {
    "AccessKeyId": r"ASIA[A-Z0-9]{16}",
    "SecretKey": r"[A-Za-z0-9+/]{40}",
    "SessionToken": r"[A-Za-z0-9+/=_-]{80,}",
}


class Outcome(NamedTuple):
    """The response to a step.

    Attributes:
        status: The HTTP status.
        code: The error code. Empty after a success.
        message: The error message.
        members: The members of a successful response.
    """

    status: int
    code: str
    message: str
    members: dict[str, Any]


@dataclass
class Server:
    """A running emulator, with the results of the current sequence.

    Attributes:
        port: The port on 127.0.0.1.
        keys: The access key that signs the requests.
        account_id: The AWS account ID.
        roles: The ARNs of the roles, by the names in `Ref`.
        results: The raw members of the responses to the steps so far, by the number of the step.
        labels: The descriptions of the IDs that occurred in the current sequence.
    """

    port: int
    keys: Credentials
    account_id: str
    roles: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=make_tokens)
    results: dict[int, dict[str, Any]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    _connection: http.client.HTTPConnection | None = None

    def create_roles(self) -> None:
        """Create the roles that sequences use."""
        for name, amr, audience in (
            ("guest", "unauthenticated", f"{REGION}:*"),
            ("user", "authenticated", f"{REGION}:*"),
            ("other", "authenticated", f"{REGION}:*"),
            ("foreign", "*", UNKNOWN_POOL),
        ):
            statement = {
                "Effect": "Allow",
                "Principal": {"Federated": "cognito-identity.amazonaws.com"},
                "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
                "Condition": {
                    "StringLike": {"cognito-identity.amazonaws.com:aud": audience},
                    "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": amr},
                },
            }
            trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            parameters = {"RoleName": name, "AssumeRolePolicyDocument": trust}
            status, _ = self._query("iam", "CreateRole", _IAM, parameters, self.keys)
            assert status == 200
            self.roles[name] = f"arn:aws:iam::{self.account_id}:role/{name}"

    def forget(self) -> None:
        """Delete the pools of the current sequence, and discard its results."""
        for members in self.results.values():
            pool = members.get("IdentityPoolId")
            if pool and "IdentityPoolName" in members:
                self._call(Step("DeleteIdentityPool", {}), {"IdentityPoolId": pool})
        self.results.clear()
        self.labels.clear()

    def run(self, number: int, step: Step) -> Outcome:
        """Send a step, and return its outcome without values that are different each time."""
        parameters = self._resolve(step.parameters)
        if step.operation == CALLER_IDENTITY:
            return self._get_caller_identity(parameters["credentials"])
        status, body = self._call(step, parameters)
        try:
            document = json.loads(body or b"{}")
        except ValueError:
            document = {}
            status = status if status != 200 else 502
        if status == 200:
            self.results[number] = document
            self._label(number, step.operation, document)
            return Outcome(status, "", "", self._describe(document))
        code = document.get("__type", "").rpartition("#")[2] or f"HTTP status {status}"
        message = document.get("message", document.get("Message", ""))
        return Outcome(status, code, self._describe(message), {})

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    # --- requests -----------------------------------------------------------------------------------

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, dict):
            resolved = {key: self._resolve(item) for key, item in value.items()}
            return {key: item for key, item in resolved.items() if item is not None}
        if isinstance(value, list):
            return [self._resolve(item) for item in value]
        return self._find(value) if isinstance(value, Ref) else value

    def _find(self, ref: Ref) -> Any:
        kind, source = ref
        if kind == "role":
            return self.roles.get(source, f"arn:aws:iam::{self.account_id}:role/{source}")
        if kind == "token":
            return self.tokens[source]
        members = self.results.get(source, {})
        if kind == "pool":
            return members.get("IdentityPoolId", UNKNOWN_POOL)
        if kind == "pool ARN":
            pool = members.get("IdentityPoolId", UNKNOWN_POOL)
            return f"arn:aws:cognito-identity:{REGION}:{self.account_id}:identitypool/{pool}"
        names = {
            "identity": ("IdentityId", UNKNOWN_IDENTITY),
            "own token": ("Token", "x"),
            "next token": ("NextToken", None),
            "credentials": ("Credentials", {}),
        }
        name, default = names[kind]
        return members.get(name, default)

    def _call(self, step: Step, parameters: Mapping[str, Any]) -> tuple[int, bytes]:
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"AWSCognitoIdentityService.{step.operation}",
        }
        is_signed = step.is_signed and step.operation not in PUBLIC
        body = json.dumps(parameters).encode()
        return self._send("cognito-identity", headers, body, self.keys if is_signed else None)

    def _get_caller_identity(self, issued: Mapping[str, Any]) -> Outcome:
        keys = Credentials(
            issued.get("AccessKeyId", "ASIAXXXXXXXXXXXXXXXX"),
            issued.get("SecretKey", "x"),
            issued.get("SessionToken", "x"),
        )
        status, body = self._query("sts", "GetCallerIdentity", _STS, {}, keys)
        document = ET.fromstring(body)  # noqa: S314 - a local server wrote the document
        texts = {each.tag.rpartition("}")[2]: each.text or "" for each in document.iter()}
        if status == 200:
            return Outcome(status, "", "", {"Arn": self._describe(texts["Arn"])})
        return Outcome(status, texts["Code"], texts["Message"], {})

    def _query(
        self,
        service: str,
        action: str,
        version: str,
        parameters: Mapping[str, str],
        keys: Credentials,
    ) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode({"Action": action, "Version": version, **parameters}).encode()
        return self._send(service, headers, body, keys)

    def _send(
        self, service: str, headers: dict[str, str], body: bytes, keys: Credentials | None
    ) -> tuple[int, bytes]:
        request = AWSRequest("POST", f"http://127.0.0.1:{self.port}/", headers, body)
        if keys is not None:
            SigV4Auth(keys, service, REGION).add_auth(request)
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        # http.client opens a new connection if the server has closed the old one.
        self._connection.request("POST", "/", body, dict(request.headers.items()))
        with self._connection.getresponse() as response:
            return response.status, response.read()

    # --- outcomes -----------------------------------------------------------------------------------

    def _label(self, number: int, operation: str, members: Mapping[str, Any]) -> None:
        """Label an ID with the step that first returned it."""
        if operation == "CreateIdentityPool":
            self.labels.setdefault(members["IdentityPoolId"], f"<pool {number}>")
        elif "IdentityId" in members:
            self.labels.setdefault(members["IdentityId"], f"<identity {number}>")

    def _describe(self, value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: self._describe(item, key) for key, item in value.items()}
        if isinstance(value, list):
            return [self._describe(item, name) for item in value]
        if name == "Token":
            return self._describe_token(value)
        if name in {"CreationDate", "LastModifiedDate", "Expiration", "exp", "iat"}:
            return _describe_time(value)
        if name == "NextToken":
            return "<token>"
        return self._describe_text(value, name) if isinstance(value, str) else value

    def _describe_text(self, text: str, name: str) -> str:
        if name in _FORMS and re.fullmatch(_FORMS[name], text):
            return f"<{name}>"
        described = ID.sub(self._describe_id, text).replace(f":{self.account_id}:", ":<account>:")
        return re.sub(r"\b1[0-9]{9}\b", "<seconds>", described)

    def _describe_id(self, match: re.Match[str]) -> str:
        unknown = {UNKNOWN_POOL: "<unknown pool>", UNKNOWN_IDENTITY: "<unknown identity>"}
        return {**self.labels, **unknown}.get(match[0], "<new ID>")

    def _describe_token(self, token: str) -> Any:
        try:
            header, payload = (
                json.loads(base64.urlsafe_b64decode(f"{part}==")) for part in token.split(".")[:2]
            )
        except ValueError:
            return "<not a JWT>"
        return {"header": header, "claims": self._describe(payload)}


def _describe_time(value: Any) -> Any:
    """Describe a time relative to now, rounded to 30 seconds; return other times unchanged."""
    if not isinstance(value, int | float):
        return value
    seconds = value - time.time()
    return f"<now {round(seconds / 30) * 30:+} s>" if abs(seconds) < 86_400 else value


# --- servers ----------------------------------------------------------------------------------------


@contextlib.contextmanager
def running_emulator() -> Iterator[Server]:
    """Run the emulator of this library, with the users of `emulator_sequences`."""
    # Another test of the same process may run an emulator with the default account.
    with Emulator(account_id="111122223388") as emulator:
        public = {**make_key("k1").as_dict(private=False), "kid": "k1"}
        emulator.add_oidc_issuer(f"https://{USER_POOL}", {"keys": [public]})
        emulator.add_oidc_issuer(f"https://{USER_POOL}X", {"keys": [public]})
        variables = emulator.environment(administrator=True)
        keys = Credentials(variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"])
        server = Server(emulator.port, keys, emulator.account_id)
        for name, user in FACEBOOK_USERS.items():
            token = server.tokens[name]
            emulator.identity_service.register_opaque_token(FACEBOOK, token, FACEBOOK_APP, user)
        with contextlib.closing(server):
            server.create_roles()
            yield server


@contextlib.contextmanager
def running_moto() -> Iterator[Server]:
    """Run moto's server in another process."""
    with emulated_servers.running(emulated_servers.MOTO) as running:
        server = Server(running.port, Credentials("AKIAEXAMPLE000000000", "secret"), "123456789012")
        with contextlib.closing(server):
            yield server


@contextlib.contextmanager
def running_ministack() -> Iterator[Server]:
    """Run ministack in another process, with the key of `make_tokens` as its signing key."""
    (packages,) = (MINISTACK / "lib").glob("python*/site-packages")
    with tempfile.TemporaryDirectory() as directory:
        key = Path(directory, "cognito-rsa-key.pem")
        key.write_bytes(make_key("k1").as_pem(private=True))
        key.chmod(0o600)
        variables = {
            "AUTH": "true",
            "GATEWAY_PORT": "{port}",
            "STATE_DIR": directory,
            # ministack verifies signatures only if the package cryptography is installed.
            "PYTHONPATH": str(packages),
        }
        program = emulated_servers.Program(
            "ministack", (sys.executable, "-m", "ministack"), tuple(variables.items())
        )
        with emulated_servers.running(program) as running:
            server = Server(running.port, Credentials("test", "test"), "000000000000")
            with contextlib.closing(server):
                server.create_roles()
                yield server
