"""What a person chose of an event, and how AWS would show it."""

from datetime import UTC, datetime
from urllib.parse import urlencode
from uuid import uuid4

from msgspec import Struct, field

ACCOUNT = "123456789012"
API = "a1b2c3d4e5"


class Choice(Struct, frozen=True):
    """`headers` and `query`: pairs in the order given, names as often as they were given."""

    path: str = "/"
    method: str = "GET"
    body: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    stage: str | None = None
    region: str = "us-east-1"
    resource: str | None = None
    """Resource or route that the path matches, such as /pets/{petId}; None: the path itself."""
    path_parameters: tuple[tuple[str, str], ...] = ()
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    request_id: str = field(default_factory=lambda: str(uuid4()))

    @property
    def host(self) -> str:
        return f"{API}.execute-api.{self.region}.amazonaws.com"

    @property
    def epoch_ms(self) -> int:
        return int(self.now.timestamp() * 1000)

    @property
    def all_headers(self) -> list[tuple[str, str]]:
        """With those that every client and the load balancer send."""
        given = {name.lower() for name, _ in self.headers}
        usual = [
            ("Accept", "*/*"),
            ("Host", self.host),
            ("User-Agent", "limen-event"),
            ("X-Amzn-Trace-Id", f"Root=1-{int(self.now.timestamp()):08x}-{self.request_id.replace('-', '')[:24]}"),
            ("X-Forwarded-For", "127.0.0.1"),
            ("X-Forwarded-Port", "443"),
            ("X-Forwarded-Proto", "https"),
        ]
        if self.body is not None:
            usual.append(("Content-Type", "application/json"))
        return [*self.headers, *(pair for pair in usual if pair[0].lower() not in given)]

    @property
    def raw_query(self) -> str:
        return urlencode(self.query)

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{ACCOUNT}:{resource}"

    def iso(self, timespec: str = "milliseconds") -> str:
        return self.now.strftime("%Y-%m-%dT%H:%M:%S") + (
            f".{self.now.microsecond // 1000:03}Z" if timespec == "milliseconds" else "Z"
        )


def last_of_each(pairs: list[tuple[str, str]] | tuple[tuple[str, str], ...]) -> dict[str, str] | None:
    """As REST APIs show values: the last one of each name, null for none."""
    return dict(pairs) or None


def all_of_each(pairs: list[tuple[str, str]] | tuple[tuple[str, str], ...]) -> dict[str, list[str]] | None:
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped or None


def joined(pairs: list[tuple[str, str]] | tuple[tuple[str, str], ...], *, lower: bool) -> dict[str, str]:
    """As HTTP APIs show values: all of each name with commas between them."""
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name.lower() if lower else name, []).append(value)
    return {name: ",".join(values) for name, values in grouped.items()}
