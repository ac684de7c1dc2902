"""A real server, real clients, real sockets: what a user does, from the first command to the last byte."""
