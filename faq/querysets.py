from django.db.models import Prefetch

from integrative.records import RecordQuerySet


class LinkedQuerySet(RecordQuerySet):
    def for_search(self):
        return self.linked()

    def linked(self):
        """Published texts with the published records they speak of, in one query a kind."""
        fields = (self.model._meta.get_field(name) for name in ("therapies", "conditions", "approaches"))
        return self.published().prefetch_related(
            *(Prefetch(field.name, field.related_model.objects.published()) for field in fields)
        )
