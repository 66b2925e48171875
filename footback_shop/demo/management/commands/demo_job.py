"""``manage.py demo_job``: everything the demo does before it serves, run by ``make demo``."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count, Exists, OuterRef
from django.utils import timezone

from footback_shop.demo.database import OldDatabase, set_old_database_aside
from footback_shop.demo.loading import load_fixtures
from footback_shop.demo.main_job import run_main_job
from shop_plugin.models import Contact, Message
from shop_plugin.services.shop.modes import BreakerOpenError, NotReadyError, set_mode

STAFF, SHOPPER = "demo", "shopper"


class Command(BaseCommand):
    """Prepares the database and runs the main job once."""

    help = "Prepare the demo's database, fill the shop, run the main job once, say what it did."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it all; every step may be repeated."""
        now = timezone.now()
        try:
            aside = set_old_database_aside(now=now)
        except OldDatabase as problem:
            raise CommandError(str(problem)) from problem
        if aside:
            self.say(f"The database was made by another version; it was kept as {aside}.")
        call_command("migrate", verbosity=0, interactive=False)
        loaded = load_fixtures(directory=settings.BASE_DIR / "fixtures", now=now)
        self.say(
            "Shop: {verb} {products:,} shoes in {variants:,} sizes, {orders:,} orders.".format(
                verb="filled with" if loaded.is_new else "still holds",
                products=loaded.products,
                variants=loaded.variants,
                orders=loaded.orders,
            )
        )
        self.allow_mails()
        run_main_job(now=now, say=self.say)
        self.tell_where_mails_went()
        self.say(f"Staff login: {STAFF} / {ensure_staff_login(settings.VAR_DIR)}")
        shopper = find_shopper()
        if shopper is not None:
            word = ensure_shopper_login(settings.VAR_DIR, email=shopper.email)
            self.say(f"Shopper login: {SHOPPER} / {word} (pairs: /shoes/mine/)")

    def allow_mails(self) -> None:
        """Set the loudest mode the settings allow: live is only ever the demo's own sink.

        Done at every start, for another port is another site, and a mode holds
        for the site it was confirmed for.
        """
        mode = str(settings.FOOTBACK["NUDGE_MODE"])
        try:
            set_mode(mode=mode, now=timezone.now(), reason="make demo")
        except NotReadyError as problem:
            raise CommandError(str(problem)) from problem
        except BreakerOpenError:
            self.say(
                "A breaker had stopped the mails, and they stay so. The page of the mailer under "
                "/admin/ tells why, and lets them leave again."
            )

    def tell_where_mails_went(self) -> None:
        """Say in which hands the mails are now."""
        if settings.MAIL_GOES_TO_SINK:
            mails = len(list(settings.MAILBOX_DIR.glob("*.eml")))
            self.say(f"Mailbox: {mails:,} mails in {settings.MAILBOX_DIR}/")
        elif settings.REDIRECT_TO:
            self.say(f"EMAIL_URL is set: all mails went to {settings.REDIRECT_TO} and nobody else.")
        else:
            self.say(
                "EMAIL_URL is set, so nothing was mailed: the shoppers are invented. Set "
                "FOOTBACK_REDIRECT_TO to an inbox of your own to have all mails sent there."
            )

    def say(self, line: str) -> None:
        """Write one line, at once."""
        self.stdout.write(line)
        self.stdout.flush()


def ensure_staff_login(var_dir: Path) -> str:
    """Return the password of the demo's one staff member, made up on first use."""
    return _ensure_login(STAFF, var_dir / "staff-password", is_staff=True, is_superuser=True)


def ensure_shopper_login(var_dir: Path, *, email: str) -> str:
    """Return the password of the demo's one shopper with a login, made up on first use."""
    return _ensure_login(SHOPPER, var_dir / "shopper-password", email=email)


def find_shopper() -> Contact | None:
    """Return the invented shopper who was written to and has the most pairs."""
    written_to = Message.objects.filter(contact=OuterRef("pk"), state=Message.State.SENT)
    shoppers = Contact.objects.annotate(pairs=Count("purchases"))
    return shoppers.order_by(Exists(written_to).desc(), "-pairs", "pk").first()


def _ensure_login(name: str, path: Path, **fields: Any) -> str:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(9), encoding="ascii")
    password = path.read_text(encoding="ascii").strip()
    user, _ = get_user_model().objects.get_or_create(username=name, defaults=fields)
    if not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    return password
