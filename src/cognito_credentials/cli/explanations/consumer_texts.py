"""What AWS tools say where they find no credentials, cannot get them or cannot use them, for `explain`.

Their texts are those of botocore and the AWS CLI, of the SDKs for JavaScript, Go, Java, Rust and
Ruby, and of Terraform. Looked for after all others: what a service said within such a text says more.
"""

from __future__ import annotations

from cognito_credentials.cli.explanations.other_texts import Other

__all__ = ["CONSUMERS"]

_DOCTOR = "cognito-credentials doctor --profile NAME"

CONSUMERS = (
    # A profile's process, and the endpoint
    Other(
        r"No such file or directory: '[^']*(cognito-credentials|python[\d.]*)'"
        r"|cognito-credentials: (command )?not found|credential_process: exit status 12[67]",
        "The profile's credential_process names a program that is not there.",
        "cognito-credentials configure --profile NAME  writes where it is now.",
        causes=(
            "a Python, or a virtual environment, that has moved or gone",
            "a ~ or a variable in credential_process: no shell replaces it",
        ),
    ),
    Other(
        r"retrieving credentials from custom-process|\berror in credential_process\b"
        r"|\bcredential_process (did not return|returned (invalid|expired))"
        r"|Command returned non-zero exit value|No closing quotation",
        "The program in the profile's credential_process failed, or printed no credentials.",
        "Do what its text says after Next. If there is none, run the command of credential_process "
        f"by hand, or {_DOCTOR}.",
        causes=("nobody is signed in", "no network", "a profile that was changed by hand"),
    ),
    Other(
        r"retrieving credentials from container-role.* response (401|403)\b"
        r"|Received non 200 response (401|403) from container metadata"
        r"|Server responded with status: (401|403)\b",
        "The endpoint of cognito-credentials exec or serve answered, but gave no credentials.",
        "401: give the tool the token of this endpoint (AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE). 403: "
        "its text has the reason; explain that text.",
        causes=(
            "variables that were exported by an exec or serve that has ended since",
            "a service that refuses the identity, or a session that is over",
        ),
    ),
    Other(
        r"Unsupported host '[^']*'\. +Can only retrieve metadata|URL not accepted\. It must either be"
        r"|is not a valid container metadata service",
        "SDKs take credentials from an endpoint only on this machine, or by https.",
        "Let AWS_CONTAINER_CREDENTIALS_FULL_URI name 127.0.0.1. A container reaches it with the "
        "host's network.",
        causes=("host.docker.internal, or another machine's name",),
    ),
    Other(
        r"container metadata|retrieving credentials from container-role|\bMetadataRetrievalError\b",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI is set, and no credentials came from there.",
        "Start cognito-credentials exec or serve again. If neither is meant: unset "
        "AWS_CONTAINER_CREDENTIALS_FULL_URI.",
        causes=("an exec or serve that has ended", "a proxy: set NO_PROXY=127.0.0.1"),
    ),
    # Profiles and regions
    Other(
        r"config profile \([^)]*\) could not be found|Profile \S+ (could not be|was not) found"
        r"|\bProfileNotFound\b|failed to get shared config profile"
        r"|Could not resolve credentials using profile",
        "There is no such profile, or nothing in it to take credentials from.",
        "cognito-credentials configure --profile NAME  makes it. In the config file its section is "
        "[profile NAME]; only default stands without the word.",
        causes=(
            "AWS_PROFILE with a name that is misspelt",
            "another home or AWS_CONFIG_FILE, as with sudo or in a container",
        ),
    ),
    Other(
        r"must specify a region|Region is missing|\bNoRegionError\b|\bMissingRegion\b"
        r"|Missing Region\b|Unable to load region|could not find region configuration",
        "The tool does not know which region to call.",
        "Set region in the profile (cognito-credentials configure --profile NAME does), or both "
        "AWS_REGION and AWS_DEFAULT_REGION.",
        causes=("a profile without region", "AWS_REGION alone, which boto3 does not read"),
    ),
    Other(
        r"Unable to parse config file|\bConfigParseError\b|failed to load shared config",
        "The AWS config file, or the credentials file, is broken.",
        f"{_DOCTOR}  names the line.",
        causes=("a section or a key that is there twice", "a line that is no key = value"),
    ),
    Other(
        r"Partial credentials found in|source profile \S+ must have credentials"
        r"|Infinite loop in credential configuration|\bInvalidConfigError\b"
        r"|configured to (use SSO|assume role)",
        "The profile names another source of credentials beside credential_process, and a part of it "
        "is missing.",
        "cognito-credentials configure --profile NAME --replace  takes the other source away. For a "
        "role of your own, name this profile as source_profile of another.",
        causes=("role_arn, sso_account_id or a key that was left in the profile",),
    ),
    Other(
        r"\bToken is expired\b|SSO session associated with this profile|Error loading SSO Token"
        r"|\b(UnauthorizedSSOTokenError|SSOTokenLoadError)\b",
        "The profile takes its credentials from IAM Identity Center (SSO), and that session is over.",
        "aws sso login  begins another. If an identity pool is meant: cognito-credentials configure "
        "--profile NAME --replace.",
        causes=("sso_ keys in the profile, which come before credential_process",),
    ),
    # No credentials at all
    Other(
        r"Unable to locate credentials|\bNoCredentials(Error)?\b|no valid credential sources"
        r"|Could not load credentials from any providers|\bCredential is missing\b"
        r"|Missing credentials in config|Unable to load (AWS )?credentials from any"
        r"|failed to (refresh cached|retrieve) credentials|no EC2 IMDS role found"
        r"|NoCredentialProviders|no providers in chain|credentials? provider was not enabled"
        r"|unable to sign request without credentials|Unable to locate authorization token"
        r"|Unable to get IAM security credentials",
        "The tool looked everywhere, and found no credentials.",
        "Name the profile: AWS_PROFILE=NAME, or --profile NAME. If that has no credential_process yet: "
        "cognito-credentials configure --profile NAME. Or run the tool below cognito-credentials exec.",
        causes=(
            "a profile that is not named, or has no credential_process",
            "variables of another terminal, of sudo, of a container or of an IDE",
        ),
    ),
    Other(
        r"refreshed credentials are still expired|credentials have already expired",
        "The credentials that came were over when they came, by this machine's clock.",
        "Set the clock: cognito-credentials doctor compares it with the service's.",
    ),
    # The way there
    Other(
        r"CERTIFICATE_VERIFY_FAILED|SSL validation failed|x509: certificate|PKIX path building failed"
        r"|self[- ]signed certificate|unable to get local issuer certificate",
        "The certificate of the service, or of a proxy that opens TLS, is not trusted.",
        "Let AWS_CA_BUNDLE name a file with the certificate of your proxy's authority "
        "(NODE_EXTRA_CA_CERTS for JavaScript).",
        causes=("a company's proxy that reads TLS", "an old Python without certificates"),
        reason="transport",
    ),
    Other(
        r"(Connect|Read) timeout on endpoint|\b(Connect|Read)TimeoutError\b|\bETIMEDOUT\b"
        r"|Could not connect to the endpoint|\bEndpointConnectionError\b|\bECONNREFUSED\b"
        r"|getaddrinfo ENOTFOUND|no such host|Failed to connect to proxy|UnknownHostException",
        "The service that the tool called was not reached.",
        "Check the region in the address, the network and the proxy (HTTPS_PROXY, NO_PROXY); "
        "cognito-credentials doctor tries each step of its own way.",
        causes=("a region that is misspelt", "an endpoint_url of an emulator that does not run"),
        reason="transport",
    ),
    # Denied
    Other(
        r"with an explicit deny in an? ",
        "A policy denies this action by name, so that no other can allow it.",
        "The text says the policy's kind: whoever keeps it must make the exception.",
    ),
    Other(
        r"is not authorized to perform: |when calling the \w+ operation[^:]*: Access ?Denied"
        r"|Access Denied \(Service: |AccessDenied: Access Denied",
        "The credentials are good, but do not allow this action.",
        "Add the action to a policy of the role (cognito-credentials whoami shows it), for this "
        "resource.",
        causes=(
            "a role without the action or the resource",
            "a guest of the enhanced flow, which Amazon Cognito narrows",
            "a policy of the bucket, or of the key that encrypts it",
        ),
    ),
)
