-- For wrk: pages of every kind in turn, a search, one that is not there. See tests/endurance.py.
local paths = {
  "/", "/conditions/", "/therapies/", "/evidence/", "/faq/", "/articles/", "/sources/", "/glossary/", "/compare/",
  "/therapies/?condition=low-back-pain", "/conditions/low-back-pain/", "/therapies/acupuncture/", "/robots.txt",
  "/compare/for/low-back-pain/", "/evidence/acupuncture/low-back-pain/", "/counter/", "/search/?q=back+pain",
  "/sitemap.xml", "/healthz", "/there-is-no-such-page/",
}
local turn = 0

request = function()
  turn = turn + 1
  return wrk.format("GET", paths[turn % #paths + 1])
end

response = function(status)
  if status >= 500 then print("status " .. status) end
end
