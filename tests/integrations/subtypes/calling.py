"""One request through an integration with a subtype, to a service on a socket."""

import asyncio
from collections.abc import Callable
from typing import Any

from limen.gateway.exchange import Exchange
from limen.integrations.service_endpoints import ServiceEndpoints
from tests.integrations.proxying import Outcome, compile_step, pass_through, routed
from tests.support.exchanges import exchange as make_exchange
from tests.upstream.backends import backend, read_request, run, upstream

ROLE = "arn:aws:iam::123456789012:role/caller"
SESSION = (
    b"<AssumeRoleResponse><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>"
    b"<SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></AssumeRoleResponse>"
)
DENIED = b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>"


def http(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = "".join(f"{line}\r\n" for line in (*headers, f"Content-Length: {len(body)}"))
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


def call(
    subtype: str,
    parameters: dict[str, str],
    request_line: str = "POST /pets/7",
    headers: dict[str, str] | None = None,
    body: bytes = b"",
    *,
    answer: bytes = b"",
    sts: bytes = b"",
    endpoints: Callable[[str], dict[str, Any]] | None = None,
    variables: dict[str, str] | None = None,
    **integration: Any,
) -> Outcome:
    """`endpoints` gives settings of ServiceEndpoints for the URL of the service; requests to STS are not recorded."""
    requests: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            request = await read_request(reader)
            if b"Action=AssumeRole" in request:
                writer.write(sts or http(SESSION))
                continue
            requests.append(request)
            writer.write(answer or http(b'{"ok": true}', "200 OK", "Content-Type: application/json"))

    async def main() -> Exchange:
        async with backend(serve) as server, upstream() as client:
            url = f"http://127.0.0.1:{server.origin.port}"
            services = ServiceEndpoints(client, **(endpoints(url) if endpoints else {"endpoint_url": url}))
            document = {
                "integrationType": "AWS_PROXY",
                "integrationSubtype": subtype,
                "credentialsArn": ROLE,
                "requestParameters": parameters,
                **integration,
            }
            step = compile_step(document, client, variables=variables, services=services)
            asked = make_exchange(request_line, headers, body)
            await pass_through(step, routed(asked, {"id": "7"}, variables=variables))
            await services.close()
            return asked

    return Outcome(run(main()), requests)
