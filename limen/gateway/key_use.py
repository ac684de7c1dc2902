"""Which API key and usage plan let a request in: set on an exchange where its method requires a key."""


class ApiKeyUse:
    """Shared by the exchanges of one key at one method; never changed after it was made."""

    __slots__ = ("customer_id", "key_id", "plan_id", "product_code")

    def __init__(self, key_id: str, plan_id: str, customer_id: str = "", product_code: str = "") -> None:
        self.key_id = key_id
        self.plan_id = plan_id
        self.customer_id = customer_id
        self.product_code = product_code
        """Of the plan, for metering."""
