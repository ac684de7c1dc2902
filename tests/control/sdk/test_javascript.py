"""The JavaScript SDK, run by Node against a server of the test."""

import io
import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest

from limen.aws.credentials import AccessKey
from limen.aws.request import AwsRequest
from limen.aws.sigv4 import TIMESTAMP_FORMAT, sign
from limen.control.sdk.javascript import function_name, render_sdk
from limen.wire import header
from tests.support.recording_backend import RecordingBackend

METHODS = [
    ("/pets", {"httpMethod": "GET", "requestParameters": {"method.request.querystring.page": False}}),
    ("/pets", {"httpMethod": "POST", "requestParameters": {"method.request.header.X-Trace": True}}),
    ("/pets/{petId}", {"httpMethod": "GET", "requestParameters": {"method.request.path.petId": True}}),
    ("/files/{path+}", {"httpMethod": "DELETE", "authorizationType": "AWS_IAM"}),
    ("/pets", {"httpMethod": "ANY"}),
]
NODE = shutil.which("node")


@pytest.mark.parametrize(
    ("path", "verb", "name"),
    [
        ("/", "GET", "rootGet"),
        ("/", "POST", "rootPost"),
        ("/{a}/{b}/{op}", "GET", "aBOpGet"),
        ("/pets/{petId}", "GET", "petsPetIdGet"),
        ("/pets/{petId}", "OPTIONS", "petsPetIdOptions"),
        ("/{proxy+}", "DELETE", "proxyDelete"),
        ("/v1/my-pets", "PUT", "v1MyPetsPut"),
    ],
)
def test_functions_are_named_by_path_and_verb(path: str, verb: str, name: str) -> None:
    assert function_name(path, verb) == name


def test_the_zip_has_the_layout_of_the_guide() -> None:
    assert [
        name for name in names_in(render_sdk("https://a.test/prod", "us-east-1", METHODS)) if "lib" not in name
    ] == [
        "apiGateway-js-sdk/README.md",
        "apiGateway-js-sdk/apigClient.js",
    ]


def test_methods_for_any_verb_have_no_function() -> None:
    archive = render_sdk("https://a.test/prod", "us-east-1", [("/pets", {"httpMethod": "ANY"})])
    assert "apiGateway-js-sdk/apigClient.js" not in names_in(archive)


def test_two_methods_of_one_name_are_told_apart() -> None:
    archive = render_sdk("https://a.test", "us-east-1", [(path, {"httpMethod": "GET"}) for path in ("/a/b", "/a-b")])
    with ZipFile(io.BytesIO(archive)) as opened:
        client = opened.read("apiGateway-js-sdk/apigClient.js").decode()
    assert client.index("apigClient.aBGet =") < client.index("apigClient.aBGet2 =")


@pytest.fixture
def backend() -> Iterator[RecordingBackend]:
    running = RecordingBackend()
    yield running
    running.close()


class Sdk:
    """`sdk(calls)` runs JavaScript with `apigClient` in Node, and gives what it left in `result`."""

    def __init__(self, directory: Path, backend: RecordingBackend) -> None:
        self.directory = directory
        with ZipFile(io.BytesIO(render_sdk(f"{backend.url}/prod", "eu-west-1", METHODS))) as archive:
            archive.extractall(directory)

    def __call__(self, calls: str, **config: str) -> object:
        script = f"""
            const apigClient = require('./apigClient.js').newClient({json.dumps(config)});
            (async () => {{ let result; {calls}; console.log(JSON.stringify(result)); }})();
        """
        finished = subprocess.run(
            [NODE or "node", "-e", script],
            cwd=self.directory / "apiGateway-js-sdk",
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        assert finished.returncode == 0, finished.stderr
        return json.loads(finished.stdout)


@pytest.fixture
def sdk(tmp_path: Path, backend: RecordingBackend) -> Sdk:
    if NODE is None:
        pytest.skip("node is not installed")
    return Sdk(tmp_path, backend)


def test_parameters_go_where_their_method_has_them(sdk: Sdk, backend: RecordingBackend) -> None:
    result = sdk("result = await apigClient.petsPetIdGet({petId: 'a b/ü'})")
    assert result == {
        "status": 200,
        "statusText": "OK",
        "headers": result["headers"],
        "data": {"method": "GET", "target": "/prod/pets/a%20b%2F%C3%BC"},
    }
    sdk("result = await apigClient.petsGet({page: 2, other: 1}, {}, {queryParams: {tag: ['a', 'b&c']}})")
    assert (backend.last.target, backend.last.body) == ("/prod/pets?page=2&tag=a&tag=b%26c", b"")
    sdk("result = await apigClient.filesPathDelete({path: 'a/b c'})")
    assert (backend.last.method, backend.last.target) == ("DELETE", "/prod/files/a/b%20c")


def test_bodies_and_headers_are_sent(sdk: Sdk, backend: RecordingBackend) -> None:
    sdk("result = await apigClient.petsPost({'X-Trace': 7}, {name: 'Rex'}, {headers: {'X-More': 'm'}})", apiKey="key")
    sent = backend.last
    assert (json.loads(sent.body), sent.header("content-type")) == ({"name": "Rex"}, "application/json")
    assert (sent.header("x-trace"), sent.header("x-more"), sent.header("x-api-key")) == ("7", "m", "key")
    assert sent.header("authorization") is None
    sdk("result = await apigClient.petsPost({'X-Trace': 7}, 'text', {headers: {'content-type': 'text/plain'}})")
    assert (backend.last.body, backend.last.header("content-type")) == (b"text", "text/plain")


def test_required_parameters_have_to_be_given(sdk: Sdk, backend: RecordingBackend) -> None:
    assert sdk("await apigClient.petsPost({}).catch(error => result = error.message)") == "X-Trace must be defined"
    assert sdk("await apigClient.petsPetIdGet().catch(error => result = error.message)") == "petId must be defined"
    assert backend.requests == []


def test_a_failure_rejects_with_what_was_answered(sdk: Sdk, backend: RecordingBackend) -> None:
    backend.script("/prod/pets", status=403, body=b'{"message":"Forbidden"}')
    seen = sdk("await apigClient.petsGet().catch(error => result = [error.status, error.data, error.response.status])")
    assert seen == [403, {"message": "Forbidden"}, 403]


@pytest.mark.parametrize(
    "call",
    [
        "result = await apigClient.filesPathDelete({path: 'a b/ü!'}, '', {queryParams: {z: 1, a: \"it's *\"}})",
        "result = await apigClient.petsPost({'X-Trace': 1}, {name: 'Räx'})",
        "result = await apigClient.petsPost({'X-Trace': 1}, new Uint8Array([0, 255]))",
    ],
)
def test_requests_are_signed_with_given_keys(sdk: Sdk, backend: RecordingBackend, call: str) -> None:
    sdk(call, accessKey="AKIDEXAMPLE", secretKey="secret", sessionToken="token")
    sent = backend.last
    path, _, query = sent.target.partition("?")
    now = datetime.strptime(f"{sent.header('x-amz-date')}+0000", f"{TIMESTAMP_FORMAT}%z").astimezone(UTC).timestamp()
    host = [header(b"host", (sent.header("host") or "").encode())]
    request = AwsRequest(sent.method, path, query, host, sent.body)
    expected = sign(request, AccessKey("AKIDEXAMPLE", "secret", session_token="token"), "eu-west-1", "execute-api", now)
    assert sent.header("authorization") == expected[-1][2].decode()
    assert sent.header("x-amz-security-token") == "token"


def test_a_token_of_the_caller_is_not_signed_over(sdk: Sdk, backend: RecordingBackend) -> None:
    sdk(
        "result = await apigClient.petsGet({}, {}, {headers: {Authorization: 'Bearer t'}})",
        accessKey="AKIDEXAMPLE",
        secretKey="secret",
    )
    assert backend.last.header("authorization") == "Bearer t"


def test_pages_may_load_the_scripts_in_the_order_of_the_guide(sdk: Sdk, backend: RecordingBackend) -> None:
    """Those that were written for the SDK of AWS do, where utils.js comes last of all in lib."""
    page = """
        const fs = require('fs'), vm = require('vm');
        const names = ['sigV4Client', 'apiGatewayClient', 'simpleHttpClient', 'utils'];
        const files = [...names.map((name) => `lib/apiGatewayCore/${name}.js`), 'apigClient.js'];
        const page = vm.createContext({ fetch, URL, TextEncoder, crypto, Response });
        for (const file of files) vm.runInContext(fs.readFileSync(file, 'utf8'), page);
        const client = page.apigClientFactory.newClient({ accessKey: 'AKIDEXAMPLE', secretKey: 'secret' });
        result = (await client.petsGet({ page: 2 })).status
    """
    assert sdk(page) == 200
    assert backend.last.target == "/prod/pets?page=2"
    assert (backend.last.header("authorization") or "").startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")


def names_in(archive: bytes) -> list[str]:
    with ZipFile(io.BytesIO(archive)) as opened:
        return sorted(opened.namelist())
