"""The shop's own side of the admin."""

from __future__ import annotations

from django.contrib import admin

from footback_shop.store.models import Order, OrderLine, Product, Variant
from shop_plugin.admin.wording import ClaimGuard


class VariantInline(admin.TabularInline):
    """Sizes and stock on the product's page."""

    model = Variant
    extra = 0


class OrderLineInline(admin.TabularInline):
    """The pairs of an order."""

    model = OrderLine
    extra = 0
    raw_id_fields = ["variant"]


@admin.register(Product)
class ProductAdmin(ClaimGuard, admin.ModelAdmin):
    """Products with their sizes; what shoppers read promises no medical effect."""

    guarded_fields = ("name", "description")

    list_display = ["name", "brand", "category", "price", "is_on_sale"]
    list_filter = ["is_on_sale", "gender", "brand"]
    search_fields = ["name", "brand", "sku"]
    inlines = [VariantInline]


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    """Orders with their lines."""

    list_display = ["number", "customer_name", "placed_at", "delivered_at"]
    date_hierarchy = "placed_at"
    search_fields = ["number", "customer_name", "customer_email"]
    inlines = [OrderLineInline]
