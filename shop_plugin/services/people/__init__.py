"""Whom the shop may write to, what is held about them, and how it goes."""
