from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from integrative import structured

from .models import Article, Question


@require_safe
def index(request):
    questions = Question.objects.published()
    context = {
        "questions": questions,
        "articles": Article.objects.published(),
        "data": structured.faq(request, questions),
    }
    return render(request, "faq/index.html", context)


@require_safe
def detail(request, path):
    question = get_object_or_404(Question.objects.linked(), pk=path)
    data = structured.faq(request, [question], in_full=True)
    return render(request, "faq/detail.html", {"record": question, "data": data})


@require_safe
def articles(request):
    return render(request, "faq/articles.html", {"articles": Article.objects.published()})


@require_safe
def article(request, path):
    return render(request, "faq/detail.html", {"record": get_object_or_404(Article.objects.linked(), pk=path)})
