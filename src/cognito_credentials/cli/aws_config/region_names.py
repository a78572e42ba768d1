"""Validation of region names according to the rules of boto3 and the AWS CLI."""

from __future__ import annotations

import re

__all__ = ["find_region_problem"]

# The pattern with which botocore validates a region.
_HOST_LABEL = re.compile(r"(?![0-9]+\Z)(?!-)[a-zA-Z0-9-]{1,63}(?<!-)\Z")
# This pattern matches all current regions and likely names of future regions: us-east-1,
# us-gov-west-1, eusc-de-east-1.
_REGION = re.compile(
    r"[a-z]{2,4}(?:-[a-z]+)?-(?:(?:north|south)(?:east|west)?|east|west|central)-[1-9][0-9]?"
    r"|aws(?:-[a-z]+)*-global"
)


def find_region_problem(region: str, *, has_endpoint: bool = False) -> str:
    """Return a clause that states why AWS tools cannot use a region; "" if they can.

    Args:
        region: The region as written in the config file or the environment variable.
        has_endpoint: Whether an endpoint URL replaces the host names of the region.
    """
    if not _HOST_LABEL.match(region):
        return (
            f"boto3 and the AWS CLI reject this region with: Provided region_name '{region}' doesn't "
            "match a supported format."
        )
    if has_endpoint or _REGION.fullmatch(region):
        return ""
    if _REGION.fullmatch(region.lower()):
        return "AWS rejects signatures for this region, because region names are in lower case"
    return (
        "not an AWS region; boto3 and the AWS CLI fail with: Could not connect to the endpoint "
        f'URL: "https://sts.{region}.amazonaws.com/"'
    )
