"""Facts for machines: schema.org JSON-LD. Only what the page says; `lastReviewed` only after a clinical review."""

from django.conf import settings

from .rendering import plain


def _page(request, record, kind, about=None):
    data = {
        "@context": "https://schema.org",
        "@type": kind,
        "name": str(record),
        "description": getattr(record, "summary", ""),
        "url": absolute(request, record.get_absolute_url()),
        "inLanguage": "en-US",
        "audience": {"@type": "PeopleAudience", "audienceType": "Patient"},
    }
    if settings.OPERATOR_NAME:
        data["publisher"] = {"@type": "Organization", "name": settings.OPERATOR_NAME}
    if record.reviewed_on:
        data["lastReviewed"] = record.reviewed_on.isoformat()
        data["reviewedBy"] = {"@type": "Person", "name": record.reviewed_by}
    if about:
        data["about"] = about
    return data


def therapy(request, record):
    """A MedicalWebPage about a MedicalTherapy."""
    about = {"@type": "MedicalTherapy", "name": record.title} | _other_names(record)
    return _page(request, record, "MedicalWebPage", about)


def condition(request, record):
    """A MedicalWebPage about a MedicalCondition, with its checked codes."""
    about = {"@type": "MedicalCondition", "name": record.title} | _other_names(record)
    if codes := record.icd10cm.split():
        about["code"] = [{"@type": "MedicalCode", "codeValue": code, "codingSystem": "ICD-10-CM"} for code in codes]
    return _page(request, record, "MedicalWebPage", about)


def _other_names(record):
    names = [line.strip() for line in record.also_called.splitlines() if line.strip()]
    return {"alternateName": names} if names else {}


def faq(request, questions, in_full=False):
    """A FAQPage with its questions and the answers its page shows: the short ones, `in_full` with the longer ones."""
    entities = [
        {
            "@type": "Question",
            "name": question.title,
            "url": absolute(request, question.get_absolute_url()),
            "acceptedAnswer": {
                "@type": "Answer",
                "text": plain(f"{question.summary}\n\n{question.body}" if in_full else question.summary),
            },
        }
        for question in questions
    ]
    return {"@context": "https://schema.org", "@type": "FAQPage", "mainEntity": entities}


def breadcrumbs(request, trail):
    """A BreadcrumbList from [(words, address)]."""
    places = [
        {"@type": "ListItem", "position": place, "name": words, "item": absolute(request, address)}
        for place, (words, address) in enumerate(trail, 1)
    ]
    return {"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": places}


def absolute(request, path):
    """An address on this site with scheme and host."""
    return (settings.SITE_URL or f"{request.scheme}://{request.get_host()}") + path
