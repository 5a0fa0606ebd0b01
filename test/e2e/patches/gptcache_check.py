"""Runs the emitted module: gptcache_check.py FILE CLUSTER; prints how often the model was asked."""

import importlib.util
import json
import sys


def main():
    path, cluster = sys.argv[1:]
    spec = importlib.util.spec_from_file_location("emitted", path)
    emitted = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(emitted)
    asked = []

    def ask(answer):
        def call():
            asked.append(answer)
            return {"text": answer}

        return call

    request = {"model": "m", "temperature": 0, "messages": [{"role": "user", "content": "how 'are' \"you\" ä"}]}
    other = {**request, "messages": [{"role": "user", "content": "and now"}]}
    lifetime = emitted.LIFETIMES[cluster]
    answers = [
        emitted.cached(cluster, "acme", request, ask("first"), now=10),
        emitted.cached(cluster, "acme", dict(reversed(request.items())), ask("again"), now=20),
        emitted.cached(cluster, "acme", other, ask("other text"), now=20),
        emitted.cached(cluster, "globex", request, ask("other tenant"), now=20),
        emitted.cached(cluster, "acme", request, ask("too late"), now=10 + lifetime),
        emitted.cached(cluster, "acme", {**request, "temperature": 1}, ask("not fixed"), now=20),
        emitted.cached(cluster, "acme", {"messages": []}, ask("no temperature"), now=20),
        emitted.cached("not listed", "acme", request, ask("not listed"), now=20),
    ]
    json.dump({"asked": asked, "answers": [answer["text"] for answer in answers]}, sys.stdout)


main()
