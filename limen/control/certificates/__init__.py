"""Certificates that domain names are served with."""
