"""Catalogues and orders, brought in from hosts and files."""
