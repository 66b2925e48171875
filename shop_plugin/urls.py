"""Addresses of the plugin, in five groups under the one namespace ``footback``.

``path("", include("shop_plugin.urls"))`` mounts all of them where the demo
shop has them. A host that wants other places mounts each group itself, inside
one namespace, so that ``{% url "footback:browse" %}`` finds them:

    footback = [
        path("comfort/", include(storefront_urls)),
        path("mail/", include(mail_urls)),
        path("mail/", include(monitoring_urls)),
        path("shop/", include(hook_urls)),
        path("api/shoes/v1/", include(api_urls)),
    ]
    urlpatterns = [..., path("", include((footback, "footback")))]
"""

from django.urls import URLPattern, URLResolver, include, path

from shop_plugin.api import host_webhooks, monitoring
from shop_plugin.api.urls import urlpatterns as api_patterns
from shop_plugin.storefront import pairs, subscription
from shop_plugin.storefront.urls import urlpatterns as storefront_patterns

app_name = "footback"

Patterns = list[URLPattern | URLResolver]

# Pages for shoppers: browse ("") and listing ("<int:listing_id>/").
storefront_urls: Patterns = [*storefront_patterns]
# Links in mails: unsubscribe ("u/<token>/"), how a pair is doing ("a/<signed>/"), and all pairs
# with what is mailed about them ("p/<token>/").
mail_urls: Patterns = [
    path("u/<str:token>/", subscription.unsubscribe_view, name="unsubscribe"),
    path("a/<str:signed>/", subscription.answer_view, name="answer"),
    path("p/<str:token>/", pairs.preferences_view, name="preferences"),
]
# For probes: is the mailer well ("health/"), and its numbers ("metrics/").
monitoring_urls: Patterns = [
    path("health/", monitoring.health_view, name="health"),
    path("metrics/", monitoring.metrics_view, name="metrics"),
]
# Where hosts push what changed ("hooks/<name>/").
hook_urls: Patterns = [
    path("hooks/<str:name>/", host_webhooks.host_webhook_view, name="host-webhook"),
]
# The REST API, version 1.
api_urls: Patterns = [*api_patterns]

urlpatterns: Patterns = [
    path("shoes/", include(storefront_urls)),
    path("f/", include([*mail_urls, *monitoring_urls, *hook_urls])),
    path("api/footback/v1/", include(api_urls)),
]
