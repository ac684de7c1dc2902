"""SDKs of stages; what is in them is shown by tests/control/sdk."""

import io
import re
from zipfile import ZipFile

import pytest


def client_of(answer):
    with ZipFile(io.BytesIO(answer["body"])) as archive:
        return archive.read("apiGateway-js-sdk/apigClient.js").decode()


def test_an_sdk_is_a_zip_with_a_name(control):
    answer = control("GetSdk", **control.deployed(), sdk_type="javascript")
    assert answer["Content-Type"] == "application/octet-stream"
    name = r'attachment; filename="javascript_\d{4}-\d\d-\d\d_\d\d-\d\dZ\.zip"'
    assert re.fullmatch(name, answer["Content-Disposition"])


def test_an_sdk_calls_its_stage_and_knows_what_is_deployed(control):
    stage = control.deployed()
    root = control.root(stage["restapi_id"])
    named = {"restapi_id": stage["restapi_id"], "resource_id": root, "http_method": "POST"}
    control("PutMethod", **named, authorizationType="NONE")
    client = client_of(control("GetSdk", **stage, sdk_type="javascript"))
    assert f'"https://{stage["restapi_id"]}.execute-api.us-east-1.localhost:8443/prod"' in client
    assert re.findall(r"apigClient\.(\w+) =", client) == ["petsGet"]


def test_other_types_are_refused_by_name(control, refused):
    stage = control.deployed()
    message = "Limen does not make SDKs of type java: it makes javascript"
    assert refused("GetSdk", **stage, sdk_type="java") == message
    assert refused("GetSdkType", sdktype_id="java") == message
    refusal = control.refuses("GetSdkType", sdktype_id="cobol")
    assert refusal == ("NotFoundException", 404, "Invalid SDK type identifier specified")


def test_the_types_that_are_made_are_listed(control):
    (shown,) = control.items("GetSdkTypes")
    assert shown == control("GetSdkType", sdktype_id="javascript")
    assert (shown["id"], shown["configurationProperties"]) == ("javascript", [])


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"restapi_id": "abc"}, "Invalid API identifier specified 000000000000:abc"),
        ({"stage_name": "beta"}, "Invalid stage identifier specified"),
    ],
)
def test_an_sdk_of_what_is_not_there_is_not_found(control, members, message):
    refusal = control.refuses("GetSdk", **control.deployed() | members, sdk_type="javascript")
    assert refusal == ("NotFoundException", 404, message)
