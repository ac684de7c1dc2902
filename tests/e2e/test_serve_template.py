"""`limen serve template.yaml`: a stack that is served, watched, and printed with URLs that can be called."""

import re
from pathlib import Path
from textwrap import dedent

from tests.e2e.conftest import StartLimen
from tests.support.recording_backend import RecordingBackend

TEMPLATE = """
    AWSTemplateFormatVersion: "2010-09-09"
    Parameters: {{Backend: {{Type: String}}}}
    Resources:
      Api: {{Type: AWS::ApiGatewayV2::Api, Properties: {{Name: pets, ProtocolType: HTTP}}}}
      Integration:
        Type: AWS::ApiGatewayV2::Integration
        Properties:
          ApiId: !Ref Api
          IntegrationType: HTTP_PROXY
          IntegrationMethod: ANY
          IntegrationUri: !Ref Backend
          PayloadFormatVersion: "1.0"
      Route:
        Type: AWS::ApiGatewayV2::Route
        Properties: {{ApiId: !Ref Api, RouteKey: GET {path}, Target: !Sub "integrations/${{Integration}}"}}
      Stage: {{Type: AWS::ApiGatewayV2::Stage, Properties: {{ApiId: !Ref Api, StageName: $default, AutoDeploy: true}}}}
    Outputs: {{Url: {{Value: !Sub "https://${{Api}}.execute-api.${{AWS::Region}}.amazonaws.com{path}"}}}}
"""


def write(folder: Path, path: str) -> Path:
    file = folder / "pets.yaml"
    file.write_text(dedent(TEMPLATE.format(path=path)))
    return file


def test_a_template_is_served_and_saved_changes_are_live(
    start_limen: StartLimen, tmp_path: Path, backend: RecordingBackend
) -> None:
    file = write(tmp_path, "/a")

    limen = start_limen(file, "--watch", "--parameter", f"Backend={backend.url}")

    assert limen.get("/a").status == 200
    assert limen.get("/b").status == 404
    limen.wait_for_log("ready: https://localhost:")
    assert "+ Route (AWS::ApiGatewayV2::Route)" in limen.log
    url = re.search(r"^Url = https://(\w{10})\.execute-api\.us-east-1\.amazonaws\.com/a$", limen.log, re.MULTILINE)
    assert url is not None
    assert f"    = https://{url[1]}.execute-api.us-east-1.localhost:{limen.port}/a" in limen.log

    write(tmp_path, "/b")
    limen.wait_for_log("deployed: https://")

    assert limen.get("/b").status == 200
    assert limen.get("/a").status == 404
    file.write_text("Resources: {A: !What b}")
    limen.wait_for_log("pets.yaml is not deployed; what was served before stays")
    assert limen.get("/b").status == 200


def test_a_template_that_is_refused_ends_the_command(start_limen: StartLimen, tmp_path: Path) -> None:
    file = tmp_path / "pets.yaml"
    file.write_text("Resources:\n  A: {Type: AWS::EC2::Instance}\n")

    limen = start_limen(file, wait=False)

    assert limen.process.wait(30) == 1
    assert "pets.yaml:2: AWS::EC2::Instance is refused" in limen.log
