"""Which permissions an S3 request needs, on which bucket and keys.

Pure. Follows "Required permissions for Amazon S3 API operations" and "Actions, resources, and
condition keys for Amazon S3". Condition keys that only the stored object knows
(``s3:ExistingObjectTag/...``) are not provided: a condition on one fails, and a Deny that needs
one does not bite.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, parse_qsl, unquote
from xml.etree import ElementTree as ET

from cognito_credentials.emulator.iam_policies import Question

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cognito_credentials.emulator.http_server import HttpRequest

_BUCKET_PARTS = {
    "accelerate": "AccelerateConfiguration",
    "acl": "BucketAcl",
    "analytics": "AnalyticsConfiguration",
    "cors": "BucketCORS",
    "encryption": "EncryptionConfiguration",
    "intelligent-tiering": "IntelligentTieringConfiguration",
    "inventory": "InventoryConfiguration",
    "lifecycle": "LifecycleConfiguration",
    "location": "BucketLocation",
    "logging": "BucketLogging",
    "metrics": "MetricsConfiguration",
    "notification": "BucketNotification",
    "object-lock": "BucketObjectLockConfiguration",
    "ownershipControls": "BucketOwnershipControls",
    "policy": "BucketPolicy",
    "policyStatus": "BucketPolicyStatus",
    "publicAccessBlock": "BucketPublicAccessBlock",
    "replication": "ReplicationConfiguration",
    "requestPayment": "BucketRequestPayment",
    "tagging": "BucketTagging",
    "versioning": "BucketVersioning",
    "website": "BucketWebsite",
}
_OBJECT_PARTS = {
    "acl": "ObjectAcl",
    "tagging": "ObjectTagging",
    "retention": "ObjectRetention",
    "legal-hold": "ObjectLegalHold",
    "torrent": "ObjectTorrent",
    "attributes": "ObjectAttributes",
}
# A host that is the endpoint itself, so that the bucket is the path's first part.
_PLAIN_HOST = re.compile(r"[\d.]+|\[.*\]|[^.]+|localhost.*|s3[.-].*amazonaws\.com.*", re.IGNORECASE)


def bucket_and_key(request: HttpRequest) -> tuple[str, str]:
    """Return the bucket and the key that a request is about, each empty where there is none."""
    host = re.sub(r":\d+$", "", request.header("Host"))
    path = unquote(request.path.removeprefix("/"))
    if host and not _PLAIN_HOST.fullmatch(host):
        return host.partition(".")[0], path
    bucket, _, key = path.partition("/")
    return bucket, key


def s3_questions(request: HttpRequest, partition: str) -> Sequence[Question]:
    """List what must all be allowed for ``request`` to go on."""
    bucket, key = bucket_and_key(request)
    query = parse_qs(request.query, keep_blank_values=True)
    context = _context(request, query)

    def ask(action: str, resource: str, context: dict[str, Sequence[str]] = context) -> Question:
        return Question(f"s3:{action}", f"arn:{partition}:s3:::{resource}", context)

    if not bucket:
        return [Question("s3:ListAllMyBuckets", "*", context)]
    if not key:
        if request.method == "POST":
            return [
                ask(action, f"{bucket}/{name}") for action, name in _posted_keys(request, query)
            ]
        return [ask(_bucket_action(request.method, query), bucket)]
    return [
        *(ask(action, f"{bucket}/{key}") for action in _object_actions(request, query)),
        *(ask(action, source) for action, source in _copied(request)),
    ]


def _bucket_action(method: str, query: dict[str, list[str]]) -> str:
    if method == "HEAD":
        return "ListBucket"
    for part, noun in _BUCKET_PARTS.items():
        if part in query:
            if method == "DELETE":
                # Removing most settings of a bucket is a Put of nothing.
                return f"{'Delete' if part in ('policy', 'website') else 'Put'}{noun}"
            return f"{method.capitalize()}{noun}"
    if method == "GET":
        if "versions" in query:
            return "ListBucketVersions"
        return "ListBucketMultipartUploads" if "uploads" in query else "ListBucket"
    return {"PUT": "CreateBucket", "DELETE": "DeleteBucket"}.get(method, "ListBucket")


def _object_actions(request: HttpRequest, query: dict[str, list[str]]) -> Iterable[str]:
    versioned = "Version" if "versionId" in query else ""
    method = "GET" if request.method in ("HEAD", "OPTIONS") else request.method
    for part, noun in _OBJECT_PARTS.items():
        if part in query:
            if part == "attributes":
                yield f"GetObject{versioned}"
            of_version = versioned and part in ("acl", "tagging")
            verb = method.capitalize()
            yield verb + (noun.replace("Object", "ObjectVersion") if of_version else noun)
            return
    if method == "GET":
        yield "ListMultipartUploadParts" if "uploadId" in query else f"GetObject{versioned}"
    elif method == "DELETE":
        yield "AbortMultipartUpload" if "uploadId" in query else f"DeleteObject{versioned}"
    elif method == "POST" and "restore" in query:
        yield "RestoreObject"
    elif method == "POST" and "select" in query:
        yield "GetObject"
    else:
        yield "PutObject"
        # A presigned URL carries the headers of its signer in its query.
        names = {name.lower() for name in (*request.headers, *query)}
        if any(name == "x-amz-acl" or name.startswith("x-amz-grant-") for name in names):
            yield "PutObjectAcl"
        if "x-amz-tagging" in names:
            yield "PutObjectTagging"


def _copied(request: HttpRequest) -> Iterable[tuple[str, str]]:
    source = request.header("x-amz-copy-source")
    if source:
        path, _, version = source.partition("?versionId=")
        yield "GetObjectVersion" if version else "GetObject", unquote(path.removeprefix("/"))


def _posted_keys(request: HttpRequest, query: dict[str, list[str]]) -> Iterable[tuple[str, str]]:
    if "delete" not in query:
        # A browser's upload form names its key in the body; "*" asks for the whole bucket.
        yield "PutObject", "*"
        return
    try:
        root = ET.fromstring(request.body)  # noqa: S314 - expat refuses entity bombs
    except ET.ParseError:
        yield "DeleteObject", "*"
        return
    for entry in root:
        key = entry.findtext("{*}Key")
        if key is not None:
            version = entry.findtext("{*}VersionId")
            yield "DeleteObjectVersion" if version else "DeleteObject", key


def _context(request: HttpRequest, query: dict[str, list[str]]) -> dict[str, Sequence[str]]:
    context: dict[str, Sequence[str]] = {}
    for parameter, key in (
        ("prefix", "s3:prefix"),
        ("delimiter", "s3:delimiter"),
        ("max-keys", "s3:max-keys"),
        ("versionId", "s3:versionid"),
    ):
        if parameter in query:
            context[key] = query[parameter][:1]
    for name, value in request.headers.items():
        if name.lower().startswith("x-amz-"):
            context[f"s3:{name.lower()}"] = [str(value)]
    tags = parse_qsl(request.header("x-amz-tagging"), keep_blank_values=True)
    for tag, value in tags:
        context[f"s3:requestobjecttag/{tag.lower()}"] = [value]
    if tags:
        context["s3:requestobjecttagkeys"] = [tag for tag, _ in tags]
    return context
