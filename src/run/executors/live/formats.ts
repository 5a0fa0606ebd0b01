/** A tool call as both providers report it, ids left out: they are random, and answers are compared. */
export interface ToolCall {
  readonly name: string;
  /** JSON text, as generated. */
  readonly arguments: string;
}

interface OpenAiTool {
  readonly type: "function";
  readonly function: { readonly name: string; readonly description?: string; readonly parameters?: unknown };
}

interface AnthropicTool {
  readonly name: string;
  readonly description?: string;
  readonly input_schema: unknown;
}

const isOpenAiTool = (tool: unknown): tool is OpenAiTool =>
  typeof tool === "object" && tool !== null && "function" in tool;

const isAnthropicTool = (tool: unknown): tool is AnthropicTool =>
  typeof tool === "object" && tool !== null && "input_schema" in tool;

/** Tool definitions as OpenAI takes them; what is in no known format goes as it is. */
export function openAiTools(tools: readonly unknown[]): unknown[] {
  return tools.map((tool) => {
    if (!isAnthropicTool(tool)) return tool;
    const { name, description, input_schema: parameters } = tool;
    const described = description === undefined ? {} : { description };
    return { type: "function", function: { name, ...described, parameters } };
  });
}

/** Tool definitions as Anthropic takes them; what is in no known format goes as it is. */
export function anthropicTools(tools: readonly unknown[]): unknown[] {
  return tools.map((tool) => {
    if (!isOpenAiTool(tool)) return tool;
    const { name, description, parameters } = tool.function;
    const described = description === undefined ? {} : { description };
    // A function without parameters is a function of an empty object there.
    return { name, ...described, input_schema: parameters ?? { type: "object", properties: {} } };
  });
}

interface ToolMessage {
  readonly role: string;
  readonly content: unknown;
  readonly tool_call_id?: string;
  readonly tool_calls?: readonly { readonly id: string; readonly function: ToolCall }[];
}

/** A conversation as Anthropic takes it: OpenAI's tool calls and results become blocks, the rest goes as it is. */
export function anthropicMessages(messages: readonly ToolMessage[]): unknown[] {
  const converted: { role: string; content: unknown }[] = [];
  for (const message of messages) {
    const { role, content, tool_calls: calls, tool_call_id: id } = message;
    if (role === "tool") {
      const result = { type: "tool_result", tool_use_id: id, content };
      const last = converted.at(-1);
      // The results of calls made together belong into one message.
      if (last?.role === "user" && Array.isArray(last.content) && last.content[0]?.type === "tool_result")
        last.content.push(result);
      else converted.push({ role: "user", content: [result] });
    } else if (calls !== undefined && calls !== null && calls.length > 0) {
      const text = typeof content === "string" && content !== "" ? [{ type: "text", text: content }] : [];
      const uses = calls.map(({ id: callId, function: { name, arguments: json } }) => {
        return { type: "tool_use", id: callId, name, input: parsedOrText(json) };
      });
      converted.push({ role, content: [...text, ...uses] });
    } else converted.push(message);
  }
  return converted;
}

/**
 * OpenAI's `response_format` as Anthropic's output format. null where there is none: Anthropic has no JSON mode
 * without a schema, and the prompt has to ask for JSON in words, as OpenAI's JSON mode demands anyway.
 */
export function anthropicOutputFormat(
  responseFormat: unknown,
): { type: "json_schema"; schema: object } | null {
  const given = responseFormat as { json_schema?: { schema?: unknown } } | null | undefined;
  const schema = given?.json_schema?.schema;
  return typeof schema === "object" && schema !== null ? { type: "json_schema", schema } : null;
}

/** What a grader reads: the text, or where the model calls tools, the calls as a JSON list of name and arguments. */
export function answerText(text: string, calls: readonly ToolCall[]): string {
  if (calls.length === 0) return text;
  return JSON.stringify(calls.map(({ name, arguments: json }) => ({ name, arguments: parsedOrText(json) })));
}

function parsedOrText(json: string): unknown {
  try {
    return JSON.parse(json === "" ? "{}" : json);
  } catch {
    return json;
  }
}
