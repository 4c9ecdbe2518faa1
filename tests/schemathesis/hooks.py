"""What the document cannot say, and what the tool does not know; and how far the run came."""

from collections import Counter, defaultdict
from itertools import count

import schemathesis
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.core.parameters import ParameterLocation
from schemathesis.openapi.checks import RejectedPositiveData

# A file of rows is a text; the tool knows no such content type.
schemathesis.serializer.alias("application/x-ndjson", "text/plain")

# Refusals of what the document allows. No schema says which roles a tenant has, what else was sent under a key, or when the
# last mail was asked for; nor that a text is a file: it needs rows, and CSV a first line that names the columns.
OF_THIS_MOMENT = {"role-unknown", "role-retired", "idempotency-key-reused", "resend-limit", "invalid-import"}

# The same of parameters: a cursor is signed, and what goes with what is not said either. By their words, because another
# parameter of the same request may be refused wrongly.
OF_PARAMETERS = {
    "The cursor is not one of this list; begin without one.",
    "version and at are two ways to say when; send one of them.",
    "wait goes with If-None-Match: send the ETag of the answer that you have.",
    "What was does not change; wait for what is.",
}

keys = count(1)


@schemathesis.hook
def before_call(context, case, kwargs):
    """The key of the example is in most requests; a second one under it would be refused for that, whatever else it is."""
    if case.headers and case.headers.get("Idempotency-Key") == EXAMPLE_OF_A_KEY:
        case.headers["Idempotency-Key"] = f"{EXAMPLE_OF_A_KEY}-{next(keys)}"


EXAMPLE_OF_A_KEY = "5f0c1c0e-onboarding-alice"


@schemathesis.hook
def filter_failure(context, failure, case, response):
    if isinstance(failure, RejectedPositiveData):
        refused = problem(response)
        return refused.get("code") not in OF_THIS_MOMENT and refused.get("detail") not in OF_PARAMETERS
    if isinstance(failure, AcceptedNegativeData):
        return not is_unknown_header(case)
    return True


def problem(response):
    try:
        return response.json()
    except ValueError:
        return {}


def is_unknown_header(case):
    """A header that nobody knows is passed over, as HTTP has it; the tool does not see that it is the only mistake."""
    data = case.meta.phase.data
    return data.parameter_location == ParameterLocation.HEADER and "unexpected properties" in (data.description or "")


@schemathesis.check
class Breadth:
    """Every phase has asked what it can ask, and every operation has done what it is for at least once."""

    def __init__(self, stateful=0, never=()):
        self.stateful, self.never = stateful, set(never)
        self.cases, self.operations = Counter(), defaultdict(set)
        self.done = set()
        self.statuses = Counter()

    def after_response(self, ctx, response, case):
        label, phase = case.operation.label, case.meta.phase.name.value
        self.cases[phase] += 1
        self.operations[phase].add(label)
        self.statuses[label, phase, case.meta.generation.mode.value, response.status_code, problem(response).get("code") if response.status_code >= 400 else ""] += 1
        if response.status_code < 400:
            self.done.add(label)

    def after_run(self, ctx):
        print()
        for phase, cases in self.cases.items():
            print(f"{phase}: {cases} cases of {len(self.operations[phase])} operations")
        everything = set().union(*self.operations.values())
        with open("statuses", "w") as f:
            for k, c in sorted(self.statuses.items()):
                print(c, *k, file=f)
        print("never", everything - self.done)
        print("not stateful", everything - self.operations["stateful"])
