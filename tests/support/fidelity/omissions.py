"""Differences between the emulator and AWS, and a comparison with other emulators."""

from __future__ import annotations

NOT_EMULATED = [
    ("SAML", "Encrypted assertions and AssumeRoleWithSAML are rejected."),
    (
        "Facebook, Amazon, Twitter and Digits",
        (
            "The emulator does not contact these providers. A function that the test registers verifies"
            " their tokens."
        ),
    ),
    (
        "OpenID Connect providers",
        "Thumbprints are not compared. A provider on this machine may use http.",
    ),
    (
        "Accounts",
        "The roles of other accounts cannot be assumed, not even in the basic flow.",
    ),
    (
        "Policies",
        (
            "The only resource policies that are evaluated are bucket policies of S3 and trust policies"
            " of roles. Service control policies, resource control policies and S3 access points are not"
            " evaluated."
        ),
    ),
    (
        "IAM",
        (
            "The default quotas for the sizes of policies are enforced, except in templates of"
            " CloudFormation. Most other quotas are not enforced."
        ),
    ),
    ("DynamoDB", "PartiQL statements need permission on all tables (`*`)."),
    ("S3", "If one key of a DeleteObjects request is forbidden, the whole request is rejected."),
    ("Signatures", "The time at which a request was signed is not checked."),
    (
        "Hosts",
        (
            "One endpoint serves all regions, without TLS. There are no FIPS or dual-stack endpoints."
            " In AWS, regions that an account must enable have their own token issuers; in the"
            " emulator, they do not."
        ),
    ),
    (
        "Service errors",
        (
            "InternalErrorException and ConcurrentModificationException occur only if a test injects"
            " them."
        ),
    ),
    (
        "Amazon Cognito Sync",
        "There are no data sets, events, streams or push synchronization.",
    ),
    ("CloudTrail", "The emulator writes no events. It records requests in `Emulator.calls`."),
]

_UNKNOWN = "not examined"
COMPARISON = [
    ("", "this emulator", "ministack", "gopherstack", "moto", "LocalStack"),
    (
        "version",
        "this repository",
        "1.5.33",
        "August and September 2026",
        "5.2",
        "paid editions, 2026",
    ),
    (
        "examined by",
        "its tests",
        "running it",
        "reading its source",
        "running it",
        "reading its documentation",
    ),
    ("operations, of 23", "23", "20", "23", "10", "13"),
    ("verifies login tokens", "yes", "yes, for user pools", _UNKNOWN, "no", _UNKNOWN),
    ("rejects guests if the pool does not allow guests", "yes", "no", _UNKNOWN, "no", _UNKNOWN),
    ("rejects unknown identity IDs", "yes", "no", _UNKNOWN, "no", _UNKNOWN),
    ("evaluates trust policies", "yes", "no", _UNKNOWN, "no", _UNKNOWN),
    ("signs its OpenID tokens", "yes", "yes", "no", "no", _UNKNOWN),
    ("substitutes the identity ID in policies", "yes", "no", _UNKNOWN, "no", _UNKNOWN),
    ("HTTP status of NotAuthorizedException", "400", _UNKNOWN, "403", _UNKNOWN, _UNKNOWN),
]
