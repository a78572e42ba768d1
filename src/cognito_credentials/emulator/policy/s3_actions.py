"""The permissions that an S3 request needs, with its bucket and keys.

This module follows "Required permissions for Amazon S3 API operations" and "Actions, resources, and
condition keys for Amazon S3". Condition keys that depend on the stored object
(`s3:ExistingObjectTag/...`) are missing from the context, so a statement with such a condition
applies only if its operator matches missing keys, for example a negated operator.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit
from xml.etree import ElementTree as ET

from cognito_credentials.emulator.messages import RawRequest
from cognito_credentials.emulator.policy.evaluation import AuthorizationRequest

_BUCKET_SUBRESOURCES = {
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
# Subresources that moto ignores. moto treats requests for these subresources as requests for the
# bucket itself, so the permission for the bucket is required as well.
_IGNORED_BY_MOTO = frozenset(("analytics", "intelligent-tiering", "metrics", "requestPayment"))
_IGNORED_BY_METHOD = {
    "GET": _IGNORED_BY_MOTO,
    "PUT": _IGNORED_BY_MOTO | {"location", "policyStatus"},
    "DELETE": frozenset(_BUCKET_SUBRESOURCES)
    - {"cors", "encryption", "lifecycle", "ownershipControls", "policy", "publicAccessBlock"}
    - {"replication", "tagging", "website"},
}
# Requests for a subresource of an object. moto treats all other requests as requests for the object
# itself.
_OBJECT_SUBRESOURCES = {
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


def split_bucket_and_key(http: RawRequest) -> tuple[str, str]:
    """Return the bucket and the key of a path-style request, either of which may be empty."""
    bucket, _, key = unquote(http.path.removeprefix("/")).partition("/")
    return bucket, key


def s3_authorization_requests(http: RawRequest, partition: str) -> Sequence[AuthorizationRequest]:
    """Return the permissions that a path-style request needs, all of which must be allowed."""
    bucket, key = split_bucket_and_key(http)
    query = parse_qs(http.query, keep_blank_values=True)
    context = _make_context(http, query)

    def make(action: str, resource: str) -> AuthorizationRequest:
        return AuthorizationRequest(f"s3:{action}", f"arn:{partition}:s3:::{resource}", context)

    if bucket == "v20180820":
        # Requests to S3 Control differ only by path, which is not parsed, so they need permission
        # for all actions.
        return [AuthorizationRequest("s3:Control", None, context)]
    if not bucket:
        return [AuthorizationRequest("s3:ListAllMyBuckets", "*", context)]
    if not key:
        if http.method == "POST":
            return [make(action, f"{bucket}/{name}") for action, name in _post_actions(http, query)]
        return [make(action, bucket) for action in _bucket_actions(http.method, query)]
    return [
        *(make(action, f"{bucket}/{key}") for action in _object_actions(http, query)),
        *(make(action, source) for action, source in _copy_source_actions(http)),
    ]


def _bucket_actions(method: str, query: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """Return the actions of all subresources that the query of a request names."""
    if method == "HEAD":
        return ["ListBucket"]
    lists = [action for name, action in _BUCKET_LISTS.items() if name in query and method == "GET"]
    names = [name for name in _BUCKET_SUBRESOURCES if name in query]
    actions = lists + [_action_prefix(method, name) + _BUCKET_SUBRESOURCES[name] for name in names]
    if lists or not _IGNORED_BY_METHOD.get(method, frozenset()).issuperset(names):
        return actions
    return [*actions, {"PUT": "CreateBucket", "DELETE": "DeleteBucket"}.get(method, "ListBucket")]


def _action_prefix(method: str, subresource: str) -> str:
    # Deleting most bucket settings requires the permission to put the settings.
    if method == "DELETE" and subresource not in ("policy", "website"):
        return "Put"
    return method.capitalize()


def _object_actions(http: RawRequest, query: Mapping[str, Sequence[str]]) -> Iterable[str]:
    version = "Version" if "versionId" in query else ""
    method = "GET" if http.method in ("HEAD", "OPTIONS") else http.method
    names = sorted(_OBJECT_SUBRESOURCES.get(http.method, {}).keys() & query)
    for name in names:
        noun = _OBJECT_SUBRESOURCES[method][name]
        if name == "attributes":
            yield f"GetObject{version}"
        if version and name in ("acl", "tagging"):
            noun = noun.replace("Object", "ObjectVersion")
        yield method.capitalize() + noun
    if names and "uploadId" not in query:
        return
    if method == "GET":
        yield "ListMultipartUploadParts" if "uploadId" in query else f"GetObject{version}"
    elif method == "DELETE":
        yield "AbortMultipartUpload" if "uploadId" in query else f"DeleteObject{version}"
    elif method == "POST" and "restore" in query:
        yield "RestoreObject"
    elif method == "POST" and "select" in query:
        yield "GetObject"
    else:
        yield "PutObject"
        # In a presigned URL, the headers that the signer set are query parameters.
        headers = {name.lower() for name in (*http.headers, *query)}
        if any(name == "x-amz-acl" or name.startswith("x-amz-grant-") for name in headers):
            yield "PutObjectAcl"
        if "x-amz-tagging" in headers:
            yield "PutObjectTagging"


def _copy_source_actions(http: RawRequest) -> Iterable[tuple[str, str]]:
    source = http.header("x-amz-copy-source")
    if source:
        parsed = urlsplit(source)
        has_version = "versionId" in parse_qs(parsed.query)
        # As in moto, leading slashes and a host are removed.
        yield "GetObjectVersion" if has_version else "GetObject", unquote(parsed.path).lstrip("/")


def _post_actions(
    http: RawRequest, query: Mapping[str, Sequence[str]]
) -> Iterable[tuple[str, str]]:
    if "delete" not in query:
        # Upload forms have already been converted into PutObject requests, so this request is
        # malformed.
        yield "PutObject", "*"
        return
    try:
        root = ET.fromstring(http.body)  # noqa: S314 - expat rejects entity expansion attacks
    except ET.ParseError:
        yield "DeleteObject", "*"
        return
    for entry in root:
        key = entry.findtext("{*}Key")
        if key is not None:
            version = entry.findtext("{*}VersionId")
            yield "DeleteObjectVersion" if version else "DeleteObject", key


def _make_context(
    http: RawRequest, query: Mapping[str, Sequence[str]]
) -> Mapping[str, Sequence[str]]:
    context: dict[str, Sequence[str]] = {}
    for parameter, key in (
        ("prefix", "s3:prefix"),
        ("delimiter", "s3:delimiter"),
        ("max-keys", "s3:max-keys"),
        ("versionId", "s3:versionid"),
    ):
        if parameter in query:
            context[key] = query[parameter][:1]
    for name, value in http.headers.items():
        if name.lower().startswith("x-amz-"):
            context[f"s3:{name.lower()}"] = [value]
    tags = parse_qsl(http.header("x-amz-tagging"), keep_blank_values=True)
    for tag, value in tags:
        context[f"s3:requestobjecttag/{tag.lower()}"] = [value]
    if tags:
        context["s3:requestobjecttagkeys"] = [tag for tag, _ in tags]
    return context
