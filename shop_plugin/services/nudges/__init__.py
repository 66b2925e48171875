"""Reminders: planned, grouped, written, delivered, checked."""
