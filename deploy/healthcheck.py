"""Exit 0 when the site on this machine is ready for readers; it asks by the name that the site answers to."""

import os
import sys
from http.client import HTTPConnection

host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip(" .")
connection = HTTPConnection("127.0.0.1", int(os.environ.get("PORT", 8000)), timeout=4)
connection.request("GET", "/readyz", headers={"Host": host})
sys.exit(connection.getresponse().status != 200)
