import json
import sys

import casbin

enforcer = casbin.Enforcer(sys.argv[1], sys.argv[2])
print(json.dumps([enforcer.enforce(*question) for question in json.load(sys.stdin)]))
