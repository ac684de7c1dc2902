"""The client's side of the wire: from accepted sockets to exchanges, and from their responses to bytes.

listener: leads each client of a listening socket to the protocol that it asks for. connection: a client's connection,
speaking HTTP/1.1 or HTTP/2; it, or one of its streams, is the reply of an exchange. head: request line and headers.
limits: every bound on what a client may send and how long it may take. refusal: the answer to what never became an
exchange. drain: to answer what has been asked, and end. authority: who signs the server's certificate here.
"""
