"""Words that staff write and shoppers read are looked at before they are saved."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from footback_shop.store.models import Product
from shop_plugin.admin.wording import mark_claim
from shop_plugin.domain.wording import find_banned_claims
from shop_plugin.models import AuditEntry
from tests.host.conftest import product as product

pytestmark = pytest.mark.django_db


@pytest.fixture
def send(admin_client, product: Product):
    """Send the form of the product with another description."""
    url = reverse("admin:store_product_change", args=[product.pk])
    form = admin_client.get(url).context["adminform"].form
    sent = {
        name: value
        for name in form.fields
        if (value := form.initial.get(name)) is not None and value is not False
    }
    variants = admin_client.get(url).context["inline_admin_formsets"][0].formset
    sent |= {
        f"{variants.prefix}-TOTAL_FORMS": 0,
        f"{variants.prefix}-INITIAL_FORMS": 0,
        "added_at_0": "2026-06-16",
        "added_at_1": "10:00:00",
    }
    sent = {
        name: json.dumps(value) if isinstance(value, dict) else value
        for name, value in sent.items()
    }

    def _send(description: str, **fields):
        return admin_client.post(url, {**sent, "description": description, **fields})

    return _send


def test_marks_the_promise_and_saves_nothing(send, product) -> None:
    response = send("A calm shoe that relieves <b>back pain</b>.")
    content = response.content.decode()
    assert response.status_code == 200
    assert "<mark>relieves</mark> &lt;b&gt;back pain" in content
    product.refresh_from_db()
    assert "relieves" not in product.description


def test_saves_plain_words_without_a_question(send, product) -> None:
    response = send("A calm shoe that matches the guide.")
    assert response.status_code == 302, response.context["errors"]
    product.refresh_from_db()
    assert product.description == "A calm shoe that matches the guide."
    assert AuditEntry.objects.filter(action="keep_words").count() == 0


def test_lets_words_stand_that_promise_nothing_and_writes_down_who_said_so(send, product) -> None:
    assert send("Made of treated leather.", keeps_words="on").status_code == 302
    entry = AuditEntry.objects.get(action="keep_words")
    assert entry.after == {"words": ["treated"]}
    assert entry.subject == f"store.product:{product.pk}"
    assert str(entry.actor) == "admin"


def test_shows_a_claim_with_the_words_around_it() -> None:
    text = "x" * 60 + " heals " + "y" * 60
    (match,) = find_banned_claims(text)
    marked = mark_claim(text, match)
    assert marked.startswith("…x")
    assert "<mark>heals</mark>" in marked
    assert marked.endswith("y…")
