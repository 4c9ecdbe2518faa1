"""Translates a SAM template into CloudFormation, as AWS would, without AWS: python3 translate.py FROM TO."""

import json
import sys
from pathlib import Path

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class NoManagedPolicies:
    """Every role is written out, so there is no policy of AWS's to look up."""

    def load(self):
        return {}


source, target = Path(sys.argv[1]), Path(sys.argv[2])
template = yaml_parse(source.read_text())
for resource in template["Resources"].values():
    properties = resource.get("Properties", {})
    if "CodeUri" in properties:  # Deployment puts the address of the upload here.
        properties["CodeUri"] = "s3://bucket/key"
target.write_text(json.dumps(transform(template, {}, NoManagedPolicies(), passthrough_metadata=True), indent=2))
