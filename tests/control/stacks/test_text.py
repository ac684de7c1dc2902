"""Templates as texts: short tags, their long forms in JSON, positions, and what is no template."""

from pathlib import Path
from textwrap import dedent

import pytest

from limen.control.openapi.source import SourceError
from limen.control.stacks.text import is_template_file, read_template_text


def read(text: str) -> dict[str, object]:
    return read_template_text(dedent(text).encode()).document


def test_short_tags_become_long_forms() -> None:
    document = read(
        """
        Resources:
          A: !Ref B
          C: !GetAtt B.Arn.More
          D: !Sub ["${x}", {x: !Join ["-", [a, !ImportValue z]]}]
          E: !If [Large, 1, !Select [0, !Split [",", "a,b"]]]
          F: !FindInMap [Map, !Ref "AWS::Region", key]
        """
    )

    assert document["Resources"] == {
        "A": {"Ref": "B"},
        "C": {"Fn::GetAtt": ["B", "Arn.More"]},
        "D": {"Fn::Sub": ["${x}", {"x": {"Fn::Join": ["-", ["a", {"Fn::ImportValue": "z"}]]}}]},
        "E": {"Fn::If": ["Large", 1, {"Fn::Select": [0, {"Fn::Split": [",", "a,b"]}]}]},
        "F": {"Fn::FindInMap": ["Map", {"Ref": "AWS::Region"}, "key"]},
    }


def test_dates_and_words_stay_texts() -> None:
    assert read("Version: 2012-10-17\nSwitch: on\nAccount: 000123456789") == {
        "Version": "2012-10-17",
        "Switch": "on",
        "Account": "000123456789",
    }


def test_positions_lead_into_what_a_tag_holds() -> None:
    source = read_template_text(b"Resources:\n  A: !If\n    - Large\n    - x: !Ref Nothing\n")

    assert source.position(("Resources", "A", "Fn::If", "1", "x", "Ref")) == (4, 10)
    assert source.position(("Resources", "A", "Properties")) == (2, 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A: !Reff B", "line 1, column 4: the tag !Reff is none of CloudFormation's"),
        ("A: 1\nA: 2", "line 2, column 1: the key 'A' occurs twice"),
        ("  ", "line 1, column 1: the template is empty"),
        ("- A", "line 1, column 1: the document must be an object"),
        ('{"A": 1, "A": 2}', "line 1, column 10: the key 'A' occurs twice"),
    ],
)
def test_what_is_no_template_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(SourceError) as refused:
        read_template_text(text.encode())

    assert str(refused.value) == message


def test_other_bytes_than_utf_8_are_refused() -> None:
    with pytest.raises(SourceError, match="line 2, column 1: the text is not UTF-8"):
        read_template_text(b"A: 1\nB: \xff")


@pytest.mark.parametrize(
    ("text", "is_template"),
    [
        ("Resources: {}", True),
        ("Transform: AWS::Serverless-2016-10-31\nA: [", False),
        ("Transform: x\nResources:\n  A: {Type: AWS::Serverless::Api", True),
        ("openapi: 3.0.1\npaths: {}", False),
    ],
)
def test_a_template_is_known_by_its_text(tmp_path: Path, text: str, is_template: bool) -> None:
    file = tmp_path / "file.yaml"
    file.write_text(text)

    assert is_template_file(file) is (is_template or b"AWS::Serverless" in text.encode())
    assert not is_template_file(tmp_path / "missing.yaml")
