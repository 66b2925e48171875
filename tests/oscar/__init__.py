"""A shop that is django-oscar itself. Its settings differ, so it is a run of its own.

``python -m pytest --ds=tests.oscar.settings tests/oscar``; ``make test`` does it.
"""
