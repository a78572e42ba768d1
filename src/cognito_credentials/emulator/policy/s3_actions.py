"""Which permissions an S3 request needs, on which bucket and keys.

Pure. Follows "Required permissions for Amazon S3 API operations" and "Actions, resources, and
condition keys for Amazon S3". Condition keys that only the stored object knows
(``s3:ExistingObjectTag/...``) are not provided: a condition on one fails, and a Deny that needs
one does not bite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit
from xml.etree import ElementTree as ET

from cognito_credentials.emulator.policy.policies import Question

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
_BUCKET_LISTS = {
    "list-type": "ListBucket",
    "versions": "ListBucketVersions",
    "uploads": "ListBucketMultipartUploads",
}
# What moto takes for a request about the bucket itself, which then is asked for as well.
_NO_ONES = frozenset(("analytics", "intelligent-tiering", "metrics", "requestPayment"))
_NOT_IN_MOTO = {
    "GET": _NO_ONES,
    "PUT": _NO_ONES | {"location", "policyStatus"},
    "DELETE": frozenset(_BUCKET_PARTS)
    - {"cors", "encryption", "lifecycle", "ownershipControls", "policy", "publicAccessBlock"}
    - {"replication", "tagging", "website"},
}
# The requests that are for one part of an object. moto takes all others for the object itself.
_OBJECT_PARTS = {
    "GET": {
        "acl": "ObjectAcl",
        "tagging": "ObjectTagging",
        "legal-hold": "ObjectLegalHold",
        "attributes": "ObjectAttributes",
    },
    "PUT": {
        "acl": "ObjectAcl",
        "tagging": "ObjectTagging",
        "retention": "ObjectRetention",
        "legal-hold": "ObjectLegalHold",
    },
    "DELETE": {"tagging": "ObjectTagging"},
}


def bucket_and_key(request: HttpRequest) -> tuple[str, str]:
    """Return the bucket and the key of a path-style request, each empty where there is none."""
    bucket, _, key = unquote(request.path.removeprefix("/")).partition("/")
    return bucket, key


def s3_questions(request: HttpRequest, partition: str) -> Sequence[Question]:
    """List what must all be allowed for ``request`` to go on."""
    bucket, key = bucket_and_key(request)
    query = parse_qs(request.query, keep_blank_values=True)
    context = _context(request, query)

    def ask(action: str, resource: str, context: dict[str, Sequence[str]] = context) -> Question:
        return Question(f"s3:{action}", f"arn:{partition}:s3:::{resource}", context)

    if bucket == "v20180820":
        # The paths of S3 Control, which is told from S3 by nothing else and not judged here.
        return [Question("s3:Control", None, context)]
    if not bucket:
        return [Question("s3:ListAllMyBuckets", "*", context)]
    if not key:
        if request.method == "POST":
            return [
                ask(action, f"{bucket}/{name}") for action, name in _posted_keys(request, query)
            ]
        return [ask(action, bucket) for action in _bucket_actions(request.method, query)]
    return [
        *(ask(action, f"{bucket}/{key}") for action in _object_actions(request, query)),
        *(ask(action, source) for action, source in _copied(request)),
    ]


def _bucket_actions(method: str, query: dict[str, list[str]]) -> Sequence[str]:
    """Name everything that a request could mean: with two parts in its query, both."""
    if method == "HEAD":
        return ["ListBucket"]
    lists = [action for part, action in _BUCKET_LISTS.items() if part in query and method == "GET"]
    parts = [part for part in _BUCKET_PARTS if part in query]
    actions = lists + [_verb(method, part) + _BUCKET_PARTS[part] for part in parts]
    if lists or not _NOT_IN_MOTO.get(method, frozenset()).issuperset(parts):
        return actions
    return [*actions, {"PUT": "CreateBucket", "DELETE": "DeleteBucket"}.get(method, "ListBucket")]


def _verb(method: str, part: str) -> str:
    # Removing most settings of a bucket is a Put of nothing.
    if method == "DELETE" and part not in ("policy", "website"):
        return "Put"
    return method.capitalize()


def _object_actions(request: HttpRequest, query: dict[str, list[str]]) -> Iterable[str]:
    versioned = "Version" if "versionId" in query else ""
    method = "GET" if request.method in ("HEAD", "OPTIONS") else request.method
    parts = [*_OBJECT_PARTS.get(request.method, {}).keys() & query]
    for part in sorted(parts):
        noun = _OBJECT_PARTS[method][part]
        if part == "attributes":
            yield f"GetObject{versioned}"
        of_version = versioned and part in ("acl", "tagging")
        verb = method.capitalize()
        yield verb + (noun.replace("Object", "ObjectVersion") if of_version else noun)
    if parts and "uploadId" not in query:
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
        parsed = urlsplit(source)
        versioned = "versionId" in parse_qs(parsed.query)
        key = unquote(parsed.path).lstrip("/")
        yield "GetObjectVersion" if versioned else "GetObject", key


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
