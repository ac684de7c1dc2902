"""Names of issuers of user pools."""

from limen.features.authorizers.pool_issuers import names_of_issuer

AWS = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbC123"


def test_a_pool_by_its_name_on_aws_may_be_this_server_s() -> None:
    assert names_of_issuer(AWS, "localhost:8443") == (
        AWS,
        "https://cognito-idp.eu-west-1.localhost:8443/eu-west-1_AbC123",
    )


def test_other_issuers_have_one_name() -> None:
    assert names_of_issuer("https://login.example.com", "localhost:8443") == ("https://login.example.com",)
    assert names_of_issuer(AWS + "x/../y", "localhost:8443") == (AWS + "x/../y",)
    assert names_of_issuer(AWS, "") == (AWS,)
