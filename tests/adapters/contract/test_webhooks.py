"""Every webhook reader: takes what its host signed, and lets out nothing but changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest

from shop_plugin.domain.capabilities import Capability
from shop_plugin.domain.host_changes import Delivery, HostChange, RefusedDelivery
from shop_plugin.domain.ports import (
    WebhookReader,
)
from tests.adapters.adapter_cards import classes_for
from tests.adapters.contract import WebhookSample
from tests.adapters.contract.finding import ADAPTERS, SOURCE, WEBHOOKS, name_of, samples_of

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
REFUSALS = {"unsigned", "wrong_signature", "stale", "incomplete", "unreadable"}

HOOKED = [module for module in ADAPTERS if WEBHOOKS & module.CARD.can.keys()]
HOOKS = [(module, hook) for module in HOOKED for hook in samples_of(module).webhooks]
each_hook = pytest.mark.parametrize(
    ("module", "hook"),
    HOOKS,
    ids=[f"{name_of(module)}-{number}-{hook.topic}" for number, (module, hook) in enumerate(HOOKS)],
)


def verifier(module: ModuleType) -> Any:
    return classes_for(module, WebhookReader)[0]()


def signed(module: ModuleType, hook: WebhookSample, secret: str = "") -> dict[str, str]:
    samples = samples_of(module)
    assert samples.sign is not None
    return dict(samples.sign(hook.topic, hook.body, secret or samples.secret, NOW, "id-1"))


def deliver(module: ModuleType, hook: WebhookSample) -> Delivery:
    delivered: Delivery = verifier(module).verify(
        headers=signed(module, hook),
        body=hook.body,
        secrets=[samples_of(module).secret],
        now=NOW,
    )
    return delivered


def told_by(change: HostChange) -> set[Capability]:
    return {
        capability
        for capability, is_told in (
            (Capability.LISTINGS_BY_WEBHOOK, change.listings or change.withdrawn),
            (Capability.PURCHASES_BY_WEBHOOK, change.purchases),
            (Capability.RETURNS_BY_WEBHOOK, change.returns),
            (Capability.ERASURE_BY_WEBHOOK, change.erase or change.export or change.erases_shop),
        )
        if is_told
    }


@each_hook
def test_it_knows_what_its_host_signed_whatever_the_case_of_the_headers(
    module: ModuleType, hook: WebhookSample
) -> None:
    first = deliver(module, hook)
    assert first.id
    assert first.topic == hook.topic
    assert first.sent_at is None or first.sent_at.tzinfo is not None
    headers = {key.upper(): value for key, value in signed(module, hook).items()}
    old_and_new = ["another secret that is in force too", samples_of(module).secret]
    again = verifier(module).verify(headers=headers, body=hook.body, secrets=old_and_new, now=NOW)
    assert again == first


@each_hook
def test_it_refuses_what_its_host_did_not_sign(module: ModuleType, hook: WebhookSample) -> None:
    samples, headers = samples_of(module), signed(module, hook)
    attempts: list[tuple[dict[str, str], bytes, list[str]]] = [
        (headers, hook.body, []),
        (headers, hook.body, [""]),
        (headers, hook.body, ["not the secret, though it is as long as one"]),
        (headers, hook.body + b" ", [samples.secret]),
        (headers, hook.body[:-1], [samples.secret]),
        (headers, hook.body.replace(b"1", b"2", 1) + b"\n", [samples.secret]),
        ({}, hook.body, [samples.secret]),
    ]
    for given, body, secrets in attempts:
        with pytest.raises(RefusedDelivery) as refused:
            verifier(module).verify(headers=given, body=body, secrets=secrets, now=NOW)
        assert refused.value.code in REFUSALS - {"unreadable"}
        assert samples.secret not in str(refused.value)


@each_hook
def test_it_tells_what_the_sample_says_and_the_same_again(
    module: ModuleType, hook: WebhookSample
) -> None:
    delivery = deliver(module, hook)
    change = verifier(module).read(delivery=delivery, body=hook.body, source=SOURCE)
    assert isinstance(change, HostChange)
    assert told_by(change) == hook.tells
    assert told_by(change) <= module.CARD.can.keys()
    for row in (*change.listings, *change.purchases):
        assert row.record is None or row.record.source == SOURCE
        assert row.record is not None or row.problems
    assert change == verifier(module).read(delivery=delivery, body=hook.body, source=SOURCE)


@each_hook
def test_it_refuses_a_signed_body_that_is_not_what_its_topic_promises(
    module: ModuleType, hook: WebhookSample
) -> None:
    delivery = deliver(module, hook)
    if delivery.is_greeting:
        return  # nothing is read of it
    deep = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    for body in (b"", b"{", b"[]", b"null", b"\xff\xfe", b"12" * 5_000, deep):
        with pytest.raises(RefusedDelivery) as refused:
            verifier(module).read(delivery=delivery, body=body, source=SOURCE)
        assert refused.value.code == "unreadable"


@each_hook
def test_it_lets_nothing_out_but_changes_and_refusals_whatever_stands_in_a_body(
    module: ModuleType, hook: WebhookSample
) -> None:
    delivery = deliver(module, hook)
    try:
        whole = json.loads(hook.body)
    except ValueError:
        return  # a greeting that is no JSON
    for body in mangled(whole):
        plain = json.dumps(body).encode()
        with suppress(RefusedDelivery):
            change = verifier(module).read(delivery=delivery, body=plain, source=SOURCE)
            assert isinstance(change, HostChange)


def mangled(value: Any) -> Iterator[Any]:
    """Yield the value with one part of it, at any depth, replaced by something unfit."""
    odd = (None, "", "\x00", -1, 1.5, 10**30, True, [], {}, [[]], "x" * 5_000, {"id": {}})
    yield from odd
    if isinstance(value, dict):
        for key, part in value.items():
            yield {name: item for name, item in value.items() if name != key}
            for other in mangled(part):
                yield {**value, key: other}
    if isinstance(value, list):
        for at, part in enumerate(value[:2]):
            for other in mangled(part):
                yield [*value[:at], other, *value[at + 1 :]]
