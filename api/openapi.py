"""Additions to the OpenAPI description: authentication, and the form of errors."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

_ERROR = {
    "type": "object",
    "properties": {
        "detail": {"type": "string", "description": "For people: what was wrong."},
        "code": {"type": "string", "description": "For programs."},
        "items": {
            "type": "array",
            "items": {"type": "object", "additionalProperties": {}},
            "description": "Where several things were sent: what is wrong with which, by `index`.",
        },
    },
    "required": ["detail", "code"],
}


class BasicScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.authentication.BasicAuthentication"
    name = "basic"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "basic",
            "description": "User name and password; a token and no password; or a device's key.",
        }


class BearerScheme(OpenApiAuthenticationExtension):
    """The token that `POST /get_token` gives."""

    target_class = "accounts.authentication.BearerAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "From `POST /get_token`; or a device's key.",
        }


def resources_only(endpoints: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Preprocessing hook: the contract describes the operations, this the resources under `/api/` only."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/")]


def with_errors(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Postprocessing hook: adds the form of errors to every operation."""
    result["components"]["schemas"]["Error"] = _ERROR
    answer = {
        "description": "An error: 400 bad input, 401, 403, 404, 409 already there, 413, 415, 429, 503.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    for methods in result["paths"].values():
        for operation in methods.values():
            operation["responses"]["default"] = answer
    return result
