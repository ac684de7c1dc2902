"""UpdateFunctionCode."""

from tests.control.functions.conftest import CODE, OTHER_CODE, Lambda


def test_new_code_is_kept_and_the_settings_stay(functions: Lambda) -> None:
    before = functions.create(Timeout=7)
    after = functions("UpdateFunctionCode", FunctionName="hello", ZipFile=OTHER_CODE, Architectures=["arm64"])
    assert after["CodeSha256"] != before["CodeSha256"]
    assert after["RevisionId"] != before["RevisionId"]
    assert (after["Timeout"], after["Architectures"]) == (7, ["arm64"])
    assert len(list(functions.codes._zips.glob("*.zip"))) == 2


def test_a_dry_run_answers_what_would_be(functions: Lambda) -> None:
    before = functions.create()
    would_be = functions("UpdateFunctionCode", FunctionName="hello", ZipFile=OTHER_CODE, DryRun=True)
    assert would_be["CodeSha256"] != before["CodeSha256"]
    assert functions("GetFunctionConfiguration", FunctionName="hello") == before
    assert len(list(functions.codes._zips.glob("*.zip"))) == 1


def test_new_code_can_be_published_at_once(functions: Lambda) -> None:
    functions.create(Publish=True)
    assert functions("UpdateFunctionCode", FunctionName="hello", ZipFile=OTHER_CODE, Publish=True)["Version"] == "2"
    assert functions("UpdateFunctionCode", FunctionName="hello", ZipFile=OTHER_CODE, Publish=True)["Version"] == "2"


def test_a_call_needs_code_and_the_last_revision(functions: Lambda) -> None:
    functions.create()
    message = "Please provide a source for function code."
    assert functions.refuses("UpdateFunctionCode", FunctionName="hello")[2] == message
    refused = functions.refuses("UpdateFunctionCode", FunctionName="hello", ZipFile=CODE, RevisionId="other")
    assert refused[:2] == ("PreconditionFailedException", 412)


def test_code_that_cannot_be_kept_is_the_fault_of_the_service(functions: Lambda, monkeypatch) -> None:
    functions.create()

    def full(data: bytes) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(functions.codes.packages, "store", full)
    refused = functions.refuses("UpdateFunctionCode", FunctionName="hello", ZipFile=OTHER_CODE)
    assert refused == ("ServiceException", 500, "The code could not be kept: No space left on device")
