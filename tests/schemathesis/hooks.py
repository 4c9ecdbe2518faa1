"""What the document cannot say, and what the tool does not know; and how far the run came."""

import json
from collections import Counter, defaultdict
from itertools import count

import schemathesis
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.core.parameters import ParameterLocation
from schemathesis.openapi.checks import RejectedPositiveData

# A file of rows is a text; the tool knows no such content type.
schemathesis.serializer.alias("application/x-ndjson", "text/plain")

# Refusals of what the document allows, by their codes. No schema says which roles a tenant has, what else was sent under
# a key, or when the last mail was asked for; nor that a text is a file of rows.
OF_THIS_MOMENT = {"role-unknown", "role-retired", "idempotency-key-reused", "resend-limit", "invalid-import"}

# The same of one value. What a mail needs is a language of its own: braces that fit, and a link where one belongs.
OF_VALUES = {"template-invalid", "template-link-missing"}

# The same of parameters, by the words, because another parameter of the same request may be refused wrongly: a cursor is
# signed, and which parameters go together is not said either.
BY_WORDS = {
    "A user cannot expire in the past. Correct the values that are named.",
    "The cursor is not one of this list; begin without one.",
    "version and at are two ways to say when; send one of them.",
    "wait goes with If-None-Match: send the ETag of the answer that you have.",
    "What was does not change; wait for what is.",
}

# The document's example of a user's id. Nobody has it.
NOBODY = "0191f3a6-4f57-5c3e-8b1d-2f6a9e4c7d10"

numbers = count(1)
seen = set()
users = [NOBODY]


@schemathesis.hook
def before_call(context, case, kwargs):
    """Most requests are made of the document's examples. The second one with the same key or address would be refused for
    that alone, and one about the user of the examples finds nobody: these are made new, and are the newest user's."""
    if not case.meta:
        return
    if good(case, ParameterLocation.HEADER) and "Idempotency-Key" in case.headers:
        fresh(case.headers, "Idempotency-Key", lambda n: f"key-{n}")
    if good(case, ParameterLocation.PATH) and case.path_parameters.get("id") == NOBODY:
        case.path_parameters["id"] = users[-1]
    if good(case, ParameterLocation.BODY) and isinstance(case.body, dict):
        fresh(case.body, "email", lambda n: f"user-{n}@example.com")
        fresh(case.body, "userName", lambda n: f"user-{n}")


def good(case, location):
    """Whether nothing is wrong on purpose there. A wrong request that is changed there counts as a good one."""
    return not case.meta.is_negative_at(location)


def fresh(values, name, made):
    """The value, if it is a new one; or another."""
    value = values.get(name)
    if isinstance(value, str) and value in seen:
        values[name] = made(next(numbers))
    elif isinstance(value, str):
        seen.add(value)


@schemathesis.hook
def after_call(context, case, response):
    if context.operation.definition.raw.get("operationId") == "createUser" and response.status_code in (201, 202):
        users.append(response.json()["id"])


@schemathesis.hook
def filter_failure(context, failure, case, response):
    if isinstance(failure, RejectedPositiveData):
        return not is_foreseen(problem(response))
    if isinstance(failure, AcceptedNegativeData):
        return not is_no_mistake(case)
    return True


def is_foreseen(refused):
    if refused.get("code") in OF_THIS_MOMENT or refused.get("detail") in BY_WORDS:
        return True
    errors = refused.get("errors") or []
    return bool(errors) and all(error["code"] in OF_VALUES for error in errors)


def is_no_mistake(case):
    data = case.meta.phase.data
    # A header that nobody knows is passed over, as HTTP has it; the tool does not see that nothing else is wrong.
    if data.parameter_location == ParameterLocation.HEADER:
        return "unexpected properties" in (data.description or "")
    # `name=` without a value is as good as not there.
    if data.parameter_location == ParameterLocation.QUERY:
        return case.query.get(data.parameter) == ""
    # Whatever is sent as rows is a text; `{}` is a row, too.
    if data.parameter_location == ParameterLocation.BODY:
        return case.media_type in ("application/x-ndjson", "text/csv")
    return False


def problem(response):
    try:
        return response.json() if response.status_code >= 400 else {}
    except ValueError:
        return {}


@schemathesis.check
class Breadth:
    """How far the run came, by phases. A whole one has asked for every operation in every way that there is, and all of
    them have done what they are for, or it is said here why not."""

    # Nobody reads the mail with the token, nothing is parked in a backend that is well, and a replay of an empty tenant is
    # not waited for until it is promoted.
    NEVER = {
        "POST /v1/confirmations",
    }
    # Along links; how many of those that lead somewhere are reached is up to the seed.
    LINKED = 15

    def __init__(self, whole=True):
        self.whole = whole
        self.cases, self.operations, self.done = Counter(), defaultdict(set), set()
        self.answers = Counter()

    def after_response(self, ctx, response, case):
        phase, label = case.meta.phase.name.value, case.operation.label
        self.cases[phase] += 1
        self.operations[phase].add(label)
        self.answers[phase, label, response.status_code, str(problem(response).get("code"))] += 1
        if response.status_code < 400:
            self.done.add(label)

    def after_run(self, ctx):
        print()
        for phase, cases in self.cases.items():
            print(f"{phase}: {cases} cases of {len(self.operations[phase])} operations")
        asked = set().union(*self.operations.values())
        with open("answers", "w") as file:
            file.writelines(f"{n} {' '.join(map(str, answer))}\n" for answer, n in sorted(self.answers.items()))
        never = asked - self.done
        print(f"never done: {', '.join(sorted(never)) or 'none'}")
        if not self.whole:
            return
        for phase in ("coverage", "fuzzing"):
            assert self.operations[phase] == asked, f"{phase} left out {asked - self.operations[phase]}"
        linked = len(self.operations["stateful"])
        assert linked >= self.LINKED, f"only {linked} operations were reached along links"
        assert never <= self.NEVER, f"never answered but by a refusal: {', '.join(sorted(never - self.NEVER))}"
