"""The kill harness: mailers under SIGKILL against a mail server that misbehaves.

``python -m bench.faults`` (``make faults``) lets the same faults loose on
footback, on django-post_office and on a plain Celery task, and counts what
arrived in the mailboxes against what each of them believes.
"""
