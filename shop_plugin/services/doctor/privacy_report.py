"""The doctor's questions about people's data: what is kept too long, and who was erased."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Exists, OuterRef

from shop_plugin.conf import get_settings
from shop_plugin.models import Contact, Suppression
from shop_plugin.services.doctor.findings import Finding, count_of, notice, ok, problem
from shop_plugin.services.people.erasure import count_erased
from shop_plugin.services.people.retention import keep_house


def report_privacy(*, now: datetime) -> Iterator[Finding]:
    """Yield what there is to say about retention, erasures and who may open "My shoes"."""
    yield _report_retention(now)
    yield _report_erasures()
    path = get_settings().CONTACT_FOR_USER
    if path:
        yield ok("privacy.my_shoes", f"Signed-in shoppers see the pairs that {path} names.")
    else:
        yield ok("privacy.my_shoes", "Shoppers see their pairs by the links of mails only.")


def _report_retention(now: datetime) -> Finding:
    old = keep_house(now=now)
    counts = old.counts()
    if not old.total:
        return ok("privacy.retention", "Nothing is kept longer than the settings say.", **counts)
    listed = ", ".join(
        f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items() if count
    )
    return notice(
        "privacy.retention",
        f"Kept longer than the settings say: {listed}.",
        "Run 'manage.py footback_retention --apply', or set RETENTION_MODE to 'apply' and let "
        "beat ring 'footback.retention' once a day.",
        **counts,
    )


def _report_erasures() -> Finding:
    erased = count_erased()
    again = Suppression.objects.filter(
        email_hash=OuterRef("email_hash"), erased_at__gte=OuterRef("created_at")
    )
    back = Contact.objects.filter(erased_at=None).exclude(email_hash="").filter(Exists(again))
    are_back = back.count()
    if are_back:
        return problem(
            "privacy.erasures",
            f"{count_of(are_back, 'account', 'accounts')} of erased people are back, as after a "
            "restored backup.",
            "Run 'manage.py footback_reapply_erasures'.",
            erased=erased,
            back=are_back,
        )
    text = f"{count_of(erased, 'person was', 'people were')} erased."
    if erased and not get_settings().ERASURE_LOG:
        return notice(
            "privacy.erasures",
            f"{text} A restored backup would bring back both them and the list of who they were.",
            "Set ERASURE_LOG to a file that is not part of the backup.",
            erased=erased,
        )
    return ok("privacy.erasures", text, erased=erased)
