"""Where footback finds what this shop knows: the one file that a Django shop has to write."""

from footback_shop.store.models import OrderLine, Product
from shop_plugin.adapters.orm import OrmCatalogue, OrmPurchases, SizesFrom


class StoreCatalogue(OrmCatalogue):
    """The products on sale."""

    name = "store"
    model = Product
    updated = "updated_at"
    id = "sku"
    title = "name"
    description = "description"
    brand = "brand"
    category = "category"
    gender = "gender"
    price = "price"
    currency = "currency"
    url = "get_absolute_url"
    image_url = "picture"
    language = "language"
    availability = "has_stock"
    sizes = SizesFrom(
        "variants", "size", "size_system", "width", "stock", "internal_length_mm", "ball_width_mm"
    )
    fit_votes = "fit_votes"
    return_reasons = "return_reasons"
    sales = "sold_lately"
    views = "seen_lately"
    raw_attributes = "specs"
    only = {"is_on_sale": True}


class StorePurchases(OrmPurchases):
    """The lines of all orders, with what came back."""

    name = "store"
    model = OrderLine
    updated = "order.updated_at"
    order_id = "order.number"
    ordered_at = "order.placed_at"
    listing_id = "variant.product.sku"
    title = "variant.product.name"
    category = "variant.product.category"
    size = "variant.size"
    quantity = "quantity"
    quantity_returned = "returned_quantity"
    customer_id = "order.customer_email"  # this shop has no accounts
    email = "order.customer_email"
    first_name = "order.first_name"
    language = "order.language"
    country = "order.country"
    fulfilled_at = "order.fulfilled_at"
    delivered_at = "order.delivered_at"
    is_gift = "order.is_gift"
    is_cancelled = "order.cancelled_at"
    optout_offered = "order.may_be_mailed"  # the form offered a no, and nobody ticked it
