"""The smallest shop that can sell a shoe."""
