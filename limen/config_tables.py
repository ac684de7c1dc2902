"""The settings that are tables of their own in limen.toml: how AWS is reached, and how functions run."""

import difflib
import re
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from limen import config_values as values

_BUCKETS_OF_OUR_OWN = ("local-directory", "limen-package", "limen-truststores")
"""Names that mean something to Limen where it reads the name of a bucket."""


class AwsSettings(Struct, frozen=True):
    """How AWS integrations reach AWS or a server like it: `LIMEN_AWS_ENDPOINT_URL`, `LIMEN_AWS_ENDPOINT_URL_SQS`."""

    profile: str | None = None
    """Of the AWS configuration files: whose credentials sign calls to AWS itself."""
    endpoint_url: str | None = None
    endpoints: dict[str, str] = {}

    def endpoint_of(self, *names: str) -> str | None:
        """The one that counts for a service, by the names that it may be set under; None: AWS itself."""
        by_name = {name.lower().replace("-", "_"): url for name, url in self.endpoints.items()}
        return next((by_name[name] for name in names if name in by_name), self.endpoint_url)


class FunctionSettings(Struct, frozen=True):
    """Where Lambda functions run, by pattern of their ARN, whether their permissions are asked for, and what by."""

    targets: dict[str, str] = {}
    permissions: str = "enforce"
    runtimes: dict[str, str] = {}
    """Interpreters by the name of the runtime."""
    retry_delay: float = 60.0
    """Seconds before an asynchronous invocation that failed is repeated; before the second time twice as many."""
    environment: dict[str, str] = {}
    """Variables that every function has, unless it sets them itself."""
    visible: tuple[str, ...] = ()
    """Paths that functions may read although they lie where secrets do, such as below a home directory."""


def read_aws(value: Any) -> AwsSettings:
    known = {"profile": values.text, "endpoint_url": values.endpoint, "endpoints": values.table_of(values.endpoint)}
    return AwsSettings(**_known_keys(value, known))


def with_variables(aws: AwsSettings, environment: Mapping[str, str], parse: Callable[[str, str], str]) -> AwsSettings:
    """With what `LIMEN_AWS_ENDPOINT_URL[_SERVICE]` says; `parse` is given the variable's name and its value."""
    prefix = "LIMEN_AWS_ENDPOINT_URL"
    endpoints = dict(aws.endpoints)
    everywhere = aws.endpoint_url
    for key, value in environment.items():
        if not value or (key != prefix and not key.startswith(f"{prefix}_")):
            continue
        url = parse(key, value)
        if key == prefix:
            everywhere = url
        else:
            endpoints[key.removeprefix(f"{prefix}_").lower()] = url
    return AwsSettings(aws.profile, everywhere, endpoints)


def read_functions(value: Any) -> FunctionSettings:
    table = values.table_of(lambda item: item)(value)
    known = {
        "permissions": values.one_of("enforce", "warn"),
        "runtimes": values.table_of(lambda item: str(values.path(item))),
        "retry_delay": values.seconds,
        "environment": values.table_of(values.text),
        "visible": values.absolute_paths,
    }
    named = _known_keys({key: table.pop(key) for key in known if key in table}, known)
    return FunctionSettings(values.table_of(values.function_target)(table), **named)


def read_buckets(value: Any) -> dict[str, str]:
    """Directory by name of a bucket, each as an absolute path."""
    for name in value if isinstance(value, dict) else ():
        if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{2,254}", name) is None or name in _BUCKETS_OF_OUR_OWN:
            raise ValueError(f"a table of directories by names of buckets; {name!r} is not one")
    parsed: dict[str, str] = values.table_of(lambda item: str(values.path(item).absolute()))(value)
    return parsed


def _known_keys(value: Any, known: Mapping[str, values.Parse]) -> dict[str, Any]:
    parsed = {}
    for key, item in values.table_of(lambda item: item)(value).items():
        if key not in known:
            raise ValueError(f"a table of {', '.join(known)}; {key!r} is unknown{suggest(key, known)}")
        try:
            parsed[key] = known[key](item)
        except ValueError as error:
            raise ValueError(f"{error} for {key!r}") from None
    return parsed


def suggest(key: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(key.lower().replace("-", "_"), list(known), 1)
    return f"; did you mean {near[0]!r}?" if near else ""
