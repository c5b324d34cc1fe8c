#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An agent that reviews a pull request of a private repository.

    GITHUB_TOKEN=… python3 examples/code_review_agent.py owner/repository 12

The agent holds a credential: it reads the changed files with your token, of
those the model asks for. The token stays in this process: it goes to the forge
and nowhere else, and where it stands in the code it is taken out. The code
goes to a verified machine only.

The model says its next step as a structured answer, so that this works with
models that have no template for tools, and so that it cannot ask for anything
but a file of this change.
"""

import argparse
import json
import os
import sys
import urllib.request

import aipg
import openai

TASK = "Review this change to a program: read the files that matter, then report each problem in one sentence."
MOST_STEPS = 8


class Forge:
    """What the agent may do with the credential: read one pull request."""

    def __init__(self, address: str, repository: str, number: int, token: str) -> None:
        self._pull = f"{address}/repos/{repository}/pulls/{number}"
        self._token = token
        self._files = {file["filename"]: file.get("patch", "(binary)") for file in self._get("/files?per_page=100")}

    @property
    def files(self) -> list:
        return list(self._files)

    def read(self, name: str) -> str:
        return self._files[name].replace(self._token, "[credential]")

    def _get(self, path: str) -> list:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/vnd.github+json"}
        # Redirects would take the token along to wherever they point.
        opener = urllib.request.build_opener(NoRedirects)
        with opener.open(urllib.request.Request(self._pull + path, headers=headers), timeout=30) as answer:
            return json.load(answer)


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def next_step(unread: list, files: list, may_read: bool) -> dict:
    """What the model may answer: read one of the unread files, or report."""
    problem = {
        "type": "object",
        "properties": {"file": {"enum": files}, "problem": {"type": "string", "maxLength": 200}},
        "required": ["file", "problem"],
        "additionalProperties": False,
    }
    report = {"type": "object", "properties": {"report": {"type": "array", "items": problem, "maxItems": 5}}}
    read = {"type": "object", "properties": {"read": {"enum": unread}}}
    steps = ([] if unread == files else [report]) + ([read] if unread and may_read else [])
    for step in steps:
        step.update(required=list(step["properties"]), additionalProperties=False)
    return {"anyOf": steps}


def review(client: aipg.Client, model: str, forge: Forge) -> list:
    files, unread = forge.files, forge.files
    messages = [{"role": "user", "content": f"{TASK}\nChanged files: {', '.join(files)}"}]
    for left in reversed(range(MOST_STEPS)):
        schema = next_step(unread, files, may_read=left > 0)
        answer = client.chat.completions.create(
            model=model,
            messages=messages,
            response_format={"type": "json_schema", "json_schema": {"name": "step", "strict": True, "schema": schema}},
            temperature=0,
            max_tokens=600,
        )
        said = answer.choices[0].message.content
        step = json.loads(said)
        if "report" in step:
            return step["report"]
        name = step["read"]
        unread = [file for file in unread if file != name]
        print(f"reads     {name}", file=sys.stderr)
        messages += [{"role": "assistant", "content": said}, {"role": "user", "content": f"{name}:\n{forge.read(name)}"}]
    raise AssertionError("the last step can only be a report")


def main() -> None:
    arguments = argparse.ArgumentParser(description="Review a pull request of a private repository, confidentially.")
    arguments.add_argument("repository", help="owner/name")
    arguments.add_argument("number", type=int, help="of the pull request")
    arguments.add_argument("--forge", default="https://api.github.com", help="address of the forge's API")
    arguments.add_argument("--model", default=os.environ.get("AIPG_MODEL", "smollm2-135m"))
    options = arguments.parse_args()
    token = os.environ.get("GITHUB_TOKEN") or sys.exit("GITHUB_TOKEN is not set: make a token that may read the repository")

    forge = Forge(options.forge, options.repository, options.number, token)
    if not forge.files:
        sys.exit("Nothing to review: the pull request changes no file.")
    with aipg.Client(confidential=True) as client:
        problems = review(client, options.model, forge)
        print(client.verdicts[0].headline, file=sys.stderr)
    for found in problems:
        print(f"{found['file']}: {found['problem']}")


if __name__ == "__main__":
    try:
        main()
    except (openai.OpenAIError, OSError, ValueError) as error:
        sys.exit(f"Not reviewed: {error}")
