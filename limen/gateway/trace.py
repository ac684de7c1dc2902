"""What the steps of one exchange decided, event by event, for whoever wants to know.

An exchange has a trace only where somebody looks: an execution log, explain, a test invocation. A step writes
`if exchange.trace is not None: exchange.trace.note("template", ...)`, so that an exchange without one pays a look.

Events and their values:
    request             method, resource_path, path, query, headers, body
    client_certificate  subject, issuer, serial (None where none was shown), problem (why mutual TLS refuses; or empty)
    routed              method, resource_path, parameters, candidates
    authorizer          id, authorizer (its name), kind, identity (values by source, masked)
    authorizer_request  backend, method, uri, headers, payload
    authorizer_response status, latency_ms, body, problem (why there is no answer)
    authorizer_joined   requests (how many with the same identity wait already for the same answer)
    authorized          verdict, settled (what it comes to together with a resource policy), principal, arn, cached_s
                        (age of an answer that was kept), statement, policy
    resource_policy     effect (Allow, Deny, neither), number and statement (that decided; of none None), arn
    token               outcome (known, verified, refused), issuer, subject, expires, scopes, known_for (seconds that it
                        need not be verified again), reason (why it was refused)
    api_key             outcome (accepted, refused), shown (the value, masked), id, plan, reason (why it was refused)
    limits              outcome (admitted, refused), refused_by, reason, limits (of each: its name, size, what is in
                        hand, what is left as far as is known), waited_ms, alone (the shared state was away)
    validated           what (parameters, body), outcome (passed, failed, skipped), and of a body model, content_type,
                        message, pointer
    cache               outcome (hit, miss, replaced, waits, waited), key (values by parameter), age_s (of what was
                        kept; None where nothing is), ttl_s
    cached              outcome (kept, not kept), reason (why not)
    mapped              place (request, response), target, source, value
    template            place, content_type, text, input, output, overrides, variables (what each was set to), error
    function            arn, backend (who runs it, in words)
    endpoint_request    method, uri, headers, body, or payload where a function is asked
    endpoint_response   status, latency_ms, headers, body
    function_refused    text, of a function that was not run; of one that failed: function_failed
    malformed           detail, of what a function returned that is no response
    selected            pattern, matched, status_code
    failed              type, message, reason
    response            status, headers, body
"""

from time import monotonic, time
from typing import Any

from msgspec import Struct


class Event(Struct, frozen=True):
    name: str
    seconds: float
    """Since the trace began."""
    values: dict[str, Any]


class Trace:
    """Owned by its exchange; values are not copied, so a step hands over what it will not change."""

    __slots__ = ("_began", "began_at", "events", "is_thorough")

    def __init__(self, *, is_thorough: bool = False) -> None:
        self.events: list[Event] = []
        self.is_thorough = is_thorough
        """Whoever looks wants also what takes much longer to find out, such as the variables of templates."""
        self.began_at = time()
        self._began = monotonic()

    def note(self, name: str, **values: Any) -> None:
        self.events.append(Event(name, monotonic() - self._began, values))

    def find(self, name: str) -> dict[str, Any] | None:
        """The values of the first event of that name."""
        return next((event.values for event in self.events if event.name == name), None)
