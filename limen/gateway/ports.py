"""What one rib needs of another, as Protocols; plan binds them."""

from collections.abc import Mapping
from typing import Any, Protocol


class PrivateAddresses(Protocol):
    """Where private integrations lead to."""

    def get_address(self, integration: Mapping[str, Any], variables: Mapping[str, str]) -> str:
        """A URL of scheme, host and port. Raises LookupError, in words for the log, where no setting names one."""
