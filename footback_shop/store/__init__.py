"""Products, variants, orders and returns of the demo shop."""
