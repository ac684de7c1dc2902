"""Functions: made, found, listed, deleted."""

import re
from base64 import b64encode
from hashlib import sha256

import pytest

from tests.control.functions.conftest import ARN, CODE, ROLE, Lambda
from tests.support.zips import make_zip


def test_a_new_function_is_described_as_aws_does(functions: Lambda) -> None:
    made = functions.create(Description="says hello", Environment={"Variables": {"A": "b"}}, Tags={"team": "x"})

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+0000", made.pop("LastModified"))
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made.pop("RevisionId"))
    assert made == {
        "FunctionName": "hello",
        "FunctionArn": f"{ARN}:hello",
        "Runtime": "python3.12",
        "Role": ROLE,
        "Handler": "app.handler",
        "CodeSize": len(CODE),
        "CodeSha256": b64encode(sha256(CODE).digest()).decode(),
        "Description": "says hello",
        "Timeout": 3,
        "MemorySize": 128,
        "Version": "$LATEST",
        "Environment": {"Variables": {"A": "b"}},
        "TracingConfig": {"Mode": "PassThrough"},
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/hello"},
        "RuntimeVersionConfig": {
            "RuntimeVersionArn": f"arn:aws:lambda:us-east-1::runtime:{sha256(b'python3.12').hexdigest()}"
        },
    }
    found = functions("GetFunction", FunctionName="hello")
    assert found["Tags"] == {"team": "x"}
    assert found["Code"]["RepositoryType"] == "S3"
    assert found["Configuration"]["CodeSize"] == len(CODE)
    assert functions("GetFunctionConfiguration", FunctionName="hello") == found["Configuration"]


def test_publishing_at_once_makes_version_1(functions: Lambda) -> None:
    made = functions.create(Publish=True)
    assert (made["Version"], made["FunctionArn"]) == ("1", f"{ARN}:hello:1")


def test_a_name_is_taken_once(functions: Lambda) -> None:
    functions.create()
    code, status, message = functions.refuses(
        "CreateFunction",
        FunctionName=f"{ARN}:hello",
        Runtime="python3.12",
        Handler="a.b",
        Role=ROLE,
        Code={"ZipFile": CODE},
    )
    assert (code, status, message) == ("ResourceConflictException", 409, "Function already exist: hello")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"Code": {}}, "Please provide a source for function code."),
        ({"Code": {"ZipFile": b""}}, "Uploaded file must be a non-empty zip"),
        ({"Code": {"ZipFile": b"no zip"}}, "Could not unzip uploaded file. Please check your file, then try to upload"),
        ({"Code": {"ZipFile": CODE, "S3Key": "k"}}, "Please do not provide other FunctionCode parameters when"),
        ({"Code": {"S3Bucket": "mine", "S3Key": "k"}}, "This process reads no code from S3 (S3Bucket 'mine')"),
        ({"Code": {"S3Bucket": "mine"}}, "Please provide a source for function code."),
        ({"Code": {"ImageUri": "x"}}, "Limen runs functions without containers: ImageUri is refused"),
        ({"Code": {"S3Bucket": "local-directory", "S3Key": "src"}}, "The local directory 'src' must be an absolute"),
        ({"Code": {"S3Bucket": "local-directory", "S3Key": "/no/such"}}, "The local directory '/no/such' does not"),
        ({"PackageType": "Image"}, "Limen runs functions without containers: PackageType Image is refused"),
        ({"Handler": None}, "Runtime and Handler are mandatory parameters for functions created with deployment"),
        ({"Runtime": "java21"}, "Value java21 at 'runtime' failed to satisfy constraint: Member must satisfy enum"),
        ({"FileSystemConfigs": [{"Arn": "x"}]}, "Limen does not run functions with FileSystemConfigs"),
        ({"Tags": {"aws:x": "y"}}, "Tag keys cannot start with 'aws:': aws:x"),
        ({"FunctionName": "hello:1"}, "The name of a new function cannot carry a qualifier: 1"),
        ({"Layers": [f"{ARN.replace('function', 'layer')}:tools:1"]}, "Layer version arn:aws:lambda:us-east-1:0000000"),
    ],
)
def test_what_cannot_be_run_is_refused_and_leaves_nothing(functions: Lambda, members: dict, message: str) -> None:
    code, status, told = functions.refuses(
        "CreateFunction",
        **{
            "FunctionName": "hello",
            "Runtime": "python3.12",
            "Handler": "app.handler",
            "Role": ROLE,
            "Code": {"ZipFile": CODE},
            **members,
        },
    )
    assert (code, status) == ("InvalidParameterValueException", 400)
    assert told.startswith(message)
    assert functions("ListFunctions") == {"Functions": []}
    assert not list(functions.codes._zips.glob("*"))


def test_a_long_name_is_refused_as_aws_does(functions: Lambda) -> None:
    code, _, message = functions.refuses(
        "CreateFunction", FunctionName="x" * 65, Runtime="python3.12", Handler="a.b", Role=ROLE, Code={"ZipFile": CODE}
    )
    assert code == "ValidationException"
    assert message.endswith("failed to satisfy constraint: Member must have length less than or equal to 64")


def test_a_local_directory_is_live_code(functions: Lambda, tmp_path) -> None:
    made = functions.create(Code={"S3Bucket": "local-directory", "S3Key": str(tmp_path)})
    assert made["CodeSize"] == 0
    location = functions("GetFunction", FunctionName="hello")["Code"]
    assert location == {"RepositoryType": "local-directory", "Location": f"file://{tmp_path}"}


def test_lists_come_in_pages_in_order_of_creation(functions: Lambda) -> None:
    names = [f"f{number}" for number in range(5)]
    for name in names:
        functions.create(name)
    found, marker = [], None
    for _ in range(3):
        page = functions("ListFunctions", MaxItems=2, **({"Marker": marker} if marker else {}))
        found += [each["FunctionName"] for each in page["Functions"]]
        marker = page.get("NextMarker")
    assert (found, marker) == (names, None)
    assert "State" not in functions("ListFunctions")["Functions"][0]
    assert functions.refuses("ListFunctions", Marker="???")[0] == "InvalidParameterValueException"


def test_all_versions_of_all_functions_come_in_pages(functions: Lambda) -> None:
    for name in ("a", "b"):
        functions.create(name, Publish=True)
        functions.new_version(name)
    arns, marker = [], None
    while True:
        page = functions("ListFunctions", FunctionVersion="ALL", MaxItems=2, **({"Marker": marker} if marker else {}))
        arns += [each["FunctionArn"].removeprefix(ARN) for each in page["Functions"]]
        marker = page.get("NextMarker")
        if marker is None:
            break
    assert arns == [f":{name}:{version}" for name in "ab" for version in ("$LATEST", "1", "2")]


def test_what_is_not_there_is_named_by_its_arn(functions: Lambda) -> None:
    missing = ("ResourceNotFoundException", 404, f"Function not found: {ARN}:none")
    for operation in ("GetFunction", "GetFunctionConfiguration", "DeleteFunction", "PublishVersion", "Invoke"):
        assert functions.refuses(operation, FunctionName="none") == missing
    functions.create()
    missing = ("ResourceNotFoundException", 404, f"Function not found: {ARN}:hello:7")
    assert functions.refuses("GetFunction", FunctionName="hello", Qualifier="7") == missing
    assert functions.refuses("GetFunction", FunctionName="hello:7") == missing


def test_a_deleted_function_takes_everything_with_it(functions: Lambda) -> None:
    functions.create(Publish=True)
    functions("CreateAlias", FunctionName="hello", Name="live", FunctionVersion="1")
    functions("AddPermission", FunctionName="hello", StatementId="s", Action="lambda:InvokeFunction", Principal="*")
    assert functions("DeleteFunction", FunctionName="hello") == {"StatusCode": 204}
    functions.create()
    assert [each["Version"] for each in functions("ListVersionsByFunction", FunctionName="hello")["Versions"]] == [
        "$LATEST"
    ]
    assert functions("ListAliases", FunctionName="hello") == {"Aliases": []}
    assert functions.refuses("GetPolicy", FunctionName="hello")[0] == "ResourceNotFoundException"
    assert functions.publish() == "1"


def test_versions_are_deleted_alone(functions: Lambda) -> None:
    functions.create(Publish=True)
    functions("CreateAlias", FunctionName="hello", Name="live", FunctionVersion="1")
    assert functions.refuses("DeleteFunction", FunctionName="hello", Qualifier="1") == (
        "ResourceConflictException",
        409,
        "Unable to delete version because the following aliases reference it: [live]",
    )
    message = "$LATEST version cannot be deleted without deleting the function."
    assert functions.refuses("DeleteFunction", FunctionName="hello:$LATEST")[2] == message
    assert functions.refuses("DeleteFunction", FunctionName="hello:live")[0] == "InvalidParameterValueException"
    functions("DeleteAlias", FunctionName="hello", Name="live")
    functions("DeleteFunction", FunctionName="hello", Qualifier="1")
    assert functions.refuses("GetFunction", FunctionName="hello:1")[0] == "ResourceNotFoundException"
    assert functions.new_version() == "2"


def test_a_package_over_the_limit_is_refused_before_it_is_read(functions: Lambda, monkeypatch) -> None:
    monkeypatch.setattr("limen.control.functions.uploads.MOST_ZIPPED", 10)
    code, status, _ = functions.refuses(
        "CreateFunction",
        FunctionName="big",
        Runtime="python3.12",
        Handler="a.b",
        Role=ROLE,
        Code={"ZipFile": make_zip({"a": "b"})},
    )
    assert (code, status) == ("RequestEntityTooLargeException", 413)
