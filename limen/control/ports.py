"""What the control process answers on: the admin port, and the port of user pools, which workers forward to.

All operations and the models of AWS are loaded with it, so that is done beside (limen.control.loading).
"""

import asyncio
import socket
from typing import Any

from limen.aws.call import AwsCall
from limen.aws.errors import bad_request
from limen.aws.serialise import Answer
from limen.aws.server import AwsApi, NoRecorder
from limen.control.access.questions import Questions
from limen.control.admin import Admin, RebindingGuard
from limen.control.asides import Asides
from limen.control.audit.files import AuditFiles
from limen.control.audit.log import AuditLog
from limen.control.call import Later
from limen.control.certificates.served import served_certificate
from limen.control.domain_requests import DomainRequests
from limen.control.functions.host_request import HostRequest
from limen.control.http_server import HttpServer, http_server
from limen.control.iam.credentials import IamCredentials
from limen.control.invoke import concerns_workers, make_invoke
from limen.control.oauth.app import OAuthApp
from limen.control.oauth.pool_urls import PoolUrls
from limen.control.oauth.runner import Runner
from limen.control.pools.public import PublicPools
from limen.control.pools.token_requests import TokenRequests
from limen.control.publisher import TrialError
from limen.control.stacks.requests import StackRequests
from limen.control.surroundings import MOST_POOL_CONNECTIONS, PortSettings, Surroundings
from limen.control.usage_plans.requests import UsagePlanRequests
from limen.store.documents import Document
from limen.store.store import Reader

SERVICES = ["acm", "apigateway", "apigatewayv2", "cognito-idp", "iam", "lambda", "logs", "sts"]


class Ports:
    """Owned by the control process; may be made in any thread, `serve` in its loop."""

    def __init__(self, settings: PortSettings, surroundings: Surroundings) -> None:
        self._settings = settings
        self._surroundings = surroundings
        store, control = surroundings.store, surroundings.control
        self._asides = Asides(make_invoke(store, control), surroundings.in_operations, state=surroundings.state)
        self._audit_files = AuditFiles(settings.audit, settings.audit_size) if settings.audit_size else None
        self._recorder = AuditLog(self._audit_files, control.account) if self._audit_files else NoRecorder()
        self._aws = AwsApi(
            SERVICES,
            # The admin credentials, which are those of the account itself, and all that IAM has.
            IamCredentials(store, surroundings.administrator, control.secrets_seal, control.sessions_seal),
            self._invoke_and_publish,
            account=control.account,
            recorder=self._recorder,
        )
        runner = Runner(store, control, self._asides)
        self.pools = OAuthApp(runner.run, PublicPools(self._aws), control.suffix)
        """User pools, for everybody."""
        self._servers = (
            (self._admin_server(), socket.socket(fileno=settings.admin_fd)),
            (self._pools_server(), socket.socket(fileno=settings.pools_fd)),
        )

    async def serve(self, stopped: asyncio.Event) -> None:
        """Until `stopped`, or until a server gives up; what is being answered is, and then all is closed."""
        serving = [
            (server, asyncio.create_task(server.serve(sockets=[listening]))) for server, listening in self._servers
        ]
        stopping = asyncio.create_task(stopped.wait())
        await asyncio.wait({stopping, *(task for _, task in serving)}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        await asyncio.gather(*(server.wait_answered(task) for server, task in serving))
        self._asides.close()
        if self._audit_files is not None:
            self._audit_files.close()

    def _admin_server(self) -> HttpServer:
        settings, our = self._settings, self._surroundings
        questions = Questions(self._aws, self._recorder, our.control.account)
        stacks = StackRequests(our.store, our.control, our.in_operations, our.wait_applied)
        tokens = TokenRequests(our.store, our.control, our.in_operations)
        pool_urls = PoolUrls(our.store, our.control, our.in_operations)
        plans = UsagePlanRequests(our, may_move_clock=settings.may_move_clock, clock_moved=our.wake_sweeper)
        domains = DomainRequests(our, settings.truststores, self._find_chain)
        admin = Admin(
            our.store,
            our.publisher,
            our.cluster,
            questions,
            our.endpoints,
            metrics_token=settings.metrics_token,
            workers=settings.workers,
            codes=our.control.code_store,
            routes=[route for each in (stacks, tokens, pool_urls, plans, domains) for route in each.routes(questions)],
        )
        app = RebindingGuard(admin.app(self._aws), settings.own_names)
        return http_server(app, settings.drain_timeout, ssl_certfile=settings.certificate)

    def _find_chain(self, reader: Reader, domain: Document) -> str:
        """The certificate that is served on a domain name."""
        return served_certificate(reader, domain, self._surroundings.control.secrets_seal)[0]

    def _pools_server(self) -> HttpServer:
        return http_server(self.pools, self._settings.drain_timeout, limit_concurrency=MOST_POOL_CONNECTIONS)

    async def _invoke_and_publish(self, call: AwsCall) -> dict[str, Any] | Answer:
        """A change is answered when the workers serve it, so that the caller's next request meets it."""
        our = self._surroundings
        our.control.last_used.note(call.access_key_id, call.service, call.region)
        answer = await self._asides.invoke(call)
        if isinstance(answer, HostRequest):
            return await our.host.send(answer)
        if concerns_workers(call):
            await our.wait_applied()
        if isinstance(answer, Later):
            return await self._wait_for(answer)
        assert isinstance(answer, dict)
        return answer

    async def _wait_for(self, later: Later) -> dict[str, Any]:
        try:
            return later.answer(await self._surroundings.cluster.run_trial(later.trial))
        except TrialError as error:
            raise bad_request(f"The test could not be run: {error}") from None
