-- For wrk: pages of every kind in turn, some filters, some that are not there. See docs/operations.md.
local paths = {
  "/", "/conditions/", "/therapies/", "/evidence/", "/faq/", "/articles/", "/sources/", "/glossary/", "/compare/",
  "/therapies/?condition=low-back-pain", "/conditions/low-back-pain/", "/therapies/acupuncture/", "/robots.txt",
  "/sitemap.xml", "/healthz", "/there-is-no-such-page/",
}
local turn = 0
local bad = 0

request = function()
  turn = turn + 1
  return wrk.format("GET", paths[turn % #paths + 1])
end

response = function(status)
  if status >= 500 then bad = bad + 1; print("status " .. status) end
end
