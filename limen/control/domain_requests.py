"""What `limen domains` asks of the admin port beside AWS's APIs: what is served, and a place for truststores."""

import asyncio
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from limen.aws.errors import bad_request
from limen.control.access.questions import Questions
from limen.control.domain_overview import FindChain, served_domains
from limen.control.domains.documents import DOMAIN, place_of
from limen.control.surroundings import Surroundings
from limen.control.truststore_uploads import TruststoreUploads
from limen.features.domain_names.truststore import LARGEST, TruststoreError, read_truststore


class DomainRequests:
    """`truststores`: where uploaded ones are kept."""

    def __init__(self, our: Surroundings, truststores: Path, find_chain: FindChain) -> None:
        self._our = our
        self._uploads = TruststoreUploads(truststores, self._find_named)
        self._find_chain = find_chain

    def routes(self, questions: Questions) -> list[Route]:
        return [
            questions.route("/_limen/domains", "ListDomains", self._list),
            questions.route(
                "/_limen/truststores", "PutTruststore", self._put_truststore, methods=("POST",), most=LARGEST
            ),
        ]

    async def _list(self, request: Request, _: bytes) -> Response:
        port = self._our.endpoints.port
        return JSONResponse(await asyncio.to_thread(served_domains, self._our.store, port, self._find_chain))

    async def _put_truststore(self, request: Request, body: bytes) -> Response:
        return JSONResponse({"uri": await asyncio.to_thread(self._keep, body)})

    def _keep(self, content: bytes) -> str:
        """What is no truststore, a private key above all, comes on no disk."""
        try:
            read_truststore(content.decode("utf-8", "replace"))
        except TruststoreError as error:
            raise bad_request(str(error)) from None
        return self._uploads.put(content)

    def _find_named(self) -> set[str]:
        with self._our.store.reader() as reader:
            return {place.uri for _, _, domain in reader.all(DOMAIN) if (place := place_of(domain)) is not None}
