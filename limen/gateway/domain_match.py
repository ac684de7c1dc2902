"""How a request came to its stage on a custom domain name."""


class DomainMatch:
    """One for each exchange on a custom domain name."""

    __slots__ = ("base_path", "problem", "rule_id")

    def __init__(self, base_path: str, rule_id: str | None = None, problem: str = "") -> None:
        self.base_path = base_path
        """The key of the mapping, or the base path of the rule, that matched; empty where it has none."""
        self.rule_id = rule_id
        """Of the routing rule; None where a mapping led here."""
        self.problem = problem
        """Why mutual TLS lets nobody through; empty where it does, or is not asked for."""
