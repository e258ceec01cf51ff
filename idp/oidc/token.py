# SPDX-License-Identifier: Apache-2.0
"""The endpoints that clients post to: token, introspection, revocation."""

from idp.http.parameters import Parameters, Unreadable, read_form
from idp.http.services import Core
from idp.http.wire import Answer, Call, json_reply, not_allowed
from idp.oidc.token_server import TokenServer, WireRequest


class PostedForm:
    """One request by form, handed to Authlib's dispatch."""

    def __init__(self, core: Core, server: TokenServer, endpoint: str) -> None:
        self._core = core
        self._server = server
        self._endpoint = endpoint

    def __call__(self, call: Call) -> Answer:
        """Answer one request."""
        # OA-045: POST and a form, nothing else.
        if call.method != "POST":
            return not_allowed("POST")
        parameters = read_form(call, self._core.settings.server.max_body)
        if isinstance(parameters, Unreadable):
            document = {"error": "invalid_request", "error_description": parameters.why}
            return json_reply(document, parameters.status)
        if "grant_type" in parameters.repeated:
            document = {"error": "invalid_request", "error_description": "given twice: grant_type"}
            return json_reply(document, 400)
        return self._answer(WireRequest(call, parameters), parameters)

    def _answer(self, request: WireRequest, parameters: Parameters) -> Answer:
        reply: Answer
        if self._endpoint != "token":
            reply = self._server.create_endpoint_response(self._endpoint, request)
        elif not parameters.get("grant_type"):
            reply = json_reply(
                {"error": "invalid_request", "error_description": "grant_type is missing"}, 400
            )
        else:
            reply = self._server.create_token_response(request)
        return reply
