"""Uploads to S3 with an HTML form: the policy in the form is signed instead of the request.

A form is converted into a PutObject request, which access control and moto then process. This
module follows "POST Object" and "Browser-based uploads using POST" in the documentation of Amazon
S3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from http import HTTPStatus
from urllib.parse import quote, urlencode
from xml.etree import ElementTree as ET

from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.front.upload_policies import UploadPolicy
from cognito_credentials.emulator.headers import Headers
from cognito_credentials.emulator.messages import RawRequest, RawResponse
from cognito_credentials.emulator.policy.s3_actions import split_bucket_and_key

_STORED_FIELDS = ("cache-control", "content-disposition", "content-encoding", "content-type")
_STORED_PREFIXES = (
    *("x-amz-meta-", "x-amz-checksum-", "x-amz-server-side-encryption"),
    *("x-amz-storage-class", "x-amz-website-redirect-location"),
)
_MAX_FIELDS_BYTES = 20_000


@dataclass(frozen=True, slots=True)
class UploadForm:
    """A form that uploads one object.

    Attributes:
        bucket: The name of the bucket.
        fields: The fields that precede the file, by their names in lower case.
        content: The content of the file.
        file_name: The name of the file on the user's machine.
    """

    bucket: str
    fields: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    file_name: str

    @property
    def key(self) -> str:
        """The key of the object."""
        return self.fields["key"].replace("${filename}", self.file_name)

    @property
    def policy(self) -> UploadPolicy | None:
        """The policy of the form. None for an anonymous upload.

        Raises:
            AwsError: If the policy is malformed.
        """
        text = self.fields.get("policy")
        return None if text is None else UploadPolicy.parse(text)

    def check(self) -> None:
        """Check the form against its policy.

        Raises:
            AwsError: If the policy does not allow the upload.
        """
        if self.policy is not None:
            fields = {**self.fields, "bucket": self.bucket, "key": self.key}
            self.policy.check(fields, len(self.content))

    def make_put_request(self, request: RawRequest) -> RawRequest:
        """Return the PutObject request that uploads the same object."""
        headers = Headers()
        for name in ("Host", "Origin", "Sec-Fetch-Site", "User-Agent", "Referer"):
            if request.header(name):
                headers.add(name, request.header(name))
        for name, value in self.fields.items():
            if name in _STORED_FIELDS or name.startswith(_STORED_PREFIXES):
                headers.add(name, value)
        if "acl" in self.fields:
            headers.add("x-amz-acl", self.fields["acl"])
        if "tagging" in self.fields:
            headers.add("x-amz-tagging", _read_tags(self.fields["tagging"]))
        headers.add("Content-Length", str(len(self.content)))
        return RawRequest("PUT", f"/{self.bucket}/{quote(self.key)}", headers, self.content)

    def make_response(self, put: RawResponse) -> RawResponse:
        """Return the response to a form upload whose object has been stored."""
        etag = next((value for name, value in put.headers if name.lower() == "etag"), "")
        location = f"/{self.bucket}/{quote(self.key)}"
        headers = [("ETag", etag), ("Location", location)]
        redirect = self.fields.get("success_action_redirect", self.fields.get("redirect", ""))
        if redirect.startswith(("http://", "https://")):
            query = urlencode({"bucket": self.bucket, "key": self.key, "etag": etag})
            target = f"{redirect}{'&' if '?' in redirect else '?'}{query}"
            return RawResponse(303, [("ETag", etag), ("Location", target)])
        status = self.fields.get("success_action_status")
        if status == "201":
            names = {"Location": location, "Bucket": self.bucket, "Key": self.key, "ETag": etag}
            body = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in names.items())
            document = (
                f'<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>{body}</PostResponse>'
            )
            headers.append(("Content-Type", "application/xml"))
            return RawResponse(201, headers, document.encode())
        return RawResponse(200 if status == "200" else 204, headers)


def is_upload_form(request: RawRequest) -> bool:
    """Return True if a path-style request to S3 is a form upload."""
    return _is_post_to_bucket(request) and _has_form(request)


def check_upload(request: RawRequest) -> None:
    """Check that a POST request contains a form if it is sent to a bucket without a query string.

    Raises:
        AwsError: If the form is missing.
    """
    if _is_post_to_bucket(request) and not request.query and not _has_form(request):
        text = "Bucket POST must be of the enclosure-type multipart/form-data"
        raise AwsError("PreconditionFailed", text, HTTPStatus.PRECONDITION_FAILED)


def _is_post_to_bucket(request: RawRequest) -> bool:
    bucket, key = split_bucket_and_key(request)
    return request.method == "POST" and bool(bucket) and not key


def _has_form(request: RawRequest) -> bool:
    return request.header("Content-Type").lower().startswith("multipart/form-data")


def read_upload_form(request: RawRequest) -> UploadForm:
    """Read the fields up to the file; S3 ignores all fields after the file.

    Raises:
        AwsError: If the form is malformed.
    """
    boundary = parse_options_header(request.header("Content-Type"))[1].get("boundary", "")
    fields: dict[str, str] = {}
    try:
        file_name, content = _read_parts(request.body, boundary, fields)
    except ValueError:
        text = "The body of your POST request is not well-formed multipart/form-data."
        raise AwsError("MalformedPOSTRequest", text, 400) from None
    if sum(map(len, fields.values())) > _MAX_FIELDS_BYTES:
        text = "Your POST request fields preceding the upload file were too large."
        raise AwsError("MaxPostPreDataLengthExceeded", text, 400)
    if content is None:
        raise _invalid_argument("POST requires exactly one file upload per request.")
    if not fields.get("key"):
        raise _invalid_argument(
            "Bucket POST must contain a field named 'key'.  If it is specified, please check the"
            " order of the fields."
        )
    bucket, _ = split_bucket_and_key(request)
    return UploadForm(bucket, fields, content, file_name)


def _read_parts(body: bytes, boundary: str, fields: dict[str, str]) -> tuple[str, bytes | None]:
    """Store the fields that precede the file; return the name and the content of the file."""
    decoder = MultipartDecoder(boundary.encode("latin-1"))
    decoder.receive_data(body)
    decoder.receive_data(None)
    name, file_name, content = "", "", bytearray()
    while True:
        event = decoder.next_event()
        if isinstance(event, Epilogue):
            return "", None
        if isinstance(event, Field | File):
            name, content = event.name.lower(), bytearray()
            file_name = event.filename if isinstance(event, File) else ""
        elif isinstance(event, Data):
            content += event.data
            if event.more_data:
                continue
            if name == "file":
                # Old browsers on Windows send the full path of the file.
                return file_name.replace("\\", "/").rpartition("/")[2], bytes(content)
            if name in fields:
                raise ValueError
            fields[name] = content.decode("utf-8")


def _read_tags(document: str) -> str:
    try:
        root = ET.fromstring(document)  # noqa: S314 - expat rejects entity expansion attacks
    except ET.ParseError:
        raise _invalid_argument("The tagging field is not a valid document.") from None
    return urlencode(
        [
            (tag.findtext("{*}Key") or "", tag.findtext("{*}Value") or "")
            for tag in root.iterfind(".//{*}Tag")
        ]
    )


def _invalid_argument(text: str) -> AwsError:
    return AwsError("InvalidArgument", text, 400)
