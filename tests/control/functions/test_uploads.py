"""Code that a call brings from S3, for functions and layers: fetched beside, checked like a zip file in the call."""

from pathlib import Path

import pytest

from limen.aws.call import AwsCall
from limen.aws.errors import AwsError
from limen.control.call import Aside
from limen.control.functions import uploads
from limen.control.invoke import make_invoke
from limen.control.objects import ACCESS_DENIED, ObjectError, Objects, StoredObject, version_of
from tests.control.functions.conftest import ACCOUNT, CODE, OTHER_CODE, ROLE, Lambda

LAYER = {"LayerName": "tools"}


class Denying:
    """S3, which is asked for every bucket that is no directory."""

    def read(self, bucket: str, key: str, version: str | None, most: int) -> StoredObject:
        if bucket == "away":
            raise ObjectError(f"s3://{bucket}/{key} cannot be read: S3 cannot be reached")
        raise ObjectError("no", ACCESS_DENIED)


@pytest.fixture
def bucket(functions: Lambda, tmp_path: Path) -> Path:
    directory = tmp_path / "code"
    directory.mkdir()
    (directory / "app.zip").write_bytes(CODE)
    (directory / "text").write_text("no zip")
    (directory / "empty").write_text("")
    functions.set(objects=Objects({"code": str(directory)}, Denying()))
    return directory


def from_s3(key: str = "app.zip", bucket: str = "code", **more: str) -> dict[str, str]:
    return {"S3Bucket": bucket, "S3Key": key, **more}


def test_a_function_runs_code_of_s3(functions: Lambda, bucket: Path) -> None:
    made = functions.create(Code=from_s3(S3ObjectVersion=version_of(CODE)))

    assert made["CodeSize"] == len(CODE)
    assert made["CodeSha256"] == functions.create("same")["CodeSha256"]
    [kept] = functions.codes._zips.glob("*")
    assert kept.read_bytes() == CODE


def test_code_is_changed_to_what_is_in_s3_now(functions: Lambda, bucket: Path) -> None:
    before = functions.create(Code=from_s3())
    (bucket / "app.zip").write_bytes(OTHER_CODE)
    after = functions("UpdateFunctionCode", FunctionName="hello", Publish=True, **from_s3())

    assert (before["CodeSize"], after["CodeSize"], after["Version"]) == (len(CODE), len(OTHER_CODE), "1")


def test_a_dry_run_keeps_nothing_of_s3(functions: Lambda, bucket: Path) -> None:
    functions.create()
    (bucket / "app.zip").write_bytes(OTHER_CODE)
    told = functions("UpdateFunctionCode", FunctionName="hello", DryRun=True, **from_s3())

    assert told["CodeSize"] == len(OTHER_CODE)
    assert functions("GetFunctionConfiguration", FunctionName="hello")["CodeSize"] == len(CODE)
    assert len(list(functions.codes._zips.glob("*"))) == 1


def test_a_layer_is_published_from_s3(functions: Lambda, bucket: Path) -> None:
    made = functions("PublishLayerVersion", Content=from_s3(), **LAYER)

    assert (made["Version"], made["Content"]["CodeSize"]) == (1, len(CODE))


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (
            from_s3("gone.zip"),
            "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: "
            "The specified key does not exist.",
        ),
        (
            from_s3(S3ObjectVersion="1"),
            "Error occurred while GetObject. S3 Error Code: NoSuchVersion. S3 Error Message: "
            "The specified version does not exist.",
        ),
        (from_s3("text"), "Could not unzip uploaded file. Please check your file, then try to upload again."),
        (from_s3("empty"), "Uploaded file must be a non-empty zip"),
        (from_s3("k", "away"), "s3://away/k cannot be read: S3 cannot be reached"),
    ],
)
def test_what_cannot_be_read_is_told_in_the_words_of_lambda(
    functions: Lambda, bucket: Path, code: dict[str, str], error: str
) -> None:
    for operation, members in (
        (
            "CreateFunction",
            {"FunctionName": "f", "Runtime": "python3.12", "Handler": "a.b", "Role": ROLE, "Code": code},
        ),
        ("PublishLayerVersion", {**LAYER, "Content": code}),
    ):
        assert functions.refuses(operation, **members) == ("InvalidParameterValueException", 400, error)
    assert functions("ListFunctions") == {"Functions": []}


def test_denied_access_is_told_in_the_words_of_lambda(functions: Lambda, bucket: Path) -> None:
    functions.create()
    assert functions.refuses("UpdateFunctionCode", FunctionName="hello", **from_s3("k", "theirs")) == (
        "AccessDeniedException",
        403,
        "Your access has been denied by S3, please make sure your request credentials have permission to GetObject for "
        "theirs/k. S3 Error Code: AccessDenied. S3 Error Message: Access Denied",
    )


def test_code_of_s3_may_be_larger_than_that_of_a_call(
    functions: Lambda, bucket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_ZIPPED", len(CODE) - 1)
    functions.create(Code=from_s3())
    monkeypatch.setattr(uploads, "MOST_UNZIPPED", len(CODE) - 1)

    error = functions.refuses("UpdateFunctionCode", FunctionName="hello", **from_s3())

    assert error[2] == f"s3://code/app.zip has more than {len(CODE) - 1} bytes"


def test_a_name_that_is_taken_while_code_is_fetched_is_refused(functions: Lambda, bucket: Path) -> None:
    invoke = make_invoke(functions.store, functions.settings)
    members = {"FunctionName": "f", "Runtime": "python3.12", "Handler": "a.b", "Role": ROLE, "Code": from_s3()}
    call = AwsCall("lambda", "CreateFunction", members, ACCOUNT, "us-east-1", "key", "request")
    aside = invoke(call)
    assert isinstance(aside, Aside)
    fetched = aside.work()
    functions.create("f")

    with pytest.raises(AwsError, match="Function already exist: f"):
        invoke.go_on(call, aside, fetched)


def test_what_is_known_to_be_wrong_is_refused_before_anything_is_fetched(functions: Lambda, bucket: Path) -> None:
    functions.create()

    assert functions.refuses(
        "CreateFunction", FunctionName="hello", Runtime="python3.12", Handler="a", Code=from_s3("x")
    )[0] == ("ResourceConflictException")
    assert (
        functions.refuses("UpdateFunctionCode", FunctionName="none", **from_s3("x"))[0] == "ResourceNotFoundException"
    )
