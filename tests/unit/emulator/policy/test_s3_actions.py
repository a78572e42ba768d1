from __future__ import annotations

from typing import Any

import pytest
from cases import check_each

from cognito_credentials.emulator.headers import Headers
from cognito_credentials.emulator.messages import RawRequest
from cognito_credentials.emulator.policy.s3_actions import (
    s3_authorization_requests,
    split_bucket_and_key,
)


def make_request(line: str, *, body: bytes = b"", **headers: str) -> RawRequest:
    method, _, target = line.partition(" ")
    fields = Headers()
    for name, value in headers.items():
        fields.add(name.replace("_", "-"), value)
    return RawRequest(method, target, fields, body)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/b/k/x", ("b", "k/x")),
        ("/b", ("b", "")),
        ("/b/", ("b", "")),
        ("/", ("", "")),
        ("/b/a%20b%2Fc", ("b", "a b/c")),
    ],
)
def test_bucket_and_key_are_split_from_the_path(target: str, expected: tuple[str, str]):
    assert split_bucket_and_key(make_request(f"GET {target}")) == expected


@check_each(
    "line, headers, expected",
    [
        ("GET /", {}, ["ListAllMyBuckets *"]),
        ("PUT /b", {}, ["CreateBucket b"]),
        ("DELETE /b", {}, ["DeleteBucket b"]),
        ("HEAD /b", {}, ["ListBucket b"]),
        ("GET /b?list-type=2", {}, ["ListBucket b"]),
        ("GET /b?versions", {}, ["ListBucketVersions b"]),
        ("GET /b?uploads", {}, ["ListBucketMultipartUploads b"]),
        ("GET /b?policy", {}, ["GetBucketPolicy b"]),
        ("PUT /b?policy", {}, ["PutBucketPolicy b"]),
        ("DELETE /b?policy", {}, ["DeleteBucketPolicy b"]),
        ("DELETE /b?tagging", {}, ["PutBucketTagging b"]),
        ("GET /b?encryption", {}, ["GetEncryptionConfiguration b"]),
        ("GET /b/k", {}, ["GetObject b/k"]),
        ("HEAD /b/k", {}, ["GetObject b/k"]),
        ("GET /b/k?versionId=1", {}, ["GetObjectVersion b/k"]),
        ("GET /b/k?acl", {}, ["GetObjectAcl b/k"]),
        ("GET /b/k?tagging&versionId=1", {}, ["GetObjectVersionTagging b/k"]),
        ("GET /b/k?attributes", {}, ["GetObject b/k", "GetObjectAttributes b/k"]),
        ("GET /b/k?uploadId=1", {}, ["ListMultipartUploadParts b/k"]),
        ("PUT /b/k", {}, ["PutObject b/k"]),
        ("PUT /b/k?uploadId=1&partNumber=1", {}, ["PutObject b/k"]),
        ("PUT /b/k?acl", {}, ["PutObjectAcl b/k"]),
        ("PUT /b/k", {"x_amz_acl": "private"}, ["PutObject b/k", "PutObjectAcl b/k"]),
        ("PUT /b/k?x-amz-acl=private", {}, ["PutObject b/k", "PutObjectAcl b/k"]),
        ("PUT /b/k", {"x_amz_tagging": "a=b"}, ["PutObject b/k", "PutObjectTagging b/k"]),
        ("PUT /b/k", {"x_amz_copy_source": "/c/s%20x"}, ["PutObject b/k", "GetObject c/s x"]),
        (
            "PUT /b/k",
            {"x_amz_copy_source": "c/s?versionId=1"},
            ["PutObject b/k", "GetObjectVersion c/s"],
        ),
        # moto strips all leading slashes from the copy source, and ignores the host.
        ("PUT /b/k", {"x_amz_copy_source": "///c/s"}, ["PutObject b/k", "GetObject c/s"]),
        ("PUT /b/k", {"x_amz_copy_source": "//x/c/s"}, ["PutObject b/k", "GetObject c/s"]),
        (
            "PUT /b/k",
            {"x_amz_copy_source": "c/s?x=1&versionId=1"},
            ["PutObject b/k", "GetObjectVersion c/s"],
        ),
        # moto handles these requests as operations on the object or the bucket itself.
        ("GET /b/k?torrent", {}, ["GetObject b/k"]),
        ("GET /b/k?retention", {}, ["GetObject b/k"]),
        ("HEAD /b/k?acl", {}, ["GetObject b/k"]),
        ("DELETE /b/k?acl", {}, ["DeleteObject b/k"]),
        ("GET /b/k?acl&tagging", {}, ["GetObjectAcl b/k", "GetObjectTagging b/k"]),
        ("PUT /b/k?acl&uploadId=1", {}, ["PutObjectAcl b/k", "PutObject b/k"]),
        ("GET /b?metrics", {}, ["GetMetricsConfiguration b", "ListBucket b"]),
        (
            "GET /b?replication&list-type=2",
            {},
            ["ListBucket b", "GetReplicationConfiguration b"],
        ),
        ("GET /b?policy&location", {}, ["GetBucketLocation b", "GetBucketPolicy b"]),
        ("PUT /b?location", {}, ["PutBucketLocation b", "CreateBucket b"]),
        ("DELETE /b?acl", {}, ["PutBucketAcl b", "DeleteBucket b"]),
        ("GET /v20180820/accesspoint/x", {}, ["Control None"]),
        ("POST /b/k?uploads", {}, ["PutObject b/k"]),
        ("POST /b/k?restore", {}, ["RestoreObject b/k"]),
        ("POST /b/k?select&select-type=2", {}, ["GetObject b/k"]),
        ("DELETE /b/k", {}, ["DeleteObject b/k"]),
        ("DELETE /b/k?versionId=1", {}, ["DeleteObjectVersion b/k"]),
        ("DELETE /b/k?uploadId=1", {}, ["AbortMultipartUpload b/k"]),
        ("DELETE /b/k?tagging", {}, ["DeleteObjectTagging b/k"]),
        ("POST /b", {}, ["PutObject b/*"]),
    ],
)
def test_an_s3_request_requires_the_permissions_of_its_operation(
    line: str, headers: dict[str, str], expected: list[str]
):
    requests = s3_authorization_requests(make_request(line, **headers), "aws")
    permissions = [
        f"{request.action.removeprefix('s3:')} {request.resource}".replace("arn:aws:s3:::", "")
        for request in requests
    ]
    assert permissions == expected


def test_delete_objects_needs_permission_for_each_key():
    body = (
        b'<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>a</Key></Object>'
        b"<Object><Key>b &amp; c</Key><VersionId>1</VersionId></Object><Quiet>true</Quiet></Delete>"
    )
    requests = s3_authorization_requests(make_request("POST /bucket?delete", body=body), "aws-cn")
    assert [(request.action, request.resource) for request in requests] == [
        ("s3:DeleteObject", "arn:aws-cn:s3:::bucket/a"),
        ("s3:DeleteObjectVersion", "arn:aws-cn:s3:::bucket/b & c"),
    ]
    malformed = s3_authorization_requests(
        make_request("POST /bucket?delete", body=b"<Delete>"), "aws"
    )
    assert [request.resource for request in malformed] == ["arn:aws:s3:::bucket/*"]


@pytest.mark.parametrize(
    ("line", "headers", "key", "values"),
    [
        ("GET /b?prefix=a%2Fb&delimiter=%2F", {}, "s3:prefix", ["a/b"]),
        ("GET /b?prefix=&max-keys=5", {}, "s3:prefix", [""]),
        ("GET /b?delimiter=%2F", {}, "s3:delimiter", ["/"]),
        ("GET /b?max-keys=5", {}, "s3:max-keys", ["5"]),
        ("GET /b/k?versionId=7", {}, "s3:versionid", ["7"]),
        ("PUT /b/k", {"X_Amz_Acl": "private"}, "s3:x-amz-acl", ["private"]),
        ("PUT /b/k", {"x_amz_tagging": "Team=red&x=1"}, "s3:requestobjecttag/team", ["red"]),
        ("PUT /b/k", {"x_amz_tagging": "Team=red&x=1"}, "s3:requestobjecttagkeys", ["Team", "x"]),
        ("GET /b", {}, "s3:prefix", None),
    ],
)
def test_an_s3_request_sets_condition_keys(
    line: str, headers: dict[str, str], key: str, values: Any
):
    (request, *_) = s3_authorization_requests(make_request(line, **headers), "aws")
    assert request.context.get(key) == values
