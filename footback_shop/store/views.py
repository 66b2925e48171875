"""The shop's own pages: home, a product, an order."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from footback_shop.store.forms import BuyForm
from footback_shop.store.models import Order, Product, Variant
from footback_shop.store.orders import Customer, NothingToReturn, SoldOut, place_order, return_pair

NEW_IN = 9  # one large, eight on the shelf
SESSION_ORDERS = "orders"


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show what is new, and the ways in."""
    in_stock = Variant.objects.filter(product=OuterRef("pk"), stock__gt=0)
    newest = Product.objects.filter(Exists(in_stock), is_on_sale=True)[:NEW_IN]
    return render(request, "store/home.html", {"products": newest})


def product(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a product with its sizes; a POST buys one pair."""
    shown = get_object_or_404(Product, slug=slug, is_on_sale=True)
    form = BuyForm(request.POST or None, product=shown)
    if request.method == "POST" and form.is_valid():
        try:
            order = place_order(
                variant_id=form.cleaned_data["variant"].pk,
                customer=Customer(
                    name=form.cleaned_data["name"],
                    email=form.cleaned_data["email"],
                    language=(get_language() or "en")[:8],
                    is_gift=form.cleaned_data["is_gift"],
                    declined_mails=form.cleaned_data["declined_mails"],
                ),
                now=timezone.now(),
            )
        except SoldOut:
            form.add_error("variant", _("The last pair of this size has just been sold."))
        else:
            _remember(request, order)
            return redirect(order)
    status = 200 if request.method != "POST" else 422
    address = request.build_absolute_uri(shown.get_absolute_url())
    context = {"product": shown, "form": form, "address": address}
    return render(request, "store/product.html", context, status=status)


@require_safe
def order(request: HttpRequest, number: str) -> HttpResponse:
    """Show an order to the browser that placed it, and to nobody else."""
    return render(request, "store/order.html", {"order": _own_order(request, number)})


@require_POST
def return_line(request: HttpRequest, number: str, line_id: int) -> HttpResponse:
    """Take one pair of an order back."""
    own = _own_order(request, number)
    try:
        line = return_pair(order=own, line_id=line_id, now=timezone.now())
    except NothingToReturn:
        messages.warning(request, _("All pairs of this line came back already."))
    else:
        messages.success(
            request,
            _("Thank you. We have taken back: %(pair)s.") % {"pair": line.variant.product.name},
        )
    return redirect(own)


@require_safe
def repairs(request: HttpRequest) -> HttpResponse:
    """Show what can be repaired, before a new pair is bought."""
    return render(request, "store/repairs.html")


def _remember(request: HttpRequest, placed: Order) -> None:
    request.session[SESSION_ORDERS] = [*request.session.get(SESSION_ORDERS, []), placed.number]


def _own_order(request: HttpRequest, number: str) -> Order:
    if number not in request.session.get(SESSION_ORDERS, []):
        raise Http404(_("This browser has placed no order of that number."))
    found = get_object_or_404(
        Order.objects.prefetch_related("lines__variant__product"), number=number
    )
    return found
