"""Warnings that the library logs. After a warning, the call continues.

This table is searched after the tables of errors, because an error in the same output is more
important.
"""

from __future__ import annotations

from cognito_credentials.cli.explanations.known_error import KnownError

__all__ = ["LOG_WARNINGS"]

_STORES = (
    KnownError(
        r"Credential store unavailable",
        "Credential store unavailable (…); continuing without it. …",
        "The store cannot be reached, read or written, so each process calls Amazon Cognito on its own. "
        "A guest whose identity ID cannot be read gets a new identity in every process.",
        "Repair the store; the text in parentheses names the cause. The library tries the store again "
        "after 10 seconds.",
        causes=(
            "a server that does not respond, or whose password was changed",
            "a full disk, or a directory that this user may not write to",
            "a user without a home directory",
            (
                "an error in your own store class (the text in parentheses names the file and the "
                "line)"
            ),
        ),
    ),
    KnownError(
        r"encrypted with another sealing_key",
        "Ignoring an entry in the Redis store: it was encrypted with another sealing_key, or was changed. "
        "…",
        "No key in sealing_key can decrypt the entry.",
        "Pass the same keys on all hosts: the new key first, and then the previous key.",
        causes=(
            "a key that was replaced on some hosts only",
            "two applications that use the same prefix",
        ),
    ),
    KnownError(
        r"Ignoring an? (entry|identity ID) (of|in) the (credential store|Redis store|keychain|store):",
        "Ignoring an entry in the credential store: …",
        "The entry is damaged, belongs to another user, or was written by another program or version. It "
        "is ignored.",
        "Do nothing, because the entry is fetched again and replaced. If the warning recurs, use the "
        "same version in all programs that share the store.",
    ),
    KnownError(
        r"Ignoring .+: (it belongs to another user|other users can read or write it|this user is not "
        r"permitted to read it)",
        "Ignoring …: other users can read or write it. Make this user the owner of the file, and run: chmod 600 …",
        "The owner or the permissions of a file in the store were changed, so its entry is ignored. The "
        "file is retained, because it may contain the identity ID of a guest.",
        "Run the command in the warning, and find out which program changed the file.",
        causes=(
            "a command that changed the permissions of all files in the home directory",
            "a program that runs as root with the home directory of this user",
        ),
    ),
    KnownError(
        r"Ignoring .+\.json: ",
        "Ignoring ….json: it is not an entry of a store.",
        "A file in the store's directory is not an entry, and is ignored.",
        "Remove the file from the directory.",
    ),
    KnownError(
        r"The (file|memory) store is full",
        "The file store is full (max_entries=…). …",
        "The store contains more identity IDs than max_entries allows, so it evicts IDs, "
        "beginning with the least recently used ID. A guest whose identity ID is evicted gets a new "
        "identity.",
        "Raise max_entries to at least twice the number of users, or pass evict_identity_ids=False.",
    ),
    KnownError(
        r"The broker is full",
        "The broker is full (max_users=…) and has no store. …",
        "The broker has more users than max_users allows, and evicts the least recently used users. "
        "Without a store, the broker has the only copy of a guest's identity ID, so an evicted guest "
        "gets a new identity.",
        "Pass a store to the broker, or raise max_users.",
    ),
    KnownError(
        r"Another process has held a lock in the credential store",
        "Another process has held a lock in the credential store for … s; continuing without the lock",
        "A process that is fetching credentials is stuck. Other processes fetch without the lock.",
        "Among the processes that use the same store, find the stuck process and end it.",
    ),
)

_CACHES = (
    KnownError(
        r"Identity ID cache unavailable",
        "Identity ID cache unavailable (…). Continuing without it.",
        "A method of the object that was passed as cache raised an exception. A guest whose "
        "identity ID cannot be read gets a new identity.",
        "Correct that object; the text in parentheses names the file and the line of the "
        "exception.",
    ),
    KnownError(
        r"Ignoring the (value|identity ID) under .+ in the cache",
        "Ignoring the value under … in the cache: it is not an identity ID.",
        "The object that was passed as cache returned a value other than the identity ID that was "
        "stored under this key.",
        "Ensure that no other code writes to the keys that cognito-credentials uses.",
    ),
)

_CALLS = (
    KnownError(
        r"The credential refresh for .+ failed",
        "The credential refresh for … failed (…). Continuing with cached credentials, …",
        "An early refresh failed. The cached credentials are used until they expire, and the "
        "library tries again before they expire.",
        "Do nothing if the next attempt succeeds. Otherwise, look up the reason in parentheses with "
        "`cognito-credentials explain`.",
    ),
    KnownError(
        r"The fixed token in logins\[.+\] expire[sd] at",
        "The fixed token in logins[…] expires at …, before the credentials do. …",
        "A login token that was passed as a string cannot be replaced. After it expires, the "
        "credentials cannot be refreshed.",
        "Pass a callable that returns a fresh token, such as FileToken or CommandToken, instead.",
    ),
    KnownError(
        r"The clock of this machine is .+ ahead of the service's clock",
        "The clock of this machine is … min ahead of the service's clock, so other programs on this "
        "machine treat the credentials as expired. …",
        "The credentials are valid, but their expiration is in the past according to the clock of this "
        "machine. AWS SDKs do not use such credentials, or request them again for each call.",
        "Correct the clock of this machine; `cognito-credentials doctor` compares it with the "
        "service's clock.",
    ),
    KnownError(
        r"on_identity_change raised",
        "on_identity_change raised …. The credentials are returned regardless.",
        "The function that was passed as on_identity_change raised an exception, so the "
        "application may not know the new identity ID.",
        "Correct the function, and move the user's data to the new identity ID.",
    ),
    KnownError(
        r"Requests to \S+ are not encrypted",
        "Requests to … are not encrypted, because the endpoint URL starts with http://. …",
        "Login tokens and credentials are sent without TLS to another machine.",
        "Use an endpoint URL that starts with https://.",
    ),
)

_EMULATOR = (
    KnownError(
        r"Cannot fetch the keys of issuer",
        "Cannot fetch the keys of issuer …: …. Rejecting its tokens.",
        "The emulator verifies tokens from an OpenID Connect provider with the keys that the issuer "
        "publishes, but could not fetch these keys.",
        "Start the issuer. If the emulator cannot reach the issuer, pass the issuer's keys to "
        "`Emulator.add_oidc_issuer`.",
        causes=(
            "a local issuer that is not running",
            "an issuer that this machine can reach only through a proxy",
            "metadata that names another issuer",
        ),
    ),
    KnownError(
        r"The token verifier of \S+ raised",
        "The token verifier of … raised …. Responding as if the provider were down.",
        "The function that verifies the tokens of a provider for the emulator raised an exception, so the "
        "emulator responded with an ExternalServiceException.",
        "Correct the function, unless it simulates a provider that does not respond.",
    ),
)

LOG_WARNINGS = (*_STORES, *_CACHES, *_CALLS, *_EMULATOR)
