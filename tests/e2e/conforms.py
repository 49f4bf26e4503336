# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks that standard input is JSON as a schema says: conforms.py SCHEMA."""
import json
import sys

import jsonschema

with open(sys.argv[1]) as schema:
    validator = jsonschema.Draft202012Validator(json.load(schema))
errors = [f"{error.json_path}: {error.message}"
          for error in validator.iter_errors(json.load(sys.stdin))]
sys.exit("\n".join(errors) or 0)
