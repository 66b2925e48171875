"""For probes: is the mailer well, and its numbers for Prometheus.

``health/`` tells anybody only whether all is well (200 or 503), for a load
balancer or an uptime check. The reasons and ``metrics/`` are for who carries
``METRICS_TOKEN``; without that setting nobody does.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from shop_plugin.conf import get_settings
from shop_plugin.domain.breakers import Breaker
from shop_plugin.services.intake.host_event_counts import WebhookCounts, count_webhooks
from shop_plugin.services.nudges.pulse import Pulse, take_pulse
from shop_plugin.services.shop.clock import read_database_clock


@require_safe
@never_cache
def health_view(request: HttpRequest) -> HttpResponse:
    """Answer 200 where all is well, else 503; with the token, say what is not."""
    try:
        pulse = take_pulse(now=read_database_clock())
    except DatabaseError:
        return _health(request, is_well=False, troubles=("database",))
    return _health(request, is_well=pulse.is_well, troubles=pulse.troubles)


@require_safe
@never_cache
def metrics_view(request: HttpRequest) -> HttpResponse:
    """Answer with the mailer's numbers in Prometheus' text format, for who carries the token."""
    if not _carries_token(request):
        return HttpResponseNotFound("Not found.\n", content_type="text/plain")
    registry = CollectorRegistry(auto_describe=False)
    now = read_database_clock()
    registry.register(_PulseCollector(take_pulse(now=now)))
    registry.register(_WebhookCollector(count_webhooks(now=now)))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _health(request: HttpRequest, *, is_well: bool, troubles: tuple[str, ...]) -> HttpResponse:
    said: dict[str, object] = {"status": "ok" if is_well else "trouble"}
    if _carries_token(request):
        said["troubles"] = list(troubles)
    return JsonResponse(said, status=200 if is_well else 503)


def _carries_token(request: HttpRequest) -> bool:
    token = get_settings().METRICS_TOKEN
    scheme, _space, given = request.headers.get("Authorization", "").partition(" ")
    return bool(token) and scheme.lower() == "bearer" and constant_time_compare(given, token)


class _PulseCollector(Collector):
    """Hands one pulse to the library that writes Prometheus' format."""

    def __init__(self, pulse: Pulse) -> None:
        self._pulse = pulse

    def collect(self) -> Iterator[GaugeMetricFamily]:
        pulse = self._pulse
        for name, text, value in (
            ("round_age_seconds", "Since the last round of nudge work.", pulse.seconds_since_round),
            ("oldest_due_seconds", "Of the longest waiting mail.", pulse.oldest_due_seconds),
        ):
            # Left out where there is nothing to be old, so that no alert fires on a zero.
            if value is not None:
                yield GaugeMetricFamily(f"footback_{name}", text, value=value)
        for name, text, number in (
            (
                "transport_failures",
                "Of the mail server in a row.",
                pulse.transport_failures,
            ),
            ("transport_paused_seconds", "Until sending goes on.", pulse.paused_seconds),
            ("spooled_mails", "Sent while the database was away.", pulse.spooled),
            ("is_well", "1 where nothing needs a person.", int(pulse.is_well)),
        ):
            yield GaugeMetricFamily(f"footback_{name}", text, value=number)
        mode = GaugeMetricFamily("footback_mode", "The mode in force.", labels=["mode", "why"])
        mode.add_metric([pulse.mode, pulse.why], 1)
        yield mode
        breaker = GaugeMetricFamily(
            "footback_breaker_open", "1 where a breaker stopped the mailer.", labels=["breaker"]
        )
        for item in Breaker:
            breaker.add_metric([item.value], int(pulse.breaker == item))
        yield breaker
        for name, counts in (("messages", pulse.messages), ("nudges", pulse.nudges)):
            states = GaugeMetricFamily(
                f"footback_{name}", f"{name.title()} by state.", labels=["state"]
            )
            for state, count in counts.items():
                states.add_metric([state], count)
            yield states
        tries = GaugeMetricFamily(
            "footback_attempts_15m",
            "Hand-overs of the last 15 minutes, by how far they came and the reply's first digit.",
            labels=["phase", "reply"],
        )
        for (phase, reply), count in sorted(pulse.attempts.items()):
            tries.add_metric([phase, reply], count)
        yield tries
        reports = GaugeMetricFamily(
            "footback_mail_reports_24h",
            "What mail providers told in 24 hours, by what became of the mail.",
            labels=["fate"],
        )
        for fate, count in pulse.reports.items():
            reports.add_metric([fate], count)
        yield reports


class _WebhookCollector(Collector):
    """Hands the numbers of webhooks, in and out, to the same library."""

    def __init__(self, counts: WebhookCounts) -> None:
        self._counts = counts

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, text, states in (
            ("host_events", "Webhooks of hosts by state.", self._counts.events),
            ("host_news", "Webhooks to targets by state.", self._counts.news),
        ):
            family = GaugeMetricFamily(f"footback_{name}", text, labels=["state"])
            for state, count in states.items():
                family.add_metric([state], count)
            yield family
        yield GaugeMetricFamily(
            "footback_host_events_oldest_due_seconds",
            "Of the webhook that has been due for the longest time.",
            value=self._counts.oldest_due_seconds,
        )
