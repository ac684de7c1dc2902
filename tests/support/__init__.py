"""What tests stand on: a real server, a backend that remembers, clients that verify."""
