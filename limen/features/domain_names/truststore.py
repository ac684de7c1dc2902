"""Truststores of mutual TLS: certificates as PEM."""


class TruststoreError(ValueError):
    """What is no truststore; the text is for users."""


class Truststore:
    def warnings(self, now: float) -> list[str]:
        """What is wrong with single certificates; `now` in seconds since 1970."""
        return []


def read_truststore(pem: str) -> Truststore:
    """Raises TruststoreError."""
    if "BEGIN CERTIFICATE" not in pem:
        raise TruststoreError("no certificate in it")
    return Truststore()
