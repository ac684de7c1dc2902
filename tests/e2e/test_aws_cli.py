"""The AWS command line, pointed at Limen by `limen env`."""

import json
import subprocess
import sys
from pathlib import Path

from tests.support.invoices import create_invoices
from tests.support.limen_process import LimenProcess
from tests.support.recording_backend import RecordingBackend


def aws(limen: LimenProcess, command: str, service: str = "apigatewayv2") -> str:
    """What `aws SERVICE ...` prints in a shell that has evaluated `limen env`."""
    binaries = Path(sys.executable).parent
    finished = subprocess.run(
        ["sh", "-ec", f'eval "$({binaries}/limen env)"; exec {binaries}/aws {service} {command}'],
        env=limen.environment,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_limen_env_prints_exports_for_sdks(limen: LimenProcess) -> None:
    lines = limen.command("env").stdout.splitlines()

    names = {line.removeprefix("export ").partition("=")[0] for line in lines if line.startswith("export ")}
    assert {
        "AWS_ENDPOINT_URL_APIGATEWAYV2",
        "AWS_CA_BUNDLE",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_REGION",
    } <= names


def test_an_api_is_created_and_found_by_the_aws_command(limen: LimenProcess, backend: RecordingBackend) -> None:
    api = json.loads(aws(limen, f"create-api --name orders --protocol-type HTTP --target {backend.url} --output json"))

    listed = aws(limen, "get-apis --query 'Items[].ApiId' --output text").split()

    assert api["ApiId"] in listed
    assert limen.caller(api["ApiId"]).get("/orders/42").json["target"] == "/orders/42"


def test_a_method_is_tested_by_the_aws_command(limen: LimenProcess, backend: RecordingBackend) -> None:
    named = create_invoices(limen.client("apigateway"), backend.url)
    options = f"--rest-api-id {named['restApiId']} --resource-id {named['resourceId']} --http-method POST"

    log = aws(limen, f"test-invoke-method {options} --query log --output text", "apigateway")

    assert " : Method request path: {region={region}}\n" in log
    assert " : Missing required request parameters: [X-Tenant]\n" in log
    assert log.rstrip().endswith(" : Method completed with status: 400")


def test_curl_calls_an_api_by_name_with_the_local_authority(limen: LimenProcess, backend: RecordingBackend) -> None:
    created = limen.client().create_api(Name="orders", ProtocolType="HTTP", Target=backend.url)

    for version in ("--http1.1", "--http2"):
        finished = subprocess.run(
            ["curl", "-sS", "--noproxy", "*", version, "--cacert", limen.ca, f"{created['ApiEndpoint']}/orders/42"],
            capture_output=True,
            timeout=20,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr
        assert json.loads(finished.stdout)["target"] == "/orders/42"
