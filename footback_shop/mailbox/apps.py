"""The mailbox as an app, for its templates."""

from django.apps import AppConfig


class MailboxConfig(AppConfig):
    """Holds no models; the mails are files."""

    name = "footback_shop.mailbox"
    label = "mailbox"
