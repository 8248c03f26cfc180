"""What a load balancer asks."""

import pytest
from django.db import OperationalError

from integrative import views


def test_healthz_answers_without_the_database(client):
    assert client.get("/healthz").content == b"ok\n"


@pytest.mark.django_db
def test_readyz_says_ready_when_every_migration_is_applied(client):
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db
def test_readyz_says_no_while_a_migration_waits(client, monkeypatch):
    monkeypatch.setattr(views.MigrationExecutor, "migration_plan", lambda self, targets: ["one"])
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (503, b"1 migration(s) not applied\n")


def test_readyz_says_no_when_the_database_is_away(client, monkeypatch):
    def away(connection):
        raise OperationalError("away")

    monkeypatch.setattr(views, "MigrationExecutor", away)
    assert client.get("/readyz").status_code == 503
