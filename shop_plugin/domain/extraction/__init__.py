"""Listing text to readings with verbatim quotes."""
