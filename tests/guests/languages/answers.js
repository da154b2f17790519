// Answers each question with the event's id, the time and a random number. Built without any stub: it imports clocks, randomness, files.
export const pluginInfo = {
  describe() {
    const filters = [{ tag: "exact", val: ["type", "test.asked.v1"] }];
    const subscriptions = [{ name: "on-ask", filters, options: [] }];
    return { name: "answers-js", version: "1.0.0", summary: "Answers, in JavaScript.", subscriptions, emits: ["test.answered.v1"], options: [] };
  },
};

export const handler = {
  handle(event, delivery) {
    const said = JSON.stringify({ id: event.id, language: "JavaScript", now: Date.now(), random: Math.random() });
    return [{ type: "test.answered.v1", subject: event.subject, datacontenttype: "application/json", extensions: [], data: { tag: "text", val: said }, options: [] }];
  },
};
