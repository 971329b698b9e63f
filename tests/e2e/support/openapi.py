"""An OpenAPI document as a test uses it: its examples as requests to make, its schemas as judges of what came back."""

import json
import re
import urllib.parse

import jsonschema

FORMATS = jsonschema.FormatChecker(formats=())
FORMATS.checks("date-time")(lambda value: not isinstance(value, str) or bool(
    re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", value)))
FORMATS.checks("uuid")(lambda value: not isinstance(value, str) or bool(
    re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value)))


class Document:
    def __init__(self, document):
        self.document = document
        jsonschema.Draft202012Validator.check_schema({"$defs": document["components"]["schemas"]})

    def operations(self):
        for path, methods in self.document["paths"].items():
            for method, told in methods.items():
                yield Operation(self, method.upper(), path, told)

    def operation(self, name):
        return next(operation for operation in self.operations() if operation.name == name)

    def check(self, value, schema):
        schema = {**schema, "components": self.document["components"]}  # which its references name
        jsonschema.Draft202012Validator(schema, format_checker=FORMATS).validate(value)


class Operation:
    def __init__(self, document, method, path, told):
        self.document, self.method, self.path, self.told = document, method, path, told
        self.name = told["operationId"]

    def examples(self):
        """Each name that stands anywhere, once."""
        contents = [self.told.get("requestBody", {}), *self.told["responses"].values()]
        places = [content for one in contents for content in one.get("content", {}).values()] + self.told["parameters"]
        names = dict.fromkeys(name for place in places for name in place.get("examples", {}))
        return [Example(self, name) for name in names]

    def check_response(self, response):
        """Its status is documented by name, and all that it holds is as documented. Gives the body, as data."""
        told = self.told["responses"].get(str(response.status))
        if told is None:
            raise AssertionError(f"{self.name} does not document {response}")
        for name in told.get("headers", {}):
            if response.header(name) is None and name in ("Location", "ETag"):
                raise AssertionError(f"{self.name} documents {name}, but {response}")
        if "content" not in told:
            if response.body:
                raise AssertionError(f"{self.name} documents no content of {response}")
            return None
        content = told["content"][response.header("Content-Type")]
        if "x-item-schema" in content:
            items = response.lines()
            for item in items:
                self.document.check(item, content["x-item-schema"])
            return items
        self.document.check(response.json(), content["schema"])
        return response.json()

    def check_event(self, event):
        """Gives its data."""
        schema = self.told["responses"]["200"]["content"]["text/event-stream"]["x-item-schema"]
        self.document.check(event, schema)
        data = json.loads(event["data"])
        kind = next(one for one in schema["oneOf"] if one["properties"]["event"]["const"] == event["event"])
        self.document.check(data, kind["properties"]["data"]["contentSchema"])
        return data


class Example:
    """A request, and what the document says that it is answered."""

    def __init__(self, operation, name):
        self.operation, self.name = operation, name
        self.type, self.body = self._value_in(operation.told.get("requestBody", {}))
        self.status, self.answer_type, self.answer = self._find_answer()

    def _value_in(self, told):
        for media_type, content in told.get("content", {}).items():
            if self.name in content.get("examples", {}):
                return media_type, content["examples"][self.name]["value"]
        return None, None

    def _find_answer(self):
        """Where nothing is told, it is the success without content."""
        for status, response in self.operation.told["responses"].items():
            media_type, value = self._value_in(response)
            if media_type:
                return int(status), media_type, value
        return 204, None, None

    def request(self, **known):
        """(method, target, body, fields); known: values that take the place of the document's."""
        path, query, fields = self.operation.path, {}, {}
        for parameter in self.operation.told["parameters"]:
            if self.name not in parameter.get("examples", {}):
                continue
            name = parameter["name"]
            value = str(known.get(name, parameter["examples"][self.name]["value"]))
            if parameter["in"] == "path":
                path = path.replace("{" + name + "}", value)
            else:
                (query if parameter["in"] == "query" else fields)[name] = value
        if self.answer_type:
            fields["Accept"] = self.answer_type
        if self.type:
            fields["Content-Type"] = self.type
        target = path + ("?" + urllib.parse.urlencode(query) if query else "")
        body = self.body if self.body is None or isinstance(self.body, str) else json.dumps(self.body)
        return self.operation.method, target, body, fields

    def answers(self):
        """The documented answer as data, or as a list of them where it is lines."""
        return [json.loads(line) for line in self.answer.splitlines()] if self.is_lines else self.answer

    @property
    def is_lines(self):
        return self.answer_type == "application/x-ndjson"

    def events(self):
        return [dict(line.split(": ", 1) for line in block.split("\n")) for block in self.answer.strip().split("\n\n")]
