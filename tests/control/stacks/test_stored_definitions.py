"""API definitions in S3 that templates name: read, judged and served as if the template had them itself."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from limen.control.objects import ObjectError, Objects, StoredObject
from tests.control.stacks.conftest import Stacks

HTTP = """
openapi: 3.0.1
info: {title: pets, version: "1"}
paths:
  /pets:
    get: {x-amazon-apigateway-integration: {type: http_proxy, uri: "http://pets.test", httpMethod: GET,
          payloadFormatVersion: "1.0"}}
"""
REST = """
openapi: 3.0.1
info: {title: orders, version: "1"}
paths:
  /orders:
    get:
      x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: '{"statusCode": 200}'}}
"""


class NoS3:
    def read(self, bucket: str, key: str, version: str | None, most: int) -> StoredObject:
        raise ObjectError(f"no setting says where the bucket {bucket!r} is")


@pytest.fixture
def bucket(stacks: Stacks, tmp_path: Path) -> Path:
    directory = tmp_path / "docs"
    directory.mkdir()
    (directory / "http.yaml").write_text(HTTP)
    (directory / "rest.yaml").write_text(REST)
    stacks.settings = replace(stacks.settings, objects=Objects({"docs": str(directory)}, NoS3()))
    return directory


def test_apis_are_made_from_definitions_in_s3(stacks: Stacks, bucket: Path) -> None:
    deployed = stacks.deploy(
        """
        Parameters: {Bucket: {Type: String}}
        Resources:
          Http: {Type: AWS::ApiGatewayV2::Api, Properties: {BodyS3Location: {Bucket: !Ref Bucket, Key: http.yaml}}}
          Rest:
            Type: AWS::ApiGateway::RestApi
            Properties: {BodyS3Location: {Bucket: !Ref Bucket, Key: rest.yaml}}
        Outputs: {Http: {Value: !Ref Http}, Rest: {Value: !Ref Rest}}
        """,
        Bucket="docs",
    )
    ids = stacks.outputs(deployed)

    [route] = stacks.aws("GetRoutes", "apigatewayv2", apiId=ids["Http"])["items"]
    paths = [each["path"] for each in stacks.aws("GetResources", restapi_id=ids["Rest"])["item"]]
    assert (route["routeKey"], sorted(paths)) == ("GET /pets", ["/", "/orders"])


def test_a_definition_that_changed_is_deployed_again(stacks: Stacks, bucket: Path) -> None:
    text = """
        Resources: {Http: {Type: AWS::ApiGatewayV2::Api, Properties: {BodyS3Location: {Bucket: docs, Key: http.yaml}}}}
    """
    stacks.deploy(text)
    assert not stacks.deploy(text).has_changes
    (bucket / "http.yaml").write_text(HTTP.replace("/pets:", "/cats:"))

    assert stacks.changes(stacks.deploy(text)) == ["~ Http (AWS::ApiGatewayV2::Api)"]


def test_sam_names_a_definition_by_its_uri(stacks: Stacks, bucket: Path) -> None:
    deployed = stacks.deploy(
        """
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Http: {Type: AWS::Serverless::HttpApi, Properties: {DefinitionUri: "s3://docs/http.yaml"}}
          Rest: {Type: AWS::Serverless::Api, Properties: {StageName: prod, DefinitionUri: "s3://docs/rest.yaml"}}
        Outputs: {Http: {Value: !Ref Http}, Rest: {Value: !Ref Rest}}
        """
    )
    ids = stacks.outputs(deployed)

    [route] = stacks.aws("GetRoutes", "apigatewayv2", apiId=ids["Http"])["items"]
    paths = [each["path"] for each in stacks.aws("GetResources", restapi_id=ids["Rest"])["item"]]
    assert (route["routeKey"], sorted(paths)) == ("GET /pets", ["/", "/orders"])


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("{Bucket: docs, Key: gone}", "4:49: resource Http: s3://docs/gone does not exist: there is no such file in"),
        ("{Bucket: else, Key: k}", "4:49: resource Http: no setting says where the bucket 'else' is"),
        ("{Bucket: docs}", "4:49: resource Http: BodyS3Location must be an object with Bucket and Key"),
        ("{Bucket: docs, Key: http.yaml, Version: x}", "4:49: resource Http: s3://docs/http.yaml has no version 'x'"),
        ("{Bucket: docs, Key: broken}", "4:49: resource Http: s3://docs/broken: "),
    ],
)
def test_a_definition_that_cannot_be_read_is_told_at_its_place(
    stacks: Stacks, bucket: Path, location: str, message: str
) -> None:
    (bucket / "broken").write_text("{")
    line = stacks.refusal(
        f"""
        Resources:
          Http:
            {{Type: AWS::ApiGatewayV2::Api, Properties: {{BodyS3Location: {location}}}}}
        """
    )
    assert line[: len(message)] == message


def test_what_is_stored_alone_is_refused_in_a_definition_of_s3_too(stacks: Stacks, bucket: Path) -> None:
    (bucket / "http.yaml").write_text(HTTP + "x-unknown-things: 1\nx-amazon-apigateway-importexport-version: {}\n")
    (bucket / "rest.yaml").write_text(REST + "x-amazon-apigateway-policy: {Statement: 1}\n")
    line = stacks.refusal(
        """
        Resources:
          Rest: {Type: AWS::ApiGateway::RestApi, Properties: {BodyS3Location: {Bucket: docs, Key: rest.yaml}}}
        """
    )
    assert "policy" in line.lower()


def test_a_definition_under_a_false_condition_is_not_read(stacks: Stacks, bucket: Path) -> None:
    stacks.deploy(
        """
        Conditions: {Never: !Equals [a, b]}
        Resources:
          Http:
            Type: AWS::ApiGatewayV2::Api
            Condition: Never
            Properties: {BodyS3Location: {Bucket: else, Key: k}}
          Named: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: n, ProtocolType: HTTP}}
        """
    )
