"""Published versions."""

from tests.control.functions.conftest import ARN, Lambda


def test_a_version_is_what_latest_was(functions: Lambda) -> None:
    latest = functions.create(Timeout=7)
    version = functions("PublishVersion", FunctionName="hello", Description="first")
    assert (version["Version"], version["FunctionArn"]) == ("1", f"{ARN}:hello:1")
    assert (version["Timeout"], version["CodeSha256"]) == (7, latest["CodeSha256"])
    functions("UpdateFunctionConfiguration", FunctionName="hello", Timeout=9)
    assert functions("GetFunctionConfiguration", FunctionName="hello:1")["Timeout"] == 7
    assert functions("GetFunction", FunctionName="hello:1")["Configuration"]["Description"] == "first"


def test_nothing_new_makes_no_version(functions: Lambda) -> None:
    functions.create()
    first = functions("PublishVersion", FunctionName="hello")
    assert functions("PublishVersion", FunctionName="hello", Description="again") == first
    assert functions.new_version() == "2"
    versions = functions("ListVersionsByFunction", FunctionName="hello")["Versions"]
    assert [each["Version"] for each in versions] == ["$LATEST", "1", "2"]
    assert versions[0]["FunctionArn"] == f"{ARN}:hello:$LATEST"


def test_code_and_revision_must_be_those_of_latest(functions: Lambda) -> None:
    sha = functions.create()["CodeSha256"]
    assert functions.refuses("PublishVersion", FunctionName="hello", CodeSha256="abc") == (
        "InvalidParameterValueException",
        400,
        f"CodeSHA256 (abc) is different from current CodeSHA256 in $LATEST ({sha}). "
        "Please try again with the CodeSHA256 in $LATEST.",
    )
    assert functions.refuses("PublishVersion", FunctionName="hello", RevisionId="x")[1] == 412
    assert functions("PublishVersion", FunctionName="hello", CodeSha256=sha)["Version"] == "1"
