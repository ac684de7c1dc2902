"""How integrations name functions: an ARN, or the URI of Lambda's Invoke API as API Gateway writes it.

`arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{ARN}[:alias]/invocations`; for streamed responses
`.../2021-11-15/functions/{ARN}[:alias]/response-streaming-invocations`. Stage variables may stand for the name, the
alias, or both (guide, "stage variables reference").
"""

import re

from msgspec import Struct

from limen.aws.arn import partition_of
from limen.gateway.errors import PlanError
from limen.gateway.stage_variables import blank_stage_variables

_URI = re.compile(
    r"arn:aws[a-z-]*:apigateway:[a-z0-9-]+:lambda:path/+"
    r"(?:2015-03-31/functions/(?P<buffered>[^/]+)/invocations"
    r"|2021-11-15/functions/(?P<streamed>[^/]+)/response-streaming-invocations)"
)
_NAME = r"(?P<name>[A-Za-z0-9_-]{1,140})(?::(?P<qualifier>\$LATEST|[A-Za-z0-9_-]{1,128}))?"
_ARN = re.compile(
    rf"arn:(?P<partition>aws[a-z-]*):lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{{12}}):function:{_NAME}"
)
_BARE = re.compile(_NAME)


class FunctionName(Struct, frozen=True):
    """One function, and the version or alias of it that is asked for."""

    arn: str
    """Without the qualifier."""
    region: str
    qualifier: str = ""
    is_streamed: bool = False
    """The URI asks for the response as a stream."""

    @property
    def qualified_arn(self) -> str:
        return f"{self.arn}:{self.qualifier}" if self.qualifier else self.arn


def parse_function_name(text: str, region: str, account: str) -> FunctionName:
    """Stage variables are filled in; `region` and `account` are of a bare name. Raises PlanError."""
    uri = _URI.fullmatch(text)
    named = (uri["buffered"] or uri["streamed"]) if uri is not None else text
    arn = _ARN.fullmatch(named)
    if arn is not None:
        plain = f"arn:{arn['partition']}:lambda:{arn['region']}:{arn['account']}:function:{arn['name']}"
        return FunctionName(plain, arn["region"], arn["qualifier"] or "", _is_streamed(uri))
    bare = _BARE.fullmatch(named)
    if uri is None or bare is None:
        raise PlanError(f"integration URI {text!r} does not name a Lambda function")
    plain = f"arn:{partition_of(region)}:lambda:{region}:{account}:function:{bare['name']}"
    return FunctionName(plain, region, bare["qualifier"] or "", _is_streamed(uri))


def check_function_name(text: str) -> None:
    """Raises PlanError for a URI or an ARN that no stage's variables make a good one."""
    parse_function_name(blank_stage_variables(text), "us-east-1", "000000000000")


def is_function_uri(text: str) -> bool:
    """Whether a URI leads to Lambda's Invoke API, well formed or not."""
    return ":lambda:path/" in text and text.endswith("invocations")


def is_streaming_uri(text: str) -> bool:
    return text.endswith("/response-streaming-invocations")


def _is_streamed(uri: re.Match[str] | None) -> bool:
    return uri is not None and uri["streamed"] is not None
