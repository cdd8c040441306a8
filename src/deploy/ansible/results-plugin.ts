// A callback plugin for ansible-playbook (Python), that writes what came out of each host as one line of JSON; the standard output is for people and has no stable form.

export const RESULTS_PLUGIN_NAME = 'fleetproof_results'

export const RESULTS_PLUGIN = `DOCUMENTATION = '''
name: fleetproof_results
type: aggregate
short_description: writes how each host ended
description: One JSON object a line, to the file that FLEETPROOF_RESULTS names.
'''
import json
import os

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "fleetproof_results"

    def __init__(self):
        super().__init__()
        self.why = {}

    def _failed(self, result, ignore_errors=False):
        if ignore_errors:
            return
        said = result._result
        why = said.get("msg") or said.get("stderr") or said.get("module_stderr") or ""
        refused = said.get("fleetproof_refused") is True or str(why).startswith("refused:")
        self.why[result._host.get_name()] = {"why": str(why)[:500], "refused": refused}

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._failed(result, ignore_errors)

    def v2_runner_on_unreachable(self, result):
        self._failed(result)

    def v2_playbook_on_stats(self, stats):
        with open(os.environ["FLEETPROOF_RESULTS"], "w") as lines:
            for host in sorted(stats.processed.keys()):
                summary = stats.summarize(host)
                lines.write(json.dumps({"host": host, **summary, **self.why.get(host, {})}) + "\\n")
`
