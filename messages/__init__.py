"""The texts of plugin and demo shop in other languages: found in the source, kept in catalogues.

``make messages`` runs it. It is written in Python alone, for whoever wants to
change a word and has no gettext tools.
"""
