"""Uploads with an HTML form are checked against the signed policy, and stored."""

from __future__ import annotations

import base64
import http.client
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config
from emulated_account import Account, allow, document

if TYPE_CHECKING:
    from cognito_credentials.emulator import Emulator

OK = (204, "")
DENIED = (403, "AccessDenied")


def upload(
    emulator: Emulator,
    bucket: str,
    fields: dict[str, str],
    content: bytes = b"content",
    *,
    file_name: str | None = "name.txt",
    file_first: bool = False,
) -> tuple[int, str, Any, str]:
    """Post a form, and return the status, the error code, the headers and the body."""
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    if file_name is not None:
        head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{file_name}"\r\n'
        file = head.encode() + b"Content-Type: text/plain\r\n\r\n" + content + b"\r\n"
        parts.insert(0 if file_first else len(parts), file)
    connection = http.client.HTTPConnection(emulator.host, emulator.port, timeout=10)
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    connection.request("POST", f"/{bucket}", b"".join(parts) + b"--b--\r\n", headers)
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    found = re.search(r"<Code>(\w+)</Code>", body)
    return response.status, "" if found is None else found[1], response.headers, body


class Uploader:
    """A guest with permission to store objects, who signs upload forms."""

    def __init__(self, account: Account, version: str, *statements: dict[str, Any]) -> None:
        self.bucket = account.bucket()
        self.emulator = account.emulator
        self.administrator = account.client("s3")
        given = statements or (allow(["s3:PutObject", "s3:PutObject*"], "*"),)
        _, keys = account.guest(*given)
        self.s3 = account.client("s3", keys, config=Config(signature_version=version))

    def sign(
        self, key: str = "x", fields: Any = None, conditions: Any = None, lifetime: int = 60
    ) -> dict[str, str]:
        signed: dict[str, str] = self.s3.generate_presigned_post(
            self.bucket, key, Fields=fields, Conditions=conditions, ExpiresIn=lifetime
        )["fields"]
        return signed

    def upload(self, fields: dict[str, str], *args: Any, **options: Any) -> tuple[int, str]:
        return upload(self.emulator, self.bucket, fields, *args, **options)[:2]

    def read(self, key: str) -> Any:
        return self.administrator.get_object(Bucket=self.bucket, Key=key)


@pytest.fixture(params=["s3v4", "s3"])
def uploader(account: Account, request: pytest.FixtureRequest) -> Uploader:
    return Uploader(account, request.param)


def test_a_form_stores_an_object(uploader: Uploader):
    extra = {"Content-Type": "text/x", "x-amz-meta-name": "日本", "acl": "public-read"}
    conditions = [{name: value} for name, value in extra.items()]
    conditions.append(["content-length-range", 1, 10])  # type: ignore[arg-type]
    fields = uploader.sign("a/${filename}", extra, conditions)
    assert uploader.upload(fields, b"\x00\xff\r\n--x", file_name="ä b.txt") == OK
    stored = uploader.read("a/ä b.txt")
    assert stored["Body"].read() == b"\x00\xff\r\n--x"
    assert stored["ContentType"] == "text/x"
    assert stored["Metadata"]["name"].startswith("=?UTF-8?B?")
    grants = uploader.administrator.get_object_acl(Bucket=uploader.bucket, Key="a/ä b.txt")
    assert any(grant["Grantee"].get("URI", "").endswith("AllUsers") for grant in grants["Grants"])


@pytest.mark.parametrize("status", ["200", "201", "204", "500", ""])
def test_the_form_determines_the_status(uploader: Uploader, status: str):
    fields = uploader.sign(
        "k", {"success_action_status": status}, [{"success_action_status": status}]
    )
    found, _, headers, body = upload(uploader.emulator, uploader.bucket, fields)
    assert found == (int(status) if status in ("200", "201") else 204)
    assert headers["ETag"] == '"9a0364b9e99bb480dd25e1f0284c8555"'
    if status == "201":
        assert f"<Bucket>{uploader.bucket}</Bucket><Key>k</Key>" in body


def test_a_form_can_redirect(uploader: Uploader):
    target = {"success_action_redirect": "http://localhost:3000/done?x=1"}
    fields = uploader.sign("k", target, [target])
    status, _, headers, _ = upload(uploader.emulator, uploader.bucket, fields)
    assert status == 303
    assert headers["Location"].startswith(
        f"http://localhost:3000/done?x=1&bucket={uploader.bucket}&key=k&etag="
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"key": "other"}, DENIED),
        ({"acl": "public-read"}, DENIED),
        ({"x-amz-meta-extra": "1"}, DENIED),
        ({"x-ignore-this": "1"}, OK),
        ({"policy": base64.b64encode(b"{}").decode()}, (400, "InvalidPolicyDocument")),
        ({"policy": "nonsense"}, (400, "InvalidPolicyDocument")),
        ({"key": None}, (400, "InvalidArgument")),
    ],
)
def test_every_field_is_checked(
    uploader: Uploader, change: dict[str, str | None], expected: tuple[int, str]
):
    fields = {**uploader.sign(), **change}
    found = uploader.upload({name: text for name, text in fields.items() if text is not None})
    assert found == expected


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([["content-length-range", 0, 6]], (400, "EntityTooLarge")),
        ([["content-length-range", 8, 20]], (400, "EntityTooSmall")),
        ([["starts-with", "$Content-Type", ""]], DENIED),
        ([["eq", "$acl", "private"]], DENIED),
        ([["like", "$key", "x"]], (400, "InvalidPolicyDocument")),
        ([["eq", "$key"]], (400, "InvalidPolicyDocument")),
        ([["content-length-range", "a", "b"]], (400, "InvalidPolicyDocument")),
        (["x"], (400, "InvalidPolicyDocument")),
        ([["starts-with", "$key", "x"]], OK),
    ],
)
def test_every_condition_is_checked(
    uploader: Uploader, conditions: list[Any], expected: tuple[int, str]
):
    found = upload(uploader.emulator, uploader.bucket, uploader.sign(conditions=list(conditions)))
    assert found[:2] == expected, found[3]


def test_a_changed_policy_or_signature_is_rejected(uploader: Uploader):
    fields = uploader.sign()
    name = "x-amz-signature" if "x-amz-signature" in fields else "signature"
    assert uploader.upload({**fields, name: "0" * 64}) == (403, "SignatureDoesNotMatch")
    policy = json.loads(base64.b64decode(fields["policy"]))
    policy["conditions"].append(["starts-with", "$key", ""])
    changed = base64.b64encode(json.dumps(policy).encode()).decode()
    assert uploader.upload({**fields, "policy": changed}) == (403, "SignatureDoesNotMatch")
    del fields[name]
    assert uploader.upload(fields)[0] == 400


def test_a_policy_expires(uploader: Uploader, advance: Any):
    fields = uploader.sign(lifetime=60)
    assert uploader.upload(fields) == OK
    advance(61)
    assert uploader.upload(fields) == DENIED


def test_forms_without_a_file_or_with_fields_behind_it(uploader: Uploader):
    assert uploader.upload(uploader.sign(), file_name=None) == (400, "InvalidArgument")
    assert uploader.upload(uploader.sign(), file_first=True) == (400, "InvalidArgument")


def test_the_signer_needs_permission(account: Account):
    own = Uploader(account, "s3v4", allow("s3:PutObject", "arn:aws:s3:::*/own/*"))
    assert own.upload(own.sign("own/x")) == OK
    assert own.upload(own.sign("other/x")) == DENIED
    acl = {"acl": "public-read"}
    assert own.upload(own.sign("own/x", acl, [acl])) == DENIED


def test_anonymous_forms_need_a_public_bucket(account: Account, emulator: Emulator):
    bucket = account.bucket()
    assert upload(emulator, bucket, {"key": "x"})[:2] == DENIED
    statement = allow("s3:PutObject", f"arn:aws:s3:::{bucket}/open/*", Principal="*")
    account.client("s3").put_bucket_policy(Bucket=bucket, Policy=document(statement))
    assert upload(emulator, bucket, {"key": "open/x"})[:2] == OK
    assert upload(emulator, bucket, {"key": "x"})[:2] == DENIED


@pytest.mark.parametrize("body", [b"", b"nonsense", b"--b\r\n", b"--b\r\nContent-Disposition: x"])
def test_malformed_forms_are_rejected(account: Account, emulator: Emulator, body: bytes):
    connection = http.client.HTTPConnection(emulator.host, emulator.port, timeout=10)
    for kind in ("multipart/form-data; boundary=b", "multipart/form-data"):
        connection.request("POST", f"/{account.bucket()}", body, {"Content-Type": kind})
        response = connection.getresponse()
        response.read()
        assert response.status in (400, 403)
    connection.close()
