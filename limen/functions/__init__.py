"""Lambda functions on this machine, without containers: what the functions host is made of.

A **function** has **versions** ($LATEST, 1, 2, ...) and **aliases** that point to them; a **qualifier** names either.
An **execution environment** is one process that runs the code of one version, one **invocation** at a time, and speaks
the Lambda **Runtime API** with the host. A **runtime** is the program in it that calls the handler: ours for Python
and Node, or a `bootstrap` that the user brings. A **record** is all that the control process tells the host of one
function. The host answers the Invoke API of Lambda on a Unix socket that only Limen's own processes can open.
"""
