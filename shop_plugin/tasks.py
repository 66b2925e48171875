"""The doorbells: Celery tasks that look for work in the database and carry none themselves."""
