"""Every page answers, says what it must say, and links both ways."""

import json
import re
from datetime import date

import html5lib
import pytest

from therapies.models import Therapy

from .make import (
    make_approach,
    make_article,
    make_condition,
    make_evidence,
    make_location,
    make_offering,
    make_page,
    make_question,
    make_source,
    make_therapy,
)

pytestmark = pytest.mark.django_db


def text_of(response):
    """What a reader sees: no styles, no facts for machines, no tags."""
    html = re.sub(r"<(style|script)\b.*?</\1>", " ", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def json_ld(response):
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', response.content.decode(), re.S)
    return {data["@type"]: data for data in map(json.loads, blocks)}


def make_small_site():
    """One record of every kind, joined, and the standing texts."""
    make_page(path="notice", title="Services vary by location", body="Ask the clinic.")
    make_page(
        path="emergency", title="In an emergency", summary="When to call.", body="## Call 911\n\n- A sign for anyone.\n"
    )
    evidence = make_evidence()
    therapy, condition = evidence.therapy, evidence.condition
    approach = make_approach(path="one", title="One", order=1)
    make_approach(path="two", title="Two", order=2)
    make_offering(therapy=therapy, location=make_location(path="here", title="Here"))
    question = make_question()
    article = make_article()
    for linked in (question, article):
        linked.therapies.add(therapy)
        linked.conditions.add(condition)
        linked.approaches.add(approach)
    therapy.tags.add("pain")
    return therapy, condition, approach, question, article


def addresses(therapy, condition, approach, question, article):
    """One address of each page type."""
    return [
        "/", "/conditions/", condition.get_absolute_url(), "/therapies/", therapy.get_absolute_url(),
        f"/therapies/?condition={condition.pk}", "/evidence/", f"/evidence/{therapy.pk}/{condition.pk}/",
        "/approaches/", approach.get_absolute_url(), "/compare/", "/compare/approaches/",
        f"/compare/for/{condition.pk}/", "/faq/",
        question.get_absolute_url(), "/articles/", article.get_absolute_url(), "/locations/", "/locations/here/",
        "/sources/", "/glossary/", "/topics/pain/", "/emergency/",
    ]  # fmt: skip


CARE_PAGES = (
    "/conditions/",
    "/therapies/",
    "/evidence/",
    "/approaches/",
    "/compare/",
    "/faq/",
    "/articles/",
    "/locations/",
)


def test_every_page_type_answers_with_one_h1_a_title_a_description_and_valid_html(client):
    for address in addresses(*make_small_site()):
        response = client.get(address)
        html = response.content.decode()
        assert response.status_code == 200, address
        assert html.count("<h1") == 1, address
        assert re.search(r"<title>[^<]{4,}</title>", html), address
        assert re.search(r'<meta name="description" content="[^"]{5,}">', html), address
        assert f'<link rel="canonical" href="http://testserver{address}">'.replace("&", "&amp;") in html, address
        html5lib.HTMLParser(strict=True).parse(html)


def test_every_page_about_care_carries_the_notice(client):
    for address in addresses(*make_small_site()):
        if address.startswith(CARE_PAGES):
            assert "Services vary by location" in text_of(client.get(address)), address


def test_no_page_sets_a_cookie_or_carries_inline_handlers_and_styles(client):
    for address in addresses(*make_small_site()):
        response = client.get(address)
        html = response.content.decode()
        assert not response.cookies, address
        assert not re.search(r'\sstyle="|\son[a-z]+="', html), address
        assert not re.search(r"<script(?! type=\"application/ld\+json\"| src=)", html), address


def test_every_link_on_every_page_leads_to_a_page(client):
    seen, waiting = set(), list(addresses(*make_small_site()))
    make_page(path="about")
    for path in ("how-we-rate-evidence", "privacy", "accessibility"):
        make_page(path=path)
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        response = client.get(address, follow=True)
        assert response.status_code == 200, address
        html = response.content.decode()
        for href in re.findall(r'<a [^>]*href="([^"]+)"', html):
            if href.startswith("/") and not href.startswith("/static/"):
                waiting.append(href.partition("#")[0].replace("&amp;", "&"))
    assert len(seen) > 30


def test_a_condition_page_puts_emergencies_first_usual_care_second_and_therapies_third(client):
    condition = make_evidence().condition
    words = text_of(client.get(condition.get_absolute_url()))
    parts = ("Call 911 now if", "Usual care comes first", "What may be added to usual care")
    places = [words.index(part) for part in parts]
    assert places == sorted(places)


def test_a_condition_page_groups_therapies_by_level_and_names_those_without_evidence(client):
    condition = make_condition()
    make_evidence(condition=condition, therapy=make_therapy(path="weak", title="Weak"), level="mixed")
    make_evidence(condition=condition, therapy=make_therapy(path="strong", title="Strong"), level="may-help")
    make_therapy(path="silent", title="Silent therapy")
    words = text_of(client.get(condition.get_absolute_url())).partition("Compare these side by side")[2]
    assert words.index("May help") < words.index("Strong") < words.index("Mixed results") < words.index("Weak")
    assert "Silent therapy" in words.partition("No evidence recorded")[2]


def test_a_condition_that_names_the_crisis_line_has_buttons_to_call_and_text_it(client):
    source = make_source()
    sad = make_condition(emergency=f"- You think of harming yourself: call 988. [@{source.pk}]")
    sore = make_condition(emergency=f"- Your chest hurts. [@{source.pk}]")
    assert 'class="call" href="sms:988"' in client.get(sad.get_absolute_url()).content.decode()
    assert 'class="call" href="sms:988"' not in client.get(sore.get_absolute_url()).content.decode()


def test_a_condition_with_few_emergency_signs_also_shows_the_general_ones(client):
    make_page(
        path="emergency", title="In an emergency", body="## Call 911\n\n- A sign for anyone.\n\n## Other\n\nNot this.\n"
    )
    condition = make_condition(emergency="")
    words = text_of(client.get(condition.get_absolute_url()))
    assert "A sign for anyone" in words
    assert "Not this" not in words


def test_a_therapy_page_shows_its_evidence_by_body_system_and_its_safety(client):
    evidence = make_evidence(aspect="hot flashes")
    words = text_of(client.get(evidence.therapy.get_absolute_url()))
    assert f"{evidence.condition.title}: hot flashes" in words
    assert evidence.condition.get_body_system_display() in words
    assert "Safety" in words


def test_drafts_and_retired_records_are_nowhere(client):
    therapy, condition, approach, question, article = make_small_site()
    pages = addresses(therapy, condition, approach, question, article)
    question.title = "Shall nobody read this question?"
    question.status = "retired"
    question.save()
    assert client.get(question.get_absolute_url()).status_code == 404
    for address in pages:
        assert "Shall nobody read this" not in client.get(address).content.decode(), address


def test_evidence_about_a_retired_therapy_is_hidden(client):
    evidence = make_evidence()
    type(evidence.therapy).objects.filter(pk=evidence.therapy.pk).update(status="retired")
    assert client.get(f"/evidence/{evidence.therapy.pk}/{evidence.condition.pk}/").status_code == 404
    assert evidence.therapy.title not in text_of(client.get(evidence.condition.get_absolute_url()))


def test_a_source_page_lists_all_that_rests_on_it(client):
    source = make_source(path="study-one", title="Study one")
    evidence = make_evidence(sources=[source])
    html = client.get("/sources/study-one/").content.decode()
    assert evidence.get_absolute_url() in html


def test_a_page_says_that_no_clinician_has_reviewed_it_until_one_has(client):
    condition = make_condition()
    assert "No clinician has reviewed this page yet" in text_of(client.get(condition.get_absolute_url()))
    type(condition).objects.update(reviewed_on=date(2026, 11, 1), reviewed_by="A clinician")
    words = text_of(client.get(condition.get_absolute_url()))
    assert "No clinician has reviewed" not in words
    assert "Reviewed by A clinician on November 1, 2026" in words


def test_a_page_without_sources_does_not_say_it_was_checked_against_them(client):
    make_page(path="plain", title="Plain", body="Words.", checked_on="2026-11-01")
    make_page(path="cited", title="Cited", body=f"Words. [@{make_source().pk}]", checked_on="2026-11-01")
    assert "Checked on November 1, 2026" in text_of(client.get("/plain/"))
    assert "Checked against its sources on November 1, 2026" in text_of(client.get("/cited/"))


def test_findings_that_were_checked_alike_say_so_once(client):
    touch, back = make_therapy(path="touch"), make_condition(path="back")
    for aspect, day in (("a", "2026-11-01"), ("b", "2026-11-01"), ("c", "2026-11-02")):
        make_evidence(therapy=touch, condition=back, aspect=aspect, checked_on=day)
    words = text_of(client.get("/evidence/touch/back/"))
    assert words.count("Checked against its sources on November 1, 2026") == 1
    assert words.count("Checked against its sources on November 2, 2026") == 1


def test_a_proper_name_keeps_its_capital_within_a_sentence(client):
    make_therapy(path="reiki", title="Reiki", also_called="Reiki healing\nenergy healing")
    make_therapy(path="touch", title="Light touch", also_called="soft touch")
    make_therapy(path="cbt", title="CBT for sleep")
    names = {therapy.pk: therapy.inside for therapy in Therapy.objects.all()}
    assert names == {"reiki": "Reiki", "touch": "light touch", "cbt": "CBT for sleep"}
    assert "Reiki and light touch" in text_of(client.get("/compare/therapies/reiki/touch/"))


def test_the_home_page_names_the_conditions_that_staff_marked_as_everyday(client):
    make_evidence(condition=make_condition(title="Aaa, rare"))
    assert "Aaa, rare</a>" in client.get("/").content.decode()
    make_condition(title="Cold").tags.add("everyday health")
    home = client.get("/").content.decode()
    assert "Cold</a>" in home and "Aaa, rare</a>" not in home


def test_machine_readable_facts_carry_a_review_date_only_after_a_review(client):
    condition = make_condition(icd10cm="M54.50")
    data = json_ld(client.get(condition.get_absolute_url()))
    assert data["MedicalWebPage"]["about"]["@type"] == "MedicalCondition"
    assert data["MedicalWebPage"]["about"]["code"][0]["codeValue"] == "M54.50"
    assert "lastReviewed" not in data["MedicalWebPage"]
    type(condition).objects.update(reviewed_on=date(2026, 11, 1), reviewed_by="A clinician")
    assert json_ld(client.get(condition.get_absolute_url()))["MedicalWebPage"]["lastReviewed"] == "2026-11-01"


def test_machine_readable_facts_cannot_end_their_script_element(client):
    make_question(path="odd", title="Is </script><b>this</b> safe?")
    response = client.get("/faq/odd/")
    assert "</script><b>" not in response.content.decode()
    assert json_ld(response)["FAQPage"]["mainEntity"][0]["name"] == "Is </script><b>this</b> safe?"


def test_breadcrumbs_are_there_for_readers_and_machines(client):
    therapy = make_therapy()
    response = client.get(therapy.get_absolute_url())
    assert 'aria-label="Breadcrumbs"' in response.content.decode()
    items = json_ld(response)["BreadcrumbList"]["itemListElement"]
    assert [item["name"] for item in items] == ["Home", "Therapies", therapy.title]


def test_a_sample_location_says_so_wherever_it_is_shown(client):
    offering = make_offering(location=make_location(path="here", title="Here", sample=True))
    for address in ("/locations/", "/locations/here/"):
        assert "made up" in text_of(client.get(address)), address
    assert "made-up sample" in text_of(client.get(offering.therapy.get_absolute_url()))


def test_a_condition_is_found_by_a_name_that_patients_use(client):
    make_condition(path="low-back-pain", title="Low back pain", also_called="Bad back\nlumbago")
    assert client.get("/conditions/?name=bad  BACK").headers["Location"] == "/conditions/low-back-pain/"
    response = client.get("/conditions/?name=lumbagoo")
    assert response.status_code == 404
    assert "/conditions/low-back-pain/" in response.content.decode()


def test_an_unknown_address_gets_a_friendly_page_with_suggestions(client):
    make_condition(path="low-back-pain", title="Low back pain")
    response = client.get("/conditions/low-back-pian/")
    assert response.status_code == 404
    assert "/conditions/low-back-pain/" in response.content.decode()
    assert 'content="noindex"' in response.content.decode()


def test_read_only_pages_refuse_other_methods(client):
    for address in addresses(*make_small_site()):
        assert client.post(address).status_code == 405, address
        assert client.trace(address).status_code == 405, address


def test_the_sitemap_leads_to_published_pages_with_their_days(client):
    condition = make_condition(checked_on=date(2026, 11, 24))
    make_condition(path="hidden", title="Hidden", status="draft")
    assert "<loc>http://testserver/sitemap-conditions.xml</loc>" in client.get("/sitemap.xml").content.decode()
    xml = client.get("/sitemap-conditions.xml").content.decode()
    assert condition.get_absolute_url() in xml
    assert "<lastmod>2026-11-24</lastmod>" in xml
    assert "hidden" not in xml


def test_robots_are_told_of_the_sitemap_and_not_of_the_staff_room(client):
    body = client.get("/robots.txt").content.decode()
    assert "admin" not in body
    assert "Sitemap: http://testserver/sitemap.xml" in body


def test_the_standing_notice_has_no_page_of_its_own(client):
    make_page(path="notice")
    assert client.get("/notice/").status_code == 404


def test_a_failure_shows_a_plain_page_that_needs_no_database(client, django_assert_num_queries):
    from integrative.views import failed

    with django_assert_num_queries(0):
        response = failed(None)
    assert response.status_code == 500
    assert b"call 911" in response.content


def test_a_wrong_address_is_offered_what_begins_like_it_and_not_what_holds_its_letters(client):
    make_condition(path="menopause", title="Menopausal symptoms", also_called="menopause")
    assert "Menopausal" not in client.get("/nope/").content.decode()
    assert "Menopausal" in client.get("/menopaus/").content.decode()
    assert "Menopausal" in client.get("/help-with-menopause-now/").content.decode()
