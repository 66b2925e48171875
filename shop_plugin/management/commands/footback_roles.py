"""Make the groups of staff: tagger, reviewer, guide owner, nudge owner."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from shop_plugin.services.staff.roles import make_roles


class Command(BaseCommand):
    """Make the groups, or add to them what this version's roles may do besides."""

    help = (
        "Make the groups footback: tagger, reviewer, guide owner and nudge owner with their "
        "permissions. What you added to a group stays; running it again changes nothing."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make them and say what changed."""
        for role in make_roles():
            if role.is_new:
                self.stdout.write(f"{role.name}: made, {len(role.granted)} permissions.")
            elif role.granted:
                self.stdout.write(f"{role.name}: added {', '.join(role.granted)}.")
            else:
                self.stdout.write(f"{role.name}: as it should be.")
        self.stdout.write("Put people into them in the admin, under Users.")
