"""Functions whose code is in S3, as moto has it, or in a directory that stands for a bucket."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.e2e.services.conftest import Aws
from tests.support.limen_process import LimenProcess
from tests.support.zips import make_zip

CODE = make_zip({"app.py": "def handler(event, context):\n    return event['n'] + 1\n"})


def create(limen: LimenProcess, name: str, **code: str) -> Any:
    client = limen.client("lambda")
    role = "arn:aws:iam::000000000000:role/r"
    client.create_function(FunctionName=name, Runtime="python3.11", Handler="app.handler", Role=role, Code=code)
    return json.load(client.invoke(FunctionName=name, Payload=b'{"n": 1}')["Payload"])


def test_code_of_s3_runs(limen: LimenProcess, aws: Aws, bucket: str) -> None:
    aws.client("s3").put_object(Bucket=bucket, Key="code/app.zip", Body=CODE)

    assert create(limen, "stored", S3Bucket=bucket, S3Key="code/app.zip") == 2


def test_code_of_a_directory_that_stands_for_a_bucket_runs(limen: LimenProcess) -> None:
    (limen.directory / "objects" / "app.zip").write_bytes(CODE)

    assert create(limen, "filed", S3Bucket="files", S3Key="app.zip") == 2


@pytest.mark.parametrize(("bucket_name", "code"), [("pictures", "NoSuchKey"), ("nowhere", "NoSuchBucket")])
def test_code_that_is_not_in_s3_is_told_as_lambda_does(
    limen: LimenProcess, bucket: str, bucket_name: str, code: str
) -> None:
    with pytest.raises(ClientError) as refused:
        create(limen, "missing", S3Bucket=bucket_name, S3Key="gone.zip")

    error = refused.value.response["Error"]
    assert error["Code"] == "InvalidParameterValueException"
    assert error["Message"].startswith(f"Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: The")
