"""AWS credentials of this process, as boto3 and the AWS CLI find them."""

from __future__ import annotations

from cognito_credentials import _typing as t
from cognito_credentials.errors import ConfigurationError

__all__ = ["DefaultCredentials"]

PROBLEM = "there are no AWS credentials to sign GetOpenIdTokenForDeveloperIdentity with"


class DefaultCredentials:
    """Function that returns the credentials from botocore's default chain, loaded on first use.

    The chain has environment variables, the AWS config files, and the roles of containers and
    instances. botocore refreshes the credentials itself.

    Args:
        profile: Profile of the AWS config files, or None for botocore's default.
    """

    # botocore reads files, runs commands and calls services.
    blocks = True

    def __init__(self, profile: str | None) -> None:
        self._profile = profile
        self._credentials: t.Any = None

    def __call__(self) -> t.Any:
        """Return the credentials, as an object of botocore.

        Raises:
            ConfigurationError: If botocore is not installed, or finds no credentials.
        """
        if self._credentials is None:
            self._credentials = _load(self._profile)
        return self._credentials


def _load(profile: str | None) -> t.Any:
    try:
        from botocore.session import Session
    except ModuleNotFoundError:
        from cognito_credentials._core.missing_packages import missing_package

        missing = missing_package("botocore", extra="boto3")
        raise ConfigurationError(
            f"{PROBLEM}: credentials is None, and botocore is not installed",
            hint="Pass credentials=Credentials(...) to DeveloperIdentity or ClientConfig, or install "
            f"botocore, which finds the AWS credentials of this process. {missing.hint}",
        ) from None
    credentials: t.Any = Session(profile=profile).get_credentials()
    if credentials is None:
        raise ConfigurationError(
            f"{PROBLEM}: credentials is None, and botocore finds none",
            hint="Give this process AWS credentials, for example a role, or pass credentials to "
            "DeveloperIdentity or ClientConfig. Check them with `aws sts get-caller-identity`.",
        )
    return credentials
