"""What the shop asks of footback on its own schedule: take in a changed catalogue."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from shop_plugin.services.evidence.annotation import annotate_stale
from shop_plugin.services.evidence.assessment import assess_stale
from shop_plugin.services.intake.catalogue import sync_catalogue


@shared_task(name="store.refresh")
def refresh() -> None:
    """Pull what changed, read it and assess it; a run that is missed is made up by the next."""
    now = timezone.now()
    sync_catalogue(now=now)
    annotate_stale(now=now)
    assess_stale(now=now)
