// Signs a user in as web pages do, with amazon-cognito-identity-js: SRP, then a refresh.
// Reads {endpoint, pool, client, username, password, newPassword?} from standard input; writes {tokens, challenge}.
const {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserPool,
} = require("amazon-cognito-identity-js");

const asked = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const userPool = new CognitoUserPool({
  UserPoolId: asked.pool,
  ClientId: asked.client,
  endpoint: asked.endpoint,
});
const user = new CognitoUser({ Username: asked.username, Pool: userPool });
const details = new AuthenticationDetails({ Username: asked.username, Password: asked.password });

function tell(answer) {
  process.stdout.write(JSON.stringify(answer));
}

function tellSession(challenge) {
  return (session) => {
    user.refreshSession(session.getRefreshToken(), (error, renewed) => {
      if (error) return tell({ error: `${error.code}: ${error.message}` });
      tell({
        challenge,
        id: session.getIdToken().getJwtToken(),
        access: session.getAccessToken().getJwtToken(),
        renewed: renewed.getAccessToken().getJwtToken(),
      });
    });
  };
}

const onFailure = (error) => tell({ error: `${error.code}: ${error.message}` });
user.authenticateUser(details, {
  onSuccess: tellSession(null),
  onFailure,
  newPasswordRequired: () => {
    user.completeNewPasswordChallenge(asked.newPassword, {}, {
      onSuccess: tellSession("NEW_PASSWORD_REQUIRED"),
      onFailure,
    });
  },
});
