"""How a request came to its stage on a custom domain name."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from limen.gateway.client_certificate import ClientCertificate


class DomainMatch:
    """One for each exchange on a custom domain name."""

    __slots__ = ("base_path", "certificate", "problem", "rule_id")

    def __init__(
        self,
        base_path: str,
        rule_id: str | None = None,
        problem: str = "",
        certificate: "ClientCertificate | None" = None,
    ) -> None:
        self.base_path = base_path
        """The key of the mapping, or the base path of the rule, that matched; empty where it has none."""
        self.rule_id = rule_id
        """Of the routing rule; None where a mapping led here."""
        self.problem = problem
        """Why mutual TLS lets nobody through; empty where it does, or is not asked for."""
        self.certificate = certificate
        """What the client showed, where the domain name has mutual TLS, also where it is not trusted. What a connection
        showed for another domain name is nobody's identity here."""
