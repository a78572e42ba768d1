"""Where a pool lives: its id's form, its region and partition, and the addresses of the services.

The ids follow the patterns of the Cognito Identity API reference, the addresses the endpoint rule
sets that AWS publishes with its SDKs (`endpoint-rule-set-1.json` of `cognito-identity` and `sts`,
and `partitions.json`, in botocore); a contract test compares them with botocore's own resolver.
"""

from __future__ import annotations

import re

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

# The service's pattern is [\w-]+:[0-9a-f-]+ and at most 55 characters. The region is narrower here:
# it becomes a label of a host name.
_ID = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*):[0-9a-f-]+", re.ASCII)
_REGION = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_MAX_LENGTH = 55
_LONGEST_SHOWN = 100
_EXAMPLE = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"


class Partition:
    """A group of regions with accounts and host names of its own."""

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
    """Return the partition of a region; one that nobody knows yet is taken for a new one of aws."""
    for prefix, partition in _PARTITIONS.items():
        if region.startswith(prefix):
            return partition
    return _AWS


def cognito_identity_url(region: str, *, fips: bool = False, dualstack: bool = False) -> str:
    """Return the address of Amazon Cognito Identity (identity pools) in a region."""
    partition = get_partition(region)
    # In partition aws the usual host names answer over IPv6 too; of its FIPS hosts only these do.
    usual = region in _DUAL_STACK_FIPS if fips else partition is _AWS
    both = dualstack and not usual
    suffix = partition.dual_stack_dns_suffix if both else partition.dns_suffix
    return f"https://cognito-identity{'-fips' if fips else ''}.{region}.{suffix}"


def sts_url(region: str, *, fips: bool = False, dualstack: bool = False) -> str:
    """Return the address of the regional AWS STS; the global one is never used."""
    partition = get_partition(region)
    if dualstack:
        return f"https://sts{'-fips' if fips else ''}.{region}.{partition.dual_stack_dns_suffix}"
    # GovCloud's usual endpoint is its FIPS endpoint.
    marked = fips and partition.name != "aws-us-gov"
    return f"https://sts{'-fips' if marked else ''}.{region}.{partition.dns_suffix}"


def get_developer_provider_name(region: str) -> str:
    """Return the login key of a token that `GetOpenIdTokenForDeveloperIdentity` made.

    Outside partition aws it names the region (Cognito developer guide, developer-authenticated
    identities).
    """
    partition = get_partition(region)
    if partition is _AWS:
        return "cognito-identity.amazonaws.com"
    return f"cognito-identity.{region}.{partition.dns_suffix}"


def check_region(region: object, name: str = "region") -> str:
    """Return the region, or raise `ConfigurationError` where it cannot be a part of a host name."""
    if not isinstance(region, str) or not _REGION.fullmatch(region):
        raise ConfigurationError(
            f"{name} is {shown(region)}, which is not the name of an AWS region.",
            hint="Write it as in us-east-1.",
        )
    return region


def check_identity_pool_id(identity_pool_id: object, name: str = "identity_pool_id") -> str:
    """Return the id of an identity pool, or raise `ConfigurationError` that says what is wrong."""
    return _check(identity_pool_id, name, "pool")


def check_identity_id(identity_id: object, name: str = "identity_id") -> str:
    """Return the id of an identity, or raise `ConfigurationError` that says what is wrong.

    Identity ids and pool ids have one form: which of the two it is, only the service can tell.
    """
    return _check(identity_id, name, "identity")


def is_cognito_id(value: object) -> bool:
    """Tell whether this has the form of the id of a pool or an identity."""
    return isinstance(value, str) and len(value) <= _MAX_LENGTH and bool(_ID.fullmatch(value))


def get_region(checked_id: str) -> str:
    """Return the region that the id of a pool or an identity begins with."""
    return checked_id.partition(":")[0]


def _check(value: object, name: str, kind: str) -> str:
    if isinstance(value, str) and is_cognito_id(value):
        return value
    raise _refusal(value, name, kind)


def _refusal(value: object, name: str, kind: str) -> ConfigurationError:
    """Say what is wrong with an id, and what its giver may have meant."""
    if not isinstance(value, str):
        problem, hint = "it must be a string", f"Give it as {_EXAMPLE!r}."
    else:
        problem, hint = _problem(value, kind)
    return ConfigurationError(f"{name} is {shown(value)}: {problem}.", hint=hint)


def _problem(value: str, kind: str) -> tuple[str, str]:
    from cognito_credentials._core.hints import Hint

    form = f"It has the form REGION:UUID, as in {_EXAMPLE}."
    if value.strip() != value or not value:
        return ("it is empty" if not value.strip() else "it has white space around it"), form
    if value.startswith("eyJ"):
        hint = Hint(
            "Pass the token as {logins}, and here the ID, such as {example}.", example=_EXAMPLE
        )
        return "this is a token, not an ID", hint
    if value.startswith("arn:"):
        last = value.rpartition("/")[2]
        rest = f"Its last part, {last}, is the id." if _ID.fullmatch(last) else form
        return "this is an ARN, not an id", rest
    if re.fullmatch(r"[a-z0-9-]+-\d_[A-Za-z0-9]+", value):
        region = value.partition("_")[0]
        key = f"cognito-idp.{region}.{get_partition(region).dns_suffix}/{value}"
        hint = Hint(
            "Pass the ID of an identity pool, such as {example}. The user pool is a login provider: its "
            "tokens are passed as {logins} with the login provider name {provider}.",
            example=_EXAMPLE,
            provider=key,
        )
        return "this is a user pool ID, not an identity pool ID", hint
    if re.fullmatch(_UUID, value, re.IGNORECASE):
        also = "" if kind == "pool" else " A user's `sub` is not an identity id."
        return "it has no region", f"Put the pool's region and a colon before it. {form}{also}"
    if _ID.fullmatch(value):
        return f"it has {len(value)} characters, {_MAX_LENGTH} are allowed", form
    if _ID.fullmatch(value.lower()):
        return "it has upper-case letters", f"Did you mean {value.lower()}?"
    region, colon, rest = value.partition(":")
    if not colon:
        return "it has no region and no colon", form
    if not _REGION.fullmatch(region):
        return f"{region[:40]!r} before the colon is not a region", form
    strange = "".join(dict.fromkeys(re.sub(r"[0-9a-f-]", "", rest)))
    if strange:
        return f"{strange[:20]!r} cannot be in it after the colon (0-9, a-f and - can)", form
    return "nothing follows the colon", form


def shown(value: object) -> str:
    """Show a value that is not what it should be: it may be anything, a token too."""
    if not isinstance(value, str):
        return "None" if value is None else f"a {type(value).__name__}"
    if value.startswith("eyJ") or len(value) > _LONGEST_SHOWN:
        return f"{value[:3]}… ({len(value)} characters)"
    return repr(value)
