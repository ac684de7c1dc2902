"""Documentation versions."""

VERSION = {"documentationVersion": "1.0"}


def test_a_version_is_answered_with_its_date(control):
    api_id = control.api()
    version = control("CreateDocumentationVersion", restapi_id=api_id, **VERSION, description="first")
    assert version == {"version": "1.0", "createdDate": version["createdDate"], "description": "first"}
    named = {"restapi_id": api_id, "doc_version": "1.0"}
    assert control("GetDocumentationVersion", **named) == version
    assert control.items("GetDocumentationVersions", restapi_id=api_id) == [version]
    changed = control.patch("UpdateDocumentationVersion", ("replace", "/description", "new"), **named)
    assert changed == version | {"description": "new"}


def test_a_version_freezes_the_parts(control):
    api_id = control.api()
    members = {"restapi_id": api_id, "location": {"type": "API"}}
    control("CreateDocumentationPart", properties='{"a": 1}', **members)
    control("CreateDocumentationVersion", restapi_id=api_id, **VERSION)
    (part,) = control.items("GetDocumentationParts", restapi_id=api_id)
    control("DeleteDocumentationPart", restapi_id=api_id, part_id=part["id"])
    with control.store.reader() as reader:
        revision = reader.get("DocumentationVersion", api_id, "1.0")["_revision"]
        assert [each for _, each in reader.at(revision).list("DocumentationPart", api_id)] == [part]


def test_a_stage_can_show_the_new_version(control):
    stage = control.deployed()
    api_id = stage["restapi_id"]
    control("CreateDocumentationVersion", restapi_id=api_id, stageName="prod", **VERSION)
    assert control("GetStage", **stage)["documentationVersion"] == "1.0"
    control("DeleteDocumentationVersion", restapi_id=api_id, doc_version="1.0")
    assert "documentationVersion" not in control("GetStage", **stage)
    refusal = control.refuses("GetDocumentationVersion", restapi_id=api_id, doc_version="1.0")
    assert refusal == ("NotFoundException", 404, "Invalid Documentation version identifier specified")


def test_what_cannot_be_a_version_is_refused(control, refused):
    api_id = control.api()
    control("CreateDocumentationVersion", restapi_id=api_id, **VERSION)
    refusal = control.refuses("CreateDocumentationVersion", restapi_id=api_id, **VERSION)
    assert refusal == ("ConflictException", 409, "Documentation version 1.0 already exists")
    message = refused("CreateDocumentationVersion", restapi_id=api_id, documentationVersion="1" * 65)
    assert message == "Invalid Documentation version specified: it must have 1 to 64 characters"
    refusal = control.refuses("CreateDocumentationVersion", restapi_id=api_id, stageName="prod", **VERSION)
    assert refusal[1:] == (404, "Invalid stage identifier specified")
