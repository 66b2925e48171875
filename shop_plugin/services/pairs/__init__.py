"""Pairs that people own: bought, worn, and what is said of them."""
