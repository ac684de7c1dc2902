"""OpenAPI documents in and out.

A *source* is the text of a file and the document that it holds, with the position of every value. A *keyword* is one
property that a document may have, a *kind* a sort of object with its keywords: together they are the one table that
says what each property becomes and whether it is enforced, stored or refused. *Nouns* are the API, its routes,
integrations and authorizers that a document describes.
"""
