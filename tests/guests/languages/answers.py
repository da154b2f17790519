"""Answers each question with the event's id, the time and a random number: a whole Python in a component."""

import json
import random
import time

import wit_world
from wit_world.exports import Handler, PluginInfo
from wit_world.imports.types import Data_Text, Description, Emission, Filter_Exact, Subscription


class PluginInfo(PluginInfo):
    def describe(self) -> Description:
        on_ask = Subscription("on-ask", [Filter_Exact(("type", "test.asked.v1"))], [])
        return Description("answers-py", "1.0.0", "Answers, in Python.", [on_ask], ["test.answered.v1"], [])


class Handler(Handler):
    def handle(self, event, delivery):
        said = json.dumps({"id": event.id, "language": "Python", "now": time.time(), "random": random.random()})
        return [Emission("test.answered.v1", None, event.subject, None, "application/json", None, [], Data_Text(said), [])]
