"""Functions of a served Limen behind the three proxy integrations that there are, each with all of its paths."""

import json
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

from tests.support.client import Answer, Client
from tests.support.limen_process import LimenProcess

ACCOUNT = "000000000000"
FUNCTIONS = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions"
STREAMS = "arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions"
KINDS = ("rest", "http-2.0", "http-1.0")
"""A REST API, and HTTP APIs by the version of the payload."""


class Front:
    """One API whose every request goes to one function."""

    def __init__(self, client: Client, prefix: str) -> None:
        self.client = client
        self.prefix = prefix

    def get(self, path: str, **headers: str) -> Answer:
        return self.client.get(self.prefix + path, **headers)

    def send(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> Answer:
        return self.client.send(method, self.prefix + path, headers, body)

    def stream(self, path: str) -> HTTPResponse:
        return self.client.stream(self.prefix + path)


def arn_of(name: str) -> str:
    return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"


def write_code(folder: Path, files: dict[str, str]) -> dict[str, str]:
    """`Code` of a function that runs from a directory."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
        if name == "bootstrap":
            (folder / name).chmod(0o755)
    return {"S3Bucket": "local-directory", "S3Key": str(folder)}


def create_function(limen: LimenProcess, name: str, code: dict[str, Any], **fields: Any) -> None:
    """One that every API may invoke."""
    functions = limen.client("lambda")
    given = {"Runtime": "python3.11", "Handler": "app.handler", "Timeout": 20, **fields}
    functions.create_function(FunctionName=name, Role=f"arn:aws:iam::{ACCOUNT}:role/any", Code=code, **given)
    functions.add_permission(
        FunctionName=name, StatementId="any", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com"
    )


def open_front(limen: LimenProcess, name: str, kind: str, **integration: Any) -> Front:
    if kind == "rest":
        return open_rest_api(limen, name, **integration)
    client = limen.client()
    version = kind.removeprefix("http-")
    document = {
        "openapi": "3.0.1",
        "info": {"title": f"{name} {kind}", "version": "1"},
        "paths": {"/{proxy+}": any_method(name, payloadFormatVersion=version, **integration)},
    }
    api_id = client.import_api(Body=json.dumps(document))["ApiId"]
    client.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    return Front(limen.caller(api_id), "")


def open_rest_api(limen: LimenProcess, name: str, **integration: Any) -> Front:
    client = limen.client("apigateway")
    document = {
        "openapi": "3.0.1",
        "info": {"title": name, "version": "1"},
        "paths": {"/{proxy+}": any_method(name, **integration)},
        "x-amazon-apigateway-binary-media-types": ["image/*", "application/octet-stream"],
    }
    api_id = client.import_rest_api(body=json.dumps(document))["id"]
    client.create_deployment(restApiId=api_id, stageName="prod")
    return Front(limen.caller(api_id), "/prod")


def any_method(name: str, **integration: Any) -> dict[str, Any]:
    """Of a path that ends in {proxy+}."""
    uri = f"{FUNCTIONS}/{arn_of(name)}/invocations"
    if integration.get("responseTransferMode") == "STREAM":
        uri = f"{STREAMS}/{arn_of(name)}/response-streaming-invocations"
    return {
        "x-amazon-apigateway-any-method": {
            "parameters": [{"name": "proxy", "in": "path", "required": True, "schema": {"type": "string"}}],
            "responses": {"default": {"description": "what the function answers"}},
            "x-amazon-apigateway-integration": {"type": "aws_proxy", "httpMethod": "POST", "uri": uri, **integration},
        }
    }
