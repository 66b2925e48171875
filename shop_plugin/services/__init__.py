"""Use cases: transactions, queries, sending."""
