"""User pools as boto3 knows them: a pool made, users signed in by each flow, tokens verified, refreshed and revoked."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.e2e.conftest import StartLimen
from tests.support.limen_process import LimenProcess

PASSWORD = "Passw0rd!"
FLOWS = [
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
]


class Pool:
    def __init__(self, limen: LimenProcess) -> None:
        self.admin = limen.client("cognito-idp")
        self.user = limen.client("cognito-idp", config=Config(signature_version=UNSIGNED))
        self.id = self.admin.create_user_pool(PoolName="shop")["UserPool"]["Id"]
        self.client = self.admin.create_user_pool_client(UserPoolId=self.id, ClientName="web", ExplicitAuthFlows=FLOWS)[
            "UserPoolClient"
        ]["ClientId"]
        self.admin.admin_create_user(
            UserPoolId=self.id, Username="ana", TemporaryPassword="Tempor4ry!", MessageAction="SUPPRESS"
        )

    def sign_in(self, name: str, password: str) -> Any:
        return self.user.initiate_auth(
            ClientId=self.client,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": password},
        )


@pytest.fixture(scope="module")
def pool(limen: LimenProcess) -> Iterator[Pool]:
    made = Pool(limen)
    yield made
    made.admin.delete_user_pool(UserPoolId=made.id)


def test_a_user_replaces_the_temporary_password_and_is_signed_in(pool: Pool) -> None:
    challenge = pool.sign_in("ana", "Tempor4ry!")
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert json.loads(challenge["ChallengeParameters"]["requiredAttributes"]) == []

    result = pool.user.respond_to_auth_challenge(
        ClientId=pool.client,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=challenge["Session"],
        ChallengeResponses={"USERNAME": "ana", "NEW_PASSWORD": PASSWORD},
    )["AuthenticationResult"]

    assert pool.user.get_user(AccessToken=result["AccessToken"])["Username"] == "ana"
    with pytest.raises(ClientError, match="Incorrect username or password"):
        pool.sign_in("ana", "Tempor4ry!")
    renewed = pool.user.initiate_auth(
        ClientId=pool.client,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": result["RefreshToken"]},
    )["AuthenticationResult"]
    assert "RefreshToken" not in renewed

    pool.user.revoke_token(Token=result["RefreshToken"], ClientId=pool.client)

    with pytest.raises(ClientError) as refused:
        pool.user.get_user(AccessToken=renewed["AccessToken"])
    assert refused.value.response["Error"] == {
        "Code": "NotAuthorizedException",
        "Message": "Access Token has been revoked",
    }


def test_a_user_signs_up_with_the_code_of_the_outbox(pool: Pool, limen: LimenProcess) -> None:
    pool.admin.update_user_pool(UserPoolId=pool.id, AutoVerifiedAttributes=["email"])
    signed_up = pool.user.sign_up(
        ClientId=pool.client,
        Username="bea",
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": "bea@example.com"}],
    )
    assert signed_up["CodeDeliveryDetails"] == {
        "Destination": "b***@e***",
        "DeliveryMedium": "EMAIL",
        "AttributeName": "email",
    }
    with pytest.raises(ClientError) as refused:
        pool.sign_in("bea", PASSWORD)
    assert refused.value.response["Error"]["Code"] == "UserNotConfirmedException"

    outbox = limen.data_directory / "outbox.jsonl"
    message = json.loads(outbox.read_text().splitlines()[-1])
    assert (message["username"], message["kind"], outbox.stat().st_mode & 0o777) == ("bea", "sign-up", 0o600)
    pool.user.confirm_sign_up(ClientId=pool.client, Username="bea", ConfirmationCode=message["code"])

    assert pool.sign_in("bea", PASSWORD)["AuthenticationResult"]["IdToken"]


def test_nobody_administers_a_pool_without_a_signature(pool: Pool) -> None:
    with pytest.raises(ClientError) as refused:
        pool.user.admin_get_user(UserPoolId=pool.id, Username="ana")

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403 or "Missing" in str(refused.value)


def test_no_secret_is_readable_in_the_data_directory(start_limen: StartLimen) -> None:
    limen = start_limen()
    pool = Pool(limen)
    pool.admin.admin_set_user_password(UserPoolId=pool.id, Username="ana", Password=PASSWORD, Permanent=True)
    secret = pool.admin.create_user_pool_client(UserPoolId=pool.id, ClientName="api", GenerateSecret=True)
    wanted = [secret["UserPoolClient"]["ClientSecret"].encode(), PASSWORD.encode(), b"PRIVATE KEY"]

    files = [file.read_bytes() for file in limen.data_directory.glob("limen.db*")]

    assert len(wanted[0]) == 51
    assert [word for word in wanted for content in files if word in content] == []
    assert (limen.data_directory / "key").stat().st_mode & 0o777 == 0o600
