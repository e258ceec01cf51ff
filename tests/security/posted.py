# SPDX-License-Identifier: Apache-2.0
"""What takes a post that no form of ours sent (WB-005)."""

# Whoever may post to these without a form of ours, and why that is no forgery.
POSTED_BY_OTHERS = {
    "/oidc/authorize": "OIDC Core §3.1.2.1; it only begins a journey, and Lax cookies stay away",
    "/oidc/logout": "RP-Initiated Logout §2; without a hint of this session it only asks",
    "/oidc/token": "no cookie is read: the client authenticates",
    "/oidc/device_authorization": "no cookie is read: the client authenticates",
    "/oidc/par": "no cookie is read: the client authenticates",
    "/oidc/bc-authorize": "no cookie is read: the client authenticates",
    "/oidc/introspect": "no cookie is read: the client authenticates",
    "/oidc/revoke": "no cookie is read: the client authenticates",
    "/oidc/userinfo": "no cookie is read: a bearer token",
    "/ssf/stream": "no cookie is read: a bearer token",
    "/ssf/status": "no cookie is read: a bearer token",
    "/ssf/verify": "no cookie is read: a bearer token",
    "/ssf/poll": "no cookie is read: a bearer token",
    "/saml/sso": "SAML Bindings §3.5; it only begins a journey, and Lax cookies stay away",
    "/saml/artifact": "no cookie is read: signed by the application",
    "/saml/sts": "no cookie is read: signed by the application",
    "/saml/slo": "SAML Bindings §3.5; no cookie counts: signed by the application",
    "/saml/slo/soap": "no cookie is read: signed by the application",
    "/launch": "no cookie is read: signed by the software; the browser then asks before it swaps",
    "/launch/pushed": "no cookie is read: signed by the software",
    "/card/presence": "no cookie is read: signed by a key that a card vouched for",
}
# Of these, those that take more than a post: no form of a browser sends that.
TAKING_MORE = {"/ssf/stream": "Shared Signals §8.1.1; no cookie is read: a bearer token"}
# The same of every address under these.
POSTED_BY_PROGRAMS = {
    "/api/v1": "no cookie is read: a bearer token",
    "/scim/v2": "no cookie is read: a bearer token",
    "/upstream/saml": "no cookie is read: signed by the provider, and set aside until the browser"
    " that posted it comes for it with its own",
}
