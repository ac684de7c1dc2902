"""SAM templates end to end: served with live code, deployed with packages, updated, called over both kinds of API."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from tests.e2e.conftest import StartLimen
from tests.support.client import Answer
from tests.support.limen_process import LimenProcess

TEMPLATE = """
    AWSTemplateFormatVersion: "2010-09-09"
    Transform: AWS::Serverless-2016-10-31
    Parameters: {Greeting: {Type: String, Default: hello}}
    Globals: {Function: {Runtime: python3.12, Timeout: 5}}
    Resources:
      Shared:
        Type: AWS::Serverless::LayerVersion
        Properties: {ContentUri: layer}
      Greet:
        Type: AWS::Serverless::Function
        Properties:
          CodeUri: src
          Handler: app.handler
          AutoPublishAlias: live
          AutoPublishAliasAllProperties: true
          Layers: [!Ref Shared]
          Environment: {Variables: {GREETING: !Ref Greeting}}
          Events:
            Rest: {Type: Api, Properties: {Path: /greet, Method: get}}
            Http: {Type: HttpApi, Properties: {Path: /greet, Method: get}}
    Outputs:
      Rest: {Value: !Ref ServerlessRestApi}
      Http: {Value: !Ref ServerlessHttpApi}
      Url: {Value: !Sub "https://${ServerlessHttpApi}.execute-api.${AWS::Region}.amazonaws.com/greet"}
"""
CODE = """
    import os
    import shared

    def handler(event, context):
        version = event.get("version", "1.0")
        return {"statusCode": 200, "body": f"%s {os.environ['GREETING']} {shared.WORD} {version}"}
"""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    folder = tmp_path / "greet"
    (folder / "src").mkdir(parents=True)
    (folder / "layer" / "python").mkdir(parents=True)
    (folder / "layer" / "python" / "shared.py").write_text("WORD = 'shared'\n")
    write_code(folder, "one")
    (folder / "greet.yaml").write_text(dedent(TEMPLATE))
    return folder / "greet.yaml"


def write_code(folder: Path, word: str) -> None:
    (folder / "src" / "app.py").write_text(dedent(CODE % word))


def deploy(limen: LimenProcess, *arguments: str | Path) -> dict[str, str]:
    """The outputs of the stack, by name; what can be called here comes first."""
    answer = json.loads(limen.command("deploy", *arguments, "--json").stdout)
    return {each["outputKey"]: each.get("callable", each["outputValue"]) for each in answer["stack"]["outputs"]}


def wait_for(body: str, ask: Callable[[], Answer]) -> None:
    deadline = time.monotonic() + 10
    while (answer := ask()).body.decode() != body:
        assert time.monotonic() < deadline, answer
        time.sleep(0.05)


def test_a_template_is_served_with_live_code(start_limen: StartLimen, template: Path) -> None:
    limen = start_limen(template, "--watch")

    def ask() -> Answer:
        return limen.get("/Prod/greet")

    assert ask().body == b"one hello shared 1.0"
    write_code(template.parent, "two")
    wait_for("two hello shared 1.0", ask)

    template.write_text(template.read_text().replace("!Ref Greeting", "welcome"))
    limen.wait_for_log("deployed: https://")

    wait_for("two welcome shared 1.0", ask)


def test_a_template_is_deployed_with_its_code(limen: LimenProcess, template: Path) -> None:
    outputs = deploy(limen, template)
    rest, http = limen.caller(outputs["Rest"]), limen.caller(outputs["Http"])
    assert rest.get("/Prod/greet").body == b"one hello shared 1.0"
    assert http.get("/greet").body == b"one hello shared 2.0"
    assert outputs["Url"] == f"https://{outputs['Http']}.execute-api.us-east-1.localhost:{limen.port}/greet"

    write_code(template.parent, "two")
    assert http.get("/greet").body == b"one hello shared 2.0", "what was deployed is a copy"
    again = limen.command("deploy", template, "--parameter", "Greeting=welcome").stdout

    assert "~ Greet (AWS::Lambda::Function)" in again
    assert http.get("/greet").body == b"two welcome shared 2.0"
    assert "stack greet: nothing changed" in limen.command("deploy", template).stdout
    limen.command("deploy", template, "--delete")
    assert http.get("/greet").status == 404 or http.get("/greet").status == 403
