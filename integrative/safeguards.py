"""What would make it unsafe to start, asked once by the settings; and how much of an address is kept."""

from ipaddress import ip_address, ip_network

LOCAL_HOSTS = {"localhost", "127.0.0.1", "[::1]"}
SHORTEST_SECRET = 50
NOWHERE = str(ip_address(0))


def dangers(debug, https, hosts, secret):
    """Every reason, in words for the operator, why these settings must not meet readers; empty when there is none."""
    found = []
    if len(secret) < SHORTEST_SECRET or len(set(secret)) < 10 or secret.startswith("django-insecure-"):
        found.append(
            f"SECRET_KEY is weak: use at least {SHORTEST_SECRET} random characters "
            '(python3 -c "import secrets; print(secrets.token_urlsafe(60))").'
        )
    if any(host.strip(".") in ("*", "") for host in hosts):
        found.append("ALLOWED_HOSTS lets any name in: list the names of this site.")
    if debug and https:
        found.append("DEBUG=1 shows secrets in error pages: it must be off where HTTPS=1.")
    elif debug and set(hosts) - LOCAL_HOSTS:
        found.append("DEBUG=1 is for this machine only: take other names out of ALLOWED_HOSTS, or turn it off.")
    return found


def network_of(request):
    """The network that a request came from, as its first address: the last 8 bits of IPv4, 80 of IPv6, are cut off.

    Behind a proxy the proxy's own note counts: the last address in X-Forwarded-For, which a client cannot write.
    """
    from django.conf import settings

    told = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:
        told = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip() or told
    try:
        address = ip_address(told)
    except ValueError:
        return NOWHERE
    address = getattr(address, "ipv4_mapped", None) or address
    return str(ip_network(f"{address}/{24 if address.version == 4 else 48}", strict=False).network_address)
