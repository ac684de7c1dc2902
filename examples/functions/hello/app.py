"""Greets: one handler behind a REST API (event version 1.0) and an HTTP API (2.0)."""

import json
import logging
import os
from typing import Any

logging.getLogger().setLevel(logging.INFO)
GREETING = os.environ.get("GREETING", "Hello")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """GET /hello/{name}"""
    name = (event.get("pathParameters") or {}).get("name", "world")
    version = event.get("version", "1.0")
    logging.info("greeting %s for an event of version %s", name, version)
    body = {
        "message": f"{GREETING}, {name}!",
        "eventVersion": version,
        "stage": event["requestContext"]["stage"],
        "requestId": context.aws_request_id,
        "remainingMs": context.get_remaining_time_in_millis(),
    }
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}
