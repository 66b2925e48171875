"""Wiring: the app config, and nothing else."""

from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class FootbackConfig(AppConfig):
    """The plugin as Django sees it."""

    name = "shop_plugin"
    label = "footback"
    verbose_name = _("footback")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks and the tasks; listen to the host and to mail providers."""
        from shop_plugin import checks, tasks  # noqa: F401, PLC0415
        from shop_plugin.adapters import host_signals  # noqa: PLC0415

        host_signals.connect()
        if apps.is_installed("anymail"):
            from shop_plugin.adapters import anymail_reports  # noqa: F401, PLC0415
        if apps.is_installed("oscar"):
            from shop_plugin.adapters.oscar import push  # noqa: PLC0415

            push.connect()
