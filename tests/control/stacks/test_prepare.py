"""From a file to what can be deployed; which parameters hold on."""

from pathlib import Path

import pytest

from limen.control.stacks.prepare import UnreadableError, prepare, read_file, stack_name

TOPIC = {"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("pets.yaml", "pets"),
        ("my_pets.v2.yaml", "my-pets-v2"),
        ("1st.yaml", "stack-1st"),
        ("___.yaml", "stack"),
        ("my-shop.template.json", "my-shop"),
        (".template.json", "stack"),
    ],
)
def test_a_stack_is_named_by_its_file(tmp_path: Path, file: str, name: str) -> None:
    assert stack_name(tmp_path / file) == name


def test_what_was_given_holds_on_and_defaults_follow_the_template() -> None:
    document = TOPIC | {"Parameters": {"A": {"Type": "String", "Default": "1"}, "B": {"Type": "String"}}}

    prepared = prepare(document, {}, {"B": "before", "Gone": "x"}, "us-east-1")

    assert prepared.parameters == {"A": "1", "B": "before"}
    assert prepared.given == {"B": "before"}


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="cannot be read: No such file or directory"):
        read_file(tmp_path / "missing.yaml", is_live=True)
    file = tmp_path / "template.yaml"
    file.write_text("Resources:\n  F: {Type: AWS::Lambda::Function, Properties: {Code: ./src}}\n")
    with pytest.raises(UnreadableError, match=r"there is no \./src in ") as refused:
        read_file(file, is_live=False)
    assert (refused.value.line, refused.value.column) == (2, 49)
