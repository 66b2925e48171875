"""Addresses of the demo's mailbox."""

from django.urls import path

from footback_shop.mailbox import views

app_name = "mailbox"

urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("<str:mail_id>/", views.mail, name="mail"),
    path("<str:mail_id>/html/", views.mail_html, name="html"),
]
