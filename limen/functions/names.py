"""The names by which a function is invoked: its own, with its account, or its ARN, and a qualifier behind each.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestParameters
"""

import re

from msgspec import Struct

from limen.aws.arn import new_arn

LATEST = "$LATEST"

_FORM = re.compile(
    r"(?:arn:aws[a-z-]*:lambda:(?P<region>[a-z]{2,5}(?:-[a-z]+)+-[0-9]{1,2}):)?"
    r"(?:(?P<account>[0-9]{12}):)?"
    r"(?P<word>function:)?"
    r"(?P<name>[A-Za-z0-9_-]{1,64})"
    r"(?::(?P<qualifier>\$LATEST|[A-Za-z0-9_-]{1,128}))?"
)


class FunctionName(Struct, frozen=True):
    """A function, and one of its versions or aliases where `qualifier` is not empty."""

    region: str
    account: str
    name: str
    qualifier: str = ""

    @property
    def arn(self) -> str:
        """Without the qualifier."""
        return str(new_arn("lambda", self.region, self.account, f"function:{self.name}"))

    @property
    def qualified_arn(self) -> str:
        return f"{self.arn}:{self.qualifier}" if self.qualifier else self.arn


def find_function_name(text: str, region: str, account: str) -> FunctionName | None:
    """What `text` names; region and account are those of names that leave them out. None where it is no name."""
    matched = _FORM.fullmatch(text)
    if matched is None or (matched["region"] and not (matched["account"] and matched["word"])):
        return None
    if matched["account"] and not matched["word"]:
        return None
    return FunctionName(
        matched["region"] or region, matched["account"] or account, matched["name"], matched["qualifier"] or ""
    )
