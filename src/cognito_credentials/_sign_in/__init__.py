"""Sign-in with OpenID Connect and with the API of user pools.

- `application`, `client`: an application at its issuer; metadata, token requests, ID tokens.
- `browser`, `device`, `user_pool`: the sign-in methods. Each returns the tokens of the issuer.
- `sessions`: storage of the tokens. `session_token` supplies ID tokens from it and refreshes them.
- `providers`: differences between issuers.

Authlib implements OAuth, joserfc JOSE, and pycognito SRP. All HTTP requests use the transports of the
library, with the same proxies, certificate authorities and timeouts.
"""
