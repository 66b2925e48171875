"""What the shop's staff decide about listings."""
