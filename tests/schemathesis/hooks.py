import schemathesis

# A file of rows is a text; the tool knows no such content type.
schemathesis.serializer.alias("application/x-ndjson", "text/plain")
