# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks that standard input is JSON as a schema says: conforms.py SCHEMA."""
import json
import pathlib
import sys

import jsonschema

path = pathlib.Path(sys.argv[1]).resolve()
schema = json.loads(path.read_text())
# schemas refer to others beside them
resolver = jsonschema.RefResolver(path.as_uri(), schema)
validator = jsonschema.Draft202012Validator(schema, resolver=resolver)
errors = [f"{error.json_path}: {error.message}"
          for error in validator.iter_errors(json.load(sys.stdin))]
sys.exit("\n".join(errors) or 0)
