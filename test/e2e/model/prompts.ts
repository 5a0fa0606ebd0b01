// Prompts with reference answers, written for a small base model: it continues a pattern, so every task is stated as
// worked examples, and answers are one line.

export interface Prompt {
  readonly id: string;
  readonly intent: string;
  readonly messages: readonly { readonly role: "system" | "user"; readonly content: string }[];
  readonly reference: string | number;
  readonly grader: string;
  readonly max_tokens: number;
}

type Pair = readonly [question: string, answer: string];

interface Task {
  readonly intent: string;
  readonly grader: string;
  readonly ask: string;
  readonly reply: string;
  readonly examples: readonly Pair[];
  readonly questions: readonly Pair[];
}

const CAPITALS: Task = {
  intent: "capitals",
  grader: "exact",
  ask: "Country",
  reply: "Capital",
  examples: [
    ["Japan", "Tokyo"],
    ["Peru", "Lima"],
    ["Kenya", "Nairobi"],
    ["Norway", "Oslo"],
    ["Iraq", "Baghdad"],
    ["Cuba", "Havana"],
    ["Portugal", "Lisbon"],
    ["Egypt", "Cairo"],
  ],
  questions: [
    ["France", "Paris"],
    ["Spain", "Madrid"],
    ["Italy", "Rome"],
    ["Germany", "Berlin"],
    ["Greece", "Athens"],
    ["Russia", "Moscow"],
    ["China", "Beijing"],
    ["Austria", "Vienna"],
    ["Sweden", "Stockholm"],
    ["Poland", "Warsaw"],
    ["Argentina", "Buenos Aires"],
    ["Thailand", "Bangkok"],
  ],
};

const SUMS: Task = {
  intent: "sums",
  grader: "numeric",
  ask: "Sum",
  reply: "Result",
  examples: [
    ["2 + 3", "5"],
    ["4 + 4", "8"],
    ["1 + 6", "7"],
    ["5 + 5", "10"],
    ["7 + 2", "9"],
    ["3 + 8", "11"],
    ["6 + 6", "12"],
    ["9 + 4", "13"],
  ],
  questions: [
    ["1 + 1", "2"],
    ["2 + 2", "4"],
    ["3 + 3", "6"],
    ["5 + 1", "6"],
    ["4 + 5", "9"],
    ["6 + 2", "8"],
    ["7 + 3", "10"],
    ["8 + 1", "9"],
    ["9 + 2", "11"],
    ["6 + 7", "13"],
    ["8 + 8", "16"],
    ["9 + 9", "18"],
  ],
};

const ORDERS: Task = {
  intent: "order-number",
  grader: "exact",
  ask: "Message",
  reply: "Order number",
  examples: [
    ["My order A-1042 came without its charger, please send one.", "A-1042"],
    ["Hello, could you tell me where B-7731 is? I have waited for nine days.", "B-7731"],
    ["I would like to return C-2209, the shirt is too small for me.", "C-2209"],
    ["The invoice for D-5518 shows the wrong address of our office.", "D-5518"],
    ["Thanks for the quick delivery of E-9064, all is well with it.", "E-9064"],
    ["Please cancel F-3307 before it is shipped, I ordered it twice.", "F-3307"],
    ["Half of the plates in G-8125 arrived broken, I have pictures.", "G-8125"],
    ["Can H-4470 be delivered on a Saturday instead of on Thursday?", "H-4470"],
  ],
  questions: [
    ["Order K-6613 has not arrived and the tracking page is empty.", "K-6613"],
    ["Please change the colour of L-2098 from black to green.", "L-2098"],
    ["The lamp in M-7452 does not switch on, what shall I do?", "M-7452"],
    ["I was charged twice for N-1186, please give one payment back.", "N-1186"],
    ["Who signed for P-5390? Nobody was at home on that day.", "P-5390"],
    ["We need a receipt for R-8841 with our tax number on it.", "R-8841"],
    [
      "Good morning. I am writing for our school, which bought thirty desks from you in spring. The desks are good, and the children like them. Last week we asked for ten more of the same kind in S-3275, and the driver left nine at the gate. The tenth is on the paper that I signed, but it is not here, and nobody in the house has seen it. Please look into your van, and ring me before noon, because the room is being painted in the afternoon.",
      "S-3275",
    ],
    [
      "Dear team, it is now the third letter that I write about this. In the first I asked for the manual of the oven, since the box had only a French one. You answered kindly and sent me the German one, which I cannot read either. In the second I asked for the English one, and you sent a voucher. The voucher was friendly, yet the oven is still cold. The number on the parcel is T-6907. Could somebody send the English manual, on paper or as a file?",
      "T-6907",
    ],
    ["Is V-4416 still under warranty after fourteen months?", "V-4416"],
    ["My neighbour got W-9533 by mistake and opened the parcel.", "W-9533"],
    ["The voucher code was not taken off the price of X-2761.", "X-2761"],
    ["Put a note on Y-8304 that the bell is broken, please knock.", "Y-8304"],
  ],
};

const MOODS: Task = {
  intent: "mood",
  grader: "exact",
  ask: "Review",
  reply: "Mood",
  examples: [
    ["I loved every minute of it.", "positive"],
    ["A waste of money, never again.", "negative"],
    ["The staff were kind and the room was lovely.", "positive"],
    ["It broke after two days.", "negative"],
    ["The food was cold and the waiter was rude.", "negative"],
    ["Great sound, and the battery lasts for ever.", "positive"],
    ["I fell asleep, it was that boring.", "negative"],
    ["The best book I have read this year.", "positive"],
  ],
  questions: [
    ["What a wonderful evening, we will come back.", "positive"],
    ["Terrible service and dirty tables.", "negative"],
    ["The worst film of the year.", "negative"],
    ["Excellent quality, I am very happy with it.", "positive"],
    ["It arrived broken and nobody answers my calls.", "negative"],
    ["My daughter loves it and plays with it every day.", "positive"],
    ["Awful smell, I had to throw it away.", "negative"],
    ["A beautiful story, told with great care.", "positive"],
    ["Too expensive and too slow.", "negative"],
    ["Fast delivery and a friendly driver.", "positive"],
    ["I regret buying this phone.", "negative"],
    ["The perfect gift, thank you so much!", "positive"],
  ],
};

const TASKS = [CAPITALS, SUMS, ORDERS, MOODS];

/** Room for any reference; an answer ends at its line's end. */
const MAX_TOKENS = 24;

const example = (task: Task, [question, answer]: Pair): string =>
  `${task.ask}: ${question}\n${task.reply}: ${answer}`;

/** Every question under the worked examples of its task, in the format of `tokenop run --input`. */
export const PROMPTS: readonly Prompt[] = TASKS.flatMap((task) =>
  task.questions.map(([question, answer], index) => ({
    id: `${task.intent}-${index + 1}`,
    intent: task.intent,
    messages: [
      { role: "system", content: task.examples.map((pair) => example(task, pair)).join("\n\n") },
      { role: "user", content: `${task.ask}: ${question}\n${task.reply}:` },
    ],
    reference: task.grader === "numeric" ? Number(answer) : answer,
    grader: task.grader,
    max_tokens: MAX_TOKENS,
  })),
);
