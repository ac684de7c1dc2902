"""The second argument of a handler.

https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
"""

from __future__ import annotations

import os
import time

from limen.functions.bootstraps.python import log_sink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Read once: 1.5 us each, on every invocation.
LOG_GROUP_NAME = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
LOG_STREAM_NAME = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
FUNCTION_NAME = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
MEMORY_SIZE = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
FUNCTION_VERSION = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")

TRACE_FIELDS = ("traceparent", "tracestate", "baggage")


class _Fields:
    """Objects of AWS's mobile SDKs and of Amazon Cognito: attributes that are None where nothing was sent."""

    __slots__: tuple[str, ...] = ()

    def __init__(self, values: dict[str, Any]) -> None:
        for name in self.__slots__:
            setattr(self, name, values.get(name))

    def __repr__(self) -> str:
        fields = ",".join(f"{name}={getattr(self, name)}" for name in self.__slots__)
        return f"{type(self).__name__}([{fields}])"


class CognitoIdentity(_Fields):
    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")


class Client(_Fields):
    __slots__ = ("app_package_name", "app_title", "app_version_code", "app_version_name", "installation_id")


class ClientContext(_Fields):
    __slots__ = ("client", "custom", "env")
    client: Any

    def __init__(self, values: dict[str, Any]) -> None:
        super().__init__(values)
        if self.client is not None:
            self.client = Client(self.client)


class LambdaContext:
    """One invocation's."""

    def __init__(
        self, headers: dict[str, str], client_context: dict[str, Any] | None, identity: dict[str, Any]
    ) -> None:
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.log_group_name = LOG_GROUP_NAME
        self.log_stream_name = LOG_STREAM_NAME
        self.function_name = FUNCTION_NAME
        self.memory_limit_in_mb = MEMORY_SIZE
        self.function_version = FUNCTION_VERSION
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        self._w3c_fields = _take_trace_fields(client_context)
        self.client_context = None if client_context is None else ClientContext(client_context)
        self.identity = CognitoIdentity(
            {
                "cognito_identity_id": identity.get("cognitoIdentityId"),
                "cognito_identity_pool_id": identity.get("cognitoIdentityPoolId"),
            }
        )
        self._epoch_deadline_time_in_ms = int(headers.get("lambda-runtime-deadline-ms", 0))

    def get_remaining_time_in_millis(self) -> int:
        return max(0, self._epoch_deadline_time_in_ms - int(time.time() * 1000))

    def w3c(self) -> dict[str, str]:
        """The W3C trace context that came with the invocation."""
        return dict(self._w3c_fields)

    def log(self, message: object) -> None:
        """Written as it is, without a line end."""
        log_sink.write(str(message))

    def __repr__(self) -> str:
        names = (
            "aws_request_id log_group_name log_stream_name function_name memory_limit_in_mb function_version "
            "invoked_function_arn client_context identity tenant_id"
        )
        fields = ",".join(f"{name}={getattr(self, name)}" for name in names.split())
        return f"LambdaContext([{fields}])"


def _take_trace_fields(client_context: dict[str, Any] | None) -> dict[str, str]:
    """What travels as `w3c` in the client context is read by `w3c()` alone."""
    sent = client_context.pop("w3c", None) if client_context else None
    if not isinstance(sent, dict):
        return {}
    return {name: sent[name] for name in TRACE_FIELDS if isinstance(sent.get(name), str)}
