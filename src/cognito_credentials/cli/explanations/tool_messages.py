"""Messages from AWS tools that find no credentials or cannot use them.

The messages come from botocore and the AWS CLI, the SDKs for JavaScript, Go, Java, Rust and Ruby,
and Terraform. This table is searched after the tables of the services, because a service's message
in the same text is more specific.
"""

from __future__ import annotations

from cognito_credentials.cli.explanations.known_error import KnownError

__all__ = ["TOOL_MESSAGES"]

_DOCTOR = "`cognito-credentials doctor --profile NAME`"

_CREDENTIAL_SOURCES = (
    KnownError(
        r"is not recognized as an internal or external command|is not recognized as (the|a) name of a"
        r"|\[WinError [23]\]|The system cannot find the (file|path) specified",
        r"'C:\Program' is not recognized as an internal or external command, …",
        "Windows cannot find the program that credential_process names.",
        "Run `cognito-credentials configure --profile NAME`, which writes the current path and "
        "puts it in double quotes if it contains a space.",
        causes=(
            r"a path with a space that is not in quotation marks, such as C:\Program Files\…",
            "a Python installation or virtual environment that was moved or removed",
        ),
    ),
    KnownError(
        r"Expecting value: line \d|Extra data: line \d|Expecting property name enclosed|JSONDecodeError"
        r"|Unexpected token .{1,40} JSON|Unexpected end of JSON input"
        r"|Unexpected non-whitespace character after JSON|Expecting '.' delimiter: line \d"
        r"|(Unterminated string starting|Invalid control character) at: line \d|\bJsonParseException\b"
        r"|is an invalid start of a value"
        r"|invalid character .{1,8} (looking for beginning of value|after top-level value)",
        "Expecting value: line 1 column 1 (char 0)",
        "A program expected a single JSON document, but the output was empty or contained other text.",
        "Run the command in credential_process by hand: it must print the JSON document and "
        "nothing else to standard output. If the document is a response from a service, check "
        "endpoint_url and any proxy.",
        causes=(
            "a credential_process that failed, and printed nothing to standard output",
            "a wrapper script or shell profile that prints additional lines",
            "a proxy or captive portal that responds with its own page",
        ),
    ),
    KnownError(
        r"\w[.-]* is not installed\b|No module named '[\w.]+'",
        "authlib is not installed",
        "A required Python package is not installed in the environment of the program.",
        "Install the extra that the message names. The extra cli contains everything that the command "
        'needs: pip install "cognito-credentials[cli]".',
        causes=("an installation without an extra", "a different Python environment than expected"),
    ),
    KnownError(
        r"No such file or directory: '[^']*(cognito-credentials|python[\d.]*)'"
        r"|cognito-credentials: (command )?not found|command not found: cognito-credentials"
        r"|Unknown command:? cognito-credentials|credential_process: exit status 12[67]",
        "cognito-credentials: command not found",
        "The program that credential_process names does not exist, or is not on the PATH.",
        "If an AWS tool printed the message, run `cognito-credentials configure --profile NAME`, which "
        "writes the current path. If your shell does not find cognito-credentials either, add its "
        "directory to the PATH, or install it again.",
        causes=(
            "a Python installation or virtual environment that was moved or removed",
            "a ~ or a variable in credential_process, which AWS tools do not expand",
        ),
    ),
    KnownError(
        r"retrieving credentials from custom-process|\berror in credential_process\b"
        r"|\bcredential_process (did not return|returned (invalid|expired))"
        r"|Command returned non-zero exit value|Failed to refresh process-based credentials"
        r"|No closing quotation",
        "Error when retrieving credentials from custom-process: …",
        "The profile's credential_process failed, or printed no credentials.",
        "Follow the advice after `Next:` in the output of credential_process. If there is none, "
        f"run the command in credential_process by hand, or run {_DOCTOR}.",
        causes=("a user who is not signed in", "no network", "a profile that was edited by hand"),
    ),
    KnownError(
        r"retrieving credentials from container-role.* response (401|403)\b"
        r"|Received non 200 response (401|403) from container metadata"
        r"|Server responded with status: (401|403)\b",
        "Received non 200 response 403 from container metadata: …",
        "The endpoint of `cognito-credentials exec` or `serve` responded, but without credentials.",
        "For status 401, pass the token of this endpoint (AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE). "
        "For status 403, pass the message in the response to `cognito-credentials explain`.",
        causes=(
            "variables that were exported by an `exec` or `serve` that has ended",
            "an identity that the service rejects, or an expired session",
        ),
    ),
    KnownError(
        r"Unsupported host '[^']*'\. +Can only retrieve metadata|URL not accepted\. It must either be"
        r"|is not a valid container metadata service|has an (invalid|unsupported) host"
        r"|invalid endpoint host|loopback (hosts? are|address or|interface)",
        "Unsupported host '…'. Can only retrieve metadata from these hosts: …",
        "SDKs accept credentials only from an endpoint on the same machine, or over https.",
        "Set AWS_CONTAINER_CREDENTIALS_FULL_URI to a URL with the host 127.0.0.1. A container can "
        "reach this address if it uses the host's network.",
        causes=("host.docker.internal, or the name of another machine",),
    ),
    KnownError(
        r"container metadata|retrieving credentials from container-role|\bMetadataRetrievalError\b",
        "Error retrieving container metadata: …",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI is set, but its endpoint returned no credentials.",
        "Start `cognito-credentials exec` or `serve` again. If you do not use either, unset "
        "AWS_CONTAINER_CREDENTIALS_FULL_URI.",
        causes=(
            "an `exec` or `serve` that has ended",
            ("a proxy that is used for 127.0.0.1 (set NO_PROXY=127.0.0.1)"),
        ),
    ),
)

_PROFILES_AND_REGIONS = (
    KnownError(
        r"config profile \([^)]*\) could not be found|Profile \S+ (could not be|was not) found"
        r"|\bProfileNotFound\b|failed to get shared config profile"
        r"|profile \S+ (was not defined|did not contain credential)"
        r"|Could not resolve credentials using profile",
        "The config profile (…) could not be found",
        "The profile does not exist, or contains no source of credentials.",
        "Create the profile with `cognito-credentials configure --profile NAME`. The section in "
        "the config file is named [profile NAME]; only [default] has no prefix.",
        causes=(
            "a misspelled name in AWS_PROFILE",
            (
                "a different home directory or AWS_CONFIG_FILE, for example with sudo or in a "
                "container"
            ),
        ),
    ),
    KnownError(
        r"must specify a region|Region is missing|\bNoRegionError\b|\bMissingRegion\b"
        r"|Missing Region\b|Unable to load region|could not find region configuration",
        "You must specify a region.",
        "The tool does not know which region to call.",
        "Set region in the profile, for example with `cognito-credentials configure --profile NAME`, or "
        "set both AWS_REGION and AWS_DEFAULT_REGION.",
        causes=("a profile without a region", "only AWS_REGION, which boto3 does not read"),
    ),
    KnownError(
        r"Unable to parse config file|\bConfigParseError\b|failed to load shared config",
        "Unable to parse config file: …",
        "The AWS config file or the credentials file has a syntax error.",
        f"Run {_DOCTOR}, which names the line.",
        causes=("a duplicate section or key", "a line that does not have the form key = value"),
    ),
    KnownError(
        r"Infinite loop in credential configuration|Detected a cycle attempting to resolve credentials"
        r"|Circular (relationship detected|source_profile|reference)|formed an infinite loop"
        r"|\bInfiniteLoopConfigError\b",
        "Infinite loop in credential configuration detected. …",
        "The source_profile keys of several profiles form a cycle, so none of the profiles has "
        "credentials.",
        "End the chain at a profile with credential_process, and remove source_profile and "
        "role_arn from that profile.",
        causes=(
            "a profile that names itself as source_profile",
            "two profiles that name each other, after one of them was renamed or copied",
        ),
    ),
    KnownError(
        r"source profile \S+ must have credentials|references? (a )?source[_ ]profile"
        r"|source_profile .{1,100} (does not exist|not found)",
        'The source profile "…" must have credentials.',
        "The profile that source_profile names does not exist, or contains no source of credentials.",
        "Check the name after source_profile, and run `cognito-credentials configure --profile NAME` for "
        "that profile.",
        causes=("a misspelled name", "a source profile without credential_process"),
    ),
    KnownError(
        r"Partial credentials found in|\bInvalidConfigError\b|configured to (use SSO|assume role)",
        "Partial credentials found in assume-role, missing: …",
        "The profile has another source of credentials besides credential_process, and that source "
        "is incomplete.",
        "Remove the other source with `cognito-credentials configure --profile NAME --replace`. To "
        "assume another role, name this profile as the source_profile of a second profile.",
        causes=("a role_arn, sso_account_id or access key that was left in the profile",),
    ),
    KnownError(
        r"\bToken is expired\b|SSO session associated with this profile|Error loading SSO Token"
        r"|\b(UnauthorizedSSOTokenError|SSOTokenLoadError)\b",
        "The SSO session associated with this profile has expired or is otherwise invalid.",
        "The profile takes its credentials from IAM Identity Center (SSO), whose session has expired.",
        "Run `aws sso login`. To use an identity pool instead, run `cognito-credentials configure "
        "--profile NAME --replace`.",
        causes=("sso_ keys in the profile, which take precedence over credential_process",),
    ),
    KnownError(
        r"Unable to locate credentials|\bNoCredentials(Error)?\b|no valid credential sources"
        r"|Could not load credentials from any providers|\bCredential is missing\b"
        r"|Missing credentials in config|Unable to load (AWS )?credentials from any"
        r"|failed to (refresh cached|retrieve) credentials|no EC2 IMDS role found"
        r"|NoCredentialProviders|no providers in chain|credentials? provider was not enabled"
        r"|unable to sign request without credentials|Unable to locate authorization token"
        r"|Unable to get IAM security credentials",
        "Unable to locate credentials",
        "The tool found no credentials in any of its sources.",
        "Select the profile with AWS_PROFILE=NAME or --profile NAME. If the profile has no "
        "credential_process, run `cognito-credentials configure --profile NAME`; or start the tool "
        "with `cognito-credentials exec`.",
        causes=(
            "a profile that is not selected, or has no credential_process",
            "variables that are not passed on to sudo, a container, an IDE or another terminal",
        ),
    ),
    KnownError(
        r"refreshed credentials are still expired|credentials have already expired",
        "Credentials were refreshed, but the refreshed credentials are still expired.",
        "According to this machine's clock, the credentials had already expired when they arrived.",
        "Set the clock of this machine; `cognito-credentials doctor` compares it with the "
        "service's clock.",
    ),
)

_CONNECTIONS = (
    KnownError(
        r"CERTIFICATE_VERIFY_FAILED|SSL validation failed|x509: certificate|PKIX path building failed"
        r"|self[- ]signed certificate|unable to get local issuer certificate",
        "SSL validation failed for … [SSL: CERTIFICATE_VERIFY_FAILED]",
        "The certificate of the service, or of a proxy that decrypts TLS, is not trusted.",
        "Set AWS_CA_BUNDLE (NODE_EXTRA_CA_CERTS for JavaScript) to a file with the certificate of "
        "the authority that issues your proxy's certificates.",
        causes=(
            "a company proxy that decrypts TLS",
            "an old Python installation without current CA certificates",
        ),
        reason="transport",
    ),
    KnownError(
        r"(Connect|Read) timeout on endpoint|\b(Connect|Read)TimeoutError\b|\bETIMEDOUT\b"
        r"|Could not connect to the endpoint|\bEndpointConnectionError\b|\bECONNREFUSED\b"
        r"|getaddrinfo (ENOTFOUND|EAI_AGAIN|failed)|no such host|UnknownHostException"
        r"|Name or service not known|Temporary failure in name resolution|nodename nor servname"
        r"|Network is unreachable|No route to host|Failed to connect to proxy|\bdispatch failure\b",
        "Could not connect to the endpoint URL: …",
        "The tool could not reach the service.",
        "Check the region in the URL, the network and the proxy (HTTPS_PROXY, NO_PROXY). "
        "`cognito-credentials doctor` tests each step of a connection.",
        causes=("a misspelled region", "the endpoint_url of an emulator that is not running"),
        reason="transport",
    ),
)

_DENIED = (
    KnownError(
        r"with an explicit deny in an? ",
        "… with an explicit deny in an identity-based policy",
        "A policy explicitly denies this action, so no other policy can allow it.",
        "Ask the owner of the policy for an exception; the message names the type of the policy.",
    ),
    KnownError(
        r"is not authorized to perform: |when calling the \w+ operation[^:]*: Access ?Denied"
        r"|Access Denied \(Service: |AccessDenied: Access Denied",
        "An error occurred (AccessDenied) when calling the ListBuckets operation: Access Denied",
        "The credentials are valid, but do not allow this action.",
        "Add the action to a policy of the role (`cognito-credentials whoami` shows the role) for this "
        "resource.",
        causes=(
            "a role that does not allow the action or the resource",
            "a guest in the enhanced flow, in which Amazon Cognito limits guests to some services",
            "a policy on the bucket, or on the key that encrypts it",
        ),
    ),
)

TOOL_MESSAGES = (*_CREDENTIAL_SOURCES, *_PROFILES_AND_REGIONS, *_CONNECTIONS, *_DENIED)
