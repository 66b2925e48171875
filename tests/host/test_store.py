"""The shop: it shows a shoe, sells it, and takes it back."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from footback_shop.store.models import Order, Product, Variant
from footback_shop.store.orders import Customer, SoldOut, place_order
from tests.messages.leftovers import find_leftovers
from tests.nudging import add_pair, add_person

FORM = {"name": "Robin Ashdown", "email": "robin@example.org"}


def _buy(client: Client, product: Product, **changes: str):
    variant = product.variants.get(size="38")
    address = product.get_absolute_url()
    return client.post(address, {"variant": variant.pk, **FORM, **changes}, follow=True)


@pytest.mark.usefixtures("shop")
def test_it_shows_what_is_new_and_the_way_to_all_shoes(client: Client, product: Product) -> None:
    page = client.get("/").content.decode()
    assert product.get_absolute_url() in page
    assert 'href="/shoes/"' in page


@pytest.mark.usefixtures("shop")
def test_it_offers_only_sizes_in_stock(client: Client, product: Product) -> None:
    form = client.get(product.get_absolute_url()).context["form"]
    assert [variant.size for variant in form.fields["variant"].queryset] == ["38"]


@pytest.mark.usefixtures("shop")
def test_it_sells_a_pair_and_remembers_that_a_no_was_offered(
    client: Client, product: Product
) -> None:
    page = _buy(client, product)
    order = Order.objects.get()
    assert page.redirect_chain == [(order.get_absolute_url(), 302)]
    assert "Thank you, Robin." in page.content.decode()
    assert order.may_be_mailed
    assert Variant.objects.get(size="38").stock == 0


@pytest.mark.usefixtures("shop")
def test_it_takes_a_no_to_mails(client: Client, product: Product) -> None:
    page = _buy(client, product, declined_mails="on")
    assert not Order.objects.get().may_be_mailed
    assert "You asked for no mails" in page.content.decode()


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    "changes", [{"name": ""}, {"email": "no address"}, {"variant": "999999"}, {"variant": "x"}]
)
def test_it_says_what_is_wrong_with_a_form_and_keeps_the_rest(
    client: Client, product: Product, changes: dict[str, str]
) -> None:
    page = _buy(client, product, **changes)
    assert page.status_code == 422
    assert page.context["form"].errors.keys() == changes.keys()
    assert Order.objects.count() == 0


def test_it_sells_the_last_pair_once(product: Product) -> None:
    variant = product.variants.get(size="38")
    customer = Customer(name="Robin", email="robin@example.org", language="en")
    place_order(variant_id=variant.pk, customer=customer, now=timezone.now())
    with pytest.raises(SoldOut):
        place_order(variant_id=variant.pk, customer=customer, now=timezone.now())
    assert Order.objects.count() == 1


@pytest.mark.usefixtures("shop")
def test_it_takes_a_pair_back_once_and_puts_it_on_the_shelf(
    client: Client, product: Product
) -> None:
    _buy(client, product)
    order = Order.objects.get()
    before = order.updated_at
    address = f"{order.get_absolute_url()}return/{order.lines.get().pk}/"
    first = client.post(address, follow=True).content.decode()
    assert "We have taken back" in first
    assert "came back already" in client.post(address, follow=True).content.decode()
    assert order.lines.get().returned_quantity == 1
    assert Variant.objects.get(size="38").stock == 1
    order.refresh_from_db()
    assert order.updated_at > before


@pytest.mark.usefixtures("shop")
def test_it_shows_an_order_to_nobody_else(client: Client, product: Product) -> None:
    _buy(client, product)
    order = Order.objects.get()
    stranger = Client()
    assert stranger.get(order.get_absolute_url()).status_code == 404
    address = f"{order.get_absolute_url()}return/{order.lines.get().pk}/"
    assert stranger.post(address).status_code == 404
    assert order.lines.get().returned_quantity == 0


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("path", ["/", "/repairs/", "/demo/mailbox/", "/shoes/", "/admin/login/"])
@pytest.mark.django_db
def test_it_allows_no_script_or_style_from_elsewhere_or_inline(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    page = answer.content.decode()
    assert "<style" not in page
    assert ' style="' not in page
    assert ' onclick="' not in page


@pytest.mark.usefixtures("shop")
def test_it_answers_404_for_a_product_that_was_taken_down(client: Client, product: Product) -> None:
    Product.objects.update(is_on_sale=False)
    assert client.get(product.get_absolute_url()).status_code == 404


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("path", ["/", "/shoes/", "/f/u/x/"])
@pytest.mark.parametrize(
    ("accepted", "spoken"), [("fr", "fr"), ("de-DE,de;q=0.9", "de"), ("es-MX", "es"), ("ar", "en")]
)
def test_it_speaks_one_language_a_page(
    client: Client, product: Product, path: str, accepted: str, spoken: str
) -> None:
    response = client.get(path, headers={"Accept-Language": accepted})
    page = response.content.decode()
    assert response.headers["Content-Language"] == spoken
    assert f'<html lang="{spoken}"' in page
    leftovers = find_leftovers(page, spoken) if spoken != "en" else []
    assert [text for text in leftovers if text not in (product.name, product.description)] == []


@pytest.mark.usefixtures("shop")
def test_it_remembers_the_language_of_a_buyer(client: Client, product: Product) -> None:
    client.post("/shoes/language/", {"language": "de", "next": "/"})
    page = _buy(client, product)
    assert Order.objects.get().language == "de"
    assert "Danke, Robin." in page.content.decode()


@pytest.mark.django_db
def test_it_lets_a_shopper_sign_in_to_their_own_pairs(client, django_user_model, settings) -> None:
    settings.FOOTBACK = {"CONTACT_FOR_USER": "footback_shop.store.accounts.verified_address"}
    person = add_person(email="robin@example.org")
    add_pair(due_on=date(2026, 12, 1), contact=person)
    django_user_model.objects.create_user("shopper", email="robin@example.org", password="word")
    page = client.get("/shoes/mine/").content.decode()
    assert 'href="/login/?next=%2Fshoes%2Fmine%2F"' in page
    answer = client.post(
        "/login/", {"username": "shopper", "password": "word", "next": "/shoes/mine/"}
    )
    assert answer["Location"] == "/shoes/mine/"
    assert "<article" in client.get("/shoes/mine/").content.decode()
    assert client.post("/logout/")["Location"] == "/"


@pytest.mark.django_db
def test_it_shows_no_shopper_s_pairs_to_staff(client, django_user_model, settings) -> None:
    settings.FOOTBACK = {"CONTACT_FOR_USER": "footback_shop.store.accounts.verified_address"}
    person = add_person(email="kim@example.org")
    add_pair(due_on=date(2026, 12, 1), contact=person)
    staff = django_user_model.objects.create_user("kim", email="kim@example.org", is_staff=True)
    client.force_login(staff)
    assert "<article" not in client.get("/shoes/mine/").content.decode()
