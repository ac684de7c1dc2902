"""What user pools are made of, without their API: passwords, SRP, tokens, and what is kept of them.

A **pool** has users, app clients and two signing keys. A **verifier** is what SRP keeps of a password. A **session**
began with a sign-in and ends with its refresh token; all tokens of it carry its **origin**. A **challenge** is what a
user has to answer before there are tokens; what it needs to know is **sealed** and travels with the client.
"""
