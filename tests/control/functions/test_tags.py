"""Tags of functions."""

from tests.control.functions.conftest import ARN, Lambda


def test_tags_are_added_told_and_taken_away(functions: Lambda) -> None:
    functions.create(Tags={"a": "1"})
    functions("TagResource", Resource=f"{ARN}:hello", Tags={"b": "2"})
    assert functions("ListTags", Resource=f"{ARN}:hello") == {"Tags": {"a": "1", "b": "2"}}
    functions("UntagResource", Resource=f"{ARN}:hello", tagKeys=["a", "none"])
    assert functions("ListTags", Resource=f"{ARN}:hello") == {"Tags": {"b": "2"}}


def test_tags_that_aws_refuses_are_refused(functions: Lambda) -> None:
    functions.create(Publish=True)
    many = {str(number): "" for number in range(51)}
    for tags in (many, {"": "x"}, {"x" * 129: ""}, {"x": "y" * 257}, {"AWS:x": "y"}):
        code, _, _ = functions.refuses("TagResource", Resource=f"{ARN}:hello", Tags=tags)
        assert code == "InvalidParameterValueException"
    refused = functions.refuses("ListTags", Resource=f"{ARN}:hello:1")
    assert refused[2].startswith("Tags on function aliases and versions are not supported.")


def test_what_is_no_function_has_no_tags(functions: Lambda) -> None:
    mapping = ARN.removesuffix("function") + "event-source-mapping:00000000-0000-0000-0000-000000000000"
    refused = functions.refuses("ListTags", Resource=mapping)
    assert refused == ("ResourceNotFoundException", 404, "The resource you requested does not exist.")
