"""Local paths of templates: live directories, zip files that are always the same bytes, definitions put in."""

import io
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from limen.control.stacks.errors import TemplateError
from limen.control.stacks.local_files import LocalFiles, zip_directory


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "src" / "__pycache__").mkdir(parents=True)
    (tmp_path / "src" / "app.py").write_text("def handler(event, context): ...\n")
    (tmp_path / "src" / "bootstrap").write_text("#!/bin/sh\n")
    (tmp_path / "src" / "bootstrap").chmod(0o755)
    (tmp_path / "src" / "__pycache__" / "app.pyc").write_bytes(b"x")
    (tmp_path / "api.yaml").write_text("openapi: 3.0.1\npaths: {/a: {get: {uri: !Sub '${F.Arn}'}}}\n")
    return tmp_path


def resolve(folder: Path, kind: str, is_live: bool = True, **properties: Any) -> tuple[dict[str, Any], LocalFiles]:
    files = LocalFiles(folder, is_live=is_live)
    document = files.resolve({"Resources": {"R": {"Type": kind, "Properties": properties}}})
    return document["Resources"]["R"]["Properties"], files


def test_a_directory_of_code_is_live(folder: Path) -> None:
    source = str(folder / "src")

    assert resolve(folder, "AWS::Serverless::Function", CodeUri="./src")[0] == {
        "CodeUri": {"Bucket": "local-directory", "Key": source}
    }
    assert resolve(folder, "AWS::Lambda::Function", Code="src")[0] == {
        "Code": {"S3Bucket": "local-directory", "S3Key": source}
    }
    assert resolve(folder, "AWS::Lambda::LayerVersion", Content="src/")[0] == {
        "Content": {"S3Bucket": "local-directory", "S3Key": source}
    }


def test_a_directory_is_packaged_where_it_is_not_live(folder: Path) -> None:
    properties, files = resolve(folder, "AWS::Serverless::Function", is_live=False, CodeUri="./src")

    [(digest, content)] = files.packages.items()
    assert properties == {"CodeUri": {"Bucket": "limen-package", "Key": digest}}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {entry.filename: entry.external_attr >> 16 for entry in archive.infolist()} == {
            "app.py": 0o644,
            "bootstrap": 0o755,
        }


def test_a_zip_file_is_taken_as_it_is(folder: Path) -> None:
    content = zip_directory(folder / "src")
    (folder / "code.zip").write_bytes(content)

    _, files = resolve(folder, "AWS::Lambda::Function", Code="code.zip")

    assert list(files.packages.values()) == [content]


def test_a_package_depends_on_nothing_but_its_files(folder: Path) -> None:
    before = zip_directory(folder / "src")
    os.utime(folder / "src" / "app.py", (1, 1))

    assert zip_directory(folder / "src") == before
    (folder / "src" / "app.py").write_text("")
    assert zip_directory(folder / "src") != before


def test_too_large_a_package_is_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match="it holds more than 10 bytes"):
        zip_directory(folder / "src", most=10)


def test_a_definition_is_put_in(folder: Path) -> None:
    body = {"openapi": "3.0.1", "paths": {"/a": {"get": {"uri": {"Fn::Sub": "${F.Arn}"}}}}}

    properties, files = resolve(folder, "AWS::Serverless::HttpApi", DefinitionUri="api.yaml")
    assert properties == {"DefinitionBody": body}
    assert files.definitions == [folder / "api.yaml"]
    assert resolve(folder, "AWS::ApiGateway::RestApi", BodyS3Location="api.yaml")[0] == {"Body": body}


def test_what_is_elsewhere_or_inline_stays(folder: Path) -> None:
    elsewhere = {"CodeUri": "s3://bucket/key"}
    inline = {"Code": {"ZipFile": "x"}}

    assert resolve(folder, "AWS::Serverless::Function", **elsewhere)[0] == elsewhere
    assert resolve(folder, "AWS::Lambda::Function", **inline)[0] == inline


def test_an_asset_of_the_cdk_is_where_its_metadata_says(folder: Path) -> None:
    in_s3 = {"S3Bucket": "cdk-assets", "S3Key": "1.zip"}

    def code_of(path: str) -> Any:
        metadata = {"aws:asset:path": path, "aws:asset:property": "Code", "aws:asset:is-bundled": False}
        function = {"Type": "AWS::Lambda::Function", "Properties": {"Code": in_s3}, "Metadata": metadata}
        found = LocalFiles(folder, is_live=True).resolve({"Resources": {"R": function}})
        return found["Resources"]["R"]["Properties"]["Code"]

    assert code_of("src") == {"S3Bucket": "local-directory", "S3Key": str(folder / "src")}
    assert code_of("nowhere") == in_s3


def test_globals_are_resolved_too(folder: Path) -> None:
    document = LocalFiles(folder, is_live=True).resolve({"Globals": {"Function": {"CodeUri": "src"}, "Api": {}}})

    assert document["Globals"]["Function"] == {"CodeUri": {"Bucket": "local-directory", "Key": str(folder / "src")}}


def test_a_path_that_leads_nowhere_is_named(folder: Path) -> None:
    with pytest.raises(TemplateError) as refused:
        resolve(folder, "AWS::Serverless::Function", CodeUri="./missing")

    assert refused.value.message == f"there is no ./missing in {folder}"
    assert refused.value.pointer == ("Resources", "R", "Properties", "CodeUri")


def test_a_definition_that_cannot_be_read_is_named(folder: Path) -> None:
    (folder / "api.yaml").write_text("a: [")

    with pytest.raises(TemplateError, match=r"api\.yaml: line 1, column 5: "):
        resolve(folder, "AWS::Serverless::Api", DefinitionUri="api.yaml")


def test_an_included_file_is_put_where_it_is_named(folder: Path) -> None:
    include = {"Name": "AWS::Include", "Parameters": {"Location": "./api.yaml"}}

    properties, files = resolve(folder, "AWS::Serverless::Api", DefinitionBody={"Fn::Transform": include, "x": [1]})

    paths = {"/a": {"get": {"uri": {"Fn::Sub": "${F.Arn}"}}}}
    assert properties == {"DefinitionBody": {"openapi": "3.0.1", "paths": paths, "x": [1]}}
    assert files.definitions == [folder / "api.yaml"]


def test_an_included_file_that_is_not_there_is_told_and_other_transforms_are_left(folder: Path) -> None:
    missing = {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "gone.yaml"}}}
    with pytest.raises(TemplateError, match="there is no gone") as told:
        resolve(folder, "AWS::Serverless::Api", DefinitionBody=[missing])
    assert told.value.pointer == ("Resources", "R", "Properties", "DefinitionBody", "0", "Fn::Transform")
    for other in (
        {"Name": "AWS::Include", "Parameters": {"Location": "s3://bucket/api.yaml"}},
        {"Name": "Mine", "Parameters": {"Location": "api.yaml"}},
        "AWS::Include",
    ):
        body = {"Fn::Transform": other}
        assert resolve(folder, "AWS::Serverless::Api", DefinitionBody=body)[0] == {"DefinitionBody": body}
