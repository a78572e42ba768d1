"""IDs, regions, partitions and endpoints.

IDs follow the patterns in the Cognito Identity API reference. Endpoints follow the endpoint rule sets
that AWS publishes with its SDKs (`endpoint-rule-set-1.json` of `cognito-identity` and `sts`, and
`partitions.json`, in botocore); a contract test compares them with botocore's resolver.
"""

from __future__ import annotations

import re

from cognito_credentials._validation import format_value
from cognito_credentials.errors import ConfigurationError

__all__ = [
    "Partition",
    "check_identity_id",
    "check_identity_pool_id",
    "check_region",
    "cognito_identity_url",
    "get_developer_provider_name",
    "get_partition",
    "get_region",
    "is_cognito_id",
    "sts_url",
]

# The service's pattern for IDs is [\w-]+:[0-9a-f-]+, and IDs have at most 55 characters. The region
# is restricted to the characters of a host name label, because it becomes part of a host name. IDs
# are checked without `re`, because compiling a pattern takes longer than all ID checks of a typical
# process together.
_LABEL_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_UUID_CHARACTERS = frozenset("0123456789abcdef-")
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_EMBEDDED_ID = rf"[a-z]{{2}}[a-z0-9-]{{1,30}}:{_UUID}"
_USER_POOL_ID = r"[a-z0-9-]+-[0-9]_[A-Za-z0-9]+"
_MAX_LENGTH = 55
_EXAMPLE = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"


class Partition:
    """Group of regions that has its own accounts and host names."""

    __slots__ = ("dns_suffix", "dual_stack_dns_suffix", "name")

    def __init__(self, name: str, dns_suffix: str, dual_stack_dns_suffix: str) -> None:
        self.name = name
        self.dns_suffix = dns_suffix
        self.dual_stack_dns_suffix = dual_stack_dns_suffix


_AWS = Partition("aws", "amazonaws.com", "api.aws")
_PARTITIONS = {
    "cn-": Partition("aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    "us-gov-": Partition("aws-us-gov", "amazonaws.com", "api.aws"),
    "eusc-": Partition("aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu"),
    "us-iso-": Partition("aws-iso", "c2s.ic.gov", "api.aws.ic.gov"),
    "us-isob-": Partition("aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud"),
    "eu-isoe-": Partition("aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    "us-isof-": Partition("aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
}
_DUAL_STACK_FIPS = frozenset(("us-east-1", "us-east-2", "us-west-1", "us-west-2"))


def get_partition(region: str) -> Partition:
    """Return the partition of a region; an unknown region is treated as a new region of `aws`."""
    for prefix, partition in _PARTITIONS.items():
        if region.startswith(prefix):
            return partition
    return _AWS


def cognito_identity_url(region: str, *, fips: bool = False, dualstack: bool = False) -> str:
    """Return the endpoint of Amazon Cognito Identity (identity pools) in a region."""
    partition = get_partition(region)
    # In the partition `aws`, the standard hosts also support IPv6, and so do a few FIPS hosts.
    is_standard_host_dual_stack = region in _DUAL_STACK_FIPS if fips else partition is _AWS
    needs_other_suffix = dualstack and not is_standard_host_dual_stack
    suffix = partition.dual_stack_dns_suffix if needs_other_suffix else partition.dns_suffix
    return f"https://cognito-identity{'-fips' if fips else ''}.{region}.{suffix}"


def sts_url(region: str, *, fips: bool = False, dualstack: bool = False) -> str:
    """Return the regional endpoint of AWS STS; the global endpoint is never used."""
    partition = get_partition(region)
    if dualstack:
        return f"https://sts{'-fips' if fips else ''}.{region}.{partition.dual_stack_dns_suffix}"
    # The standard endpoint of GovCloud is its FIPS endpoint.
    needs_fips_host = fips and partition.name != "aws-us-gov"
    return f"https://sts{'-fips' if needs_fips_host else ''}.{region}.{partition.dns_suffix}"


def get_developer_provider_name(region: str) -> str:
    """Return the login provider name of tokens from `GetOpenIdTokenForDeveloperIdentity`.

    Outside the partition `aws`, the name contains the region (Cognito developer guide,
    developer-authenticated identities).
    """
    partition = get_partition(region)
    if partition is _AWS:
        return "cognito-identity.amazonaws.com"
    return f"cognito-identity.{region}.{partition.dns_suffix}"


def check_region(region: object, name: str = "region") -> str:
    """Return the region after validating its format.

    Raises:
        ConfigurationError: If the region cannot be part of a host name.
    """
    if not isinstance(region, str) or not _is_region(region):
        raise ConfigurationError(
            f"{name} must be the name of an AWS region, not {format_value(region)}",
            hint="Pass the name of a region, for example us-east-1.",
        )
    return region


def check_identity_pool_id(identity_pool_id: object, name: str = "identity_pool_id") -> str:
    """Return the identity pool ID after validating its format.

    Raises:
        ConfigurationError: If the ID is invalid; the message and the hint explain the problem.
    """
    return _check_id(identity_pool_id, name, "identity pool ID")


def find_user_pool(value: str) -> str:
    """Return the login provider name of a user pool, given its ID or ARN; "" for another value."""
    pool_id = value.rpartition(":userpool/")[2] if value.startswith("arn:") else value
    if not re.fullmatch(_USER_POOL_ID, pool_id):
        return ""
    region = pool_id.partition("_")[0]
    return f"cognito-idp.{region}.{get_partition(region).dns_suffix}/{pool_id}"


def check_identity_id(identity_id: object, name: str = "identity_id") -> str:
    """Return the identity ID after validating its format.

    Identity IDs and identity pool IDs have the same format; only the service can distinguish them.

    Raises:
        ConfigurationError: If the ID is invalid; the message and the hint explain the problem.
    """
    return _check_id(identity_id, name, "identity ID")


def is_cognito_id(value: object) -> bool:
    """Return True if a value has the format of an identity pool ID or an identity ID."""
    return isinstance(value, str) and len(value) <= _MAX_LENGTH and _has_id_form(value)


def get_region(checked_id: str) -> str:
    """Return the region at the beginning of an identity pool ID or an identity ID."""
    return checked_id.partition(":")[0]


def _is_region(text: str) -> bool:
    labels = text.split("-")
    return all(label and _LABEL_CHARACTERS.issuperset(label) for label in labels)


def _has_id_form(text: str) -> bool:
    region, _, uuid = text.partition(":")
    return uuid != "" and _UUID_CHARACTERS.issuperset(uuid) and _is_region(region)


def _check_id(value: object, name: str, noun: str) -> str:
    """Return the ID after validating its format; `noun` is "identity pool ID" or "identity ID".

    Raises:
        ConfigurationError: If the ID is invalid.
    """
    if isinstance(value, str) and is_cognito_id(value):
        return value
    if not isinstance(value, str):
        raise ConfigurationError(
            f"{name} must be a string, not {format_value(value)}", hint=_request_form(noun)
        )
    problem, hint = _diagnose_id(value, noun)
    raise ConfigurationError(
        f"{name} must be an {noun}, not {format_value(value)}: {problem}", hint=hint
    )


def _request_form(noun: str) -> str:
    return f"Pass an {noun} of the form REGION:UUID, for example {_EXAMPLE}."


def _describe_form(noun: str) -> str:
    return f"An {noun} has the form REGION:UUID, for example {_EXAMPLE}."


def _diagnose_id(value: str, noun: str) -> tuple[str, str]:
    """Return a description of the problem with an ID, and a hint."""
    from cognito_credentials._core.hints import Hint

    form, request = _describe_form(noun), _request_form(noun)
    if not value.strip():
        return "it is empty", request
    if value.strip() != value:
        return "it has leading or trailing white space", f"Remove the white space. {form}"
    if value.startswith("eyJ"):
        return "it is a token", Hint("Pass tokens as {logins}. {form}", form=form)
    if value.startswith("arn:"):
        last = value.rpartition("/")[2]
        hint = f"Pass the last part of the ARN, {last}." if _has_id_form(last) else request
        return "it is an ARN", hint
    if provider_name := find_user_pool(value):
        hint = Hint(
            "{request} Pass the tokens of the user pool, which is a login provider, as {logins} with the "
            "login provider name {provider_name}.",
            request=request,
            provider_name=provider_name,
        )
        return "it is a user pool ID", hint
    if re.fullmatch(_UUID, value, re.IGNORECASE):
        hint = f"Prefix the UUID with the region of the identity pool and a colon. {form}"
        if noun == "identity ID":
            hint += " The claim sub of a token is not an identity ID."
        return "the region is missing", hint
    if embedded := re.search(_EMBEDDED_ID, value):
        advice = "In the AWS config file, a comment must be on its own line."
        hint = f"Pass only {embedded[0]}, without quotation marks. {advice}"
        return "it contains an ID and other characters", hint
    if _has_id_form(value):
        return f"it has {len(value)} characters, but at most {_MAX_LENGTH} are allowed", request
    if _has_id_form(value.lower()):
        return "it contains upper-case letters", f"Pass {value.lower()}."
    return _diagnose_parts(value), request


def _diagnose_parts(value: str) -> str:
    region, colon, rest = value.partition(":")
    if not colon:
        return "the region and the colon are missing"
    if not _is_region(region):
        return f"{region[:40]!r} before the colon is not a region"
    invalid = "".join(dict.fromkeys(re.sub(r"[0-9a-f-]", "", rest)))
    if invalid:
        return f"after the colon, only 0-9, a-f and - are allowed, not {invalid[:20]!r}"
    return "there is nothing after the colon"
