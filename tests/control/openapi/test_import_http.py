"""Documents of the wrong shape: told, never an exception, and never a route more open than the document says."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limen.aws.errors import AwsError
from limen.control.coverage import check_source
from limen.control.openapi.base_path import BASE_PATHS
from limen.control.openapi.import_http import import_document
from limen.control.openapi.operations import import_api
from limen.control.openapi.read import read_source
from tests.support.apis import openapi
from tests.support.control import Control

CASES = Path(__file__).parents[2] / "cases" / "openapi"
DOCUMENTS = [
    yaml.safe_load(yaml.safe_load(path.read_text())["document"])
    for path in sorted(CASES.glob("*.yaml"))
    if path.stem != "refused_documents"
]
ODD = st.sampled_from([None, True, 0, -1.5, "", "x", [], [1], [[]], [{}], {}, {"x": 1}, {"$ref": []}, {"a": {"b": []}}])


@st.composite
def damaged_documents(draw: st.DrawFn) -> dict[str, Any]:
    """A good document in which a few values are replaced by something odd."""
    document: dict[str, Any] = json.loads(json.dumps(draw(st.sampled_from(DOCUMENTS))))  # without what aliases share
    for _ in range(draw(st.integers(1, 4))):
        _damage(draw, document)
    return document


def _damage(draw: st.DrawFn, document: dict[str, Any]) -> None:
    owner: Any = document
    while True:
        keys = list(owner) if isinstance(owner, dict) else list(range(len(owner)))
        if not keys:
            return
        key = draw(st.sampled_from(keys))
        if not isinstance(owner[key], dict | list) or draw(st.booleans()):
            owner[key] = copy.deepcopy(draw(ODD))
            return
        owner = owner[key]


@settings(max_examples=300, deadline=None)
@given(document=damaged_documents(), base_path=st.sampled_from(BASE_PATHS))
def test_a_damaged_document_is_told_and_never_a_crash(document: dict[str, Any], base_path: Any) -> None:
    import_document(document, base_path)
    source = read_source(json.dumps(document))

    report, _ = check_source(source, "api.json", "http")
    assert len(report.summary_lines()) == 3


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=damaged_documents())
def test_what_is_left_of_a_damaged_document_can_be_stored(control: Control, document: dict[str, Any]) -> None:
    try:
        control(import_api, body=json.dumps(document))
    except AwsError as refused:
        assert refused.status in (400, 404, 409)


@pytest.mark.parametrize("security", [None, "tokens", ["tokens"], [{"tokens": None}], {"tokens": []}])
def test_security_that_cannot_be_read_is_an_error(security: Any) -> None:
    document = openapi({"/a": "https://a.example"}, security=security)

    [error] = import_document(document).errors

    assert error.text == "attribute security is not of type `array`"


def test_tags_that_aws_cannot_keep_are_left_out_with_a_warning(control: Control) -> None:
    document = openapi({"/a": "https://a.example"}, tags=[{"name": "fish & chips"}, {"name": "good"}])

    api = control(import_api, body=json.dumps(document))

    assert api["tags"] == {"good": ""}
    assert api["warnings"] == ["Unable to create Tag 'fish & chips': Invalid tag key specified: fish & chips"]


def test_a_description_that_aws_cannot_keep_is_left_out_with_a_warning(control: Control) -> None:
    document = openapi({"/a": "https://a.example"})
    document["info"]["description"] = "x" * 1025

    api = control(import_api, body=json.dumps(document))

    assert "description" not in api
    assert "more than 1024 characters" in api["warnings"][0]
