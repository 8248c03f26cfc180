"""The one settings file. Every choice an operator has is an environment variable, read here and nowhere else."""

import os
import re
from datetime import timedelta
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from .safeguards import dangers
from .stylesheet import STYLESHEET_HASH

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("VAR_DIR", BASE_DIR / "var"))


def env_bool(name, default=False):
    """True or False from the environment; a word that is neither is an error, not a guess."""
    value = os.environ.get(name, "").strip().lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    if value:
        raise ImproperlyConfigured(f"{name}={value!r} is neither yes nor no.")
    return default


def env_int(name, default):
    """A whole number, zero or more, from the environment; anything else is an error, not a guess."""
    value = os.environ.get(name, "").strip() or str(default)
    if not (value.isascii() and value.isdigit()):
        raise ImproperlyConfigured(f"{name}={value!r} is not a whole number.")
    return int(value)


def env_list(name, default=()):
    """A list from a comma-separated environment variable."""
    value = os.environ.get(name, "")
    return [item.strip() for item in value.split(",") if item.strip()] or list(default)


def env_months(name):
    """{folder of content/ or "default": months between reviews} from `therapies=12,evidence=6`; 12 unless told."""
    months = {"default": 12}
    for item in env_list(name):
        folder, _, number = item.partition("=")
        if not number.strip().isdigit() or int(number) == 0:
            raise ImproperlyConfigured(f"{name}: {item!r} is not written as folder=months.")
        months[folder.strip()] = int(number)
    return months


def secret_key():
    """The secret from SECRET_KEY, or from the file that `make serve` writes; never a default."""
    if key := os.environ.get("SECRET_KEY"):
        return key
    try:
        return (VAR_DIR / "secret_key").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise ImproperlyConfigured(
            "No secret key. Run `make serve` once (it writes var/secret_key) or set SECRET_KEY."
        ) from None


def admin_path():
    """Where the staff room is, as `admin/`, from ADMIN_PATH."""
    path = os.environ.get("ADMIN_PATH", "admin").strip("/")
    if not re.fullmatch(r"[a-z0-9-]+", path):
        raise ImproperlyConfigured(f"ADMIN_PATH={path!r} must be one word of small letters, digits and hyphens.")
    return f"{path}/"


DEBUG = env_bool("DEBUG")
SECRET_KEY = secret_key()
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")

# Who runs this copy of the site. Shown in the footer and on the about page; empty until the operator fills it in.
SITE_NAME = os.environ.get("SITE_NAME") or "Integrative"
SITE_URL = os.environ.get("SITE_URL", "").rstrip("/")
OPERATOR_NAME = os.environ.get("OPERATOR_NAME", "")
OPERATOR_EMAIL = os.environ.get("OPERATOR_EMAIL", "")
OPERATOR_PHONE = os.environ.get("OPERATOR_PHONE", "")

# Under which license others may use the evidence data; empty until the operator chooses one.
DATA_LICENSE = os.environ.get("DATA_LICENSE", "")

# For how many days a location's word on what it offers is taken as it is; after that pages say "call to check".
CONFIRMED_FOR_DAYS = env_int("CONFIRMED_FOR_DAYS", 90)

CONTENT_DIR = Path(os.environ.get("CONTENT_DIR", BASE_DIR / "content"))

# A clinic with one clinician may let people sign their own words; pages and history then say so.
ALLOW_OWN_REVIEW = env_bool("ALLOW_OWN_REVIEW")
REVIEW_MONTHS = env_months("REVIEW_MONTHS")

# Review reminders are printed until the operator names a mail server.
EMAIL_HOST = os.environ.get("EMAIL_HOST", "")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", 587))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env_bool("EMAIL_USE_TLS", default=True)
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
DEFAULT_FROM_EMAIL = OPERATOR_EMAIL or "webmaster@localhost"

# Imports go one way, left to right; tests/test_imports.py holds it.
ROOMS = ["integrative", "conditions", "therapies", "faq"]
INSTALLED_APPS = [
    "integrative.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.sitemaps",
    "taggit",
    "csp",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "axes",
    *ROOMS,
]

# Readers have no session and no cookie, so the session, sign-in and message layers do nothing for them: they are lazy
# and only the admin touches them.
MIDDLEWARE = [
    # First what every answer carries, static files and refusals included.
    "csp.middleware.CSPMiddleware",
    "integrative.headers.headers",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "integrative.middleware.one_version",
    "integrative.middleware.due",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "integrative.urls"
WSGI_APPLICATION = "integrative.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "integrative.context.site",
            ],
        },
    }
]

DATABASES = {
    "default": dj_database_url.config(
        default=f"sqlite:///{VAR_DIR / 'db.sqlite3'}", conn_max_age=60, conn_health_checks=True
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["ENGINE"] = "integrative.sqlite"
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    # On a disk that has become read-only SQLite can keep no notes beside its file; readers are served all the same.
    place = Path(DATABASES["default"]["NAME"])
    if place.is_file() and not os.access(place.parent, os.W_OK) and not Path(f"{place}-wal").exists():
        DATABASES["default"] |= {"NAME": f"{place.as_uri()}?immutable=1", "OPTIONS": {"uri": True}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]

LANGUAGE_CODE = "en-us"
# One language, so far: without the machinery for more, a page costs a sixth less.
USE_I18N = False
TIME_ZONE = os.environ.get("TIME_ZONE", "UTC")
USE_TZ = True
TAGGIT_CASE_INSENSITIVE = True

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Ready pages kept by each process, and how long browsers and CDNs may show a page without asking whether it changed.
PAGE_STORE_MB = env_int("PAGE_STORE_MB", 16)
CACHE_SECONDS = env_int("CACHE_SECONDS", 60)

# Behind TLS the operator sets HTTPS=1; on a laptop `make serve` speaks plain http to 127.0.0.1.
HTTPS = env_bool("HTTPS")
SECURE_SSL_REDIRECT = HTTPS
# A health check speaks plain http to the process itself, past the proxy.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 63_072_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
if env_bool("BEHIND_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# The address of a page names a condition: it must not travel. In the staff room it goes to this site (`headers.py`).
SECURE_REFERRER_POLICY = "no-referrer"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [STYLESHEET_HASH],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": [NONE],
    }
}
if found := dangers(DEBUG, HTTPS, ALLOWED_HOSTS, SECRET_KEY):
    raise ImproperlyConfigured("It is not safe to start: " + " ".join(found))

# The staff room: where it is, who gets in, and for how long.
ADMIN_PATH = admin_path()
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
SESSION_COOKIE_AGE = 3600
SESSION_SAVE_EVERY_REQUEST = SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
if HTTPS:
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
CSRF_FAILURE_VIEW = "integrative.views.refused"
OTP_TOTP_ISSUER = SITE_NAME
# Ten wrong passwords for one name from one network close that pair for a quarter of an hour; others get in meanwhile.
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "integrative.safeguards.network_of"
AXES_LOCKOUT_TEMPLATE = "admin/locked.html"
AXES_VERBOSE = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        # "Not found" lines would hold addresses, and an address names a condition.
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # It would tell names and networks twice; who signed in stands in integrative.signin.
        "axes": {"level": "ERROR"},
        "integrative": {"level": "INFO"},
    },
}
