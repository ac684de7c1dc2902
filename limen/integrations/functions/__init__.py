"""Functions as backends: whatever answers, it is asked in the words of Lambda's Invoke API.

name: a function as an integration names it, by URI or ARN. backend: who runs a function: the functions host behind a
Unix socket of this machine, AWS Lambda, or a server like it at a URL. target: one function as one integration calls
it. payload: the event going out, what the function returned coming back. function error: the function itself failed,
and the payload is an error object. refusal: the Invoke API did not run the function, and says why.
"""
