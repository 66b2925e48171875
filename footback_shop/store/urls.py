"""Addresses of the shop's own pages."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from footback_shop.store import views

app_name = "store"

urlpatterns = [
    path("", views.home, name="home"),
    path("product/<slug:slug>/", views.product, name="product"),
    path("orders/<str:number>/", views.order, name="order"),
    path("orders/<str:number>/return/<int:line_id>/", views.return_line, name="return"),
    path("repairs/", views.repairs, name="repairs"),
    path("login/", LoginView.as_view(template_name="store/login.html"), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
]
