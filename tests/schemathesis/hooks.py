"""What the document cannot say, and what the tool does not know; and how far the run came."""

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

# The role of the document's examples; tests/schemathesis.sh has created it.
ROLE = "engineer"

# The tenant of the token; tests/schemathesis.sh has made it.
TENANT = "schemathesis"

# Where webhooks lead, whatever was made up: nothing is sent to anybody else, and nobody listens there.
RECEIVER = "http://127.0.0.1:9/"

numbers, turns = count(1), count(1)
seen = set()
users, webhooks = [], []


@schemathesis.hook
def before_call(context, case, kwargs):
    """Most requests are made of the document's examples: the second one with the same key or address would be refused for
    that alone, and gets another. Ids that are made up find nobody: two of three are those of the newest user or webhook."""
    if not case.meta:
        return
    if good(case, ParameterLocation.HEADER):
        fresh(case.headers, "Idempotency-Key", "key-{}")
    if good(case, ParameterLocation.BODY) and isinstance(case.body, dict):
        fresh(case.body, "email", "user-{}@example.com")
        fresh(case.body, "userName", "user-{}")
        if case.path.startswith("/v1/webhooks") and "url" in case.body:
            case.body["url"] = RECEIVER
    # Up to 20 seconds may be waited for what does not come here.
    wait = case.query.get("wait")
    if good(case, ParameterLocation.QUERY) and isinstance(wait, int) and wait > 1:
        case.query["wait"] = 1
    if not good(case, ParameterLocation.PATH):
        return
    # Who limits themselves has only 429 to tell of from then on.
    if case.method != "GET" and case.path_parameters.get("tenant") == TENANT:
        case.path_parameters["tenant"] = "somebody-else"
    for path, known in (("/v1/users/{id}", users), ("/v1/webhooks/{id}", webhooks)):
        if case.path.startswith(path) and known and case.path_parameters["id"] not in known and next(turns) % 3:
            case.path_parameters["id"] = known[-1]
            if "role" in case.path_parameters:
                case.path_parameters["role"] = ROLE


def good(case, location):
    """Whether nothing is wrong on purpose there. A wrong request that is changed there counts as a good one."""
    return not case.meta.is_negative_at(location)


def fresh(values, name, made):
    """The value stays, if it is a new one."""
    value = values.get(name)
    if isinstance(value, str) and value in seen:
        values[name] = made.format(next(numbers))
    elif isinstance(value, str):
        seen.add(value)


@schemathesis.hook
def after_call(context, case, response):
    if (case.method, case.path) == ("POST", "/v1/users") and response.status_code in (201, 202):
        users.append(response.json()["id"])
    elif (case.method, case.path, response.status_code) == ("POST", "/v1/webhooks", 201):
        webhooks.append(response.json()["id"])
    elif case.method == "DELETE" and response.status_code == 204 and "id" in (case.path_parameters or {}):
        for known in (users, webhooks):
            known[:] = [id for id in known if id != case.path_parameters["id"]]


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
    """How far the run came, by phases. A whole one has asked for every operation in both ways that make requests up, went
    along links to some of them, and most have done what they are for: no seed leads to all."""

    LINKED = 15
    # Of four: nobody reads the token in a mail, and nothing fails or is parked in a backend that is well.
    DONE = 3

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
        print(f"{len(never)} operations were never done: {', '.join(sorted(never))}")
        if not self.whole:
            return
        for phase in ("coverage", "fuzzing"):
            assert self.operations[phase] == asked, f"{phase} left out {asked - self.operations[phase]}"
        linked = len(self.operations["stateful"])
        assert linked >= self.LINKED, f"only {linked} operations were reached along links"
        assert 4 * len(self.done) >= self.DONE * len(asked), f"only {len(self.done)} of {len(asked)} operations were ever done"
