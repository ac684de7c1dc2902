"""User pools by OAuth 2.0 and OpenID Connect: sign-in pages, tokens, and what apps discover about both.

place: where on this server a request asks for a pool. asked: what an app wants of a user, checked. sign-on: that a
browser has signed in to a pool, for an hour; a cookie says so. code: what an app is given for a user who has signed
in, and gives back once for tokens. reply: what is answered; an endpoint gives one, or raises OAuthError.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-userpools-server-contract-reference.html
"""
