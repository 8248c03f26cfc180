"""Signing in to the staff room: a password, then a code from the person's own phone, set up at their first sign-in."""

import logging
from base64 import b32encode

import segno
from django import forms
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.db import transaction
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django_otp import login as mark_verified
from django_otp import verify_token
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from .safeguards import network_of

RECOVERY_CODES = 10
FEW = 3
logger = logging.getLogger(__name__)


class CodeForm(forms.Form):
    """Six digits from the phone or, once it is set up, a recovery code. `device` is the one that knew the code."""

    code = forms.CharField(
        max_length=20,
        label="Code",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}),
    )
    device = None

    def __init__(self, phone, *args, **kw):
        self.phone = phone
        super().__init__(*args, **kw)

    def clean_code(self):
        code = "".join(self.cleaned_data["code"].lower().replace("-", "").split())
        device = self.phone
        if device.confirmed and not code.isdecimal():
            device = StaticDevice.objects.filter(user=device.user, confirmed=True).first() or device
        if not device.verify_is_allowed()[0]:
            raise forms.ValidationError("Too many wrong codes. Wait a minute, then try the next code.")
        self.device = verify_token(device.user, device.persistent_id, code)
        if self.device is None:
            raise forms.ValidationError(
                "This code is not right, or it was used before. Check the clock of your phone and try the next code."
            )
        return code


class SecondStep:
    """For an AdminSite: nobody gets in by a password alone."""

    def has_permission(self, request):
        return super().has_permission(request) and request.user.is_verified()

    def knows_password(self, request):
        return super().has_permission(request)

    def login(self, request, extra_context=None):
        if request.method == "GET" and self.knows_password(request) and not self.has_permission(request):
            return redirect(f"{reverse('admin:second-step')}?{urlencode({REDIRECT_FIELD_NAME: self.wanted(request)})}")
        return super().login(request, extra_context)

    def get_urls(self):
        return [
            path("second-step/", self.second_step, name="second-step"),
            path("recovery-codes/", self.admin_view(self.recovery_codes), name="recovery-codes"),
            path("leave/", self.leave, name="leave"),
            *super().get_urls(),
        ]

    def wanted(self, request):
        """Where the person was going, if that is a place of this site."""
        there = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME) or ""
        here = url_has_allowed_host_and_scheme(there, {request.get_host()}, require_https=request.is_secure())
        return there if here else reverse("admin:index")

    @method_decorator([never_cache, csrf_protect, sensitive_post_parameters(), require_http_methods(["GET", "POST"])])
    def second_step(self, request):
        """Ask for the code; the first time, show the QR code to set it up and afterwards the recovery codes."""
        if self.has_permission(request):
            return redirect(self.wanted(request))
        if not self.knows_password(request):
            return redirect("admin:login")
        phone = phone_of(request.user)
        form = CodeForm(phone, request.POST or None)
        if request.method == "POST" and form.is_valid():
            return self.let_in(request, form.device)
        if form.errors:
            logger.warning("%s gave a wrong code, from %s", request.user, network_of(request))
        about = {} if phone.confirmed else {"qr": qr_code(phone), "key": readable_key(phone)}
        return render(request, "admin/second_step.html", self.context(request, form=form, **about))

    def let_in(self, request, device):
        first_time = not device.confirmed
        request.session.cycle_key()
        with transaction.atomic():
            if first_time:
                type(device).objects.filter(pk=device.pk).update(confirmed=True)
                codes = new_recovery_codes(request.user)
        mark_verified(request, device)
        how = "a recovery code" if isinstance(device, StaticDevice) else "their phone"
        logger.info("%s signed in with %s, from %s", request.user, how, network_of(request))
        if first_time:
            return render(request, "admin/recovery_codes.html", self.context(request, codes=codes))
        warn_when_few(request)
        return redirect(self.wanted(request))

    @method_decorator(require_http_methods(["GET", "POST"]))
    def recovery_codes(self, request):
        """Make new recovery codes; the old ones stop working."""
        codes = None
        if request.method == "POST":
            codes = new_recovery_codes(request.user)
            logger.info("%s made new recovery codes, from %s", request.user, network_of(request))
        return render(request, "admin/recovery_codes.html", self.context(request, codes=codes))

    @method_decorator([never_cache, csrf_protect, require_POST])
    def leave(self, request):
        """Sign out, also halfway."""
        logout(request)
        return redirect("admin:login")

    def context(self, request, **more):
        return {**self.each_context(request), "next": self.wanted(request), **more}


def phone_of(user):
    """The TOTPDevice of a user: the one they set up, else one that waits for its first code."""
    mine = TOTPDevice.objects.filter(user=user).order_by("-confirmed", "pk")
    return mine.first() or TOTPDevice.objects.create(user=user, name="phone", confirmed=False)


def new_recovery_codes(user):
    """Ten fresh codes, in place of any that were left."""
    with transaction.atomic():
        device, _ = StaticDevice.objects.get_or_create(user=user, name="recovery codes", confirmed=True)
        device.token_set.all().delete()
        codes = [StaticToken.random_token() for _ in range(RECOVERY_CODES)]
        StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return codes


def warn_when_few(request):
    left = StaticToken.objects.filter(device__user=request.user).count()
    if left <= FEW:
        place = reverse("admin:recovery-codes")
        messages.warning(request, format_html('Recovery codes left: {}. <a href="{}">Make new ones</a>.', left, place))


def qr_code(phone):
    """The QR code that a phone reads, as SVG without style attributes."""
    return mark_safe(
        segno.make(phone.config_url, micro=False).svg_inline(scale=4, border=4, light="#fff", title="QR code")
    )


def readable_key(phone):
    """The same secret for typing, in groups of four."""
    key = b32encode(phone.bin_key).decode()
    return " ".join(key[i : i + 4] for i in range(0, len(key), 4))
