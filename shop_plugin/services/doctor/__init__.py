"""How footback is doing in this shop, and what to do about it."""
