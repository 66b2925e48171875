"""Writes the project's own catalogue and orders as other shops' files, one module per format.

``own_shop`` hands over plain rows. An exporter is a module with
``write_listings(products)``, ``write_orders(orders)``, or both; each yields the
bytes of one file in pieces, in the very columns and shapes of its format. So
every adapter is tried on shoes whose facts are known, and no test holds a file
of somebody else's shop.
"""
